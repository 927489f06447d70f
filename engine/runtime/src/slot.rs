//! A record as the command found it and as it is now.

use std::sync::Arc;

use formwork_model::record::{Fields, Record};

/// One record that the command read or changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slot {
    /// As it is stored.
    before: Option<Arc<Record>>,
    /// As it is now; meaningful only when `changed`.
    now: Option<Arc<Record>>,
    /// Whether the command touched it.
    changed: bool,
    /// The release that decides it, when that is not the live one.
    pub(crate) pin: Option<Arc<str>>,
    /// Whether rules and computed values have to look at it again.
    pub(crate) dirty: bool,
    /// Whether the rules for its creation or update have fired.
    pub(crate) announced: bool,
    /// Its values when rules last looked; `None` until then.
    pub(crate) settled: Option<Fields>,
    /// The record as roll-ups last counted it; the outer `None` means as stored.
    pub(crate) fed: Option<Option<Arc<Record>>>,
}

impl Slot {
    /// A record as it is stored; `None` when there is none.
    pub(crate) fn stored(before: Option<Record>, pin: Option<Arc<str>>) -> Self {
        Self { before: before.map(Arc::new), pin, ..Self::default() }
    }

    /// A record that begins to exist.
    pub(crate) fn created(record: Record) -> Self {
        Self { now: Some(Arc::new(record)), changed: true, dirty: true, ..Self::default() }
    }

    /// As it is stored.
    pub(crate) fn before(&self) -> Option<&Record> {
        self.before.as_deref()
    }

    /// As it is now.
    pub(crate) fn current(&self) -> Option<&Record> {
        self.shared().map(|record| &**record)
    }

    /// As it is now, to be kept while other records are looked at.
    pub(crate) fn shared(&self) -> Option<&Arc<Record>> {
        if self.changed { self.now.as_ref() } else { self.before.as_ref() }
    }

    /// As it is stored, to be kept.
    pub(crate) fn shared_before(&self) -> Option<&Arc<Record>> {
        self.before.as_ref()
    }

    /// As it is now, for changing: copied only where somebody else still holds it.
    pub(crate) fn change(&mut self) -> Option<&mut Record> {
        if !self.changed {
            self.now.clone_from(&self.before);
            self.changed = true;
        }
        self.now.as_mut().map(Arc::make_mut)
    }

    /// It ceases to exist.
    pub(crate) fn delete(&mut self) {
        self.changed = true;
        self.now = None;
        self.dirty = true;
    }

    /// Whether the command touched it.
    pub(crate) fn is_changed(&self) -> bool {
        self.changed
    }

    /// Whether the command created it.
    pub(crate) fn is_new(&self) -> bool {
        self.before.is_none()
    }

    /// The values rules compare with: those they saw last, else the stored ones.
    pub(crate) fn known(&self) -> Option<&Fields> {
        self.settled.as_ref().or(self.before.as_ref().map(|record| &record.fields))
    }
}
