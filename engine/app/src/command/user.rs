//! `formwork user`: the first administrator, and the rescue of whoever can't sign in. The server must not run meanwhile.

mod key;
pub(crate) mod record;

use std::path::PathBuf;

use formwork_account::{api_key, login, password, provider, session};
use formwork_model::{name::Name, text};
use formwork_runtime::book::Book;
use formwork_store::table::credential;

use crate::{
    console::Console,
    credentials::{self, COMMAND_LINE, change},
    definitions,
    failure::{Exit, Failure},
    place::{self, Which},
};

/// The arguments of `user`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

/// What is done.
#[derive(Debug, clap::Subcommand)]
enum What {
    /// Makes a user who can sign in: the first administrator with --role admin ‖ 新建可登录的用户；首个管理员用 --role admin
    Add(Add),
    /// Sets another password ‖ 重设密码
    Password(OfPassword),
    /// Ends the lock after failed sign-ins ‖ 解除登录锁定
    Unlock(One),
    /// Lists who can sign in ‖ 列出可登录的用户
    List(Every),
    /// Lets a user in no more ‖ 停用用户
    Disable(One),
    /// Lets a disabled user in again ‖ 重新启用用户
    Enable(One),
    /// Lets accounts of other systems be a user's no more ‖ 解除用户与外部账号的关联
    Unlink(One),
    /// API keys of a user ‖ 用户的 API 密钥
    Key(key::Args),
}

