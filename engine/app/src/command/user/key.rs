//! `formwork user key`: API keys of a user, made, listed and revoked from the command line.

use formwork_account::api_key;
use formwork_model::text;
use formwork_store::table::api_key::{ApiKey, Scope};
use jiff::SignedDuration;

use super::{nobody, record};
use crate::{
    console::Console,
    credentials::{self, COMMAND_LINE, change},
    failure::{Exit, Failure},
    place::Which,
};

/// The arguments of `user key`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Makes a key and shows its secret, once ‖ 新建密钥，内容只显示一次
    Add(Add),
    /// Lists a user's keys ‖ 列出密钥
    List(List),
    /// Revokes a key ‖ 吊销密钥
    Revoke(Revoke),
}

#[derive(Debug, clap::Args)]
struct Add {
    /// Whose ‖ 登录名
    login: String,
    /// What it is called ‖ 密钥名称
    name: String,
    /// What it is good for: OBJECT to read, OBJECT:write, or all and all:write; several times for several ‖ 范围：对象名（只读）、对象名:write、all 或 all:write；可多次指定
    #[arg(long, required = true, value_name = "SCOPE")]
    scope: Vec<String>,
    /// After how many days it expires ‖ 有效天数
    #[arg(long, default_value_t = 90, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=731))]
    days: u32,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
struct List {
    /// Whose ‖ 登录名
    login: String,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
struct Revoke {
    /// Whose ‖ 登录名
    login: String,
    /// What it is called ‖ 密钥名称
    name: String,
    #[command(flatten)]
    which: Which,
}

/// Does it.
pub(super) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    match &args.what {
        What::Add(args) => add(args, console),
        What::List(args) => list(args, console),
        What::Revoke(args) => revoke(args, console),
    }
}

/// `job`, `job:write`, `all`, `all:write`.
fn scope(text: &str) -> Scope {
    let (object, write) = text.strip_suffix(":write").map_or((text, false), |object| (object, true));
    Scope { object: (object != "all").then(|| object.to_owned()), write }
}

fn add(args: &Add, console: &Console) -> Result<Exit, Failure> {
    let name = &args.name;
    if !api_key::is_name(name) {
        return Err(Failure::usage(text!(
            "`{name}` can't be the name of a key: 1 to 64 letters, digits and `-_.`",
            "`{name}` 不能作为密钥名称：1 到 64 个字母、数字或 `-_.`"
        )));
    }
    let book = args.which.open(console)?;
    record::find(&book, &args.login)?;
    if super::known(&book, &args.login)?.is_none() {
        return Err(nobody(&args.login));
    }
    let scopes: Vec<Scope> = args.scope.iter().map(|text| scope(text)).collect();
    let catalog = book.catalog();
    for object in scopes.iter().filter_map(|scope| scope.object.as_deref()) {
        if catalog.find_object(object).is_none() {
            return Err(Failure::usage(text!("there is no object `{object}`", "没有对象 `{object}`")));
        }
    }
    let (token, now) = (credentials::new_token()?, book.now());
    let key = ApiKey {
        login: args.login.clone(),
        name: name.clone(),
        scopes,
        created: now,
        expires: now.saturating_add(SignedDuration::from_hours(24 * i64::from(args.days))).ok(),
        used: None,
    };
    let hash = token.hash();
    if !change(&book, move |txn| api_key::make(txn, &hash, &key, COMMAND_LINE, ""))? {
        let login = &args.login;
        return Err(Failure::usage(text!("{login} has a key `{name}` already", "{login} 已有密钥 `{name}`")));
    }
    console.say(&text!("the secret of the key; it is shown once", "密钥内容；只显示这一次"));
    console.answer(api_key::reveal(&token));
    Ok(Exit::Done)
}

fn list(args: &List, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    let keys =
        book.read(|view| Ok(api_key::list(view, &args.login)?)).map_err(|refusal| Failure::refusal(&refusal, None))?;
    for key in &keys {
        let scopes: Vec<String> = key
            .scopes
            .iter()
            .map(|scope| {
                let object = scope.object.as_deref().unwrap_or("all");
                if scope.write { format!("{object}:write") } else { object.to_owned() }
            })
            .collect();
        let instant = |at: Option<jiff::Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let (name, expires, used) = (&key.name, instant(key.expires), instant(key.used));
        console.answer(format!("{name}\t{}\t{expires}\t{used}", scopes.join(",")));
    }
    let (n, login) = (keys.len(), &args.login);
    console.say(&text!(
        "{n} keys of {login}: name, scopes, expires, last used",
        "{login} 的 {n} 个密钥：名称、范围、到期、最近使用"
    ));
    Ok(Exit::Done)
}

fn revoke(args: &Revoke, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    let (login, name, clock) = (args.login.clone(), args.name.clone(), book.clock().clone());
    if !change(&book, move |txn| api_key::revoke(txn, (&login, &name), (COMMAND_LINE, ""), clock.now()))? {
        let (login, name) = (&args.login, &args.name);
        return Err(Failure::usage(text!("{login} has no key `{name}`", "{login} 没有密钥 `{name}`")));
    }
    console.say(&text!("revoked", "已吊销"));
    Ok(Exit::Done)
}
