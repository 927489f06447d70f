//! Where a test's book lives, and short words for what tests do with it.

use std::{convert::Infallible, ops::ControlFlow, path::Path};

use formwork_store::{
    backend::Kind,
    embedded::Embedded,
    error::Error,
    store::{Order, Store, Transaction, View, read, transact},
};
use tempfile::TempDir;

/// A place for one book; `None` is memory.
pub(crate) struct Site {
    pub(crate) kind: Option<Kind>,
    folder: TempDir,
}

pub(crate) type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

impl Site {
    pub(crate) fn new(kind: Option<Kind>) -> Self {
        Self { kind, folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn open(&self) -> Embedded {
        match self.kind {
            None => Embedded::memory().unwrap(),
            Some(kind) => Embedded::open(self.path(), Some(kind)).unwrap(),
        }
    }
}

/// Makes a test of each function for each store.
macro_rules! on_every_store {
    ($($test:ident),+ $(,)?) => {
        mod memory { $(#[test] fn $test() { super::$test(&crate::site::Site::new(None)); })+ }
        $crate::site::on_every_disk!($($test),+);
    };
}

/// Makes a test of each function for each store that outlives the process.
macro_rules! on_every_disk {
    ($($test:ident),+ $(,)?) => {
        mod sled { $(#[test] fn $test() { super::$test(&crate::site::Site::new(Some(formwork_store::backend::Kind::Sled))); })+ }
        mod fjall { $(#[test] fn $test() { super::$test(&crate::site::Site::new(Some(formwork_store::backend::Kind::Fjall))); })+ }
    };
}

pub(crate) use {on_every_disk, on_every_store};

/// Runs `work` and waits until it is durable.
pub(crate) fn write(store: &dyn Store, mut work: impl FnMut(&mut dyn Transaction) + Send + 'static) {
    let done: Result<(), Infallible> = transact(store, move |txn| {
        work(txn);
        Ok(())
    })
    .unwrap();
    done.unwrap();
}

pub(crate) fn put(store: &dyn Store, key: &str, value: &str) {
    let (key, value) = (key.as_bytes().to_vec(), value.as_bytes().to_vec());
    write(store, move |txn| txn.put(key.clone(), value.clone()));
}

pub(crate) fn get(store: &dyn Store, key: &str) -> Option<String> {
    let value = read(store, |view| view.get(key.as_bytes())).unwrap();
    value.map(|bytes| String::from_utf8(bytes).unwrap())
}

/// Every pair from `start` to `end`, as the view gives them.
pub(crate) fn pairs_of(view: &dyn View, start: &[u8], end: &[u8], order: Order) -> Result<Pairs, Error> {
    let mut pairs = Vec::new();
    view.scan(start, end, order, &mut |key, value| {
        pairs.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    })?;
    Ok(pairs)
}

/// Every pair of the book.
pub(crate) fn everything(store: &dyn Store) -> Pairs {
    read(store, |view| pairs_of(view, &[], &[255], Order::Forward)).unwrap()
}
