//! A report as a file: the numbers of the page, typed, with the headings in the reader's language.

use formwork_definition::kind::role::May;
use formwork_model::{text, value::Value};
use formwork_report::sheet::{Cell, Row, Sheet as File, to_csv, to_xlsx};
use formwork_runtime::report::Sheet;

use super::{
    choice::Choice,
    grid::{decimal, labels, written},
    picture::unit,
};
use crate::{
    api::Answer,
    ask::Ask,
    error::Problem,
    leave::{self, Built, Format},
    page::{typed::Typed, view::View},
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
    let mut most = None;
    for object in &sheet.offered.objects {
        view.eyes().require_some(*object, formwork_catalog::role::Action::May(May::Export))?;
        let own = view.eyes().export_rows(*object)?;
        most = match (most, own) {
            (Some(known), Some(own)) => Some(u64::min(known, own)),
            (known, own) => known.or(own),
        };
    }
    let file = file(view, &sheet, &choice);
    let rows = file.rows.len();
    let content = match format {
        Format::Csv => to_csv(&file),
        Format::Xlsx => to_xlsx(&file),
    };
    Ok(Built::of(content.map_err(|error| Problem::fault(format!("report {name}: {error}")))?, rows, most))
}

/// The report as rows: a column for each dimension of the rows, then the measures of each heading, then the totals.
pub(crate) fn file(view: &View, sheet: &Sheet, choice: &Choice) -> File {
    let names = sheet.rows.dimensions.len().max(1);
    let columns: Vec<Option<usize>> = (0..sheet.columns.headings.len()).map(Some).chain([None]).collect();
    let line = |row: Option<usize>, total: bool| {
        let mut cells: Vec<Cell> = match row.and_then(|row| sheet.rows.headings.get(row)) {
            Some(heading) => labels(view, heading).into_iter().map(Cell::Text).collect(),
            None => vec![Cell::Text(view.word("total").to_owned())],
        };
        cells.resize(names, Cell::Empty);
        for column in &columns {
            cells.extend((0..sheet.measures.len()).map(|measure| cell(view, sheet, (row, *column), measure)));
        }
        Row { total, cells }
    };
    let mut rows: Vec<Row> = (0..sheet.rows.headings.len()).map(|row| line(Some(row), false)).collect();
    rows.push(line(None, true));
    let report = &sheet.report;
    let at = crate::page::locale::instant(sheet.now, view.zone(), view.language);
    let mut notes = Vec::new();
    if sheet.offered.period {
        notes.push(choice.period.said(view));
    }
    if choice.list.is_narrowed() {
        let object = report.only_source().and_then(|source| view.catalog.object(source.object));
        let tokens = object.map(|object| crate::page::list::tokens(view, object, &choice.list, ""));
        let said = tokens.iter().flat_map(|tokens| tokens.as_array()).flatten();
        notes.extend(said.filter_map(|token| token["text"].as_str().map(str::to_owned)));
    }
    notes.push(view.say(&text!("computed {at}", "计算于 {at}")).to_owned());
    File {
        title: view.say(&report.label).to_owned(),
        notes,
        heads: heads(view, sheet, names, &columns),
        names,
        rows,
        language: view.language,
    }
}

/// A row of headings for each dimension of the columns, and one for the measures.
fn heads(view: &View, sheet: &Sheet, names: usize, columns: &[Option<usize>]) -> Vec<Vec<String>> {
    let deep = if sheet.columns.headings.is_empty() { 0 } else { sheet.columns.dimensions.len() };
    let own: Vec<String> = sheet.rows.dimensions.iter().map(|along| view.say(&along.label).to_owned()).collect();
    let start = |shown: bool| {
        let mut row = if shown { own.clone() } else { Vec::new() };
        row.resize(names, String::new());
        row
    };
    let mut heads: Vec<Vec<String>> = Vec::new();
    for level in 0..deep {
        let mut row = start(false);
        for column in columns {
            let heading = column.and_then(|at| sheet.columns.headings.get(at));
            let text = match heading {
                Some(heading) => labels(view, heading).get(level).cloned().unwrap_or_default(),
                None => view.word("total").to_owned(),
            };
            row.extend(std::iter::repeat_n(text, sheet.measures.len()));
        }
        heads.push(row);
    }
    let mut row = start(true);
    for _ in columns {
        row.extend(sheet.measures.iter().map(|chosen| {
            chosen.measure().map_or_else(|| chosen.name.to_string(), |measure| view.say(&measure.label).to_owned())
        }));
    }
    heads.push(row);
    heads
}

fn cell(view: &View, sheet: &Sheet, (row, column): (Option<usize>, Option<usize>), measure: usize) -> Cell {
    let Some(value) = sheet.cell(row, column, measure) else { return Cell::Empty };
    let Some(known) = sheet.measures.get(measure).and_then(|chosen| chosen.measure()) else { return Cell::Empty };
    match (value, decimal(value), unit(known)) {
        (_, Some(number), Some(unit)) => Cell::Number(number, unit),
        (Value::Date(day), ..) => Cell::Date(*day),
        _ => Cell::Text(written(view, known, value)),
    }
}
