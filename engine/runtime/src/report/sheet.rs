//! A computed report, and what was asked for.

use std::sync::Arc;

use formwork_catalog::report::{Chart, Measure, Report};
use formwork_definition::kind::report::Step;
use formwork_model::{field_type::FieldType, name::Name, text::Text, value::Value};
use jiff::{Timestamp, civil::Date};
use serde_json::{Value as Json, json};

/// What is asked for, in words: what is not said is as the report says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// The dimensions that make the rows; `Some` of none is no rows: only the total.
    pub rows: Option<Vec<String>>,
    /// The dimensions that make the columns. When `rows` is given and this is not, there are none.
    pub columns: Option<Vec<String>>,
    /// The measures, in order.
    pub show: Option<Vec<String>>,
    /// The first day of the period.
    pub from: Option<Date>,
    /// Its last day, which is part of it.
    pub to: Option<Date>,
    /// Which records count: a filter over the object of the report's only source; of a report with several sources a
    /// mapping of their names to filters.
    pub filter: Option<Json>,
}

/// A computed report.
///
/// A cell is named by a row, a column and a measure, each by its place; `None` in the place of a row or column is its
/// total. A report without columns has values at `(Some(row), None, measure)`, one without rows at `(None, …)`, and what
/// is at `(None, None, measure)` is over everything.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The report.
    pub report: Arc<Report>,
    /// The rows.
    pub rows: Axis,
    /// The columns.
    pub columns: Axis,
    /// The measures that are shown.
    pub measures: Vec<Chosen>,
    /// What is drawn, of the measures that are shown.
    pub chart: Option<Chart>,
    /// What else its reader can choose.
    pub offered: Offered,
    /// The period, as asked: its first and last day.
    pub period: (Option<Date>, Option<Date>),
    /// The instant at which it was computed.
    pub now: Timestamp,
    /// How many records were read for it. Nobody's but the engine's to know when its reader does not see everything.
    pub read: usize,
    /// Each measure of each column of each row; totals come last in both.
    pub(crate) cells: Vec<Value>,
    /// What finds the records of a cell, for each measure.
    pub(crate) trails: Vec<Option<Trail>>,
}

/// Rows, or columns.
#[derive(Debug, Clone, Default)]
pub struct Axis {
    /// The dimensions, outermost first.
    pub dimensions: Vec<Along>,
    /// What lies along it, in order. Each has a value and a label for each dimension.
    pub headings: Vec<Heading>,
}

/// A dimension of an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Along {
    /// Its name.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// The type of its values: [`FieldType::Date`] where days are put together, a number where there are bands.
    pub kind: FieldType,
    /// The length of time that days are put together by.
    pub step: Option<Step>,
}

/// One row, or one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Heading {
    /// The values, for programs: the option of a choice, the id of a record, the first day of a month, where a band
    /// begins. Nothing is that of records where the field is empty, and of the band below the first.
    pub values: Vec<Value>,
    /// What people read.
    pub labels: Vec<Text>,
}

/// A measure that is shown.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Its name.
    pub name: Name,
    /// The report that has it.
    pub(crate) report: Arc<Report>,
}

/// What its reader can choose: nothing of which they see no record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offered {
    /// The dimensions, in the report's order.
    pub dimensions: Vec<Name>,
    /// The measures, in the report's order.
    pub measures: Vec<Name>,
    /// Whether a period limits anything.
    pub period: bool,
    /// The objects whose records are counted.
    pub objects: Vec<Name>,
}

/// A list of exactly the records of a cell, for its reader.
#[derive(Debug, Clone, PartialEq)]
pub struct Drill {
    /// The object.
    pub object: Name,
    /// The filter, in the words of lists.
    pub filter: Json,
}

/// What finds the records of a cell of one measure.
#[derive(Debug, Clone)]
pub(crate) struct Trail {
    pub(crate) object: Name,
    /// The lines that count, when each counts for itself.
    pub(crate) lines: Option<Name>,
    /// Whether its records have every dimension of the rows, and of the columns.
    pub(crate) has: (bool, bool),
    /// Conditions on the record.
    pub(crate) record: Vec<Json>,
    /// Conditions on one line of it.
    pub(crate) line: Vec<Json>,
    pub(crate) rows: AlongTrail,
    pub(crate) columns: AlongTrail,
}

/// Conditions that rows, or columns, add.
#[derive(Debug, Clone, Default)]
pub(crate) struct AlongTrail {
    /// Those of each heading.
    pub(crate) headings: Vec<Vec<Part>>,
    /// Those of the total: that its reader sees what records would be told apart by.
    pub(crate) total: Vec<Part>,
}

/// A condition on a record, or on a line of it.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) of_line: bool,
    pub(crate) that: Json,
}

impl Chosen {
    /// The measure: its label, format and digits.
    pub fn measure(&self) -> Option<&Measure> {
        self.report.measures.get(&self.name)
    }
}

impl Sheet {
    /// What stands in a cell; `None` is nothing, or no such cell.
    pub fn cell(&self, row: Option<usize>, column: Option<usize>, measure: usize) -> Option<&Value> {
        let row = place(row, self.rows.headings.len())?;
        let column = place(column, self.columns.headings.len())?;
        let columns = self.columns.headings.len() + 1;
        if measure >= self.measures.len() {
            return None;
        }
        self.cells.get((row * columns + column) * self.measures.len() + measure).filter(|value| !value.is_empty())
    }

    /// The list of the records of a cell, when one list has them: not of what is computed from several kinds of records.
    pub fn drill(&self, row: Option<usize>, column: Option<usize>, measure: usize) -> Option<Drill> {
        place(row, self.rows.headings.len())?;
        place(column, self.columns.headings.len())?;
        let trail = self.trails.get(measure)?.as_ref()?;
        let has = (row.is_none() || trail.has.0) && (column.is_none() || trail.has.1);
        has.then(|| trail.to(row, column))
    }
}

/// Where a heading, or the total behind them, lies.
fn place(heading: Option<usize>, headings: usize) -> Option<usize> {
    match heading {
        None => Some(headings),
        Some(heading) => (heading < headings).then_some(heading),
    }
}

impl Trail {
    /// The list of the records of a cell.
    fn to(&self, row: Option<usize>, column: Option<usize>) -> Drill {
        let along = |axis: &AlongTrail, heading: Option<usize>| match heading {
            Some(heading) => axis.headings.get(heading).cloned().unwrap_or_default(),
            None => axis.total.clone(),
        };
        let parts = along(&self.rows, row).into_iter().chain(along(&self.columns, column));
        let mut record = self.record.clone();
        let mut line = self.line.clone();
        for part in parts {
            if part.of_line { line.push(part.that) } else { record.push(part.that) }
        }
        if let Some(lines) = self.lines {
            let that = match line.is_empty() {
                true => json!({"empty": false}),
                false => json!({"any": all(line)}),
            };
            record.push(json!({lines.as_str(): that}));
        }
        Drill { object: self.object, filter: all(record) }
    }
}

/// All of these conditions as one.
fn all(mut parts: Vec<Json>) -> Json {
    parts.retain(|part| part.as_object().is_none_or(|part| !part.is_empty()));
    parts.dedup();
    match parts.len() {
        0 => json!({}),
        1 => parts.swap_remove(0),
        _ => json!({"and": parts}),
    }
}
