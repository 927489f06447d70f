//! A computed report as a table: columns under their headings, rows under those they belong to with what these come to,
//! and totals. Each number leads to the list of its records.

use formwork_catalog::report::{Format, Measure, Report};
use formwork_model::{field_type::FieldType, text, value::Value};
use formwork_report::{
    chart::{Unit, shade},
    number::brief,
};
use formwork_runtime::report::{Asked, Drill, Heading, Sheet};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use serde_json::{Value as Json, json};

use crate::{
    error::Problem,
    page::{locale, view::View},
};

/// Rows of a table on a page. The rest is in the file.
const MOST: usize = 500;

/// What a heading is called, outermost first.
pub(crate) fn labels(view: &View, heading: &Heading) -> Vec<String> {
    let said = |label: &formwork_model::text::Text| match view.say(label) {
        "" => view.word("empty").to_owned(),
        label => label.to_owned(),
    };
    heading.labels.iter().map(said).collect()
}

/// A number that can be compared and drawn.
pub(crate) fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(n) | Value::Seconds(n) => Some(Decimal::from(*n)),
        Value::Decimal(n) => Some(*n),
        _ => None,
    }
}

/// A value as people read it.
pub(crate) fn written(view: &View, measure: &Measure, value: &Value) -> String {
    let number = decimal(value);
    match (measure.format, number) {
        (Format::Number, Some(n)) => locale::number(n, Some(measure.digits)),
        (Format::Percent, Some(n)) => format!("{}%", locale::number(n, Some(measure.digits))),
        (Format::Money(currency), Some(n)) => locale::money(n, currency),
        (Format::Duration, Some(n)) => locale::duration(n.round().to_i64().unwrap_or_default(), view.language),
        (Format::Date, _) => view.plain(&FieldType::Date, value),
        (Format::DateTime, _) => view.plain(&FieldType::DateTime, value),
        _ => value.to_string(),
    }
}

/// A value in few characters.
pub(crate) fn short(view: &View, measure: &Measure, value: &Value) -> String {
    match (decimal(value), Unit::of(measure)) {
        (Some(number), Some(unit)) => brief(number, &unit, view.language),
        _ => written(view, measure, value),
    }
}

/// Whether no record counts: nothing lies along what its reader chose, or the whole is nothing.
pub(crate) fn is_empty(sheet: &Sheet) -> bool {
    let chosen = !sheet.rows.dimensions.is_empty() || !sheet.columns.dimensions.is_empty();
    let along = !sheet.rows.headings.is_empty() || !sheet.columns.headings.is_empty();
    if chosen { !along } else { (0..sheet.measures.len()).all(|measure| sheet.cell(None, None, measure).is_none()) }
}

/// Where the list of some records is.
pub(crate) fn list_of(view: &View, drill: &Drill) -> String {
    if drill.filter.as_object().is_some_and(serde_json::Map::is_empty) {
        return view.list_href(drill.object);
    }
    let filter: String = form_urlencoded::byte_serialize(drill.filter.to_string().as_bytes()).collect();
    format!("{}?filter={filter}", view.list_href(drill.object))
}

/// What the rows come to that lie under the same heading: the same report with fewer dimensions of rows, the outermost
/// first. Computed and not added up, because no rate and no mean is a sum.
#[derive(Debug)]
pub(crate) struct Above(Vec<Sheet>);

impl Above {
    /// Asks for them.
    pub(crate) fn of(view: &View, sheet: &Sheet, asked: &Asked) -> Result<Self, Problem> {
        let names = |along: &[formwork_runtime::report::Along]| -> Vec<String> {
            along.iter().map(|along| along.name.to_string()).collect()
        };
        let (rows, columns) = (names(&sheet.rows.dimensions), names(&sheet.columns.dimensions));
        let show = sheet.measures.iter().map(|chosen| chosen.name.to_string()).collect::<Vec<_>>();
        let deep = if sheet.rows.headings.is_empty() { 0 } else { rows.len().saturating_sub(1) };
        let sheets = (1..=deep).map(|deep| {
            let (kept, left) = rows.split_at_checked(deep).unwrap_or((&rows, &[]));
            let filter = seeing(&sheet.report, left, asked.filter.as_ref());
            let (rows, columns, show) = (Some(kept.to_vec()), Some(columns.clone()), Some(show.clone()));
            let asked = Asked { rows, columns, show, filter, ..asked.clone() };
            view.eyes().report(sheet.report.name.as_str(), &asked)
        });
        Ok(Self(sheets.collect::<Result<_, _>>()?))
    }
}

