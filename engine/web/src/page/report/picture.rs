//! A computed report as a chart: which of its numbers are drawn along what.

use formwork_catalog::report::{Chart as Wanted, Measure};
use formwork_definition::kind::report::ChartKind;
use formwork_model::{field_type::FieldType, name::Name, text};
use formwork_report::chart::{Chart, Kind, Series, Unit};
use formwork_runtime::report::{Axis, Sheet};
use rust_decimal::Decimal;

use super::grid::{decimal, labels};
use crate::page::view::View;

/// Measures from which on a radar has them around it.
const AROUND: usize = 3;

/// What is drawn, and under which name; nothing where there is no number.
pub(crate) fn chart(view: &View, sheet: &Sheet, wanted: &Wanted) -> Option<Chart> {
    let kind = kind(wanted.kind)?;
    let drawn = measures(view, sheet, wanted);
    let first = drawn.first()?;
    let one = first.2.clone();
    let names: Vec<String> = drawn.iter().map(|(_, label, _)| label.clone()).collect();
    let title = title(view, sheet, &names);
    let chart = |headings: Vec<String>, series: Vec<Series>, along: &Axis| Chart {
        kind,
        title: title.clone(),
        headings,
        series,
        in_time: in_time(along),
        measures: Vec::new(),
        language: view.language,
    };
    let (rows, columns) = (&sheet.rows, &sheet.columns);
    if kind == Kind::Radar && drawn.len() >= AROUND {
        let series = (0..rows.headings.len()).map(|row| Series {
            label: name(view, rows, row),
            values: drawn.iter().map(|(at, ..)| number(sheet, Some(row), None, *at)).collect(),
            unit: Unit::Number,
        });
        let headings = drawn.iter().map(|(_, label, _)| label.clone()).collect();
        let measures = drawn.iter().map(|(.., unit)| unit.clone()).collect();
        return Some(Chart { measures, ..chart(headings, series.collect(), rows) });
    }
    // Several measures in a funnel are its stages, of all records together.
    if kind == Kind::Funnel && drawn.len() > 1 {
        let label = view.say(&sheet.report.label).to_owned();
        let values = drawn.iter().map(|(at, ..)| number(sheet, None, None, *at)).collect();
        return Some(Chart { title: label.clone(), ..chart(names, vec![Series { label, values, unit: one }], rows) });
    }
    let of = |axis: &Axis| (0..axis.headings.len()).map(|at| name(view, axis, at)).collect::<Vec<_>>();
    if rows.headings.is_empty() || columns.headings.is_empty() || drawn.len() > 1 || is_of_one(kind) {
        let (axis, is_rows) = if rows.headings.is_empty() { (columns, false) } else { (rows, true) };
        let along = |at: usize| if is_rows { (Some(at), None) } else { (None, Some(at)) };
        let series = drawn.iter().map(|(at, label, unit)| Series {
            label: label.clone(),
            values: (0..axis.headings.len()).map(|place| number(sheet, along(place).0, along(place).1, *at)).collect(),
            unit: unit.clone(),
        });
        return Some(chart(of(axis), series.collect(), axis));
    }
    // Time goes from left to right, wherever it stands in the table.
    let turned = kind == Kind::Line && in_time(columns) && !in_time(rows);
    let (along, across) = if turned { (columns, rows) } else { (rows, columns) };
    let series = (0..across.headings.len()).map(|other| Series {
        label: name(view, across, other),
        values: (0..along.headings.len())
            .map(|place| {
                let (row, column) = if turned { (other, place) } else { (place, other) };
                number(sheet, Some(row), Some(column), first.0)
            })
            .collect(),
        unit: one.clone(),
    });
    Some(chart(of(along), series.collect(), along))
}

fn kind(kind: ChartKind) -> Option<Kind> {
    Some(match kind {
        ChartKind::Bar => Kind::Bar,
        ChartKind::StackedBar => Kind::StackedBar,
        ChartKind::Line => Kind::Line,
        ChartKind::Pie => Kind::Pie,
        ChartKind::Funnel => Kind::Funnel,
        ChartKind::Pareto => Kind::Pareto,
        ChartKind::Heat => Kind::Heat,
        ChartKind::Radar => Kind::Radar,
        ChartKind::Grid => return None,
    })
}

/// Charts of one series: the totals of the rows.
fn is_of_one(kind: Kind) -> bool {
    matches!(kind, Kind::Pie | Kind::Funnel | Kind::Pareto)
}

/// The measures that are drawn, each with its place, name and unit: those of the chart, else the first; of one unit.
fn measures(view: &View, sheet: &Sheet, wanted: &Wanted) -> Vec<(usize, String, Unit)> {
    let all: Vec<(usize, Name, &Measure, Unit)> = (sheet.measures.iter().enumerate())
        .filter_map(|(at, chosen)| {
            let measure = chosen.measure()?;
            Some((at, chosen.name, measure, Unit::of(measure)?))
        })
        .collect();
    let mut drawn: Vec<&(usize, Name, &Measure, Unit)> =
        all.iter().filter(|(_, name, ..)| wanted.show.contains(name)).collect();
    if drawn.is_empty() {
        let most = if wanted.kind == ChartKind::Radar { usize::MAX } else { 1 };
        drawn = all.iter().take(most).collect();
    }
    // One axis has one unit, but that a radar of measures has an axis for each.
    if let Some(first) = drawn.first().map(|(.., unit)| unit.clone())
        && !(wanted.kind == ChartKind::Radar && drawn.len() >= AROUND)
    {
        drawn.retain(|(.., unit)| *unit == first);
    }
    drawn.into_iter().map(|(at, _, measure, unit)| (*at, view.say(&measure.label).to_owned(), unit.clone())).collect()
}

/// Whether an axis is days, months, …
fn in_time(axis: &Axis) -> bool {
    let [along] = axis.dimensions.as_slice() else { return false };
    along.step.is_some() || matches!(along.kind, FieldType::Date | FieldType::DateTime)
}

fn name(view: &View, axis: &Axis, at: usize) -> String {
    axis.headings.get(at).map(|heading| labels(view, heading).join(" › ")).unwrap_or_default()
}

fn number(sheet: &Sheet, row: Option<usize>, column: Option<usize>, measure: usize) -> Option<Decimal> {
    sheet.cell(row, column, measure).and_then(decimal)
}

/// `Amount by stage and month`.
pub(crate) fn title(view: &View, sheet: &Sheet, measures: &[String]) -> String {
    let what = measures.join(view.say(&text!(", ", "、")));
    let along = sheet.rows.dimensions.iter().chain(&sheet.columns.dimensions);
    let by: Vec<&str> = along.map(|along| view.say(&along.label)).collect();
    if by.is_empty() {
        return what;
    }
    let by = by.join(" × ");
    view.say(&text!("{what} by {by}", "按{by}统计{what}")).to_owned()
}
