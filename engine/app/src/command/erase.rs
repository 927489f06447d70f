//! `formwork erase`: what a record holds in sensitive fields goes, everywhere and for good.

use formwork_model::{name::Name, text};
use formwork_runtime::{
    command::{Command, Request},
    scenario::parse_actor,
};
use serde_json::Value as Json;

use crate::{
    console::Console,
    failure::{Exit, Failure},
    place::Which,
};

/// The arguments of `erase`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The record: OBJECT/ID, or OBJECT/NUMBER; one that was deleted by its id ‖ 记录：对象/ID 或 对象/编号；已删除的记录用 ID
    #[arg(required_unless_present = "due")]
    record: Option<String>,
    /// In place of one record: of all that have been kept as long as `retain` says, as a server does by itself ‖ 代替单条记录：删除所有超过 `retain` 保留期的敏感数据（服务运行时自动执行）
    #[arg(long, conflicts_with_all = ["record", "reason"])]
    due: bool,
    /// Why, such as the request of the person; it stays in the history and the audit log ‖ 原因（例如本人请求），保留在历史和审计日志中
    #[arg(long, value_name = "TEXT", required_unless_present = "due")]
    reason: Option<String>,
    /// Who does it: a login and its roles ‖ 操作人：登录名及角色
    #[arg(long = "as", default_value = "admin", value_name = "ACTOR")]
    actor: String,
    #[command(flatten)]
    which: Which,
}

/// Erases, and says which fields.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    let refused = |refusal| Failure::refusal(&refusal, Some(&book.catalog()));
    if args.due {
        let records = book.retain().map_err(refused)?;
        console.answer_text(&text!("erased of {records} records", "已删除 {records} 条记录的敏感数据"));
        return Ok(Exit::Done);
    }
    let Some((object, record)) = args.record.as_deref().and_then(|record| record.split_once('/')) else {
        return Err(Failure::usage(text!("a record is OBJECT/ID", "记录的写法是 对象/ID")));
    };
    let Some(object) = Name::find(object).filter(|name| book.catalog().object(*name).is_some()) else {
        return Err(Failure::usage(text!("there is no object `{object}`", "没有对象 `{object}`")));
    };
    let id = match record.parse() {
        Ok(id) => Some(id),
        Err(_) => book.resolve(object, &Json::from(record)).map_err(refused)?,
    };
    let Some(id) = id else {
        return Err(Failure::usage(text!("there is no {object} `{record}`", "没有 {object} `{record}`")));
    };
    let mut command = Command::new(parse_actor(&args.actor).unlimited(), Request::Erase { object, id });
    command.reason = args.reason.as_deref().map(Into::into);
    let changes = book.run_full(command).map_err(refused)?;
    let said: Json = serde_json::from_str(&changes.entry.input).unwrap_or_default();
    let fields =
        said["fields"].as_array().into_iter().flatten().filter_map(Json::as_str).collect::<Vec<_>>().join(", ");
    console.answer_text(&text!("erased of {object} {id}: {fields}", "已删除 {object} {id} 的：{fields}"));
    Ok(Exit::Done)
}
