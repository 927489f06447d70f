//! A store in this process: one writer thread a book, group commit, readers that never wait for the disk.

use std::{
    fmt,
    path::Path,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};

use crate::{
    backend::{Backend, Batch, Kind, memory::Memory},
    error::Error,
    store::{Store, View, Work},
    table::meta,
};

pub(crate) mod folder;
mod group;
mod inline;
mod writer;

pub use inline::{Frozen, Inline};

/// A [`Store`] over any [`Backend`].
///
/// Work is run by one thread in the order it was submitted. What is queued is run as one group, applied as one
/// batch and brought to the disk once; then the whole group is told. When that fails, the whole group is told
/// so and the store takes no more work: memory and disk may differ. Reading still works.
///
/// A read may not be nested in another read of the same store on one thread: on sled the inner one would wait
/// for a writer that waits for the outer one.
pub struct Embedded {
    place: Arc<Place>,
    queue: Option<mpsc::Sender<Box<dyn Work>>>,
    writer: Option<JoinHandle<()>>,
}

/// The backend and the lock on its folder, released in this order.
struct Place {
    backend: Box<dyn Backend>,
    folder: Option<folder::Folder>,
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded").field("backend", &self.place.backend).finish_non_exhaustive()
    }
}

impl Embedded {
    /// Opens the book in the folder `path`, or makes one there: in the store `kind`, by default sled. An
    /// existing book is opened in its own store whatever the default is.
    ///
    /// # Errors
    /// When the folder is in use, holds a book of another store or of a newer program, or the disk fails.
    pub fn open(path: &Path, kind: Option<Kind>) -> Result<Self, Error> {
        let (folder, backend) = folder::open(path, kind, |backend| backend.apply(first_batch()))?;
        meta::check_version(&*backend)?;
        Self::start(Place { backend, folder: Some(folder) })
    }

    /// A book in memory, gone when it is dropped.
    ///
    /// # Errors
    /// When the writer's thread can't be started.
    pub fn memory() -> Result<Self, Error> {
        let backend = Memory::default();
        backend.apply(first_batch())?;
        Self::over(Box::new(backend))
    }

    /// A book in any backend.
    ///
    /// # Errors
    /// When the writer's thread can't be started.
    pub fn over(backend: Box<dyn Backend>) -> Result<Self, Error> {
        Self::start(Place { backend, folder: None })
    }

    fn start(place: Place) -> Result<Self, Error> {
        let place = Arc::new(place);
        let (queue, works) = mpsc::channel();
        let held = Arc::clone(&place);
        let writer = thread::Builder::new()
            .name(format!("{}-writer", place.backend.kind()))
            .spawn(move || writer::run(&*held.backend, &works))?;
        Ok(Self { place, queue: Some(queue), writer: Some(writer) })
    }
}

fn first_batch() -> Batch {
    let version = meta::DATA_VERSION.to_be_bytes().to_vec();
    Batch([(meta::key("data_version"), Some(version))].into())
}

impl Store for Embedded {
    fn read(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error> {
        self.place.backend.snapshot(reader)
    }

    fn submit(&self, work: Box<dyn Work>) {
        let refused = match &self.queue {
            Some(queue) => queue.send(work).err().map(|mpsc::SendError(work)| work),
            None => Some(work),
        };
        if let Some(work) = refused {
            work.done(Err(Error::Closed));
        }
    }

    fn size_on_disk(&self) -> u64 {
        self.place.backend.size_on_disk()
    }

    fn kind(&self) -> &'static str {
        self.place.backend.kind()
    }

    fn protect(&self) -> Result<(), Error> {
        if self.place.folder.is_some() { Err(Error::KeyMissing) } else { Ok(()) }
    }
}

impl Drop for Embedded {
    /// Runs what is queued, brings it to the disk, and releases the folder.
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(writer) = self.writer.take() {
            // The last owner may be a piece of work that is done just now: a thread can't wait for itself.
            if writer.thread().id() != thread::current().id() {
                let _ended = writer.join();
            }
        }
    }
}
