//! fjall 3: one keyspace, snapshots for readers, a journal that is fsynced once a group.

use std::{fmt, path::Path, path::PathBuf, sync::Arc};

use fjall::{Database, Iter, Keyspace, KeyspaceCreateOptions, PersistMode, Readable, Snapshot};

use super::{Backend, Batch, guarded};
use crate::{
    error::Error,
    store::{Each, Order, View},
};

const CACHE: u64 = 64 * 1024 * 1024;

/// A scan walks over every version of a key and every removed key that is still in the memory table. Smaller
/// than fjall's 64 MiB, so that lists where entries come and go (open tasks) stay fast.
const MEMORY_TABLE: u64 = 16 * 1024 * 1024;

/// One fjall keyspace.
pub struct Fjall {
    database: Database,
    keyspace: Keyspace,
    folder: PathBuf,
}

impl fmt::Debug for Fjall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fjall").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Fjall {
    /// Opens the keyspace in `folder`, or makes it.
    ///
    /// # Errors
    /// When the folder is in use, the disk fails, or the files are damaged.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        guarded("fjall", || {
            let failed = |error| failure(error, folder);
            // The journal is written out by `sync`, not by every batch.
            let database =
                Database::builder(folder).cache_size(CACHE).manual_journal_persist(true).open().map_err(failed)?;
            let options = || KeyspaceCreateOptions::default().max_memtable_size(MEMORY_TABLE);
            let keyspace = database.keyspace("book", options).map_err(failed)?;
            Ok(Self { database, keyspace, folder: folder.to_owned() })
        })
    }

    fn failed(&self, error: fjall::Error) -> Error {
        failure(error, &self.folder)
    }
}

fn failure(error: fjall::Error, folder: &Path) -> Error {
    match error {
        fjall::Error::Locked => Error::InUse(folder.to_owned()),
        fjall::Error::Io(error) | fjall::Error::Storage(fjall::LsmError::Io(error)) => Error::Disk(Arc::new(error)),
        fjall::Error::Poisoned => Error::Closed,
        other => Error::Damaged(format!("fjall: {other:?}")),
    }
}

fn each_pair(mut pairs: Iter, order: Order, folder: &Path, each: Each<'_>) -> Result<(), Error> {
    loop {
        let pair = guarded("fjall", || {
            let pair = if order == Order::Forward { pairs.next() } else { pairs.next_back() };
            pair.map(fjall::Guard::into_inner).transpose().map_err(|error| failure(error, folder))
        })?;
        match pair {
            Some((key, value)) if each(&key, &value).is_continue() => {}
            _ => return Ok(()),
        }
    }
}

impl View for Fjall {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let value = guarded("fjall", || self.keyspace.get(key).map_err(|error| self.failed(error)))?;
        Ok(value.map(|bytes| bytes.to_vec()))
    }

    fn scan(&self, start: &[u8], end: &[u8], order: Order, each: Each<'_>) -> Result<(), Error> {
        if start >= end {
            return Ok(());
        }
        let pairs = guarded("fjall", || Ok(self.keyspace.range(start..end)))?;
        each_pair(pairs, order, &self.folder, each)
    }
}

struct Past<'a> {
    snapshot: Snapshot,
    store: &'a Fjall,
}

impl View for Past<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let value = guarded("fjall", || {
            self.snapshot.get(&self.store.keyspace, key).map_err(|error| self.store.failed(error))
        })?;
        Ok(value.map(|bytes| bytes.to_vec()))
    }

    fn scan(&self, start: &[u8], end: &[u8], order: Order, each: Each<'_>) -> Result<(), Error> {
        if start >= end {
            return Ok(());
        }
        let pairs = guarded("fjall", || Ok(self.snapshot.range(&self.store.keyspace, start..end)))?;
        each_pair(pairs, order, &self.store.folder, each)
    }
}

impl Backend for Fjall {
    fn apply(&self, batch: Batch) -> Result<(), Error> {
        guarded("fjall", || {
            let mut writes = self.database.batch();
            for (key, value) in batch.0 {
                match value {
                    Some(value) => writes.insert(&self.keyspace, key, value),
                    None => writes.remove(&self.keyspace, key),
                }
            }
            writes.commit().map_err(|error| self.failed(error))
        })
    }

    fn sync(&self) -> Result<(), Error> {
        guarded("fjall", || self.database.persist(PersistMode::SyncAll).map_err(|error| self.failed(error)))
    }

    fn snapshot(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error> {
        let snapshot = guarded("fjall", || Ok(self.database.snapshot()))?;
        reader(&Past { snapshot, store: self });
        Ok(())
    }

    fn size_on_disk(&self) -> u64 {
        guarded("fjall", || self.database.disk_space().map_err(|error| self.failed(error))).unwrap_or(0)
    }

    fn kind(&self) -> &'static str {
        "fjall"
    }
}
