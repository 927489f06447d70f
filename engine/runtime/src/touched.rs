//! What decisions asked of the definitions, so that it is known which an edit can change.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use formwork_model::name::Name;

/// What was asked of the definitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Touched {
    /// Objects of which a record was begun, also where it was refused.
    pub(crate) objects: BTreeSet<Name>,
    /// Tables that were evaluated.
    pub(crate) tables: BTreeSet<Name>,
    /// Files, by their number, of which an expression or script ran.
    pub(crate) files: BTreeSet<u32>,
}

impl Touched {
    /// Takes what another one knows.
    pub(crate) fn add(&mut self, other: Self) {
        self.objects.extend(other.objects);
        self.tables.extend(other.tables);
        self.files.extend(other.files);
    }
}

/// Where deciders note it.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<Touched>);

impl Notes {
    /// Notes something.
    pub(crate) fn note(&self, note: impl FnOnce(&mut Touched)) {
        note(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What was noted since the last time.
    pub(crate) fn take(&self) -> Touched {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