/// A filter that also reads what these dimensions do, and takes nothing away: a record of which its reader does not see
/// them is none of the rows, so it counts nowhere above them either.
fn seeing(report: &Report, dimensions: &[String], filter: Option<&Json>) -> Option<Json> {
    let source = report.only_source();
    let paths =
        report.dimensions.values().filter(|dimension| dimensions.iter().any(|name| dimension.name.as_str() == name));
    let paths = paths.filter_map(|dimension| dimension.by.get(&source?.name)).filter(|path| !path.of_line);
    let read = paths.map(|path| {
        let key = path.key();
        json!({"or": [{&key: {"empty": true}}, {&key: {"empty": false}}]})
    });
    let all: Vec<Json> = filter.cloned().into_iter().chain(read).collect();
    if all.len() > 1 { Some(json!({"and": all})) } else { all.into_iter().next() }
}

/// The table for a template, and whether it is the whole.
pub(crate) fn table(view: &View, sheet: &Sheet, above: &Above, shaded: bool) -> Json {
    let grid = Grid { view, sheet, shades: if shaded { grid_shades(sheet) } else { Vec::new() } };
    let mut rows: Vec<Json> = Vec::new();
    let deep = sheet.rows.dimensions.len();
    let mut before: Option<&Heading> = None;
    for (at, heading) in sheet.rows.headings.iter().enumerate().take(MOST) {
        let labels = labels(view, heading);
        // The outer headings that differ from those of the row before are rows of their own.
        for level in 1..deep {
            let outer = |heading: &Heading| heading.values.iter().take(level).cloned().collect::<Vec<_>>();
            if before.map(outer) == Some(outer(heading)) {
                continue;
            }
            let sums = above.0.get(level - 1).map(|sums| (sums, row_of(sums, &outer(heading))));
            let cells = match sums {
                Some((sums, Some(row))) => grid.cells(sums, Some(row)),
                _ => Vec::new(),
            };
            rows.push(json!({"group": true, "deep": level - 1, "name": labels.get(level - 1), "cells": cells}));
        }
        let cells = grid.cells(sheet, Some(at));
        rows.push(json!({"deep": deep.saturating_sub(1), "name": labels.last(), "cells": cells}));
        before = Some(heading);
    }
    let left = sheet.rows.headings.len().saturating_sub(MOST);
    let cut =
        (left > 0).then(|| view.say(&text!("{left} more rows in the file", "其余 {left} 行见导出文件")).to_owned());
    json!({
        "heads": grid.heads(), "rows": rows, "total": grid.cells(sheet, None), "cut": cut,
        "only_total": sheet.rows.headings.is_empty(),
    })
}

/// The row of the same outer headings.
fn row_of(sheet: &Sheet, outer: &[Value]) -> Option<usize> {
    sheet.rows.headings.iter().position(|heading| heading.values == outer)
}

/// For each measure its lowest and highest number in the cells, without totals.
fn grid_shades(sheet: &Sheet) -> Vec<(f64, f64)> {
    let columns: Vec<Option<usize>> = match sheet.columns.headings.len() {
        0 => vec![None],
        count => (0..count).map(Some).collect(),
    };
    let of = |measure: usize| {
        let cells = (0..sheet.rows.headings.len()).flat_map(|row| columns.iter().map(move |column| (row, *column)));
        let numbers = cells.filter_map(|(row, column)| decimal(sheet.cell(Some(row), column, measure)?)?.to_f64());
        numbers.fold((f64::MAX, f64::MIN), |(lowest, highest), n| (lowest.min(n), highest.max(n)))
    };
    (0..sheet.measures.len()).map(of).collect()
}

struct Grid<'g> {
    view: &'g View,
    sheet: &'g Sheet,
    shades: Vec<(f64, f64)>,
}

