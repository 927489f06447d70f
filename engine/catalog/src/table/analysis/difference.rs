//! Where two versions of a decision table answer differently: as regions of inputs, exactly.
//!
//! Both tables are laid over each other: an axis has the bounds of both, and below every combination of ranges lie
//! the rows of each that are active there. Regions in which the same rows are active, in the same order, answer the
//! same and are not looked into, so a small edit of a large table costs little. Null is one more place of every axis.
//!
//! Where an active row has an expression in a cell, nobody knows whether it hits: such a region *may* answer
//! differently. An output that is an expression is compared by its text.

mod overlay;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use formwork_model::{name::Name, text, text::Text, value::Value};
use jiff::civil::Date;

use super::axis::{Axis, Spans};
use crate::{
    source::Source,
    table::{Cell, Input, Row, Table, hit::Broken},
};
use overlay::Overlay;

/// No more regions than this are listed.
pub const MAX_REGIONS: usize = 500;

/// What differs between two versions of a table.
#[derive(Debug, Default)]
pub struct Difference {
    /// Where they answer differently, or may.
    pub regions: Vec<Region>,
    /// Whether there are more regions than are listed, or the search had to stop.
    pub more: bool,
    /// Columns that only one of them has, or that changed their type: what can't be laid over each other.
    pub columns: Vec<Text>,
    axes: Vec<Axis>,
    names: Vec<Name>,
}

/// Inputs for which the versions answer differently.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// The inputs, column by column, in words; columns that make no difference are left out.
    pub inputs: Vec<(Name, Text)>,
    /// The days, when rows are dated.
    pub days: Option<Text>,
    /// What the version before answers.
    pub before: Answered,
    /// What the new version answers.
    pub now: Answered,
    /// Whether it is certain that the answers differ; otherwise an expression in a cell decides.
    pub proven: bool,
    ranges: Vec<(u32, u32)>,
}

/// What a table answers in a region.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The rows the answer comes from, or may come from, counted from 1.
    pub rows: Vec<u32>,
    /// The outputs in words, or why there are none.
    pub outputs: Text,
}

/// Compares two versions of a table.
pub fn differences(before: &Table, now: &Table) -> Difference {
    let mut difference = Difference { columns: columns(before, now), ..Difference::default() };
    let mut overlay = Overlay::new(before, now);
    let found = overlay.search();
    difference.more = !overlay.complete || found.len() > MAX_REGIONS;
    for (ranges, outcome) in found.into_iter().take(MAX_REGIONS) {
        difference.regions.push(overlay.region(ranges, outcome));
    }
    difference.names = overlay.names;
    difference.axes = overlay.axes;
    difference
}

impl Difference {
    /// The region that inputs fall into, given by the names of the columns.
    pub fn region_of(&self, input: &dyn Fn(Name) -> Value, day: Date) -> Option<usize> {
        let atoms: Vec<Option<u32>> = self
            .axes
            .iter()
            .map(|axis| match self.names.get(axis.input) {
                Some(name) => match input(*name) {
                    Value::Null => Some(axis.len()),
                    value => axis.atom_of(&value),
                },
                None => axis.atom_of(&Value::Date(day)),
            })
            .collect();
        let within = |region: &Region| {
            region
                .ranges
                .iter()
                .zip(&atoms)
                .all(|((low, high), atom)| atom.is_some_and(|atom| (*low..=*high).contains(&atom)))
        };
        self.regions.iter().position(within)
    }
}

