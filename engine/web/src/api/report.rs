//! Reports: what there is to choose, and what it comes to.

use axum::http::StatusCode;
use formwork_model::text;
use formwork_report::sheet::Sheet;
use formwork_runtime::report::{Asked, listed};
use jiff::civil::Date;
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer},
    ask::Ask,
    body,
    error::Problem,
    header,
    leave::{self, Format},
    parameter::{Parameters, bad_parameter},
};

/// `GET /{book}/api/reports`: the reports in which the caller sees something, with what they can choose.
pub(crate) async fn reports(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let eyes = ask.eyes();
    let mut data = Vec::new();
    for report in eyes.reports()? {
        let (report, offered) = eyes.offered_of(report.name.as_str())?;
        data.push(listed(&report, &offered));
    }
    Ok(api::json(StatusCode::OK, &json!({"data": data})))
}

/// `GET /{book}/api/reports/{report}?rows=&columns=&show=&from=&to=&filter=&records=&format=json|csv|xlsx`
pub(crate) async fn report(ask: Ask) -> Answer {
    let mut parameters = ask.call.parameters()?;
    let asked = take_asked(&mut parameters)?;
    let records = parameters.take_flag("records")?;
    let format = parameters.take("format").filter(|format| format != "json");
    let format = format.map(|format| Format::read(Some(&format))).transpose()?;
    parameters.finish()?;
    let (name, actor) = (ask.call.path("report").to_owned(), ask.actor.clone());
    if let Some(format) = format {
        let (wanted, language) = (name.clone(), header::language(ask.call.headers()));
        let built = ask.counting(move |book| {
            let sheet = book.eyes(&actor).report(&wanted, &asked)?;
            let most = book.eyes(&actor).export_rows_of(&sheet)?;
            let file = Sheet::of(&sheet, Vec::new(), &book.catalog().book.zone, language);
            Ok(leave::build_report(&file, most, format))
        });
        return leave::answer(&ask, &format!("report {name}"), &name, format, built.await??).await;
    }
    let sheet = ask.counting(move |book| book.eyes(&actor).report(&name, &asked)).await?;
    let mut out = sheet.to_json();
    if records && let Json::Object(out) = &mut out {
        out.insert("records".into(), sheet.records_to_json());
    }
    Ok(api::json(StatusCode::OK, &out))
}

/// What is asked for of a report: `rows=a,b`, `columns=`, `show=`, `from=` and `to=` days, `filter=` JSON. `-` is none.
pub(crate) fn take_asked(parameters: &mut Parameters) -> Result<Asked, Problem> {
    let mut words = |name: &'static str| {
        let text = parameters.take(name)?;
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty() && *word != "-");
        Some(words.map(str::to_owned).collect::<Vec<_>>())
    };
    let (rows, columns, show) = (words("rows"), words("columns"), words("show"));
    let mut day = |name: &'static str| -> Result<Option<Date>, Problem> {
        let Some(text) = parameters.take(name) else { return Ok(None) };
        let day = text.parse().ok();
        let bad =
            || bad_parameter(name, text!("`{name}` is a day such as 2026-03-02", "`{name}` 应为日期，例如 2026-03-02"));
        day.map(Some).ok_or_else(bad)
    };
    let (from, to) = (day("from")?, day("to")?);
    let filter = match parameters.take("filter") {
        Some(text) => Some(body::json(text.as_bytes()).map_err(|problem| problem.field("filter"))?),
        None => None,
    };
    Ok(Asked { rows, columns, show: show.filter(|show| !show.is_empty()), from, to, filter })
}
