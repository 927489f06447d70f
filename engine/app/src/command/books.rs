//! `formwork books`: the account sets of a folder that `serve --books` serves: listed, created, archived.

use std::{
    fs,
    path::{Path, PathBuf},
};

use formwork_definition::load::{FOLDERS, load};
use formwork_model::{
    clock::{Clock, SystemClock},
    name::Name,
    text,
};
use formwork_store::embedded::Embedded;

use crate::{
    console::Console,
    failure::{Exit, Failure},
    place::{books_below, is_book},
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
    }
}

/// What a folder calls its book.
fn called(folder: &Path) -> Result<Option<Name>, Failure> {
    let (_, known, _) = load(folder).map_err(|error| Failure::path(folder, &error))?;
    Ok(known.books.first().map(|book| book.body.book.value.0))
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
    let written = &args.name;
    let name = Name::new(written)
        .map_err(|invalid| Failure::usage(text!("`{written}` is no name: {invalid}", "`{written}` 不是有效名称")))?;
    let folder = args.every.books.join(name.as_str());
    let shown = folder.display();
    if folder.exists() {
        return Err(Failure::usage(text!("{shown} exists already", "{shown} 已存在")));
    }
    let Some(before) = called(&args.like)? else {
        let like = args.like.display();
        return Err(Failure::usage(text!("{like} defines no book", "{like} 未定义账套")));
    };
    // Beside its place first: half a book is never served.
    let beside = args.every.books.join(format!("{name}.part"));
    let copied = FOLDERS
        .iter()
        .filter(|below| args.like.join(below).is_dir())
        .try_for_each(|below| copy(&args.like.join(below), &beside.join(below), (before, name)))
        .and_then(|()| fs::rename(&beside, &folder).map_err(|error| Failure::path(&folder, &error)));
    if copied.is_err() {
        // The failure that is told is the first one.
        let _left = fs::remove_dir_all(&beside);
    }
    copied?;
    console.say(&text!(
        "{shown} is there; `formwork user add LOGIN --role admin --definitions {shown} --data {shown}/data` lets its first administrator in",
        "已建立 {shown}；用 `formwork user add 登录名 --role admin --definitions {shown} --data {shown}/data` 创建其首个管理员"
    ));
    Ok(Exit::Done)
}

/// Copies a folder; the file of the book gets the new name, in its own name and inside.
fn copy(from: &Path, to: &Path, names: (Name, Name)) -> Result<(), Failure> {
    let (before, name) = names;
    fs::create_dir_all(to).map_err(|error| Failure::path(to, &error))?;
    let entries = fs::read_dir(from).map_err(|error| Failure::path(from, &error))?;
    for entry in entries.flatten() {
        let (path, file) = (entry.path(), entry.file_name());
        if path.is_dir() {
            copy(&path, &to.join(&file), names)?;
        } else if *file == *format!("{before}.book.yaml") {
            let text = fs::read_to_string(&path).map_err(|error| Failure::path(&path, &error))?;
            let lines = text.lines().map(|line| {
                let is_name = line.strip_prefix("book:").is_some();
                if is_name { format!("book: {name}\n") } else { format!("{line}\n") }
            });
            let to = to.join(format!("{name}.book.yaml"));
            fs::write(&to, lines.collect::<String>()).map_err(|error| Failure::path(&to, &error))?;
        } else {
            fs::copy(&path, to.join(&file)).map_err(|error| Failure::path(&path, &error))?;
        }
    }
    Ok(())
}

fn archive(one: &One, console: &Console) -> Result<Exit, Failure> {
    let folder = one.every.books.join(&one.name);
    let plain = Path::new(&one.name).components().count() == 1 && books_below(&one.every.books)?.contains(&folder);
    if !plain {
        let (name, shown) = (&one.name, one.every.books.display());
        return Err(Failure::usage(text!("there is no book `{name}` in {shown}", "{shown} 中没有账套 `{name}`")));
    }
    if let Some(name) = called(&folder)? {
        let data = folder.join("data").join(name.as_str());
        if is_book(&data) {
            // Whoever serves it holds it: then it is not moved away below them.
            drop(Embedded::open(&data, None)?);
        }
    }
    let archived = one.every.books.join("archived");
    fs::create_dir_all(&archived).map_err(|error| Failure::path(&archived, &error))?;
    let to = archived.join(format!("{}-{}", one.name, SystemClock.now().as_second()));
    fs::rename(&folder, &to).map_err(|error| Failure::path(&folder, &error))?;
    let shown = to.display();
    console.say(&text!("moved to {shown}", "已移至 {shown}"));
    Ok(Exit::Done)
}
