//! sled 0.34.7, made honest: it is fsynced by us, and read under a lock because it has no snapshots.

use std::{
    collections::HashSet,
    ffi::OsString,
    fmt,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    thread,
    time::Duration,
};

use self::spill::Spilled;
use super::{Backend, Batch, guarded};
use crate::{
    error::Error,
    store::{Each, Order, View},
};

/// sled's page cache. It keeps several times what it is told; with this, a book of a million records stays
/// below 1 GB resident while writing.
const CACHE: u64 = 64 * 1024 * 1024;

/// A quarter of a segment is the largest page that stays in the log, see [`spill`]. Never change it: sled
/// refuses to open another size.
const SEGMENT: usize = 8 * 1024 * 1024;

mod spill;

/// One sled tree.
pub struct Sled {
    tree: sled::Db,
    /// Shared for the length of one read, exclusive while a batch is applied; never held during a sync.
    gate: RwLock<()>,
    /// The file sled writes its log to, for [`Backend::sync`].
    log: File,
    spilled: Spilled,
    pages: PathBuf,
    synced_pages: Mutex<HashSet<OsString>>,
}

impl fmt::Debug for Sled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sled").field("pages", &self.pages).finish_non_exhaustive()
    }
}

impl Sled {
    /// Opens the tree in `folder`, or makes it.
    ///
    /// # Errors
    /// When the folder is in use, the disk fails, or the files are damaged.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let config = sled::Config::new()
            .path(folder)
            .cache_capacity(CACHE)
            .segment_size(SEGMENT)
            .mode(sled::Mode::HighThroughput)
            // No timer may acknowledge for us: `sync` does.
            .flush_every_ms(None);
        remove_unfinished_snapshots(folder)?;
        let tree = open_tree(&config, folder)?;
        let log = File::open(folder.join("db"))?;
        let store = Self {
            tree,
            gate: RwLock::new(()),
            log,
            spilled: Spilled::default(),
            pages: folder.join("blobs"),
            synced_pages: Mutex::default(),
        };
        for part in guarded("sled", || Ok(store.tree.range([spill::PARTS]..)))?.keys() {
            store.spilled.note(&part.map_err(|error| failure(error, folder))?)?;
        }
        // Opening may have written a new snapshot of the page table in place of the old one.
        store.sync()?;
        File::open(folder)?.sync_all()?;
        Ok(store)
    }

    fn stored(&self, key: &[u8]) -> Result<Option<sled::IVec>, Error> {
        guarded("sled", || self.tree.get(key).map_err(|error| failure(error, &self.pages)))
    }

    /// Fsyncs the pages that sled put into files of their own since the last time. [`spill`] keeps that from
    /// happening but for keys that are themselves very long.
    fn sync_pages(&self) -> Result<(), Error> {
        let mut synced = self.synced_pages.lock().unwrap_or_else(PoisonError::into_inner);
        let mut present = HashSet::new();
        for entry in fs::read_dir(&self.pages)? {
            let name = entry?.file_name();
            if !synced.contains(&name) {
                match File::open(self.pages.join(&name)) {
                    Ok(file) => file.sync_all()?,
                    // sled removed it again: nothing refers to it.
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(error.into()),
                }
            }
            present.insert(name);
        }
        if *synced != present {
            File::open(&self.pages)?.sync_all()?;
            *synced = present;
        }
        Ok(())
    }
}

/// sled writes a snapshot of its page table as `snap.….generating` and then renames it. When it is stopped in
/// between, it takes the half file for the newest snapshot and refuses to open, for ever.
fn remove_unfinished_snapshots(folder: &Path) -> Result<(), Error> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Opens the tree. The caller has the folder to itself, so a lock that is still held is that of a tree this
/// process has just dropped: sled's own threads let go of it a little later.
fn open_tree(config: &sled::Config, folder: &Path) -> Result<sled::Db, Error> {
    for _ in 0..500 {
        match guarded("sled", || config.open().map_err(|error| failure(error, folder))) {
            Err(Error::InUse(_)) => thread::sleep(Duration::from_millis(10)),
            opened => return opened,
        }
    }
    Err(Error::InUse(folder.to_owned()))
}

/// Frees what a batch of so many keys replaced. sled leaves each old page to its garbage collector, which frees some of
/// them at every 128th read or batch; a batch replaces thousands. Without this, a book that is filled (a restore, an
/// import, the demo) keeps all that it ever replaced in memory: 9 KB a record, and seconds of the allocator later.
fn collect_garbage(keys: usize) {
    // A turn frees up to 512 pages; a key replaces four or five, with those that are split or paged out for it.
    for _ in 0..=keys / 64 {
        crossbeam_epoch::pin().flush();
    }
}

fn failure(error: sled::Error, folder: &Path) -> Error {
    match error {
        sled::Error::Io(error) if error.to_string().contains("could not acquire lock") => {
            Error::InUse(folder.to_owned())
        }
        sled::Error::Io(error) => Error::Disk(Arc::new(error)),
        other => Error::Damaged(format!("sled: {other}")),
    }
}

impl View for Sled {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.stored(key)?.map(|stored| spill::read(key, &stored, |part| self.stored(part))).transpose()
    }

    fn scan(&self, start: &[u8], end: &[u8], order: Order, each: Each<'_>) -> Result<(), Error> {
        let end = end.min(&[spill::PARTS]);
        if start >= end {
            return Ok(());
        }
        let mut pairs = guarded("sled", || Ok(self.tree.range(start..end)))?;
        loop {
            let pair = guarded("sled", || {
                let pair = if order == Order::Forward { pairs.next() } else { pairs.next_back() };
                pair.transpose().map_err(|error| failure(error, &self.pages))
            })?;
            let Some((key, stored)) = pair else { return Ok(()) };
            let flow = match spill::whole(&stored) {
                Some(value) => each(&key, value),
                None => each(&key, &spill::read(&key, &stored, |part| self.stored(part))?),
            };
            if flow.is_break() {
                return Ok(());
            }
        }
    }
}

impl Backend for Sled {
    fn apply(&self, batch: Batch) -> Result<(), Error> {
        let mut writes = sled::Batch::default();
        let keys = batch.0.len();
        for (key, value) in batch.0 {
            self.spilled.write(&mut writes, key, value)?;
        }
        let alone = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        let applied = guarded("sled", || self.tree.apply_batch(writes).map_err(|error| failure(error, &self.pages)));
        drop(alone);
        collect_garbage(keys);
        applied
    }

    /// sled's `flush` alone is not durable: on Linux it writes with `sync_file_range`, which neither waits for
    /// the disk's cache nor writes the file's size. 58 of 72 disk images after a power loss had lost
    /// acknowledged work. So the log is fsynced here, and `tests/suite/power.rs` fails without it.
    fn sync(&self) -> Result<(), Error> {
        guarded("sled", || self.tree.flush().map_err(|error| failure(error, &self.pages)))?;
        self.sync_pages()?;
        self.log.sync_all()?;
        Ok(())
    }

    fn snapshot(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error> {
        let _shared = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        reader(self);
        Ok(())
    }

    fn size_on_disk(&self) -> u64 {
        guarded("sled", || self.tree.size_on_disk().map_err(|error| failure(error, &self.pages))).unwrap_or(0)
    }

    fn kind(&self) -> &'static str {
        "sled"
    }
}
