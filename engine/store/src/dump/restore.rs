//! Makes a book of a backup.

use std::{
    io::{Read, Seek, SeekFrom},
    ops::ControlFlow,
    path::Path,
};

use super::{
    Summary,
    stream::{Pair, Source},
};
use crate::{
    backend::{Backend, Batch, Kind},
    embedded::folder,
    error::Error,
    key::KeyKind,
    store::{Order, Store, Transaction, read, transact},
    table::meta,
};

/// About how many bytes are written as one batch.
const BATCH: usize = 4 * 1024 * 1024;

/// Reads a backup to its end without keeping anything.
///
/// # Errors
/// When it is cut off, altered, of a newer program, or can't be read.
pub fn check(input: &mut dyn Read) -> Result<Summary, Error> {
    let mut source = Source::new(input)?;
    while source.next()?.is_some() {}
    source.end()
}

/// Makes a book of a backup in the folder `path`, which must not hold one. The folder counts as a book only
/// after the backup was read to its end and found whole; until then there is nothing that could be opened.
///
/// # Errors
/// When the folder is not empty or in use, the backup is cut off, altered or of a newer program, or a disk fails.
pub fn restore(input: &mut dyn Read, path: &Path, kind: Kind) -> Result<Summary, Error> {
    let mut summary = None;
    folder::create(path, kind, |backend| {
        let mut source = Source::new(input)?;
        while let Some(batch) = next_batch(&mut source)? {
            backend.apply(batch)?;
        }
        summary = Some(source.end()?);
        meta::check_version(backend as &dyn Backend)
    })?;
    summary.ok_or(Error::Closed)
}

/// Loads a backup into an open store that holds nothing yet. The whole backup is checked before anything is
/// written. If the store fails half-way, what was loaded stays, and the store must be thrown away.
///
/// # Errors
/// When the store holds data, the backup is cut off, altered or of a newer program, or the store fails.
pub fn load(input: &mut (impl Read + Seek), store: &dyn Store) -> Result<Summary, Error> {
    if !read(store, |view| {
        let mut empty = true;
        view.scan(&[KeyKind::Symbol.number()], &[u8::MAX], Order::Forward, &mut |_, _| {
            empty = false;
            ControlFlow::Break(())
        })?;
        Ok(empty)
    })? {
        return Err(Error::NotEmpty(store.kind().into()));
    }
    let start = input.stream_position()?;
    check(input)?;
    input.seek(SeekFrom::Start(start))?;
    let mut source = Source::new(input)?;
    while let Some(batch) = next_batch(&mut source)? {
        let written: Result<(), ()> = transact(store, move |txn: &mut dyn Transaction| {
            for (key, value) in &batch.0 {
                txn.put(key.clone(), value.clone().unwrap_or_default());
            }
            Ok(())
        })?;
        written.map_err(|()| Error::Closed)?;
    }
    source.end()
}

/// The next pairs; `None` at the end.
fn next_batch(source: &mut Source<'_>) -> Result<Option<Batch>, Error> {
    let mut batch = Batch::default();
    let mut bytes = 0;
    while bytes < BATCH {
        let pair: Pair = source.next()?;
        let Some((key, value)) = pair else { break };
        bytes += key.len() + value.len() + 64;
        batch.0.insert(key, Some(value));
    }
    Ok(if batch.0.is_empty() { None } else { Some(batch) })
}
