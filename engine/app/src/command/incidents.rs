//! `formwork incidents`: what failed in a book with nobody waiting for an answer.

use formwork_model::text;
use formwork_runtime::incident::Wanted;

use crate::{
    console::Console,
    failure::{Exit, Failure},
    place::Which,
};

/// The arguments of `incidents`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// Those that have ended, newest first, instead of the open ones ‖ 列出已处理的（最新在前），而非未处理的
    #[arg(long)]
    ended: bool,
    /// At most so many ‖ 最多列出条数
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    limit: usize,
}

/// Lists them, one a line: when last, how often, what, whose, about what, why.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    let wanted = Wanted { ended: args.ended, limit: args.limit, ..Wanted::default() };
    let found = book.incidents(&wanted).map_err(|refusal| Failure::refusal(&refusal, Some(&book.catalog())))?;
    for incident in &found {
        let about = match (incident.about.record, incident.about.place) {
            (Some((object, id)), Some(place)) => format!("{object} {id} {}.{}", place.flow, place.node),
            (Some((object, id)), None) => format!("{object} {id}"),
            (None, _) => incident.about.part.to_string(),
        };
        let end = incident.end.as_ref().map(|end| format!(" [{} {}]", end.how.word(), end.by)).unwrap_or_default();
        let (at, times, what, owner) = (incident.last_at, incident.times, incident.what.word(), &incident.owner);
        let cause = console.words(&incident.cause);
        console.answer(format!("{at}  {times}×  {what}  {owner}  {about}  {cause}{end}"));
    }
    let n = found.len();
    console.say(&if args.ended {
        text!("{n} ended incidents", "{n} 条已处理的异常")
    } else {
        text!("{n} open incidents", "{n} 条未处理的异常")
    });
    Ok(Exit::Done)
}
