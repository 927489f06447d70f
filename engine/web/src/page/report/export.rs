//! A report as a file: the numbers of the page, typed, with the headings in the reader's language.

use formwork_definition::kind::role::May;
use formwork_report::sheet::Sheet as File;
use formwork_runtime::report::Sheet;

use super::choice::Choice;
use crate::{
    api::Answer,
    ask::Ask,
    error::Problem,
    leave::{self, Built, Format},
    page::{list, typed::Typed, view::View},
};

/// Whether its reader may take out what it is made of.
pub(crate) fn is_allowed(view: &View, sheet: &Sheet) -> bool {
    sheet.offered.objects.iter().all(|object| view.may_some(*object, May::Export))
}

/// `GET /{book}/reports/{report}/export?format=xlsx|csv`, with what the page was asked for.
pub(crate) async fn export(ask: Ask) -> Answer {
    ask.check_oneself()?;
    let name = ask.call.path("report").to_owned();
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    let format = Format::read(typed.filled("format"))?;
    let (view, wanted) = (View::of(&ask), name.clone());
    let built = ask
        .counting(move |_| Ok(build(&view, &wanted, &typed, format)))
        .await
        .and_then(|built: Result<Built, Problem>| built)?;
    leave::answer(&ask, &format!("report {name}"), &name, format, built).await
}

fn build(view: &View, name: &str, typed: &Typed, format: Format) -> Result<Built, Problem> {
    let choice = Choice::read(view, name, typed)?;
    let sheet = view.eyes().report(name, &choice.asked)?;
    let most = view.eyes().export_rows_of(&sheet)?;
    let mut notes = Vec::new();
    if sheet.offered.period {
        notes.push(choice.period.said(view));
    }
    let object = sheet.report.only_source().and_then(|source| view.catalog.object(source.object));
    if let Some(object) = object.filter(|_| choice.list.is_narrowed()) {
        let tokens = list::tokens(view, object, &choice.list, "");
        let said = tokens.as_array().into_iter().flatten();
        notes.extend(said.filter_map(|token| token["text"].as_str().map(str::to_owned)));
    }
    leave::build_report(&File::of(&sheet, notes, view.zone(), view.language), most, format)
}
