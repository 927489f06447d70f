//! What every store offers: a consistent view, and a repeatable closure over a serialisable transaction.

use std::{
    fmt,
    ops::ControlFlow,
    sync::{Arc, mpsc},
};

use crate::{encrypted::Blind, error::Error};

/// The direction of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Smallest key first.
    Forward,
    /// Greatest key first.
    Reverse,
}

/// What a scan calls with every key and value, until it breaks.
pub type Each<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

/// A consistent state of the store: no commit becomes visible while a view is held.
pub trait View {
    /// The value under `key`.
    ///
    /// # Errors
    /// When the disk or the bytes fail.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error>;

    /// Calls `each` for every pair with `start <= key < end`, in `order`, until it breaks.
    ///
    /// # Errors
    /// When the disk or the bytes fail. A pair that can't be read is an error, never left out.
    fn scan(&self, start: &[u8], end: &[u8], order: Order, each: Each<'_>) -> Result<(), Error>;
}

/// A view that sees its own writes and those of earlier work in the same group.
pub trait Transaction: View {
    /// Writes `value` under `key`.
    fn put(&mut self, key: Vec<u8>, value: Vec<u8>);
    /// Removes `key`.
    fn delete(&mut self, key: Vec<u8>);
    /// The transaction as a plain view.
    fn view(&self) -> &dyn View;
}

/// The work decided not to write anything; why, it keeps to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abort;

/// One unit of work for the writer. `run` may be called more than once (a serialisation conflict on a
/// shared database), so it must have no effect but through the transaction and its own fields.
pub trait Work: Send {
    /// Reads and writes. An `Err` throws away what this work wrote and nothing else.
    ///
    /// # Errors
    /// [`Abort`] when nothing shall be written.
    fn run(&mut self, transaction: &mut dyn Transaction) -> Result<(), Abort>;

    /// Called once, on the writer's thread: `Ok` after the write is durable (or after `run` aborted),
    /// `Err` when the store failed. Must not block.
    fn done(self: Box<Self>, outcome: Result<(), Error>);
}

/// A place that keeps one book.
pub trait Store: Send + Sync + fmt::Debug {
    /// Calls `reader` with a consistent view. Reads never wait for a commit's disk write.
    ///
    /// # Errors
    /// What opening the view can fail with; the reader keeps its own result.
    fn read(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error>;

    /// As [`Store::read`], for whoever looks for damage: a value that can't be opened is read as no bytes at all, so that
    /// whoever decodes it finds it damaged in its place, and goes on.
    ///
    /// # Errors
    /// What opening the view can fail with.
    fn inspect(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error> {
        self.read(reader)
    }

    /// Queues `work`. It is run after all work submitted earlier, and `done` once its group is on disk.
    fn submit(&self, work: Box<dyn Work>);

    /// Bytes on disk; 0 for a store in memory.
    fn size_on_disk(&self) -> u64;

    /// A word for messages: `sled`, `fjall`, `memory`.
    fn kind(&self) -> &'static str;

    /// Encrypts the book from now on, and what it holds already: a release asks for it. Returns when that is done. A book
    /// in memory leaves nothing to protect.
    ///
    /// # Errors
    /// [`Error::KeyMissing`] when the store was opened without a key, or when it fails.
    fn protect(&self) -> Result<(), Error> {
        Err(Error::KeyMissing)
    }

    /// Opens a copy of this book, in another place, as this one is opened: an encrypted one with the same key.
    ///
    /// # Errors
    /// When it was encrypted with another key, or fails.
    fn open_copy(&self, copy: Arc<dyn Store>) -> Result<Arc<dyn Store>, Error> {
        Ok(copy)
    }

    /// As [`Store::submit`], for work on the book as the disk has it, where what is encrypted stays so: a backup.
    fn submit_stored(&self, work: Box<dyn Work>) {
        self.submit(work);
    }

    /// The keyed hash for index keys of sensitive fields; `None` where nothing is encrypted.
    fn blind(&self) -> Option<Arc<Blind>> {
        None
    }
}

/// Calls `reader` with a consistent view and returns what it returns.
///
/// # Errors
/// When the view can't be opened or the reader fails.
pub fn read<T>(store: &dyn Store, reader: impl FnOnce(&dyn View) -> Result<T, Error>) -> Result<T, Error> {
    once(|each| store.read(each), reader)
}

/// As [`read`], by [`Store::inspect`].
///
/// # Errors
/// When the view can't be opened or the reader fails.
pub fn inspect<T>(store: &dyn Store, reader: impl FnOnce(&dyn View) -> Result<T, Error>) -> Result<T, Error> {
    once(|each| store.inspect(each), reader)
}

/// Opens a view, lets `reader` look at it, and returns what it returns.
fn once<T>(
    open: impl FnOnce(&mut dyn FnMut(&dyn View)) -> Result<(), Error>,
    reader: impl FnOnce(&dyn View) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut reader = Some(reader);
    let mut result = None;
    open(&mut |view| {
        if let Some(reader) = reader.take() {
            result = Some(reader(view));
        }
    })?;
    result.unwrap_or(Err(Error::Closed))
}

struct Closure<T, E, F, D> {
    run: F,
    result: Option<Result<T, E>>,
    done: D,
}

impl<T, E, F, D> Work for Closure<T, E, F, D>
where
    T: Send,
    E: Send,
    F: FnMut(&mut dyn Transaction) -> Result<T, E> + Send,
    D: FnOnce(Result<Result<T, E>, Error>) + Send,
{
    fn run(&mut self, transaction: &mut dyn Transaction) -> Result<(), Abort> {
        let result = (self.run)(transaction);
        let failed = result.is_err();
        self.result = Some(result);
        if failed { Err(Abort) } else { Ok(()) }
    }

    fn done(self: Box<Self>, outcome: Result<(), Error>) {
        let Self { result, done, .. } = *self;
        done(outcome.and_then(|()| result.ok_or(Error::Closed)));
    }
}

/// Queues a closure for the writer. `done` is called once, on the writer's thread, after the write is durable or the
/// closure refused; the outer error is the store's, the inner one the closure's own (nothing was written then). It
/// must not block.
pub fn submit<T, E, F, D>(store: &dyn Store, work: F, done: D)
where
    T: Send + 'static,
    E: Send + 'static,
    F: FnMut(&mut dyn Transaction) -> Result<T, E> + Send + 'static,
    D: FnOnce(Result<Result<T, E>, Error>) + Send + 'static,
{
    store.submit(Box::new(Closure { run: work, result: None, done }));
}

/// Runs `work` on the writer and waits until it is durable. For command lines and tests; servers [`submit`].
///
/// # Errors
/// The outer error is the store's, the inner one the closure's own (nothing was written then).
pub fn transact<T, E, F>(store: &dyn Store, work: F) -> Result<Result<T, E>, Error>
where
    T: Send + 'static,
    E: Send + 'static,
    F: FnMut(&mut dyn Transaction) -> Result<T, E> + Send + 'static,
{
    let (answer, wait) = mpsc::sync_channel(1);
    submit(store, work, move |result| {
        // The caller may have gone away; the work is done all the same.
        let _gone = answer.send(result);
    });
    wait.recv().unwrap_or(Err(Error::Closed))
}
