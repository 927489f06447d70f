//! `formwork releases`: the releases a book keeps.

use formwork_model::text;
use formwork_runtime::plan::json;

use crate::{
    console::Console,
    failure::{Exit, Failure},
    other::Format,
    place::Which,
};

/// The arguments of `releases`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// For people, or for programs ‖ 供人阅读，或供程序使用
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    #[command(flatten)]
    which: Which,
}

/// Lists them, the live one first, with how many instances run by each.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    let kept = book.releases(true).map_err(|refusal| Failure::refusal(&refusal, Some(&book.catalog())))?;
    if args.format == Format::Json {
        console.answer(serde_json::Value::Array(kept.iter().map(json::kept).collect()).to_string());
        return Ok(Exit::Done);
    }
    for release in &kept {
        let mark = if release.live { "*" } else { " " };
        let (hash, running) = (&release.hash, release.running.unwrap_or_default());
        let last = release.activations.last().map(|entry| {
            let reason = entry.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("{} {}{reason}", entry.at, entry.actor)
        });
        let last = last.unwrap_or_default();
        console.answer_text(&text!(
            "{mark} {hash} {last} ({running} running)",
            "{mark} {hash} {last}（运行中 {running}）"
        ));
    }
    Ok(Exit::Done)
}
