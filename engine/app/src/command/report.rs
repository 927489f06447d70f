//! `formwork report`: a report as somebody sees it.

use formwork_model::{text, text::Language, value::Value};
use formwork_runtime::{
    book::Book,
    command::Actor,
    report::{Asked, Axis, Sheet},
    scenario::parse_actor,
};
use jiff::civil::Date;

use crate::{
    console::Console,
    failure::{Exit, Failure},
    place::Which,
};

/// The arguments of `report`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The report; without it, the reports that there are ‖ 报表；不写则列出全部报表
    report: Option<String>,
    #[command(flatten)]
    which: Which,
    /// As whom: a login and its roles; they see what they see anywhere. By default the operator, who sees everything ‖ 以谁的身份：登录名及角色，仅限其可见数据；默认为可见全部数据的运维人员
    #[arg(long = "as", value_name = "ACTOR")]
    actor: Option<String>,
    /// The dimensions of the rows, by commas; `-` for none ‖ 行维度，以逗号分隔；`-` 表示无
    #[arg(long, value_delimiter = ',', value_name = "DIMENSIONS", allow_hyphen_values = true)]
    rows: Option<Vec<String>>,
    /// The dimensions of the columns ‖ 列维度
    #[arg(long, value_delimiter = ',', value_name = "DIMENSIONS", allow_hyphen_values = true)]
    columns: Option<Vec<String>>,
    /// The measures ‖ 指标
    #[arg(long, value_delimiter = ',', value_name = "MEASURES")]
    show: Option<Vec<String>>,
    /// The first day of the period ‖ 期间的第一天
    #[arg(long, value_name = "DAY")]
    since: Option<Date>,
    /// Its last day ‖ 期间的最后一天
    #[arg(long, value_name = "DAY")]
    until: Option<Date>,
    /// Which records, as JSON ‖ 筛选条件（JSON）
    #[arg(long, value_name = "JSON")]
    filter: Option<String>,
    /// As JSON, with everything in it ‖ 以 JSON 输出全部内容
    #[arg(long)]
    json: bool,
}

/// Prints a report, or the names of all.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    let actor = args.actor.as_deref().map_or_else(Actor::system, parse_actor);
    let refused = |refusal| Failure::refusal(&refusal, Some(&book.catalog()));
    let eyes = book.eyes(&actor);
    let Some(name) = &args.report else {
        for report in eyes.reports().map_err(refused)? {
            console.answer(format!("{}\t{}", report.name, report.label.get(console.language)));
        }
        return Ok(Exit::Done);
    };
    let sheet = eyes.report(name, &asked(args)?).map_err(refused)?;
    if args.json {
        console.answer(sheet.to_json().to_string());
    } else {
        table(&book, &sheet, console.language).iter().for_each(|line| console.answer(line));
    }
    Ok(Exit::Done)
}

fn asked(args: &Args) -> Result<Asked, Failure> {
    let named = |words: &Option<Vec<String>>| {
        let words = words.as_ref()?.iter().map(|word| word.trim());
        Some(words.filter(|word| !word.is_empty() && *word != "-").map(str::to_owned).collect())
    };
    let filter = args.filter.as_ref().map(|written| {
        serde_json::from_str(written)
            .map_err(|error| Failure::usage(text!("--filter is no JSON: {error}", "--filter 不是 JSON：{error}")))
    });
    Ok(Asked {
        rows: named(&args.rows),
        columns: named(&args.columns),
        show: named(&args.show),
        from: args.since,
        to: args.until,
        filter: filter.transpose()?,
    })
}

/// A line for each row and one for the total, each cell behind a tab.
fn table(book: &Book, sheet: &Sheet, language: Language) -> Vec<String> {
    let zone = book.catalog().book.zone.clone();
    let total = text!("total", "合计");
    let words = |axis: &Axis, heading: Option<usize>| match heading.and_then(|heading| axis.headings.get(heading)) {
        Some(heading) => heading.labels.iter().map(|label| label.get(language)).collect::<Vec<_>>().join(" / "),
        None => total.get(language).to_owned(),
    };
    let measures: Vec<&str> = sheet
        .measures
        .iter()
        .filter_map(|chosen| chosen.measure())
        .map(|measure| measure.label.get(language))
        .collect();
    let columns: Vec<Option<usize>> = (0..sheet.columns.headings.len()).map(Some).chain([None]).collect();
    let rows = (0..sheet.rows.headings.len()).map(Some).chain([None]);
    let dimensions: Vec<&str> = sheet.rows.dimensions.iter().map(|along| along.label.get(language)).collect();
    let mut head = vec![dimensions.join(" / ")];
    for column in &columns {
        let column = if columns.len() > 1 { format!("{}: ", words(&sheet.columns, *column)) } else { String::new() };
        head.extend(measures.iter().map(|measure| format!("{column}{measure}")));
    }
    let shown = |value: &Value| match value {
        Value::Instant(at) => at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        value => value.to_string(),
    };
    let line = |row: Option<usize>| {
        let cells = columns.iter().flat_map(|column| {
            (0..measures.len()).map(move |measure| sheet.cell(row, *column, measure).map(shown).unwrap_or_default())
        });
        std::iter::once(words(&sheet.rows, row)).chain(cells).collect::<Vec<_>>().join("\t")
    };
    std::iter::once(head.join("\t")).chain(rows.map(line)).collect()
}