fn columns(before: &Table, now: &Table) -> Vec<Text> {
    let mut found = Vec::new();
    for input in &before.inputs {
        let name = input.name;
        match now.inputs.iter().find(|known| known.name == name) {
            None => found.push(text!("the input `{name}` is not compared any more", "不再比较输入 `{name}`")),
            Some(other) if other.kind != input.kind => {
                let (from, to) = (input.kind.word(), other.kind.word());
                found
                    .push(text!("the input `{name}` changes from {from} to {to}", "输入 `{name}` 由 {from} 改为 {to}"));
            }
            Some(other) if text_of(input.value.as_ref()) != text_of(other.value.as_ref()) => {
                found.push(text!("the input `{name}` is computed in another way", "输入 `{name}` 的取值方式变化"));
            }
            Some(_) => {}
        }
    }
    for input in now.inputs.iter().filter(|input| !before.inputs.iter().any(|known| known.name == input.name)) {
        let name = input.name;
        found.push(text!("the input `{name}` is compared too", "新增比较输入 `{name}`"));
    }
    let outputs = |table: &Table| table.outputs.iter().map(|output| output.name).collect::<Vec<_>>();
    for name in outputs(before).iter().filter(|name| !outputs(now).contains(name)) {
        found.push(text!("the output `{name}` is removed", "删除输出 `{name}`"));
    }
    for name in outputs(now).iter().filter(|name| !outputs(before).contains(name)) {
        found.push(text!("the output `{name}` is new", "新增输出 `{name}`"));
    }
    if before.hit != now.hit {
        let (from, to) = (before.hit, now.hit);
        found.push(text!("the hit policy changes from {from:?} to {to:?}", "命中策略由 {from:?} 改为 {to:?}"));
    }
    found
}

fn text_of(program: Option<&crate::source::Program>) -> &str {
    program.map_or("", |program| &program.text)
}

/// One side of the overlay.
pub(super) struct Side<'a> {
    table: &'a Table,
    /// What every row takes of every axis, the place of null included.
    spans: Vec<Vec<Spans>>,
    /// Rows that say the same have the same number, in both versions.
    class: Vec<u32>,
    sure: Vec<bool>,
    /// The shared outputs, by position in the table.
    outputs: Vec<usize>,
}

impl<'a> Side<'a> {
    fn new(
        table: &'a Table,
        axes: &[Axis],
        names: &[Name],
        outputs: &[Name],
        classes: &mut HashMap<String, u32>,
    ) -> Self {
        let cell_at = |row: &Row, name: Option<&Name>| {
            let place = name.and_then(|name| table.inputs.iter().position(|input| input.name == *name));
            place.and_then(|place| row.cells.get(place).cloned()).unwrap_or(Cell::Any)
        };
        let spans = |row: &Row| -> Vec<Spans> {
            axes.iter()
                .map(|axis| match names.get(axis.input) {
                    Some(name) => with_null(axis, &cell_at(row, Some(name))),
                    None => axis.days(row),
                })
                .collect()
        };
        let outputs: Vec<usize> =
            outputs.iter().filter_map(|name| table.outputs.iter().position(|output| output.name == *name)).collect();
        let class = |row: &Row| {
            let cells: Vec<Cell> = names.iter().map(|name| cell_at(row, Some(name))).collect();
            let said = format!("{} {:?} {:?} {:?}", said(&cells), row.from, row.to, shown(row, &outputs));
            let next = u32::try_from(classes.len()).unwrap_or(u32::MAX);
            *classes.entry(said).or_insert(next)
        };
        let class = table.rows.iter().map(class).collect();
        let sure = |row: &Row| !row.cells.iter().any(|cell| matches!(cell, Cell::Program(_)));
        Self {
            table,
            spans: table.rows.iter().map(spans).collect(),
            class,
            sure: table.rows.iter().map(sure).collect(),
            outputs,
        }
    }

