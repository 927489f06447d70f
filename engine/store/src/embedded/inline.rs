//! A copy of a book in memory whose work is done by the thread that hands it in: for one caller who goes step by step
//! and would only wait for a writer's thread.

use std::sync::{Mutex, PoisonError};

use super::{group::Group, writer::finish};
use crate::{
    backend::{Backend, memory::Memory},
    error::Error,
    store::{Store, View, Work},
};

/// A [`Store`] in memory without a thread of its own.
#[derive(Debug)]
pub struct Inline {
    backend: Memory,
    /// One work at a time.
    turn: Mutex<()>,
}

impl Inline {
    /// What `view` shows, which goes its own way from there.
    ///
    /// # Errors
    /// When the view can't be read.
    pub fn of(view: &dyn View) -> Result<Self, Error> {
        Ok(Self { backend: Memory::of(view)?, turn: Mutex::new(()) })
    }

    fn run(&self, work: &mut dyn Work) -> Result<(), Error> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut group = Group::new(&self.backend);
        let outcome = group.run(work);
        group.into_batch().map_or(Ok(()), |batch| self.backend.apply(batch)).and(outcome)
    }
}

impl Store for Inline {
    fn read(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error> {
        self.backend.snapshot(reader)
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
        self.backend.kind()
    }
}
