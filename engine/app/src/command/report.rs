//! `formwork report`: a report as somebody sees it.

use std::path::{Path, PathBuf};

use formwork_account::log::note;
use formwork_model::{text, text::Language, value::Value};
use formwork_report::sheet::{Sheet as File, to_csv, to_xlsx};
use formwork_runtime::{
    book::Book,
    command::Actor,
    export::Leaving,
    report::{Asked, Axis, Sheet},
    scenario::parse_actor,
};
use formwork_store::table::audit::What;
use jiff::civil::Date;

use super::export::{check_file, leaves};
use crate::{
    console::Console,
    credentials::{COMMAND_LINE, change},
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
    /// Into a file, .csv or .xlsx, as much as they may take out ‖ 写入文件 .csv 或 .xlsx，受导出额度限制
    #[arg(long, value_name = "FILE", conflicts_with = "json", requires = "report")]
    to: Option<PathBuf>,
}

/// Prints a report, or the names of all.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    args.to.as_deref().map_or(Ok(()), check_file)?;
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
    if let Some(file) = &args.to {
        leave(&book, args.actor.is_some().then_some(&actor), &sheet)?;
        return write(&book, &sheet, file, console);
    }
    if args.json {
        console.answer(sheet.to_json().to_string());
    } else {
        table(&book, &sheet, console.language).iter().for_each(|line| console.answer(line));
    }
    Ok(Exit::Done)
}

/// Tells the audit log that a report leaves, with somebody or with the operator; or says that it may not.
fn leave(book: &Book, actor: Option<&Actor>, sheet: &Sheet) -> Result<(), Failure> {
    let about = format!("report {}", sheet.report.name);
    let Some(actor) = actor else {
        let clock = book.clock().clone();
        return change(book, move |txn| note(txn, COMMAND_LINE, What::Export, &about, "", clock.now()));
    };
    let most = book.eyes(actor).export_rows_of(sheet);
    let most = most.map_err(|refusal| Failure::refusal(&refusal, Some(&book.catalog())))?;
    let rows = u64::try_from(sheet.rows.headings.len().saturating_add(1)).unwrap_or(u64::MAX);
    leaves(book, Leaving { login: actor.login.to_string(), about, address: String::new(), rows, most })
}

fn write(book: &Book, sheet: &Sheet, file: &Path, console: &Console) -> Result<Exit, Failure> {
    let made = File::of(sheet, Vec::new(), &book.catalog().book.zone, console.language);
    let is_csv = file.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let content = if is_csv { to_csv(&made) } else { to_xlsx(&made) };
    let shown = file.display().to_string();
    let failed = |why: String| Failure::usage(text!("{shown} can't be written: {why}", "{shown} 无法写入：{why}"));
    let content = content.map_err(|error| failed(error.to_string()))?;
    std::fs::write(file, content).map_err(|error| failed(error.to_string()))?;
    let rows = made.rows.len();
    console.say(&text!("{rows} rows written to {shown}", "已写入 {rows} 行到 {shown}"));
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