    /// What the active rows answer together, whether that is certain, and what tells it from other answers.
    fn answer(&self, active: &[u32]) -> (Answered, bool, String) {
        let limit = if self.table.hit == crate::table::Hit::First {
            active.iter().position(|row| self.is_sure(*row)).map_or(active.len(), |at| at + 1)
        } else {
            active.len()
        };
        let rows = active.get(..limit).unwrap_or(active);
        let counted: Vec<u32> = rows.iter().map(|row| row + 1).collect();
        if rows.iter().any(|row| !self.is_sure(*row)) {
            let outputs: Vec<String> =
                rows.iter().filter_map(|row| self.row(*row)).map(|row| self.shown(row)).collect();
            let (en, zh) = (outputs.join(" or "), outputs.join(" 或 "));
            let mark = format!("{:?}", rows.iter().map(|row| self.class.get(*row as usize)).collect::<Vec<_>>());
            return (Answered { rows: counted, outputs: Text { en, zh } }, false, mark);
        }
        let literal = |row: &u32| {
            let outputs = self.row(*row)?.outputs.iter().map(|source| match source {
                Source::Literal(value) => value.clone(),
                Source::Program(program) => Value::text(format!("= {}", program.text)),
            });
            Some(outputs.collect::<Vec<_>>())
        };
        let hits = if self.table.hit == crate::table::Hit::Unique { rows.get(..2).unwrap_or(rows) } else { rows };
        match self.table.answer(hits, hits.iter().filter_map(literal).collect()) {
            Ok(answer) => {
                let lists = match &answer.outputs {
                    crate::table::Outputs::One(one) => vec![self.named(one)],
                    crate::table::Outputs::List(list) => list.iter().map(|one| self.named(one)).collect(),
                };
                let outputs = if lists.is_empty() { text!("nothing", "无") } else { Text::same(lists.join("; ")) };
                let rows = answer.rows.iter().map(|row| row + 1).collect();
                (Answered { rows, outputs: outputs.clone() }, true, outputs.en)
            }
            Err(broken) => {
                let mark = match broken {
                    Broken::NoRow => "no row",
                    Broken::Several(..) => "several",
                    Broken::Disagree(..) => "disagree",
                    Broken::Sum(_) => "sum",
                };
                (Answered { rows: counted, outputs: broken.message(self.table.name) }, true, format!("!{mark}"))
            }
        }
    }

    fn row(&self, row: u32) -> Option<&Row> {
        self.table.rows.get(row as usize)
    }

    fn is_sure(&self, row: u32) -> bool {
        self.sure.get(row as usize).copied().unwrap_or(false)
    }

    fn shown(&self, row: &Row) -> String {
        shown(row, &self.outputs)
    }

    fn named(&self, values: &[Value]) -> String {
        let one = |at: &usize| {
            let name = self.table.outputs.get(*at)?.name;
            Some(format!("{name} = {}", values.get(*at)?))
        };
        self.outputs.iter().filter_map(one).collect::<Vec<_>>().join(", ")
    }
}

/// What a cell takes of an axis; the place after the last atom is null.
fn with_null(axis: &Axis, cell: &Cell) -> Spans {
    let spans = axis.spans(cell);
    if !matches!(cell, Cell::Any | Cell::Program(_)) {
        return spans;
    }
    let mut spans = spans.into_vec();
    match spans.last_mut() {
        Some(last) if last.1 + 1 == axis.len() => last.1 += 1,
        _ => spans.push((axis.len(), axis.len())),
    }
    spans.into()
}

fn said(cells: &[Cell]) -> String {
    let one = |cell: &Cell| match cell {
        Cell::Any => "-".to_owned(),
        Cell::Program(program) => format!("= {}", program.text),
        other => format!("{other:?}"),
    };
    cells.iter().map(one).collect::<Vec<_>>().join(" | ")
}

fn shown(row: &Row, outputs: &[usize]) -> String {
    let one = |at: &usize| match row.outputs.get(*at)? {
        Source::Literal(value) => Some(value.to_string()),
        Source::Program(program) => Some(format!("= {}", program.text)),
    };
    outputs.iter().filter_map(one).collect::<Vec<_>>().join(", ")
}

/// A column of both versions, with every cell of both.
fn joint_axis(at: usize, name: Name, before: &Table, now: &Table) -> Option<Axis> {
    let find = |table: &Table| table.inputs.iter().position(|input| input.name == name);
    let kind = |table: &Table| find(table).and_then(|place| table.inputs.get(place)).map(|input| input.kind.clone());
    let kind = match (kind(before), kind(now)) {
        (Some(a), Some(b)) if a.word() != b.word() => return None,
        (_, Some(kind)) | (Some(kind), None) => kind,
        (None, None) => return None,
    };
    let cells = |table: &Table| -> Vec<Cell> {
        let place = find(table);
        let cell = |row: &Row| place.and_then(|place| row.cells.get(place).cloned()).unwrap_or(Cell::Any);
        table.rows.iter().map(cell).collect()
    };
    let all: Vec<Cell> = cells(before).into_iter().chain(cells(now)).collect();
    let input = Input { name, label: Text::default(), kind, value: None, min: None, max: None };
    Some(Axis::of_input(at, &input, &all))
}
