//! Records: what the engine stores, whatever the business calls it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{event::Event, id::RecordId, instance::Instance, name::Name, timer::Timer, value::Value};

/// Named values, few enough that a linear search beats a map. Null values are not kept.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(Name, Value)>);

/// The order in which fields were set makes no difference.
impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().all(|(name, value)| other.get(*name) == value)
    }
}

static NULL: Value = Value::Null;

impl Fields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// No fields yet, with room for `n`.
    pub fn with_capacity(n: usize) -> Self {
        Self(Vec::with_capacity(n))
    }

    /// The value of `name`; null when it was never set.
    pub fn get(&self, name: Name) -> &Value {
        self.0.iter().find(|(known, _)| *known == name).map_or(&NULL, |(_, value)| value)
    }

    /// The value of `name` for changing in place.
    pub fn get_mut(&mut self, name: Name) -> Option<&mut Value> {
        self.0.iter_mut().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Sets `name` and returns what it held.
    pub fn set(&mut self, name: Name, value: Value) -> Value {
        let place = self.0.iter().position(|(known, _)| *known == name);
        match (place, value) {
            (Some(i), Value::Null) => self.0.swap_remove(i).1,
            (Some(i), value) => std::mem::replace(&mut self.0[i].1, value),
            (None, Value::Null) => Value::Null,
            (None, value) => {
                self.0.push((name, value));
                Value::Null
            }
        }
    }

    /// Every field that is not null, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (Name, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    /// How many fields are not null.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether every field is null.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Name, Value)> for Fields {
    fn from_iter<I: IntoIterator<Item = (Name, Value)>>(pairs: I) -> Self {
        let mut fields = Self::new();
        for (name, value) in pairs {
            fields.set(name, value);
        }
        fields
    }
}

/// One line item. `key` is stable for the life of the line, so that edits and history can name it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// Unique within the field of this record; never reused.
    pub key: u32,
    /// The line's values.
    pub fields: Fields,
}

/// One stored record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The object it is of.
    pub object: Name,
    /// Its identity.
    pub id: RecordId,
    /// Grows by one with every change; what `If-Match` compares.
    pub rev: u64,
    /// The number people use (`OP202611-00042`), if the object has numbering.
    pub number: Option<Arc<str>>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it.
    pub created_by: Arc<str>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: Arc<str>,
    /// Its values, also those whose field a later release removed.
    pub fields: Fields,
    /// Where it stands in its flows.
    pub flows: Vec<Instance>,
    /// What happens to it by itself, in the order in which it was set.
    pub timers: Vec<Timer>,
    /// Events that came before anything waited for them.
    pub events: Vec<Event>,
}

impl Record {
    /// The position in `flow`, if it was ever started.
    pub fn flow(&self, flow: Name) -> Option<&Instance> {
        self.flows.iter().find(|instance| instance.flow == flow)
    }
}
