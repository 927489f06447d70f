//! `formwork impact`: recorded commands decided again under another release.

use formwork_model::text;
use formwork_runtime::{
    impact::{Impact, impact, parse_since},
    plan::json,
};

use crate::{
    console::Console,
    failure::{Exit, Failure},
    other::{Format, Other},
    place::Which,
};

/// The arguments of `impact`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    other: Other,
    /// From when on: a day, or a length of time such as 90d or 12h ‖ 起始时间：日期，或 90d、12h 这样的时长
    #[arg(long, default_value = "90d", value_name = "SINCE")]
    since: String,
    /// Exit code 1 when more than this share of commands comes to something else: 0.5% ‖ 结果变化的命令超过此比例时退出码为 1，例如 0.5%
    #[arg(long, value_name = "SHARE", value_parser = share)]
    max_changed: Option<f64>,
    /// For people, or for programs ‖ 供人阅读，或供程序使用
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    #[command(flatten)]
    which: Which,
}

/// `0.5%` or `0.005`.
fn share(text: &str) -> Result<f64, String> {
    let (number, of) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    match number.trim().parse::<f64>() {
        Ok(number) if (0.0..=of).contains(&number) => Ok(number / of),
        _ => Err("a share such as 0.5%".to_owned()),
    }
}

/// Decides them and tells the differences.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    let to = args.other.catalog(&book, console)?;
    let since = parse_since(&args.since, book.now(), &book.catalog().book.zone).ok_or_else(|| {
        let since = &args.since;
        Failure::usage(text!(
            "--since is a day such as 2026-03-01 or a length such as 90d, not `{since}`",
            "--since 应为日期（如 2026-03-01）或时长（如 90d），而不是 `{since}`"
        ))
    })?;
    let found = impact(&book, &to, since).map_err(|refusal| Failure::refusal(&refusal, Some(&to)))?;
    match args.format {
        Format::Json => console.answer(json::impact(&found).to_string()),
        Format::Human => tell(&found, console),
    }
    let too_many = args.max_changed.is_some_and(|most| found.share() > most);
    Ok(if too_many { Exit::Found } else { Exit::Done })
}

fn tell(impact: &Impact, console: &Console) {
    let (decided, changed, undecided) = (impact.decided, impact.changed, impact.undecided);
    let percent = format!("{:.2}", impact.share() * 100.0);
    console.answer_text(&text!(
        "{changed} of {decided} commands would come to something else, {undecided} can't be decided ({percent} %)",
        "{decided} 条命令中 {changed} 条结果会不同，{undecided} 条无法计算（{percent} %）"
    ));
    if impact.drifted > 0 {
        let (drifted, first) = (impact.drifted, impact.drifts.first().copied().unwrap_or_default());
        console.answer_text(&text!(
            "{drifted} commands are decided otherwise by the program of today than they were recorded, the first is entry {first}",
            "有 {drifted} 条命令由当前程序计算的结果与记录不同，首条为第 {first} 条"
        ));
    }
    for group in &impact.groups {
        let (count, cause, effect) = (group.count, console.words(&group.cause), console.words(&group.effect));
        console.answer(format!("  {count} × {cause}: {effect}"));
        for example in &group.examples {
            let record = example.record.map(|(object, id)| format!("{object} {id}")).unwrap_or_default();
            console.answer(format!("      #{} {} {} {record}", example.seq, example.at, example.kind));
        }
    }
}
