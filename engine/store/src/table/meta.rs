//! Facts about the book itself: the version of its data, its id, the active release, the head of its history.

use super::first_of;
use crate::{
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::{Transaction, View},
};

/// The version of the data this program writes, and the newest it reads. Data of version 1 is read as it is and
/// written anew record by record; a program of that time refuses the book from then on.
pub const DATA_VERSION: u32 = 2;

/// The key of the fact called `what`.
pub fn key(what: &str) -> Vec<u8> {
    Key::new(KeyKind::Meta).text(what).into_vec()
}

/// The keys of all facts whose names start with `what`, as a half-open range.
pub fn range(what: &str) -> (Vec<u8>, Vec<u8>) {
    let mut start = key(what);
    // A text ends with two zero bytes; a longer one goes on instead.
    start.truncate(start.len().saturating_sub(2));
    let end = Key::prefix_end(&start);
    (start, end)
}

/// The version of the data; `None` in a book that was just made.
///
/// # Errors
/// When the store fails or the fact is damaged.
pub fn data_version(view: &dyn View) -> Result<Option<u32>, Error> {
    let Some(bytes) = view.get(&key("data_version"))? else { return Ok(None) };
    let bytes = bytes.try_into().map_err(|_| Error::Damaged("the data version can't be read".into()))?;
    Ok(Some(u32::from_be_bytes(bytes)))
}

/// Writes the version of the data.
pub fn put_data_version(txn: &mut dyn Transaction, version: u32) {
    txn.put(key("data_version"), version.to_be_bytes().to_vec());
}

/// Refuses data written by a newer program.
///
/// # Errors
/// [`Error::Newer`], or when the store fails.
pub fn check_version(view: &dyn View) -> Result<(), Error> {
    match data_version(view)? {
        Some(found) if found > DATA_VERSION => Err(Error::Newer { found, known: DATA_VERSION }),
        _ => Ok(()),
    }
}

/// The book's id: made once, kept by backups.
///
/// # Errors
/// When the store fails or the fact is damaged.
pub fn book_id(view: &dyn View) -> Result<Option<String>, Error> {
    text(view, "book_id")
}

/// Writes the book's id.
pub fn put_book_id(txn: &mut dyn Transaction, id: &str) {
    txn.put(key("book_id"), id.as_bytes().to_vec());
}

/// A fact that is a text.
///
/// # Errors
/// When the store fails or the fact is no UTF-8.
pub fn text(view: &dyn View, what: &str) -> Result<Option<String>, Error> {
    let Some(bytes) = view.get(&key(what))? else { return Ok(None) };
    String::from_utf8(bytes).map(Some).map_err(|_| Error::Damaged(format!("the fact {what} can't be read")))
}

/// The facts whose names begin so: the rest of the name, and the text.
///
/// # Errors
/// When the store fails, or a name or text is none.
pub fn beginning(view: &dyn View, start: &str) -> Result<Vec<(String, String)>, Error> {
    first_of(view, &range(start), usize::MAX, |key, bytes| {
        let name = KeyReader::new(key, KeyKind::Meta)?.text()?;
        let rest = name.get(start.len()..).unwrap_or_default().to_owned();
        Ok((rest, String::from_utf8_lossy(bytes).into_owned()))
    })
}
