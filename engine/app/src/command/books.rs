//! `formwork books`: the account sets of a folder that `serve --books` serves: listed, created, archived.

mod key;

use std::path::PathBuf;

use formwork_model::{name::Name, text};

use crate::{
    console::Console,
    failure::{Exit, Failure},
    place::{books_below, is_book},
    sets::{self, called},
};

/// The arguments of `books`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Lists the books ‖ 列出账套
    List(Every),
    /// Makes a folder for a new book; the server serves it from its next start ‖ 新建账套文件夹；服务下次启动后生效
    Create(Create),
    /// Puts a book away, with its data; it can be moved back ‖ 归档账套（含数据）；可移回
    Archive(One),
    /// Keys of those who do this through the running server ‖ 通过运行中的服务管理账套的运维密钥
    Key(key::Args),
}

/// Where the books are. None is served while it is changed.
#[derive(Debug, clap::Args)]
struct Every {
    /// The folder that holds a folder for each book ‖ 账套总文件夹
    #[arg(long, value_name = "DIR")]
    books: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Create {
    /// What the book is called in every address ‖ 账套名称，用于所有地址
    name: String,
    /// A folder whose definitions, forms, scripts and scenarios the book begins with ‖ 以此文件夹的定义、表单、脚本和场景为起点
    #[arg(long, value_name = "DIR")]
    like: PathBuf,
    #[command(flatten)]
    every: Every,
}

#[derive(Debug, clap::Args)]
struct One {
    /// The folder of the book ‖ 账套文件夹名称
    name: String,
    #[command(flatten)]
    every: Every,
}

/// Does it.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    match &args.what {
        What::List(every) => list(every, console),
        What::Create(args) => create(args, console),
        What::Archive(one) => archive(one, console),
        What::Key(args) => key::run(args, console),
    }
}

fn list(every: &Every, console: &Console) -> Result<Exit, Failure> {
    let folders = books_below(&every.books)?;
    for folder in &folders {
        let name = called(folder)?;
        let name = name.map_or("?", Name::as_str);
        let has_data = is_book(&folder.join("data").join(name));
        let state = if has_data { text!("has data", "已有数据") } else { text!("new", "新") };
        console.answer(format!("{name}\t{}\t{}", folder.display(), console.words(&state)));
    }
    let n = folders.len();
    console.say(&text!("{n} books: name, folder, state", "{n} 个账套：名称、文件夹、状态"));
    Ok(Exit::Done)
}

fn create(args: &Create, console: &Console) -> Result<Exit, Failure> {
    let folder = sets::create(&args.every.books, &args.name, &args.like)?;
    let shown = folder.display();
    console.say(&text!(
        "{shown} is there; `formwork user add LOGIN --role admin --definitions {shown} --data {shown}/data` lets its first administrator in",
        "已建立 {shown}；用 `formwork user add 登录名 --role admin --definitions {shown} --data {shown}/data` 创建其首个管理员"
    ));
    Ok(Exit::Done)
}

fn archive(one: &One, console: &Console) -> Result<Exit, Failure> {
    let to = sets::archive(&one.every.books, &one.name)?;
    let shown = to.display();
    console.say(&text!("moved to {shown}", "已移至 {shown}"));
    Ok(Exit::Done)
}
