//! What is wrong with a decision table before anybody asks it: gaps, overlaps, rows that never count.
//!
//! Every column is an axis of finitely many atoms: the values that occur in its cells, the spaces between them
//! as far as something lies in them (between 3 and 4 there is no integer), the options of a choice, and "any
//! other" for texts and references. A row is then a box of atoms, and every question is one about boxes, answered
//! exactly. Null is outside every axis: a null input meets only `-`, and no gap is reported for it.
//!
//! A cell with an expression meets nobody knows what. A gap is *proven* when it stays one although every
//! expression is taken to hold; otherwise, where only rows with expressions are, it is *possible*. The days of
//! dated rows are one more axis, from the first `from` to the last `to`: what comes after the last row has ended
//! is not a gap in the table but a table that has run out.
//!
//! The search has a budget. Beyond it [`Findings::unknown`] says what was not decided; what was found stays true.

mod axis;
mod cover;
mod difference;
mod pairs;
#[cfg(test)]
mod tests;

use formwork_model::{name::Name, text, text::Text, value::Value};
use jiff::civil::Date;

pub use difference::{Answered, Difference, MAX_REGIONS, Region, differences};

use super::{Cell, Row, Table};
use crate::source::Source;
use axis::{Axis, Spans};
use cover::Cover;

/// The greatest number of gaps that are reported.
pub const MAX_GAPS: usize = 5;

/// The greatest number of overlaps that are reported.
pub const MAX_OVERLAPS: usize = 100;

/// Everything found in one table. Rows count from 0, in file order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Findings {
    /// Inputs that no row covers, at most [`MAX_GAPS`]; only for `U`, `A`, `P` and `F`.
    pub gaps: Vec<Gap>,
    /// Whether there are more gaps than are listed.
    pub more_gaps: bool,
    /// Rows that can hit together, at most [`MAX_OVERLAPS`]; only for `U`, `A`, `P` and `F`, and for `A` only
    /// where the outputs may differ.
    pub overlaps: Vec<Overlap>,
    /// Whether there are more overlaps than are listed.
    pub more_overlaps: bool,
    /// Rows that never count.
    pub dead: Vec<Dead>,
    /// What could not be decided within the budget.
    pub unknown: Option<Text>,
}

/// Inputs that no row covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// Whether it is one whatever the expressions in cells say.
    pub proven: bool,
    /// One input that falls into it.
    pub example: Vec<(Name, Example)>,
    /// A day on which it falls into it, when rows are dated.
    pub day: Option<Date>,
    /// All inputs that fall into it: "`amount` > 5 and < 10, `level` is gold".
    pub description: Text,
}

/// One input of an example.
#[derive(Debug, Clone, PartialEq)]
pub enum Example {
    /// This value.
    Value(Value),
    /// A value that occurs in no cell of the column.
    AnyOther,
    /// Whatever: no row asks.
    Anything,
}

/// Two rows that can hit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// The rows, the earlier one first.
    pub rows: (u32, u32),
    /// Whether an input meets both for certain; otherwise an expression decides.
    pub proven: bool,
    /// Whether they answer differently; `None` when an output is computed.
    pub differ: Option<bool>,
}

/// A row that never counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    /// The row.
    pub row: u32,
    /// The earlier rows that take everything it could meet. Empty when nothing within the inputs' bounds can
    /// meet it at all.
    pub covered_by: Vec<u32>,
}

/// Looks for gaps, overlaps and dead rows.
pub fn analyse(table: &Table) -> Findings {
    let boxes = Boxes::new(table);
    let mut findings = Findings::default();
    for row in 0..boxes.rows {
        if boxes.axes.iter().any(|(_, spans)| spans.get(row).is_some_and(|spans| spans.is_empty())) {
            findings.dead.push(Dead { row: row as u32, covered_by: Vec::new() });
        }
    }
    if !table.hit.needs_cover() {
        return findings;
    }
    let mut undecided = Vec::new();
    if !find_gaps(table, &boxes, &mut findings) {
        undecided.push(text!("gaps", "空缺"));
    }
    if !pairs::find(table, &boxes, &mut findings) {
        undecided.push(text!("rows covered by several others together", "被多行共同覆盖的行"));
    }
    findings.dead.sort_by_key(|dead| dead.row);
    if !undecided.is_empty() {
        let en = undecided.iter().map(|text| text.en.as_str()).collect::<Vec<_>>().join(", ");
        let zh = undecided.iter().map(|text| text.zh.as_str()).collect::<Vec<_>>().join("、");
        findings.unknown =
            Some(text!("the table is too large to look for all of: {en}", "决策表过大，未能完全检查：{zh}"));
    }
    findings
}

