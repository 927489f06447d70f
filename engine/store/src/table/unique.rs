//! Unique keys: which record holds these values.

use formwork_model::{id::RecordId, value::Value};

use crate::{
    error::Error,
    key::{Key, KeyKind},
    store::View,
};

/// The key for these values of the unique key number `unique`.
pub fn key(table: u16, unique: u16, values: &[&Value]) -> Vec<u8> {
    Key::new(KeyKind::Unique).u16(table).u16(unique).values(values).into_vec()
}

/// The id of the holder as bytes.
pub fn encode(id: RecordId) -> Vec<u8> {
    id.bytes().to_vec()
}

/// The id of the holder from bytes.
///
/// # Errors
/// When the bytes are no id.
pub fn decode(bytes: &[u8]) -> Result<RecordId, Error> {
    let bytes = bytes.try_into().map_err(|_| Error::Damaged("a unique key's holder can't be read".into()))?;
    Ok(RecordId::from_bytes(bytes))
}

/// The record that holds the values of a key made by [`key`], if any.
///
/// # Errors
/// When the store fails or the entry is damaged.
pub fn holder_at(view: &dyn View, key: &[u8]) -> Result<Option<RecordId>, Error> {
    view.get(key)?.map(|bytes| decode(&bytes)).transpose()
}

/// The record that holds these values, if any.
///
/// # Errors
/// When the store fails or the entry is damaged.
pub fn holder(view: &dyn View, table: u16, unique: u16, values: &[&Value]) -> Result<Option<RecordId>, Error> {
    holder_at(view, &key(table, unique, values))
}
