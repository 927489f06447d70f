//! How a record is seen.

use std::sync::Arc;

use formwork_catalog::{
    object::Object,
    role::{Fields as Shows, Seen},
};
use formwork_model::{
    field_path::FieldPath,
    name::Name,
    record::{Fields, Record},
    value::Value,
};
use formwork_store::table::history::Change;

/// What a change says that is about the record, not about a field.
const ABOUT_ROW: [&str; 3] = ["created", "deleted", "state"];

/// How a record is seen: its fields in full, in part, or not at all.
#[derive(Debug, Clone)]
pub enum Sight {
    /// Everything of it.
    Whole,
    /// As the one of these that shows most of a field says.
    Part(Vec<Arc<Shows>>),
}

/// A record as somebody sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The record, without what they don't see.
    pub record: Record,
    /// The fields, and fields of lines, that are not there for them, also those that hold nothing.
    pub absent: Vec<FieldPath>,
    /// The fields, and fields of lines, of which they see a part.
    pub masked: Vec<FieldPath>,
}

impl Sight {
    /// By grants with these fields.
    pub(crate) fn by<'a>(fields: impl Iterator<Item = &'a Arc<Shows>>) -> Self {
        let mut parts: Vec<Arc<Shows>> = Vec::new();
        for part in fields {
            if part.read.is_none() && part.hidden.is_empty() && part.masked.is_empty() {
                return Self::Whole;
            }
            if !parts.contains(part) {
                parts.push(part.clone());
            }
        }
        Self::Part(parts)
    }

    /// Whether nothing of the record is hidden.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Whole)
    }

    /// How a field is seen.
    pub fn seen(&self, path: impl Into<FieldPath>) -> Seen {
        let path = path.into();
        match self {
            Self::Whole => Seen::Full,
            Self::Part(parts) => parts.iter().map(|part| part.seen(path)).max().unwrap_or(Seen::Absent),
        }
    }

    /// Whether the field with this path, such as `lines[3].price`, is seen in full.
    pub fn shows_path(&self, path: &str) -> bool {
        self.is_whole() || FieldPath::find(path).is_some_and(|path| self.seen(path) == Seen::Full)
    }

    /// What a field holds for whoever has to see a value in full to see it at all; of lines, what is seen of them so.
    pub(crate) fn in_full(&self, field: Name, value: Value) -> Value {
        if self.is_whole() { value } else { in_full(field, value, &|path| self.seen(path) == Seen::Full) }
    }

    /// What a change tells; `None` when it tells nothing.
    pub(crate) fn told(&self, change: Change) -> Option<Change> {
        if ABOUT_ROW.contains(&&*change.path) {
            return Some(change);
        }
        let path = FieldPath::find(&change.path);
        if !self.is_whole() && path.is_none_or(|path| self.seen(path) != Seen::Full) {
            return None;
        }
        Some(match path {
            // A line more, or less, is told as far as it is seen.
            Some(FieldPath { field, line: None }) => {
                Change { old: self.in_full(field, change.old), new: self.in_full(field, change.new), ..change }
            }
            _ => change,
        })
    }

    /// The record as it is seen. `objects` describe it; values of fields that none of them has are seen by those only
    /// who see everything.
    pub fn show(&self, objects: &[&Object], mut record: Record) -> Shown {
        let (mut absent, mut masked): (Vec<FieldPath>, Vec<FieldPath>) = (Vec::new(), Vec::new());
        if self.is_whole() {
            return Shown { record, absent, masked };
        }
        for path in objects.iter().flat_map(|object| object.paths()) {
            let list = match self.seen(path) {
                Seen::Absent => &mut absent,
                Seen::Masked(_) => &mut masked,
                Seen::Full => continue,
            };
            if !list.contains(&path) {
                list.push(path);
            }
        }
        let known = |path: FieldPath| objects.iter().any(|object| object.at(path).is_some());
        self.reduce(&mut record.fields, &|name| name.into(), &known);
        let names: Vec<Name> = record.fields.iter().map(|(name, _)| name).collect();
        for name in names {
            if let Some(Value::Rows(rows)) = record.fields.get_mut(name) {
                for row in rows {
                    self.reduce(&mut row.fields, &|line| FieldPath::of_line(name, line), &known);
                }
            }
        }
        Shown { record, absent, masked }
    }

    /// Leaves of each field what is seen of it.
    fn reduce(&self, fields: &mut Fields, path: &dyn Fn(Name) -> FieldPath, known: &dyn Fn(FieldPath) -> bool) {
        let names: Vec<Name> = fields.iter().map(|(name, _)| name).collect();
        for name in names {
            let path = path(name);
            let left = match self.seen(path) {
                Seen::Full if known(path) => continue,
                Seen::Masked(mask) if known(path) => {
                    let value = fields.get(name);
                    if value.is_empty() { continue } else { Value::text(mask.apply(&value.to_string())) }
                }
                _ => Value::Null,
            };
            fields.set(name, left);
        }
    }
}

/// A value as far as it is seen in full; of lines, those of their fields that are.
pub(super) fn in_full(field: Name, value: Value, sees: &dyn Fn(FieldPath) -> bool) -> Value {
    if !sees(field.into()) {
        return Value::Null;
    }
    let Value::Rows(mut rows) = value else { return value };
    for row in &mut rows {
        let unseen = row.fields.iter().map(|(line, _)| line).filter(|line| !sees(FieldPath::of_line(field, *line)));
        for line in unseen.collect::<Vec<_>>() {
            row.fields.set(line, Value::Null);
        }
    }
    Value::Rows(rows)
}