/// The rows as boxes of atoms.
struct Boxes {
    rows: usize,
    /// The axes that some row restricts, each with what every row takes of it.
    axes: Vec<(Axis, Vec<Spans>)>,
    /// Rows without expressions: what meets their box hits.
    sure: Vec<bool>,
    /// The axes in the order a search cuts them: first those where rows take little.
    order: Vec<usize>,
}

impl Boxes {
    fn new(table: &Table) -> Self {
        let mut axes = Vec::new();
        for (at, input) in table.inputs.iter().enumerate() {
            let cell = |row: &Row| row.cells.get(at).cloned().unwrap_or(Cell::Any);
            let cells: Vec<Cell> = table.rows.iter().map(cell).collect();
            let axis = Axis::of_input(at, input, &cells);
            let spans: Vec<Spans> = cells.iter().map(|cell| axis.spans(cell)).collect();
            axes.push((axis, spans));
        }
        if let Some(axis) = Axis::of_dates(table.inputs.len(), &table.rows) {
            let spans = table.rows.iter().map(|row| axis.days(row)).collect();
            axes.push((axis, spans));
        }
        axes.retain(|(axis, spans)| spans.iter().any(|spans| !axis.is_all(spans)));
        let sure = |row: &Row| !row.cells.iter().any(|cell| matches!(cell, Cell::Program(_)));
        let share = |at: &usize| {
            axes.get(*at).map_or(0, |(axis, spans): &(Axis, Vec<Spans>)| {
                let taken: u64 = spans.iter().flat_map(|s| s.iter()).map(|(low, high)| u64::from(high - low + 1)).sum();
                taken * 1000 / u64::from(axis.len().max(1))
            })
        };
        let mut order: Vec<usize> = (0..axes.len()).collect();
        order.sort_by_cached_key(share);
        Self { rows: table.rows.len(), order, sure: table.rows.iter().map(sure).collect(), axes }
    }
}

/// Whether the search came to its end.
fn find_gaps(table: &Table, boxes: &Boxes, findings: &mut Findings) -> bool {
    let all: Vec<u32> = (0..boxes.rows as u32).collect();
    let mut cover = Cover::of_everything(boxes, GAP_BUDGET);
    let mut gaps = cover.gaps(all.clone());
    let mut proven = true;
    if gaps.is_empty() && cover.complete && boxes.sure.contains(&false) {
        proven = false;
        cover = Cover::of_everything(boxes, GAP_BUDGET);
        gaps = cover.gaps(all.into_iter().filter(|row| boxes.sure.get(*row as usize) == Some(&true)).collect());
    }
    findings.more_gaps = cover.more || gaps.len() > MAX_GAPS;
    findings.gaps = gaps.iter().take(MAX_GAPS).map(|gap| describe(table, boxes, gap, proven)).collect();
    cover.complete
}

const GAP_BUDGET: usize = 1_500_000;

/// `gap` has a range of atoms for each of `boxes.axes`.
fn describe(table: &Table, boxes: &Boxes, gap: &[(u32, u32)], proven: bool) -> Gap {
    let found = |input: usize| boxes.axes.iter().zip(gap).find(|((axis, _), _)| axis.input == input);
    let example = |(at, input): (usize, &super::Input)| {
        (input.name, found(at).map_or(Example::Anything, |((axis, _), range)| axis.example(*range)))
    };
    let day = found(table.inputs.len()).and_then(|((axis, _), range)| match axis.example(*range) {
        Example::Value(Value::Date(day)) => Some(day),
        _ => None,
    });
    let part = |((axis, _), range): (&(Axis, Vec<Spans>), &(u32, u32))| {
        let name = table.inputs.get(axis.input).map(|input| input.name);
        axis.describe(*range).map(|Text { en, zh }| match name {
            Some(name) => text!("`{name}` {en}", "`{name}` {zh}"),
            None => text!("days {en}", "日期 {zh}"),
        })
    };
    let parts: Vec<Text> = boxes.axes.iter().zip(gap).filter_map(part).collect();
    let en: Vec<&str> = parts.iter().map(|part| part.en.as_str()).collect();
    let zh: Vec<&str> = parts.iter().map(|part| part.zh.as_str()).collect();
    let description = match parts.is_empty() {
        true => text!("any input", "任意输入"),
        false => Text { en: en.join(", "), zh: zh.join("，") },
    };
    Gap { proven, example: table.inputs.iter().enumerate().map(example).collect(), day, description }
}

/// Whether two rows answer differently; `None` when an output is computed.
fn differ(a: &Row, b: &Row) -> Option<bool> {
    let mut differ = false;
    for (a, b) in a.outputs.iter().zip(&b.outputs) {
        let (Source::Literal(a), Source::Literal(b)) = (a, b) else { return None };
        differ |= !a.same(b);
    }
    Some(differ)
}
