//! Releases under their content hash, and which one is active.

use std::ops::ControlFlow;

use super::{blob, meta};
use crate::{
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::{Order, Transaction, View},
};

const ACTIVE: &str = "active_release";

/// The key of a part of a release; parts are as long as a file's chunks.
pub fn key(hash: &str, chunk: u32) -> Vec<u8> {
    Key::new(KeyKind::Release).text(hash).u32(chunk).into_vec()
}

/// Keeps a release.
pub fn put(txn: &mut dyn Transaction, hash: &str, bytes: &[u8]) {
    blob::put_chunks(txn, bytes, |chunk| key(hash, chunk));
}

/// The release with this hash.
///
/// # Errors
/// When the store fails.
pub fn get(view: &dyn View, hash: &str) -> Result<Option<Vec<u8>>, Error> {
    blob::get_chunks(view, |chunk| key(hash, chunk))
}

/// The hashes of all releases kept.
///
/// # Errors
/// When the store fails or a key is damaged.
pub fn hashes(view: &dyn View) -> Result<Vec<String>, Error> {
    let (start, end) = Key::new(KeyKind::Release).into_range();
    let mut hashes = Vec::new();
    let mut problem = None;
    view.scan(&start, &end, Order::Forward, &mut |key, _| {
        match KeyReader::new(key, KeyKind::Release).and_then(|mut reader| Ok((reader.text()?, reader.u32()?))) {
            Ok((hash, 0)) => hashes.push(hash),
            Ok(_) => {}
            Err(error) => {
                problem = Some(error);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    problem.map_or(Ok(hashes), Err)
}

/// The hash of the active release.
///
/// # Errors
/// When the store fails or the fact is damaged.
pub fn active(view: &dyn View) -> Result<Option<String>, Error> {
    meta::text(view, ACTIVE)
}

/// Makes a release the active one.
pub fn put_active(txn: &mut dyn Transaction, hash: &str) {
    txn.put(meta::key(ACTIVE), hash.as_bytes().to_vec());
}

const ACTIVATIONS: &str = "activations";

/// Notes that the history entry at `seq` made a release live.
///
/// # Errors
/// When the store fails.
pub fn note_activation(txn: &mut dyn Transaction, seq: u64) -> Result<(), Error> {
    let mut seqs = txn.get(&meta::key(ACTIVATIONS))?.unwrap_or_default();
    seqs.extend_from_slice(&seq.to_be_bytes());
    txn.put(meta::key(ACTIVATIONS), seqs);
    Ok(())
}

/// The positions of the history entries that made a release live, oldest first.
///
/// # Errors
/// When the store fails or the note is damaged.
pub fn activations(view: &dyn View) -> Result<Vec<u64>, Error> {
    let bytes = view.get(&meta::key(ACTIVATIONS))?.unwrap_or_default();
    let (seqs, rest) = bytes.as_chunks::<8>();
    if rest.is_empty() {
        return Ok(seqs.iter().map(|seq| u64::from_be_bytes(*seq)).collect());
    }
    Err(Error::Damaged("the list of activations can't be read".into()))
}
