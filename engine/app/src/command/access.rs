//! `formwork access`: why somebody may do something with a record, and who may.

use clap::Subcommand;
use formwork_catalog::role::Action;
use formwork_definition::kind::role::May;
use formwork_model::{field_path::FieldPath, id::RecordId, name::Name, text};
use formwork_runtime::{
    access::{Difference, Why},
    book::Book,
    scenario::parse_actor,
};
use serde_json::Value as Json;

use crate::{
    command::eval::find,
    console::Console,
    failure::{Exit, Failure},
    other::{Format, Other},
    place::Which,
};

/// The arguments of `access`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Every grant that somebody holds on a record's object, and what it says ‖ 列出某人对该记录所属对象的全部授权及其结论
    Why {
        /// A login, with roles where it has them without a position ‖ 登录名，可附加不经岗位授予的角色
        #[arg(long, value_name = "LOGIN")]
        user: String,
        #[command(flatten)]
        about: About,
    },
    /// Who gains and who loses what under another release ‖ 换用另一版本时，谁增加、谁失去哪些权限
    Diff {
        #[command(flatten)]
        other: Other,
        /// The kept release it is compared with, in place of the live one ‖ 与之比较的已保存版本；默认当前生效版本
        #[arg(long, value_name = "HASH")]
        from: Option<String>,
        /// How the answer is written ‖ 输出格式
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
        #[command(flatten)]
        which: Which,
    },
    /// Everybody with a position who may ‖ 列出有权限的全部在岗人员
    Who {
        #[command(flatten)]
        about: About,
    },
}

/// What is asked about.
#[derive(Debug, clap::Args)]
struct About {
    #[command(flatten)]
    which: Which,
    /// The record: OBJECT/ID, or its number or unique value in place of the id ‖ 记录：对象/ID，也可用编号或唯一值
    #[arg(long, value_name = "OBJECT/ID")]
    record: String,
    /// A field of it, or of its lines: lines.price ‖ 其中的字段，或行项目的字段，如 lines.price
    #[arg(long, value_name = "FIELD")]
    field: Option<String>,
    /// read, update, delete, export, import, assign, share, post, or an action of a flow ‖ 操作：read、update、delete、export、import、assign、share、post 或流程动作
    #[arg(long, default_value = "read", value_name = "ACTION")]
    action: String,
    /// How the answer is written ‖ 输出格式
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// A record, what is done with it, and a field of it.
type Question = ((Name, RecordId), Action, Option<FieldPath>);

/// Answers.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    match &args.what {
        What::Why { user, about } => {
            let book = about.which.open(console)?;
            let (record, action, field) = about.read(&book)?;
            let said = book.why(&parse_actor(user), record, action, field);
            let why = said.map_err(|refusal| Failure::refusal(&refusal, Some(&book.catalog())))?;
            if about.format == Format::Json {
                console.answer(pretty(&why.to_json()));
            } else {
                tell(&why, console);
            }
            Ok(if why.allowed { Exit::Done } else { Exit::Found })
        }
        What::Diff { other, from, format, which } => {
            let book = which.open(console)?;
            let failed = |refusal| Failure::refusal(&refusal, Some(&book.catalog()));
            let to = other.catalog(&book, console)?;
            let from = from.as_ref().map_or_else(|| Ok(book.catalog()), |hash| book.kept(hash)).map_err(failed)?;
            let found = book.access_difference(&from, &to).map_err(failed)?;
            if *format == Format::Json {
                console.answer(pretty(&found.iter().map(Difference::to_json).collect()));
            } else {
                found.iter().for_each(|difference| tell_difference(difference, console));
            }
            Ok(if found.is_empty() { Exit::Done } else { Exit::Found })
        }
        What::Who { about } => {
            let book = about.which.open(console)?;
            let (record, action, field) = about.read(&book)?;
            let said = book.who(record, action, field);
            let who = said.map_err(|refusal| Failure::refusal(&refusal, Some(&book.catalog())))?;
            if about.format == Format::Json {
                console.answer(pretty(&who.iter().map(Why::to_json).collect()));
            } else {
                who.iter().for_each(|why| tell(why, console));
            }
            Ok(Exit::Done)
        }
    }
}

impl About {
    fn read(&self, book: &Book) -> Result<Question, Failure> {
        let record = find(book, &self.record)?;
        let word = &self.action;
        let action = May::of_record(word).map(Action::May).or_else(|| Name::find(word).map(Action::Act));
        let action = action.ok_or_else(|| Failure::usage(text!("there is no action `{word}`", "没有操作 `{word}`")))?;
        let catalog = book.catalog();
        let known = |field: &str| {
            let object = catalog.object(record.0)?;
            FieldPath::find(field).filter(|path| object.at(*path).is_some())
        };
        let field = match &self.field {
            None => None,
            Some(field) => Some(
                known(field)
                    .ok_or_else(|| Failure::usage(text!("there is no field `{field}`", "没有字段 `{field}`")))?,
            ),
        };
        Ok((record, action, field))
    }
}

/// A line for each thing that somebody gains (`+`) or loses (`-`).
fn tell_difference(difference: &Difference, console: &Console) {
    console.answer(&difference.login);
    let signed = [("+", &difference.gains), ("-", &difference.loses)];
    for (sign, given) in signed.into_iter().flat_map(|(sign, all)| all.iter().map(move |given| (sign, given))) {
        let mut what = given.actions.join(", ");
        if !given.fields.is_empty() {
            let fields: Vec<String> = given.fields.iter().map(ToString::to_string).collect();
            what = format!("{what} ({})", fields.join(", ")).trim_start().to_owned();
        }
        match given.object {
            Some(object) => console.answer(format!("  {sign} {object} [{}] {what}: {}", given.rows, given.grant)),
            None => console.answer(format!("  {sign} {what}")),
        }
    }
}

/// One line for the answer, and one for each grant.
fn tell(why: &Why, console: &Console) {
    let login = &why.login;
    console.answer_text(&match (why.allowed, why.open) {
        (_, true) => text!("{login} may: the book is open", "{login} 有权限：账套是开放的"),
        (true, _) => text!("{login} may", "{login} 有权限"),
        (false, _) => text!("{login} may not", "{login} 没有权限"),
    });
    if why.takes_part {
        console.answer_text(&text!("  takes part in what happens to it, and sees it", "  参与该记录的处理，可以查看"));
    }
    for asked in &why.grants {
        let (role, grant, rows) = (asked.role, asked.grant, &asked.rows);
        console.answer(format!("  {role}.{grant} [{rows}]: {}", console.words(&asked.verdict.say())));
    }
    if why.grants.is_empty() && !why.open {
        console.answer_text(&text!("  holds no grant on this object", "  对该对象没有任何授权"));
    }
}

fn pretty(json: &Json) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default()
}
