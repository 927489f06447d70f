//! `formwork books key`: the keys of those who make, list and archive books through the running server.

use std::path::PathBuf;

use formwork_account::api_key::is_name;
use formwork_model::{
    clock::{Clock, SystemClock},
    text,
};
use formwork_web::sites::KEY_PREFIX;

use crate::{
    console::Console,
    credentials,
    failure::{Exit, Failure},
    operators::{self, Operator, hash_of},
};

/// The arguments of `books key`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Makes a key; its secret is shown once ‖ 新建密钥；只显示一次
    Add(One),
    /// Lists the keys, without their secrets ‖ 列出密钥（不含内容）
    List(Every),
    /// Revokes a key, at once ‖ 立即吊销密钥
    Revoke(One),
}

#[derive(Debug, clap::Args)]
struct One {
    /// What the key is called ‖ 密钥名称
    name: String,
    #[command(flatten)]
    every: Every,
}

#[derive(Debug, clap::Args)]
struct Every {
    /// The folder that holds a folder for each book ‖ 账套总文件夹
    #[arg(long, value_name = "DIR")]
    books: PathBuf,
}

/// Does it.
pub(super) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    match &args.what {
        What::Add(one) => add(one, console),
        What::List(every) => {
            for Operator { name, created, .. } in operators::read(&every.books)? {
                console.answer(format!("{name}\t{created}"));
            }
            Ok(Exit::Done)
        }
        What::Revoke(one) => revoke(one, console),
    }
}

fn add(one: &One, console: &Console) -> Result<Exit, Failure> {
    let name = &one.name;
    if !is_name(name) {
        return Err(Failure::usage(text!(
            "`{name}` can't be the name of a key: letters, digits, `-`, `_` and `.`",
            "`{name}` 不能作为密钥名称：仅限字母、数字、`-`、`_` 和 `.`"
        )));
    }
    let mut known = operators::read(&one.every.books)?;
    if known.iter().any(|operator| operator.name == *name) {
        return Err(Failure::usage(text!("there is a key `{name}` already", "已有密钥 `{name}`")));
    }
    let token = credentials::new_token()?;
    let created = SystemClock.now().to_string();
    known.push(Operator { name: name.clone(), hash: hash_of(&token), created });
    operators::write(&one.every.books, &known)?;
    console.say(&text!(
        "whoever has this key operates the server's books; it is shown once",
        "持有此密钥者可管理本服务的账套；密钥只显示这一次"
    ));
    console.answer(format!("{KEY_PREFIX}{}", token.reveal()));
    Ok(Exit::Done)
}

fn revoke(one: &One, console: &Console) -> Result<Exit, Failure> {
    let name = &one.name;
    let mut known = operators::read(&one.every.books)?;
    let before = known.len();
    known.retain(|operator| operator.name != *name);
    if known.len() == before {
        return Err(Failure::usage(text!("there is no key `{name}`", "没有密钥 `{name}`")));
    }
    operators::write(&one.every.books, &known)?;
    console.say(&text!("the key {name} is good no more", "密钥 {name} 已失效"));
    Ok(Exit::Done)
}