impl Grid<'_> {
    /// The columns in order: each heading, then the total of all when there are headings.
    fn columns(&self) -> Vec<Option<usize>> {
        (0..self.sheet.columns.headings.len()).map(Some).chain([None]).collect()
    }

    fn heads(&self) -> Json {
        let (view, sheet) = (self.view, self.sheet);
        let deep = if sheet.columns.headings.is_empty() { 0 } else { sheet.columns.dimensions.len() };
        let each = sheet.measures.len();
        let measures = each > 1 || deep == 0;
        let rows = deep + usize::from(measures);
        let names: Vec<&str> = sheet.rows.dimensions.iter().map(|along| view.say(&along.label)).collect();
        let corner = if names.is_empty() { view.say(&sheet.report.label).to_owned() } else { names.join(" › ") };
        let corner = json!({"text": corner, "class": "name", "high": rows, "wide": 1});
        let all: Vec<Vec<String>> = sheet.columns.headings.iter().map(|heading| labels(view, heading)).collect();
        let mut heads: Vec<Vec<Json>> = Vec::new();
        for level in 0..deep {
            let mut row: Vec<Json> = Vec::new();
            let mut at = 0;
            while let Some(heading) = all.get(at) {
                let outer = |labels: &Vec<String>| labels.iter().take(level + 1).cloned().collect::<Vec<_>>();
                let same = all.iter().skip(at).take_while(|other| outer(other) == outer(heading)).count().max(1);
                row.push(json!({"text": heading.get(level), "class": "over", "wide": same * each, "high": 1}));
                at += same;
            }
            if level == 0 {
                row.push(json!({"text": view.word("total"), "class": "over", "wide": each, "high": deep}));
            }
            heads.push(row);
        }
        if measures {
            let columns = self.columns();
            let labels = columns.iter().flat_map(|_| {
                sheet.measures.iter().enumerate().map(move |(at, chosen)| {
                    let label = chosen.measure().map(|measure| view.say(&measure.label));
                    json!({"text": label, "class": if at == 0 && deep > 0 { "from" } else { "" }, "wide": 1, "high": 1})
                })
            });
            heads.push(labels.collect());
        }
        if let Some(first) = heads.first_mut() {
            first.insert(0, corner);
        }
        json!(heads)
    }

    /// The cells of a row of the sheet, or of one with fewer dimensions of rows; `None` is the row of totals.
    fn cells(&self, of: &Sheet, row: Option<usize>) -> Vec<Json> {
        let several = !self.sheet.columns.headings.is_empty();
        let mut cells = Vec::new();
        for column in self.columns() {
            // A sheet with fewer rows may have its columns in other places.
            let there = column
                .and_then(|at| self.sheet.columns.headings.get(at))
                .map(|heading| of.columns.headings.iter().position(|other| other.values == heading.values));
            for measure in 0..self.sheet.measures.len() {
                let is_all = several && column.is_none();
                let value = match there {
                    Some(None) => None,
                    Some(Some(column)) => of.cell(row, Some(column), measure),
                    None => of.cell(row, None, measure),
                };
                let mut class = self.shade(value, measure, row.is_some() && !is_all && std::ptr::eq(of, self.sheet));
                if is_all {
                    class = format!("{class} all");
                }
                if measure == 0 && several {
                    class = format!("{class} from");
                }
                let number = value.and_then(decimal);
                // Nothing leads nowhere.
                let drill = value.filter(|_| number.is_none_or(|n| !n.is_zero()));
                let drill = drill.and_then(|_| of.drill(row, there.flatten(), measure));
                let text = value.zip(self.sheet.measures.get(measure).and_then(|chosen| chosen.measure()));
                let text = text.map(|(value, measure)| written(self.view, measure, value));
                match number {
                    Some(n) if n.is_zero() => class = format!("{class} zero"),
                    Some(n) if n < Decimal::ZERO => class = format!("{class} low"),
                    _ => {}
                }
                cells.push(json!({
                    "text": text, "class": class.trim(), "href": drill.map(|drill| list_of(self.view, &drill)),
                }));
            }
        }
        cells
    }

    fn shade(&self, value: Option<&Value>, measure: usize, of_cell: bool) -> String {
        let number = value.and_then(decimal).and_then(|n| n.to_f64()).filter(|_| of_cell);
        match (number, self.shades.get(measure)) {
            (Some(number), Some(range)) => shade(number, *range),
            _ => String::new(),
        }
    }
}
