//! The command line: every subcommand with its arguments.
//!
//! Help is written in both languages, `English ‖ 中文`; [`crate::usage::translate`] keeps one of them.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use formwork_model::text::Language;

use crate::{
    command::{
        access, backup, bench, books, check, diff, erase, eval, explain, export, impact, import, incidents, keys, new,
        plan, reference, releases, report, restore, rollback, schema, serve, test, transfer, user, verify,
    },
    console::Console,
    failure::Failure,
};

/// Turns a folder of YAML, forms and scripts into a running, checked, durable business system ‖ 把一个由 YAML、表单和脚本组成的文件夹变成可运行、经过检查、数据可靠的业务系统
#[derive(Debug, Parser)]
#[command(name = "formwork", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// Language of messages: zh or en; by default that of LANG ‖ 消息语言：zh 或 en，默认取 LANG
    #[arg(long, global = true, value_parser = ["zh", "en"], value_name = "LANGUAGE")]
    pub(crate) lang: Option<String>,
    /// The file with the key of an encrypted book, or a folder with a file BOOK.key for each; by default FORMWORK_DATA_KEY_BOOK, then FORMWORK_DATA_KEY ‖ 加密账套的密钥文件，或按账套存放 账套名.key 的文件夹；默认取环境变量 FORMWORK_DATA_KEY_账套名、FORMWORK_DATA_KEY
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) data_key: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be done, one file of `command` each.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves a book over HTTP; edits of its files go live at once ‖ 通过 HTTP 提供账套服务；文件改动立即生效
    Serve(serve::Args),
    /// Checks a folder of definitions ‖ 检查定义文件夹
    Check(check::Args),
    /// Explains a code ‖ 解释一个代码
    Explain(explain::Args),
    /// Runs the scenarios of a folder ‖ 运行场景测试
    Test(test::Args),
    /// Says what making a release live would mean, and moves what runs to it ‖ 说明版本生效的影响，并可迁移运行中的实例
    Plan(plan::Args),
    /// Decides recorded commands again under another release ‖ 用另一版本重新计算历史命令
    Impact(impact::Args),
    /// Says where two versions of a decision table answer differently ‖ 比较决策表的两个版本
    Diff(diff::Args),
    /// Lists the releases a book keeps ‖ 列出账套保存的版本
    Releases(releases::Args),
    /// Makes a kept release live again ‖ 恢复到已保存的版本
    Rollback(rollback::Args),
    /// Writes a JSON Schema per kind, for editors ‖ 为编辑器生成各种类的 JSON Schema
    Schema(schema::Args),
    /// Writes the reference page of the language ‖ 生成定义语言参考手册
    Reference(reference::Args),
    /// Writes files to begin with: an object, a flow or a whole module ‖ 生成起步文件：对象、流程或整个模块
    New(new::Args),
    /// Imports a CSV or xlsx file by a mapping file ‖ 按映射文件导入 CSV 或 xlsx
    Import(import::Args),
    /// Exports records to CSV or xlsx ‖ 导出记录为 CSV 或 xlsx
    Export(export::Args),
    /// Prints a report as somebody sees it ‖ 按某人可见范围输出报表
    Report(report::Args),
    /// Evaluates an expression or a decision table ‖ 计算表达式或决策表
    Eval(eval::Args),
    /// Lists what failed with nobody waiting for an answer ‖ 列出无人等待时失败的事项（异常）
    Incidents(incidents::Args),
    /// Lists, creates and archives the books of a folder ‖ 列出、新建、归档总文件夹中的账套
    Books(books::Args),
    /// Makes the first administrator, and rescues whoever can't sign in ‖ 创建首个管理员，并处理无法登录的用户
    User(user::Args),
    /// Says why somebody may do something with a record, and who may ‖ 说明某人为何有（或没有）权限，以及谁有权限
    Access(access::Args),
    /// Hands everything that somebody has over to somebody else ‖ 把某人名下的全部记录和任务转给他人
    Transfer(transfer::Args),
    /// Erases what a record holds in sensitive fields, also from its history ‖ 删除记录中的敏感数据（包括历史）
    Erase(erase::Args),
    /// Checks that a book is what its history says ‖ 校验账套与其历史是否一致
    Verify(verify::Args),
    /// Changes the key of an encrypted book ‖ 更换加密账套的密钥
    Keys(keys::Args),
    /// Writes a whole book to one file ‖ 把整个账套备份为一个文件
    Backup(backup::Args),
    /// Makes a book of a backup, in any store ‖ 由备份恢复账套，可换存储
    Restore(restore::Args),
    /// Measures the speed of this machine ‖ 测量本机性能
    Bench(bench::Args),
}

impl Command {
    /// Carries it out.
    pub(crate) fn run(self, console: &Console) -> Result<ExitCode, Failure> {
        let exit = match self {
            Self::Serve(args) => serve::run(args, console),
            Self::Check(args) => check::run(&args, console),
            Self::Explain(args) => explain::run(&args, console),
            Self::Test(args) => test::run(&args, console),
            Self::Plan(args) => plan::run(&args, console),
            Self::Impact(args) => impact::run(&args, console),
            Self::Diff(args) => diff::run(&args, console),
            Self::Releases(args) => releases::run(&args, console),
            Self::Rollback(args) => rollback::run(&args, console),
            Self::Schema(args) => schema::run(&args, console),
            Self::Reference(args) => reference::run(&args, console),
            Self::New(args) => new::run(&args, console),
            Self::Import(args) => import::run(&args, console),
            Self::Export(args) => export::run(&args, console),
            Self::Report(args) => report::run(&args, console),
            Self::Eval(args) => eval::run(&args, console),
            Self::Incidents(args) => incidents::run(&args, console),
            Self::Books(args) => books::run(&args, console),
            Self::User(args) => user::run(&args, console),
            Self::Access(args) => access::run(&args, console),
            Self::Transfer(args) => transfer::run(&args, console),
            Self::Erase(args) => erase::run(&args, console),
            Self::Verify(args) => verify::run(&args, console),
            Self::Keys(args) => keys::run(&args, console),
            Self::Backup(args) => backup::run(&args, console),
            Self::Restore(args) => restore::run(&args, console),
            Self::Bench(args) => return Ok(bench::run(args)),
        };
        exit.map(ExitCode::from)
    }
}

/// The language of `--lang`, or of the environment; English when neither says.
pub(crate) fn language(arguments: &[OsString]) -> Language {
    let mut words = arguments.iter().filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        let given = if word == "--lang" { words.next() } else { word.strip_prefix("--lang=") };
        if let Some(tag) = given {
            return Language::from_tag(tag);
        }
    }
    let set = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let tag = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
    tag.map_or(Language::En, |tag| Language::from_tag(&tag))
}
