//! What somebody was shown of sensitive fields, gathered for the audit log: one entry for a request, however much of it was
//! a list.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use formwork_catalog::{object::Object, role::Seen};
use formwork_model::{id::RecordId, name::Name, record::Record};

use super::Sight;
use crate::decider::{Decider, Key};

/// Of one object, what was shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// The records.
    pub ids: BTreeSet<RecordId>,
    /// Their fields.
    pub fields: BTreeSet<&'static str>,
}

/// What an actor was shown of sensitive fields so far, by object. All copies of one actor gather in one place.
#[derive(Debug, Clone, Default)]
pub struct Readings(Option<Arc<Mutex<BTreeMap<&'static str, Read>>>>);

impl PartialEq for Readings {
    /// Who somebody is does not depend on what they were shown.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Readings {
    /// Gathers from now on.
    pub(crate) fn begin() -> Self {
        Self(Some(Arc::default()))
    }

    /// What was gathered since the last call.
    pub fn take(&self) -> BTreeMap<&'static str, Read> {
        let Some(kept) = &self.0 else { return BTreeMap::new() };
        std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, key: Key, fields: impl Iterator<Item = Name>) {
        let Some(kept) = &self.0 else { return };
        let mut fields = fields.peekable();
        if fields.peek().is_none() {
            return;
        }
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let read = kept.entry(key.0.as_str()).or_default();
        read.ids.insert(key.1);
        read.fields.extend(fields.map(Name::as_str));
    }
}

impl Decider<'_> {
    /// Notes the sensitive fields of a record that the actor is shown in full, where they hold something.
    pub(crate) fn note_shown(&self, object: &Object, sight: &Sight, record: &Record) {
        let shown = object
            .sensitive()
            .map(|field| field.name)
            .filter(|name| sight.seen(*name) == Seen::Full && !record.fields.get(*name).is_empty());
        self.command.actor.readings.note((record.object, record.id), shown);
    }

    /// Notes that the actor is shown fields of a record, as far as they are sensitive.
    pub(crate) fn note_read(&self, key: Key, fields: impl Iterator<Item = Name>) {
        if let Ok(object) = self.object(key.0) {
            self.command.actor.readings.note(key, fields.filter(|field| object.is_sensitive(*field)));
        }
    }
}
