//! The values of a running script.

use std::sync::Arc;

use formwork_model::{id::RecordId, name::Name, record::Fields, value::Value};
use jiff::{Timestamp, civil::Date};
use rhai::Dynamic;
use rust_decimal::Decimal;

use crate::{failure::Failure, handle::Handle, host::Host};

/// What an expression gives.
#[derive(Debug, Clone)]
pub enum Val {
    /// Nothing: `()`.
    Unit,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An exact decimal.
    Dec(Decimal),
    /// Text.
    Text(Arc<str>),
    /// A day.
    Date(Date),
    /// An instant.
    Instant(Timestamp),
    /// Clock time.
    Span(Span),
    /// A number of calendar months, to be added to a date or an instant.
    Months(Months),
    /// A record, a line, or fixed named values.
    Handle(Handle),
    /// A list.
    List(Vec<Val>),
    /// Something only Rhai knows: a map, a function, a range.
    Other(Dynamic),
}

/// An amount of clock time in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub i64);

/// A number of calendar months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Months(pub i64);

/// A record whose object is not known, such as a reference in a setting. It is equal to the same record.
fn of_unknown_object(id: RecordId) -> Val {
    Val::Handle(Handle::Record(Name::intern(UNKNOWN_OBJECT), id))
}

/// The object of a record whose object is not known; no definition can have this name.
pub(crate) const UNKNOWN_OBJECT: &str = "?";

impl Val {
    /// A text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().into())
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(b) = self { Some(*b) } else { None }
    }

    /// Whether it is `()`.
    pub fn is_unit(&self) -> bool {
        matches!(self, Self::Unit)
    }

    /// The value a field would hold, without knowing the field's type.
    pub fn into_value(self) -> Value {
        match self {
            Self::Unit => Value::Null,
            Self::Bool(b) => Value::Bool(b),
            Self::Int(n) => Value::Int(n),
            Self::Dec(d) => Value::Decimal(d),
            Self::Text(text) if text.is_empty() => Value::Null,
            Self::Text(text) => Value::Text(text),
            Self::Date(date) => Value::Date(date),
            Self::Instant(instant) => Value::Instant(instant),
            Self::Span(span) => Value::Seconds(span.0),
            Self::Handle(Handle::Record(_, id)) => Value::Ref(id),
            Self::List(items) => Value::List(items.into_iter().map(Self::into_value).collect()),
            Self::Handle(_) | Self::Months(_) | Self::Other(_) => {
                let json = crate::convert::val_to_json(&self);
                if json.is_null() { Value::Null } else { Value::Json(json.to_string().into()) }
            }
        }
    }

    /// The value as the script sees it. `from` is where it was read: the handle and the field, which
    /// say what a reference leads to.
    pub(crate) fn read(host: &dyn Host, handle: &Handle, field: Name, value: Value) -> Self {
        match value {
            Value::Ref(id) => match host.target(handle, field) {
                Some(object) => Self::Handle(Handle::Record(object, id)),
                None => of_unknown_object(id),
            },
            Value::Rows(rows) => Self::List(
                rows.into_iter()
                    .map(|row| {
                        Self::Handle(match handle {
                            Handle::Record(object, id) => Handle::Row(*object, *id, field, row.key),
                            _ => Handle::Fixed(None, Arc::new(row.fields)),
                        })
                    })
                    .collect(),
            ),
            Value::List(items) => {
                Self::List(items.into_iter().map(|item| Self::read(host, handle, field, item)).collect())
            }
            other => Self::from(other),
        }
    }
}

impl From<Value> for Val {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Unit,
            Value::Bool(b) => Self::Bool(b),
            Value::Int(n) => Self::Int(n),
            Value::Decimal(d) => Self::Dec(d),
            Value::Text(text) => Self::Text(text),
            Value::Date(date) => Self::Date(date),
            Value::Instant(instant) => Self::Instant(instant),
            Value::Seconds(seconds) => Self::Span(Span(seconds)),
            Value::Ref(id) => of_unknown_object(id),
            Value::List(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Rows(rows) => Self::List(
                rows.into_iter().map(|row| Self::Handle(Handle::Fixed(None, Arc::new(row.fields)))).collect(),
            ),
            Value::File(file) => fixed([
                ("name", Value::text(&file.name)),
                ("media", Value::text(&file.media)),
                ("size", Value::Int(i64::try_from(file.size).unwrap_or(i64::MAX))),
                ("sha256", Value::text(&file.sha256)),
            ]),
            Value::Geo(geo) => fixed([("lat", Value::Decimal(geo.lat)), ("lon", Value::Decimal(geo.lon))]),
            Value::Json(json) => serde_json::from_str::<serde_json::Value>(&json)
                .map_or(Self::Unit, |json| crate::convert::json_to_val(&json)),
        }
    }
}

fn fixed<const N: usize>(pairs: [(&str, Value); N]) -> Val {
    let fields: Fields = pairs.into_iter().map(|(name, value)| (Name::intern(name), value)).collect();
    Val::Handle(Handle::Fixed(None, Arc::new(fields)))
}

/// Reads a field of a handle.
pub(crate) fn get(host: &dyn Host, handle: &Handle, field: Name) -> Result<Val, Failure> {
    if let Handle::Fixed(_, fields) = handle {
        let value = fields.get(field);
        if *value != Value::Null {
            return Ok(Val::read(host, handle, field, value.clone()));
        }
    }
    Ok(Val::read(host, handle, field, host.get(handle, field)?))
}
