//! The records of an object that were made so far, and whose they are.

use std::{collections::HashMap, sync::Arc};

use formwork_model::{name::Name, record::Record, value::Value};

/// The records of one object, in order of creation.
#[derive(Debug, Default)]
pub(super) struct Pool {
    records: Vec<Record>,
    /// Whose they are; from the first time that somebody asks.
    owned: Option<Owned>,
}

/// Which records are whose.
#[derive(Debug)]
struct Owned {
    /// The owner field.
    field: Name,
    /// The places of each owner's records, in order.
    places: HashMap<Arc<str>, Vec<usize>>,
}

impl Owned {
    fn note(&mut self, place: usize, record: &Record) {
        if let Value::Text(login) = record.fields.get(self.field) {
            let places = self.places.entry(login.clone()).or_default();
            let at = places.partition_point(|known| *known < place);
            places.insert(at, place);
        }
    }

    fn forget(&mut self, place: usize, record: &Record) {
        if let Value::Text(login) = record.fields.get(self.field)
            && let Some(places) = self.places.get_mut(login)
        {
            places.retain(|known| *known != place);
        }
    }
}

impl Pool {
    /// All of them.
    pub(super) fn all(&self) -> &[Record] {
        &self.records
    }

    /// One more; answers its place.
    pub(super) fn push(&mut self, record: Record) -> usize {
        let place = self.records.len();
        if let Some(owned) = &mut self.owned {
            owned.note(place, &record);
        }
        self.records.push(record);
        place
    }

    /// Another version of the one in this place.
    pub(super) fn replace(&mut self, place: usize, record: Record) {
        let Some(old) = self.records.get_mut(place) else { return };
        if let Some(owned) =
            self.owned.as_mut().filter(|owned| old.fields.get(owned.field) != record.fields.get(owned.field))
        {
            owned.forget(place, old);
            owned.note(place, &record);
        }
        *old = record;
    }

    /// The places of those whose `field` is `login`.
    pub(super) fn of_owner(&mut self, field: Name, login: &str) -> &[usize] {
        let records = &self.records;
        let owned = self.owned.get_or_insert_with(|| {
            let mut owned = Owned { field, places: HashMap::new() };
            records.iter().enumerate().for_each(|(place, record)| owned.note(place, record));
            owned
        });
        owned.places.get(login).map(Vec::as_slice).unwrap_or_default()
    }
}
