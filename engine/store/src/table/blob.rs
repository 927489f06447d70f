//! Contents of uploaded files in chunks, under the SHA-256 of the whole.

use crate::{
    error::Error,
    key::{Key, KeyKind},
    store::{Transaction, View},
};

/// The length of every chunk but the last. Small enough that a page of the tree never becomes a file of its own.
pub const CHUNK: usize = 64 * 1024;

/// The key of a chunk.
pub fn key(sha256: &str, chunk: u32) -> Vec<u8> {
    Key::new(KeyKind::Blob).text(sha256).u32(chunk).into_vec()
}

/// Writes `content` under its hash.
pub fn put(txn: &mut dyn Transaction, sha256: &str, content: &[u8]) {
    put_chunks(txn, content, |chunk| key(sha256, chunk));
}

/// The whole content; `None` when there is no such file. An empty file has one empty chunk.
///
/// # Errors
/// When the store fails.
pub fn get(view: &dyn View, sha256: &str) -> Result<Option<Vec<u8>>, Error> {
    get_chunks(view, |chunk| key(sha256, chunk))
}

/// Removes a content.
///
/// # Errors
/// When the store fails.
pub fn delete(txn: &mut dyn Transaction, sha256: &str) -> Result<(), Error> {
    let mut chunk = 0;
    while txn.get(&key(sha256, chunk))?.is_some() {
        txn.delete(key(sha256, chunk));
        chunk += 1;
    }
    Ok(())
}

/// Writes `content` in chunks under the keys `key` gives them.
pub(super) fn put_chunks(txn: &mut dyn Transaction, content: &[u8], key: impl Fn(u32) -> Vec<u8>) {
    let mut rest = content;
    for chunk in 0.. {
        let (head, tail) = rest.split_at(rest.len().min(CHUNK));
        txn.put(key(chunk), head.to_vec());
        rest = tail;
        // A full last chunk is followed by an empty one, so that the end is always known.
        if head.len() < CHUNK {
            break;
        }
    }
}

/// Reads what [`put_chunks`] wrote.
pub(super) fn get_chunks(view: &dyn View, key: impl Fn(u32) -> Vec<u8>) -> Result<Option<Vec<u8>>, Error> {
    let Some(mut content) = view.get(&key(0))? else { return Ok(None) };
    let mut last = content.len();
    for chunk in 1.. {
        if last < CHUNK {
            break;
        }
        let bytes = view.get(&key(chunk))?.ok_or_else(|| Error::Damaged("a part of a content is missing".into()))?;
        last = bytes.len();
        content.extend_from_slice(&bytes);
    }
    Ok(Some(content))
}
