//! `formwork verify`: whether a book is what its history says.

use std::path::PathBuf;

use formwork_model::text;
use formwork_runtime::verify::{Verdict, verify};

use crate::{
    audit_log,
    console::Console,
    failure::{Exit, Failure},
    place::Which,
};

/// The arguments of `verify`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// Checks an exported audit log in place of a book ‖ 校验导出的审计日志（代替账套）
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    /// The hash that an entry of the log is known to have: nothing before it was changed or left out ‖ 已知的某条目哈希：确认此前内容未被改动或删减
    #[arg(long, value_name = "HASH", requires = "audit")]
    head: Option<String>,
}

/// Checks chain, records, indexes, references, roll-ups and ledger sums.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    if let Some(file) = &args.audit {
        return audit_log::verify(file, args.head.as_deref(), console);
    }
    let book = args.which.open(console)?;
    let verdict = verify(&book).map_err(|refusal| Failure::refusal(&refusal, Some(&book.catalog())))?;
    Ok(tell(&verdict, console))
}

/// Says what was found.
pub(super) fn tell(verdict: &Verdict, console: &Console) -> Exit {
    for finding in &verdict.findings {
        console.answer_text(&finding.what);
    }
    let (entries, records, keys) = (verdict.entries, verdict.records, verdict.keys);
    let (balances, audited, data, disk) = (verdict.balances, verdict.audited, verdict.data, verdict.disk);
    console.say(&text!(
        "checked {entries} history entries, {audited} audit entries, {records} records, {keys} index entries, {balances} balances; {data} bytes of data, {disk} on disk",
        "已校验 {entries} 条历史、{audited} 条审计、{records} 条记录、{keys} 个索引项、{balances} 个余额；数据 {data} 字节，占用磁盘 {disk} 字节"
    ));
    if verdict.findings.is_empty() {
        console.answer_text(&text!("all is well", "一切正常"));
        return Exit::Done;
    }
    let n = verdict.findings.len();
    console.answer_text(&text!("{n} problems", "{n} 处问题"));
    Exit::Found
}