#[derive(Debug, clap::Args)]
struct Add {
    /// What the user types to sign in ‖ 登录名
    login: String,
    /// The name people read; by default the login ‖ 姓名；默认同登录名
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A role everywhere, by a position without limits; several times for several ‖ 角色（不限范围的岗位）；可多次指定
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,
    #[command(flatten)]
    secret: Secret,
    /// The folder that holds definitions/, to make the book when there is none yet ‖ 含有 definitions/ 的文件夹；账套尚不存在时据此新建
    #[arg(long, value_name = "DIR", conflicts_with = "book")]
    definitions: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
struct OfPassword {
    /// Whose ‖ 登录名
    login: String,
    #[command(flatten)]
    secret: Secret,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
struct One {
    /// Whose ‖ 登录名
    login: String,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
struct Every {
    #[command(flatten)]
    which: Which,
}

/// Where a password comes from: never from an argument, which other users of the machine can read.
#[derive(Debug, clap::Args)]
struct Secret {
    /// Reads the password from the first line of stdin; by default one is made, to be changed at the first sign-in ‖ 从标准输入第一行读取密码；默认自动生成，首次登录须修改
    #[arg(long)]
    stdin: bool,
}

impl Secret {
    /// The password, and whether it was made here.
    fn get(&self) -> Result<(String, bool), Failure> {
        if !self.stdin {
            return Ok((credentials::new_password()?, true));
        }
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(|error| Failure::io("stdin", &error))?;
        Ok((line.trim_end_matches(['\r', '\n']).to_owned(), false))
    }
}

/// Does it.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    match &args.what {
        What::Add(args) => add(args, console),
        What::Password(args) => set_password(args, console),
        What::Unlock(args) => unlock(args, console),
        What::List(args) => list(&args.which.open(console)?, console),
        What::Disable(args) => disable(args, console),
        What::Enable(args) => enable(args, console),
        What::Unlink(args) => unlink(args, console),
        What::Key(args) => key::run(args, console),
    }
}

fn add(args: &Add, console: &Console) -> Result<Exit, Failure> {
    let (password, made) = args.secret.get()?;
    credentials::check(&args.login, &password)?;
    let book = match &args.definitions {
        Some(folder) => place::open_or_make(&args.which.data, None, definitions::catalog(folder, console)?, console)?,
        None => args.which.open(console)?,
    };
    let login = &args.login;
    if known(&book, login)?.is_some() {
        return Err(Failure::usage(text!(
            "`{login}` can sign in already; `formwork user password {login}` sets another password",
            "`{login}` 已可登录；可用 `formwork user password {login}` 重设密码"
        )));
    }
    for role in args.role.iter().filter(|role| Name::find(role).is_none()) {
        console.say(&text!(
            "no definition names a role `{role}`, so it allows nothing yet",
            "没有任何定义使用角色 `{role}`，目前不起作用"
        ));
    }
    record::make(&book, login, args.name.as_deref(), &args.role)?;
    credentials::set(&book, vec![login.clone()], &password, made)?;
    told(login, made.then_some(&*password), console);
    Ok(Exit::Done)
}

/// Says what was set; the password goes to stdout, so that nothing else does.
fn told(login: &str, made: Option<&str>, console: &Console) {
    let Some(password) = made else {
        return console.say(&text!("{login} can sign in", "{login} 可以登录"));
    };
    console.say(&text!(
        "{login} can sign in with this password and has to change it then; it is shown once",
        "{login} 可用此密码登录，登录后须修改；密码只显示这一次"
    ));
    console.answer(password);
}

fn set_password(args: &OfPassword, console: &Console) -> Result<Exit, Failure> {
    let (password, made) = args.secret.get()?;
    credentials::check(&args.login, &password)?;
    let book = args.which.open(console)?;
    record::find(&book, &args.login)?;
    credentials::set(&book, vec![args.login.clone()], &password, made)?;
    told(&args.login, made.then_some(&*password), console);
    Ok(Exit::Done)
}

fn unlock(args: &One, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    let (login, clock) = (args.login.clone(), book.clock().clone());
    if !change(&book, move |txn| password::unlock(txn, &login, COMMAND_LINE, clock.now()))? {
        return Err(nobody(&args.login));
    }
    let login = &args.login;
    console.say(&text!("{login} can sign in again", "{login} 可以重新登录"));
    Ok(Exit::Done)
}

/// No such user, or one who has never had a password.
fn nobody(login: &str) -> Failure {
    Failure::usage(text!(
        "there is nobody called `{login}` who could sign in; `formwork user list` names everybody",
        "没有可登录的用户 `{login}`；可用 `formwork user list` 查看"
    ))
}

fn known(book: &Book, login: &str) -> Result<Option<credential::Credential>, Failure> {
    let found = book.read(|view| Ok(credential::get(view, login)?));
    found.map_err(|refusal| Failure::refusal(&refusal, None))
}

fn list(book: &Book, console: &Console) -> Result<Exit, Failure> {
    let failed = |refusal| Failure::refusal(&refusal, None);
    let everybody = book.read(|view| Ok(login::everybody(view)?)).map_err(failed)?;
    let now = book.now();
    for (login, credential) in &everybody {
        let person = book.person(login, None).map_err(failed)?;
        let (sessions, keys) = book
            .read(|view| {
                let sessions = session::list(view, login, session::Lifetime::default(), now)?;
                Ok((sessions.len(), api_key::list(view, login)?.len()))
            })
            .map_err(failed)?;
        let roles: Vec<&str> = person.roles.iter().map(|role| role.as_str()).collect();
        let mut marks = Vec::new();
        if !book.is_user(login).map_err(failed)? {
            marks.push(text!("not in use", "已停用"));
        }
        if let Some(until) = credential.as_ref().and_then(|known| known.locked_until).filter(|until| now < *until) {
            marks.push(text!("locked until {until}", "锁定至 {until}"));
        }
        if credential.as_ref().is_some_and(|known| known.must_change) {
            marks.push(text!("password to be changed", "须修改密码"));
        }
        let marks: Vec<&str> = marks.iter().map(|mark| console.words(mark)).collect();
        let line = format!("{login}\t{}\t{sessions}\t{keys}\t{}", roles.join(","), marks.join(", "));
        console.answer(line.trim_end());
    }
    let n = everybody.len();
    console.say(&text!(
        "{n} can sign in: login, roles, sessions, API keys, remarks",
        "{n} 人可登录：登录名、角色、会话数、密钥数、备注"
    ));
    Ok(Exit::Done)
}

fn disable(args: &One, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    record::set_active(&book, &args.login, false)?;
    let (login, clock) = (args.login.clone(), book.clock().clone());
    change(&book, move |txn| session::sign_out_everywhere(txn, (&login, None), (COMMAND_LINE, ""), clock.now()))?;
    let login = &args.login;
    console.say(&text!(
        "{login} is let in no more; sessions have ended, API keys do not work",
        "{login} 已停用；会话已结束，API 密钥失效"
    ));
    Ok(Exit::Done)
}

fn unlink(args: &One, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    record::find(&book, &args.login)?;
    let (login, clock) = (args.login.clone(), book.clock().clone());
    let n = change(&book, move |txn| provider::unlink(txn, &login, |_| true, (COMMAND_LINE, ""), clock.now()))?;
    let login = &args.login;
    console.say(&text!(
        "{n} accounts of other systems are {login}'s no more; sessions by them have ended",
        "已解除 {login} 与 {n} 个外部账号的关联；相应会话已结束"
    ));
    Ok(Exit::Done)
}

fn enable(args: &One, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    record::set_active(&book, &args.login, true)?;
    let login = &args.login;
    console.say(&text!("{login} is in use again", "{login} 已重新启用"));
    Ok(Exit::Done)
}
