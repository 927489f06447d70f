//! Who brought which file: a file is attached by whoever brought it, not by whoever knows its hash.

use crate::{
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::{Transaction, View},
};

/// The key of one person's file.
pub fn key(login: &str, sha256: &str) -> Vec<u8> {
    Key::new(KeyKind::Upload).text(login).text(sha256).into_vec()
}

/// The hash of the file in a key.
///
/// # Errors
/// When the key is of another table.
pub fn hash_of(key: &[u8]) -> Result<String, Error> {
    let mut place = KeyReader::new(key, KeyKind::Upload)?;
    place.text()?;
    place.text()
}

/// Notes that `login` brought the file.
pub fn put(txn: &mut dyn Transaction, login: &str, sha256: &str) {
    txn.put(key(login, sha256), Vec::new());
}

/// Whether `login` brought the file.
///
/// # Errors
/// When the store fails.
pub fn is_of(view: &dyn View, login: &str, sha256: &str) -> Result<bool, Error> {
    Ok(view.get(&key(login, sha256))?.is_some())
}
