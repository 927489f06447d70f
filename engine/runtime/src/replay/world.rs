//! A state of a book in memory that one thread reads and writes.

use std::{collections::BTreeMap, ops::Bound};

use formwork_store::{
    error::Error,
    store::{Each, Order, Transaction, View},
};

use crate::write::Writes;

/// Every key and its value.
#[derive(Debug, Clone, Default)]
pub struct World {
    map: BTreeMap<Vec<u8>, Vec<u8>>,
    /// What was written since it was asked for last, when somebody asks at all.
    log: Option<Writes>,
    /// The kind of key, by its first byte, whose values nobody will read.
    forgets: Option<u8>,
}

impl World {
    pub(crate) fn insert(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.map.insert(key, value);
    }

    /// Keeps no values of keys of this kind from now on.
    pub(crate) fn forget(&mut self, kind: formwork_store::key::KeyKind) {
        self.forgets = Some(kind.number());
    }

    /// Writes what a command came to.
    pub fn apply(&mut self, writes: &[(Vec<u8>, Option<Vec<u8>>)]) {
        for (key, value) in writes {
            match value {
                Some(value) => self.put(key.clone(), value.clone()),
                None => self.delete(key.clone()),
            }
        }
    }

    /// Begins to note what is written.
    pub(crate) fn note(&mut self) {
        self.log = Some(Vec::new());
    }

    /// What was written since the last call, when it is noted.
    pub(crate) fn noted(&mut self) -> Writes {
        self.log.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Every key and value, in the order of the keys.
    pub fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.map.iter().map(|(key, value)| (key.as_slice(), value.as_slice()))
    }
}

impl View for World {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.map.get(key).cloned())
    }

    fn scan(&self, start: &[u8], end: &[u8], order: Order, each: Each<'_>) -> Result<(), Error> {
        if start >= end {
            return Ok(());
        }
        let mut pairs = self.map.range::<[u8], _>((Bound::Included(start), Bound::Excluded(end)));
        loop {
            let pair = if order == Order::Forward { pairs.next() } else { pairs.next_back() };
            match pair {
                Some((key, value)) if each(key, value).is_continue() => {}
                _ => return Ok(()),
            }
        }
    }
}

impl Transaction for World {
    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        if let Some(log) = &mut self.log {
            log.push((key.clone(), Some(value.clone())));
        }
        if key.first().copied() != self.forgets || self.forgets.is_none() {
            self.map.insert(key, value);
        }
    }

    fn delete(&mut self, key: Vec<u8>) {
        self.map.remove(&key);
        if let Some(log) = &mut self.log {
            log.push((key, None));
        }
    }

    fn view(&self) -> &dyn View {
        self
    }
}
