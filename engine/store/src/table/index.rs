//! Index entries: the indexed values and the record's id, all in the key. The value is empty.

use formwork_model::{id::RecordId, value::Value};

use crate::{
    error::Error,
    key::{Key, KeyKind},
};

/// The key of one record's entry.
pub fn key(table: u16, index: u16, values: &[&Value], id: RecordId) -> Vec<u8> {
    Key::new(KeyKind::Index).u16(table).u16(index).values(values).id(id).into_vec()
}

/// What the keys of all entries with these leading values start with.
pub fn prefix(table: u16, index: u16, values: &[&Value]) -> Vec<u8> {
    Key::new(KeyKind::Index).u16(table).u16(index).values(values).into_vec()
}

/// The id in an entry's key: its last sixteen bytes.
///
/// # Errors
/// When the key is too short.
pub fn id_of(key: &[u8]) -> Result<RecordId, Error> {
    key.last_chunk::<16>()
        .map(|bytes| RecordId::from_bytes(*bytes))
        .ok_or_else(|| Error::Damaged("a key's id can't be read".into()))
}
