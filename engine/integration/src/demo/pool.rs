//! The records of an object that were made so far, and whose they are.

use std::{collections::HashMap, sync::Arc};

use formwork_model::{name::Name, record::Record, value::Value};

/// The records of one object, in order of creation.
#[derive(Debug, Default)]
pub(super) struct Pool {
    records: Vec<Record>,
    /// The owner field, and of each login which records are theirs, in order; from the first time that somebody asks.
    owned: Option<(Name, HashMap<Arc<str>, Vec<usize>>)>,
}

impl Pool {
    /// All of them.
    pub(super) fn all(&self) -> &[Record] {
        &self.records
    }

    /// One more; answers its place.
    pub(super) fn push(&mut self, record: Record) -> usize {
        let place = self.records.len();
        if let Some((field, owned)) = &mut self.owned {
            note(owned, *field, place, &record);
        }
        self.records.push(record);
        place
    }

    /// Another version of the one in this place.
    pub(super) fn replace(&mut self, place: usize, record: Record) {
        let Some(old) = self.records.get_mut(place) else { return };
        let old = std::mem::replace(old, record);
        let (Some((field, owned)), Some(new)) = (&mut self.owned, self.records.get(place)) else { return };
        if old.fields.get(*field) == new.fields.get(*field) {
            return;
        }
        if let Value::Text(login) = old.fields.get(*field)
            && let Some(places) = owned.get_mut(login)
        {
            places.retain(|known| *known != place);
        }
        note(owned, *field, place, new);
    }

    /// The places of those whose `field` is `login`.
    pub(super) fn of_owner(&mut self, field: Name, login: &str) -> &[usize] {
        let records = &self.records;
        let index = || {
            let mut owned = HashMap::new();
            records.iter().enumerate().for_each(|(place, record)| note(&mut owned, field, place, record));
            (field, owned)
        };
        let (_, owned) = self.owned.get_or_insert_with(index);
        owned.get(login).map(Vec::as_slice).unwrap_or_default()
    }
}

fn note(owned: &mut HashMap<Arc<str>, Vec<usize>>, field: Name, place: usize, record: &Record) {
    if let Value::Text(login) = record.fields.get(field) {
        let places = owned.entry(login.clone()).or_default();
        let at = places.partition_point(|known| *known < place);
        places.insert(at, place);
    }
}
