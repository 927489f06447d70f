//! What a field can hold.

use std::{cmp::Ordering, fmt, sync::Arc};

use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;

use crate::{id::RecordId, record::Row};

/// The value of a field. Its shape is decided by the field's type; see [`crate::field_type`].
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Nothing was given. There is no empty text: an empty text is stored as `Null`.
    #[default]
    Null,
    /// `boolean`.
    Bool(bool),
    /// `integer`.
    Int(i64),
    /// `decimal`, `money` (in the field's currency), `percent` (8.5 means 8.5 %).
    Decimal(Decimal),
    /// `text`, `long_text`, `choice`, `user`, `department`, `phone`, `email`, `url`, `region`.
    Text(Arc<str>),
    /// `date`.
    Date(Date),
    /// `datetime`, an instant.
    Instant(Timestamp),
    /// `duration`, in seconds of clock time.
    Seconds(i64),
    /// `ref`.
    Ref(RecordId),
    /// `choices`, `refs`, `files`.
    List(Vec<Value>),
    /// `lines`.
    Rows(Vec<Row>),
    /// `file`: what was uploaded; the content lies beside the records under its hash.
    File(Arc<FileRef>),
    /// `geo`, WGS 84 degrees.
    Geo(Geo),
    /// `json`, kept as compact text.
    Json(Arc<str>),
}

/// An uploaded file: what the record keeps of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileRef {
    /// SHA-256 of the content, lower case hexadecimal; the key of the content.
    pub sha256: String,
    /// The name it was uploaded under.
    pub name: String,
    /// Media type.
    pub media: String,
    /// Length in bytes.
    pub size: u64,
}

/// A place on earth in degrees, exact to seven digits (about a centimetre).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geo {
    /// Latitude, −90 to 90.
    pub lat: Decimal,
    /// Longitude, −180 to 180.
    pub lon: Decimal,
}

impl Value {
    /// The files that it is or has inside, in lists and lines too.
    pub fn files(&self) -> Vec<&FileRef> {
        match self {
            Self::File(file) => vec![&**file],
            Self::List(items) => items.iter().flat_map(Self::files).collect(),
            Self::Rows(rows) => {
                rows.iter().flat_map(|row| row.fields.iter()).flat_map(|(_, value)| value.files()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A text value; the empty text is [`Value::Null`].
    pub fn text(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        if text.is_empty() { Self::Null } else { Self::Text(text.into()) }
    }

    /// Whether the value counts as missing for `required`: null, no rows, no items.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::List(items) => items.is_empty(),
            Self::Rows(rows) => rows.is_empty(),
            _ => false,
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if it is an integer or a decimal.
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Self::Int(n) => Some(Decimal::from(*n)),
            Self::Decimal(d) => Some(*d),
            _ => None,
        }
    }

    /// The referenced record, if it is a reference.
    pub fn as_ref_id(&self) -> Option<RecordId> {
        if let Self::Ref(id) = self { Some(*id) } else { None }
    }

    /// The line rows; empty for anything else.
    pub fn rows(&self) -> &[Row] {
        if let Self::Rows(rows) = self { rows } else { &[] }
    }

    /// Order within one type, numbers compared as numbers; `None` where no order is defined.
    /// Null sorts before everything.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        Some(match (self, other) {
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Self::Null) => Ordering::Greater,
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) | (Self::Seconds(a), Self::Seconds(b)) => a.cmp(b),
            (Self::Int(_) | Self::Decimal(_), Self::Int(_) | Self::Decimal(_)) => {
                self.as_decimal()?.cmp(&other.as_decimal()?)
            }
            (Self::Text(a), Self::Text(b)) | (Self::Json(a), Self::Json(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Instant(a), Self::Instant(b)) => a.cmp(b),
            (Self::Ref(a), Self::Ref(b)) => a.cmp(b),
            _ => return None,
        })
    }

    /// Equality as users mean it: `1` equals `1.00`.
    pub fn same(&self, other: &Self) -> bool {
        match self.compare(other) {
            Some(order) => order == Ordering::Equal,
            None => self == other,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}
impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}
impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}
impl From<Decimal> for Value {
    fn from(d: Decimal) -> Self {
        Self::Decimal(d)
    }
}

/// Plain text of a value for messages, numbering and exports: dates as `2026-02-12`, lists joined by `, `.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Bool(b) => b.fmt(f),
            Self::Int(n) => n.fmt(f),
            Self::Decimal(d) => d.fmt(f),
            Self::Text(text) | Self::Json(text) => f.write_str(text),
            Self::Date(date) => date.fmt(f),
            Self::Instant(instant) => instant.fmt(f),
            Self::Seconds(seconds) => write!(f, "{seconds}s"),
            Self::Ref(id) => id.fmt(f),
            Self::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    item.fmt(f)?;
                }
                Ok(())
            }
            Self::Rows(rows) => write!(f, "[{}]", rows.len()),
            Self::File(file) => f.write_str(&file.name),
            Self::Geo(geo) => write!(f, "{}, {}", geo.lat, geo.lon),
        }
    }
}
