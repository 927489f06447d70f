//! A book in memory over a common beginning, whose work is done by the thread that hands it in: for a caller who goes
//! step by step and would only wait for a writer's thread.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use super::{
    group::{Group, Writes, scan_over},
    writer::finish,
};
use crate::{
    backend::memory::Memory,
    error::Error,
    store::{Each, Order, Store, View, Work},
};

/// What a book held at some time. Cheap to clone; any number of books can go on from it.
#[derive(Debug, Clone)]
pub struct Frozen(Arc<Memory>);

impl Frozen {
    /// What `view` shows.
    ///
    /// # Errors
    /// When the view can't be read.
    pub fn of(view: &dyn View) -> Result<Self, Error> {
        Ok(Self(Arc::new(Memory::of(view)?)))
    }
}

/// A [`Store`] in memory without a thread of its own: a frozen book, and what was written since.
#[derive(Debug)]
pub struct Inline {
    base: Frozen,
    own: RwLock<Writes>,
    /// One work at a time.
    turn: Mutex<()>,
}

/// Both together, while nothing is written.
struct Both<'a> {
    base: &'a Memory,
    own: &'a Writes,
}

impl View for Both<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.own.get(key).map_or_else(|| self.base.get(key), |value| Ok(value.clone()))
    }

    fn scan(&self, start: &[u8], end: &[u8], order: Order, each: Each<'_>) -> Result<(), Error> {
        scan_over(self.base, (start, end), order, self.own, each)
    }
}

impl Inline {
    /// Goes on from `base`.
    pub fn from(base: &Frozen) -> Self {
        Self { base: base.clone(), own: RwLock::new(BTreeMap::new()), turn: Mutex::new(()) }
    }

    fn with<T>(&self, read: impl FnOnce(&Both<'_>) -> T) -> T {
        let own = self.own.read().unwrap_or_else(PoisonError::into_inner);
        read(&Both { base: &self.base.0, own: &own })
    }

    fn run(&self, work: &mut dyn Work) -> Result<(), Error> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let (outcome, batch) = self.with(|both| {
            let mut group = Group::new(both);
            (group.run(work), group.into_batch())
        });
        if let Some(batch) = batch {
            self.own.write().unwrap_or_else(PoisonError::into_inner).extend(batch.0);
        }
        outcome
    }
}

impl Store for Inline {
    fn read(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error> {
        self.with(|both| reader(both));
        Ok(())
    }

    fn submit(&self, mut work: Box<dyn Work>) {
        let outcome = self.run(&mut *work);
        // Whoever is told may hand in more work.
        finish(work, outcome);
    }

    fn size_on_disk(&self) -> u64 {
        0
    }

    fn kind(&self) -> &'static str {
        "memory"
    }

    fn protect(&self) -> Result<(), Error> {
        Ok(())
    }
}
