//! From the cells of a row to an import command.

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use formwork_catalog::catalog::Catalog;
use formwork_model::{field_type::FieldType, name::Name, record::Fields, value::Value};
use formwork_runtime::{
    book::Book,
    command::{Actor, ImportMode, ImportRow, Input},
    rejection::Refusal,
};
use formwork_script::{failure::Failure, host::Outputs};
use jiff::civil::Date;
use serde_json::{Map, Value as Json};

use super::refused::Refused;
use crate::{
    expression::RowHost,
    mapping::{Column, From, Lookup, Mapping},
};

/// Whether a row comes in, or its `later` columns are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    First,
    Later,
}

/// How many answers of tables are remembered.
const REMEMBERED: usize = 10_000;

/// Turns rows into commands.
pub(super) struct RowPlan<'a> {
    mapping: &'a Mapping,
    host: RowHost<'a>,
    /// Whether an expression looks at `row`.
    rows_are_read: bool,
    looked_up: RefCell<HashMap<(Name, String), Option<String>>>,
}

impl<'a> RowPlan<'a> {
    pub(super) fn new(book: &'a Book, catalog: &'a Catalog, mapping: &'a Mapping, actor: &'a Actor) -> Self {
        let computed = |from: &From| matches!(from, From::Program(_));
        let rows_are_read = mapping.set.iter().any(|(_, from)| computed(from))
            || mapping.then.iter().any(|then| then.when.is_some() || then.input.iter().any(|(_, from)| computed(from)));
        Self { mapping, host: RowHost { book, catalog, actor }, rows_are_read, looked_up: RefCell::default() }
    }

    /// The command for a row; `None` when nothing is to be done.
    pub(super) fn plan(&self, cells: &[String], pass: Pass) -> Result<Option<ImportRow>, Refused> {
        let mapping = self.mapping;
        let row = if self.rows_are_read { self.row(cells) } else { Arc::default() };
        let mut values = Input::new();
        for column in &mapping.columns {
            let wanted =
                column.later == (pass == Pass::Later) || (pass == Pass::Later && Some(column.field) == mapping.key);
            if wanted && let Some(value) = self.value(column, cell(cells, column.index))? {
                values.insert(column.field.to_string(), value);
            }
        }
        for (field, from) in &mapping.set {
            if pass == Pass::First || Some(*field) == mapping.key {
                values.insert(field.to_string(), self.from(from, cells, &row)?);
            }
        }
        let import = |mode, values, then| ImportRow { object: mapping.object, key: mapping.key, mode, values, then };
        if pass == Pass::Later {
            let some = values.len() > 1;
            return Ok(some.then(|| import(ImportMode::UpdateOnly, values, Vec::new())));
        }
        let mut then = Vec::new();
        for step in &mapping.then {
            if let Some(when) = &step.when
                && !self.host.holds(when, &row).map_err(failed)?
            {
                continue;
            }
            let mut input = Input::new();
            for (name, from) in &step.input {
                let value = self.from(from, cells, &row)?;
                if !value.is_null() {
                    input.insert(name.to_string(), value);
                }
            }
            then.push((step.act, input));
        }
        Ok(Some(import(mapping.mode, values, then)))
    }

    fn row(&self, cells: &[String]) -> Arc<Fields> {
        Arc::new(self.mapping.titles.iter().zip(cells).map(|(title, cell)| (*title, Value::text(cell))).collect())
    }

    fn from(&self, from: &From, cells: &[String], row: &Arc<Fields>) -> Result<Json, Refused> {
        match from {
            From::Literal(json) => Ok(json.clone()),
            From::Column(index) => Ok(text(cell(cells, *index))),
            From::Program(program) => self.host.eval(program, row).map_err(failed),
        }
    }

    /// What a cell sends; `None` sends nothing.
    fn value(&self, column: &Column, cell: &str) -> Result<Option<Json>, Refused> {
        let found = match &column.table {
            Some(lookup) if !cell.is_empty() => self.look_up(lookup, cell)?,
            _ => None,
        };
        let cell = found.as_deref().unwrap_or(cell);
        let cell = match (&column.default, cell) {
            (Some(default), "") => default,
            _ => cell,
        };
        if cell.is_empty() {
            return Ok((!column.skip_empty).then_some(Json::Null));
        }
        Ok(Some(match (&column.kind, column.by) {
            (FieldType::Ref(_), Some(by)) => by_field(by, cell),
            (FieldType::Refs(_), by) => {
                let parts = cell.split([',', '，', ';', '；', '、']).map(str::trim).filter(|part| !part.is_empty());
                Json::Array(parts.map(|part| by.map_or_else(|| text(part), |by| by_field(by, part))).collect())
            }
            (FieldType::Date, _) => text(&date(column.date.as_deref(), cell)),
            (kind, _) if kind.is_number() => text(&plain_number(cell)),
            _ => text(cell),
        }))
    }

    /// What the table answers for a text; `None` when it does not name it.
    fn look_up(&self, lookup: &Lookup, cell: &str) -> Result<Option<String>, Refused> {
        let key = (lookup.table, cell.to_owned());
        if let Some(known) = self.looked_up.borrow().get(&key) {
            return Ok(known.clone());
        }
        let inputs: Input = Map::from_iter([(lookup.input.to_string(), text(cell))]);
        let answer = match self.host.book.evaluate(lookup.table, None, &inputs, self.host.actor) {
            Ok((Outputs::One(outputs), _)) => {
                let answer = outputs.get(lookup.output);
                (!answer.is_empty()).then(|| answer.to_string())
            }
            Ok((Outputs::Many(_), _)) => None,
            Err(Refusal::Rejected(rejection)) => {
                return Err(Refused::of(0, &rejection));
            }
            Err(_) => return Err(Refused::internal()),
        };
        let mut looked_up = self.looked_up.borrow_mut();
        if looked_up.len() >= REMEMBERED {
            looked_up.clear();
        }
        looked_up.insert(key, answer.clone());
        Ok(answer)
    }
}

fn cell(cells: &[String], index: usize) -> &str {
    cells.get(index).map_or("", String::as_str)
}

fn text(text: &str) -> Json {
    if text.is_empty() { Json::Null } else { Json::String(text.to_owned()) }
}

fn by_field(by: Name, cell: &str) -> Json {
    Json::Object(Map::from_iter([(by.to_string(), text(cell))]))
}

fn failed(failure: Failure) -> Refused {
    Refused { row: 0, code: failure.code, field: failure.field.map(|name| name.to_string()), message: failure.message }
}

/// A date in the mapping's format, as ISO; anything else is left to the field's own rules.
fn date(format: Option<&str>, cell: &str) -> String {
    let read = format.and_then(|format| Date::strptime(format, cell).ok());
    read.map_or_else(|| cell.to_owned(), |date| date.to_string())
}

/// `￥1,234.50` as `1234.50`.
fn plain_number(cell: &str) -> String {
    cell.chars().filter(|c| !matches!(c, ',' | '，' | '¥' | '￥' | '$' | '€' | ' ' | '\u{A0}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_numbers_are_read_as_people_write_them() {
        assert_eq!(date(Some("%d.%m.%Y"), "01.03.2026"), "2026-03-01");
        assert_eq!(date(Some("%d.%m.%Y"), "2026/3/1"), "2026/3/1");
        assert_eq!(plain_number("￥1,234.50"), "1234.50");
    }
}
