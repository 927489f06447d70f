//! `formwork transfer`: hands everything that somebody has over to somebody else.

use formwork_model::text;
use formwork_runtime::command::{Command, Request};
use serde_json::Value as Json;

use crate::{
    console::Console,
    failure::{Exit, Failure},
    other::{Doing, Format},
    place::Which,
};

/// The arguments of `transfer`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whose it is now: a login ‖ 转出人的登录名
    from: String,
    /// Whose it will be: a login ‖ 接收人的登录名
    to: String,
    /// Why; it is kept in the history ‖ 原因，会写入历史
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    doing: Doing,
    #[command(flatten)]
    which: Which,
}

/// Hands over and shows how much both had before and have after.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    let request = Request::Transfer { from: args.from.as_str().into(), to: args.to.as_str().into() };
    let mut command = Command::new(args.doing.actor(), request);
    command.reason = args.reason.as_deref().map(Into::into);
    let done =
        if args.doing.dry_run { book.dry_run(&command).map(|changes| changes.outcome) } else { book.run(command) };
    let outcome = done.map_err(|refusal| Failure::refusal(&refusal, Some(&book.catalog())))?;
    let answer = outcome.answer.unwrap_or_default();
    if args.doing.format == Format::Json {
        console.answer(answer.to_string());
        return Ok(Exit::Done);
    }
    for (login, side) in [(&args.from, "from"), (&args.to, "to")] {
        let count = |when: &str, what: &str| answer[when][side][what].as_u64().unwrap_or_default();
        let mut kinds: Vec<&String> = Vec::new();
        for when in ["before", "after"] {
            kinds.extend(answer[when][side].as_object().into_iter().flat_map(serde_json::Map::keys));
        }
        kinds.sort();
        kinds.dedup();
        for what in kinds {
            let (before, after) = (count("before", what), count("after", what));
            console.answer_text(&text!("{login} {what}: {before} -> {after}", "{login} {what}：{before} -> {after}"));
        }
    }
    if let Some(elsewhere) = answer.get("elsewhere").and_then(Json::as_u64).filter(|many| *many > 0) {
        console.answer_text(&text!(
            "{elsewhere} tasks went to the supervisor or back to their queue",
            "{elsewhere} 项任务已转给上级或退回队列"
        ));
    }
    if args.doing.dry_run {
        console.answer_text(&text!("nothing was written", "未写入"));
    }
    Ok(Exit::Done)
}
