//! `formwork diff`: where two versions of a decision table answer differently.

use formwork_catalog::table::analysis::differences;
use formwork_model::{name::Name, text, text::Text};
use formwork_runtime::{
    impact::{by_use, parse_since, weigh},
    plan::json,
};

use crate::{
    console::Console,
    failure::{Exit, Failure},
    other::{Format, Other},
    place::Which,
};

/// The arguments of `diff`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The table ‖ 决策表
    table: String,
    #[command(flatten)]
    other: Other,
    /// Counts recorded decisions from then on: a day, or a length of time such as 90d ‖ 统计此后的历史决策：日期或 90d 这样的时长
    #[arg(long, default_value = "90d", value_name = "SINCE")]
    since: String,
    /// For people, or for programs ‖ 供人阅读，或供程序使用
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    #[command(flatten)]
    which: Which,
}

/// Compares the table of the live release with that of the other.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    let to = args.other.catalog(&book, console)?;
    let live = book.catalog();
    let table = &args.table;
    let name = Name::find(table);
    let found = name.and_then(|name| Some((live.tables.get(&name)?, to.tables.get(&name)?)));
    let (before, now) = found.ok_or_else(|| {
        Failure::usage(text!("there is no table `{table}` in both releases", "两个版本中没有共同的决策表 `{table}`"))
    })?;
    let since = parse_since(&args.since, book.now(), &live.book.zone).ok_or_else(|| {
        Failure::usage(text!("--since is a day or a length such as 90d", "--since 应为日期或 90d 这样的时长"))
    })?;
    let difference = differences(before, now);
    let used = weigh(&book, before, &difference, since).map_err(|refusal| Failure::refusal(&refusal, Some(&live)))?;
    if args.format == Format::Json {
        console.answer(json::table(&difference, Some(&used)).to_string());
        return Ok(exit(difference.regions.is_empty() && difference.columns.is_empty()));
    }
    for column in &difference.columns {
        console.answer(format!("  ! {}", console.words(column)));
    }
    for (region, count, examples) in by_use(&difference, &used) {
        let inputs: Vec<String> =
            region.inputs.iter().map(|(name, words)| format!("{name} {}", console.words(words))).collect();
        let inputs = if inputs.is_empty() {
            console.words(&text!("any input", "任意输入")).to_owned()
        } else {
            inputs.join(", ")
        };
        let days = region.days.as_ref().map(|days| format!(" ({})", console.words(days))).unwrap_or_default();
        let (from, to) = (console.words(&region.before.outputs), console.words(&region.now.outputs));
        let sure = if region.proven { "" } else { console.words(&MAYBE) };
        console.answer(format!("  {count} × {inputs}{days}: {from} -> {to}{sure}"));
        for (object, id) in examples {
            console.answer(format!("      {object} {id}"));
        }
    }
    let (regions, changed, evaluated) = (difference.regions.len(), used.changed, used.evaluated);
    let more = if difference.more { (", and more", "，另有更多") } else { ("", "") };
    let (more_en, more_zh) = more;
    console.answer_text(&text!(
        "{regions} regions differ{more_en}; {changed} of {evaluated} recorded decisions fall into them",
        "{regions} 个区域不同{more_zh}；{evaluated} 次历史决策中有 {changed} 次落入其中"
    ));
    Ok(exit(difference.regions.is_empty() && difference.columns.is_empty()))
}

static MAYBE: std::sync::LazyLock<Text> =
    std::sync::LazyLock::new(|| text!(" (an expression decides)", "（由表达式决定）"));

fn exit(same: bool) -> Exit {
    if same { Exit::Done } else { Exit::Found }
}
