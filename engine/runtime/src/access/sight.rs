//! How a record is seen.

use std::sync::Arc;

use formwork_catalog::{
    object::Object,
    role::{Fields, Seen},
};
use formwork_model::{name::Name, record::Record, value::Value};

/// How a record is seen: its fields in full, in part, or not at all.
#[derive(Debug, Clone)]
pub enum Sight {
    /// Everything of it.
    Whole,
    /// As the one of these that shows most of a field says.
    Part(Vec<Arc<Fields>>),
}

/// A record as somebody sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The record, without what they don't see.
    pub record: Record,
    /// The fields that are not there for them, also those that hold nothing.
    pub absent: Vec<Name>,
}

impl Sight {
    /// By grants with these fields.
    pub(crate) fn by<'a>(fields: impl Iterator<Item = &'a Arc<Fields>>) -> Self {
        let mut parts: Vec<Arc<Fields>> = Vec::new();
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
    pub fn seen(&self, field: Name) -> Seen {
        match self {
            Self::Whole => Seen::Full,
            Self::Part(parts) => parts.iter().map(|part| part.seen(field)).max().unwrap_or(Seen::Absent),
        }
    }

    /// Whether the field with this path, such as `lines[3].price`, is seen in full.
    pub fn shows_path(&self, path: &str) -> bool {
        let end = path.find(['[', '.']).unwrap_or(path.len());
        let name = path.get(..end).and_then(Name::find);
        self.is_whole() || name.is_some_and(|name| self.seen(name) == Seen::Full)
    }

    /// The record as it is seen. `objects` describe it; values of fields that none of them has are seen by those only
    /// who see everything.
    pub fn show(&self, objects: &[&Object], mut record: Record) -> Shown {
        let mut absent = Vec::new();
        if self.is_whole() {
            return Shown { record, absent };
        }
        let known = |name: Name| objects.iter().any(|object| object.field(name).is_some());
        for field in objects.iter().flat_map(|object| &object.fields) {
            if self.seen(field.name) == Seen::Absent && !absent.contains(&field.name) {
                absent.push(field.name);
            }
        }
        let names: Vec<Name> = record.fields.iter().map(|(name, _)| name).collect();
        for name in names {
            match self.seen(name) {
                Seen::Full if known(name) => {}
                Seen::Masked(mask) if known(name) => {
                    let value = record.fields.get(name);
                    if !value.is_empty() {
                        let left = Value::text(mask.apply(&value.to_string()));
                        record.fields.set(name, left);
                    }
                }
                _ => {
                    record.fields.set(name, Value::Null);
                }
            }
        }
        Shown { record, absent }
    }
}
