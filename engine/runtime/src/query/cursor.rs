//! Where a page ended: the order-preserving bytes of the last record's sort values and id.

use std::fmt::Write as _;

use formwork_model::{id::RecordId, name::Name, record::Record};
use formwork_store::key::{Key, KeyKind};

use crate::decider::field_of;

/// A place in a list, opaque to clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The sort values, each as it stands in an index key.
    pub(crate) sort: Vec<Vec<u8>>,
    /// The record.
    pub(crate) id: RecordId,
}

impl Cursor {
    pub(crate) fn of(record: &Record, sort: &[(Name, bool)]) -> Self {
        Self { sort: sort.iter().map(|(field, _)| value_bytes(record, *field)).collect(), id: record.id }
    }

    /// As text for a URL: hexadecimal, each value behind its length.
    pub fn to_text(&self) -> String {
        let mut bytes = self.id.bytes().to_vec();
        for value in &self.sort {
            bytes.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
            bytes.extend_from_slice(value);
        }
        let mut text = String::with_capacity(bytes.len() * 2);
        for byte in bytes {
            // Writing to a `String` can't fail.
            let _written = write!(text, "{byte:02x}");
        }
        text
    }

    /// From text; `None` when it is none of ours.
    pub fn from_text(text: &str) -> Option<Self> {
        if text.len() > 4096 || !text.is_ascii() || !text.len().is_multiple_of(2) {
            return None;
        }
        let bytes: Vec<u8> = (0..text.len() / 2)
            .map(|i| u8::from_str_radix(text.get(i * 2..i * 2 + 2)?, 16).ok())
            .collect::<Option<_>>()?;
        let (id, mut rest) = bytes.split_first_chunk::<16>()?;
        let mut sort = Vec::new();
        while !rest.is_empty() {
            let (length, others) = rest.split_first_chunk::<2>()?;
            let (value, others) = others.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            sort.push(value.to_vec());
            rest = others;
        }
        Some(Self { sort, id: RecordId::from_bytes(*id) })
    }
}

/// A field's value as it stands in an index key.
pub(crate) fn value_bytes(record: &Record, field: Name) -> Vec<u8> {
    Key::new(KeyKind::Index).value(&field_of(record, field)).bytes().get(1..).unwrap_or_default().to_vec()
}
