//! What a script holds instead of data: a handle, resolved through the host when a field is read.

use std::sync::Arc;

use formwork_model::{id::RecordId, name::Name, record::Fields};

/// A record, a line, or a fixed set of named values.
#[derive(Debug, Clone, PartialEq)]
pub enum Handle {
    /// A stored record, or the one being decided, as it is now.
    Record(Name, RecordId),
    /// One line: object, record, `lines` field, key of the line.
    Row(Name, RecordId, Name, u32),
    /// Values that no longer change: `old`, `input`, `user`, an `each` item. Carries the object whose
    /// field types apply, if any.
    Fixed(Option<Name>, Arc<Fields>),
}

impl Handle {
    /// Whether both mean the same record or line, or are the same values.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Record(_, a), Self::Record(_, b)) => a == b,
            (Self::Row(_, a, f, k), Self::Row(_, b, g, l)) => (a, f, k) == (b, g, l),
            (Self::Fixed(_, a), Self::Fixed(_, b)) => Arc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }

    /// The record, when it is one.
    pub fn record_id(&self) -> Option<RecordId> {
        if let Self::Record(_, id) = self { Some(*id) } else { None }
    }
}
