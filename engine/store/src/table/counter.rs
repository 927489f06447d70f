//! Number sequences, gapless: a number is taken in the commit that uses it.

use crate::{
    error::Error,
    key::{Key, KeyKind},
    store::{Transaction, View},
};

/// The key of an object's sequence for a period (`202611`; empty for one sequence for ever).
pub fn key(table: u16, period: &str) -> Vec<u8> {
    Key::new(KeyKind::Counter).u16(table).text(period).into_vec()
}

/// The number that would be taken next.
///
/// # Errors
/// When the store fails or the sequence is damaged.
pub fn next(view: &dyn View, table: u16, period: &str) -> Result<u64, Error> {
    let Some(bytes) = view.get(&key(table, period))? else { return Ok(1) };
    let bytes = bytes.try_into().map_err(|_| Error::Damaged("a number sequence can't be read".into()))?;
    Ok(u64::from_be_bytes(bytes))
}

/// Takes the next number, from 1.
///
/// # Errors
/// When the store fails or the sequence is damaged.
pub fn take(txn: &mut dyn Transaction, table: u16, period: &str) -> Result<u64, Error> {
    let taken = next(txn.view(), table, period)?;
    put_next(txn, table, period, taken + 1);
    Ok(taken)
}

/// Sets the number that is taken next: for imports that bring numbers along.
pub fn put_next(txn: &mut dyn Transaction, table: u16, period: &str, next: u64) {
    txn.put(key(table, period), next.to_be_bytes().to_vec());
}
