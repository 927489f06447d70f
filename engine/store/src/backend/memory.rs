//! A store in memory: for scenarios, previews and tests.

use std::{
    collections::BTreeMap,
    ops::{Bound, ControlFlow},
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

use super::{Backend, Batch};
use crate::{
    error::Error,
    store::{Each, Order, View},
};

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// A map behind a lock.
#[derive(Debug, Default)]
pub struct Memory(RwLock<Map>);

struct Snapshot<'a>(&'a Map);

impl View for Snapshot<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.0.get(key).cloned())
    }

    fn scan(&self, start: &[u8], end: &[u8], order: Order, each: Each<'_>) -> Result<(), Error> {
        if start >= end {
            return Ok(());
        }
        let mut pairs = self.0.range::<[u8], _>((Bound::Included(start), Bound::Excluded(end)));
        loop {
            let pair = if order == Order::Forward { pairs.next() } else { pairs.next_back() };
            match pair {
                Some((key, value)) if each(key, value).is_continue() => {}
                _ => return Ok(()),
            }
        }
    }
}

impl Memory {
    /// What `view` shows.
    pub(crate) fn of(view: &dyn View) -> Result<Self, Error> {
        let mut map = Map::new();
        view.scan(&[], &[u8::MAX], Order::Forward, &mut |key, value| {
            map.insert(key.to_vec(), value.to_vec());
            ControlFlow::Continue(())
        })?;
        Ok(Self(RwLock::new(map)))
    }

    fn map(&self) -> RwLockReadGuard<'_, Map> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl View for Memory {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Snapshot(&self.map()).get(key)
    }

    fn scan(&self, start: &[u8], end: &[u8], order: Order, each: Each<'_>) -> Result<(), Error> {
        Snapshot(&self.map()).scan(start, end, order, each)
    }
}

impl Backend for Memory {
    fn apply(&self, batch: Batch) -> Result<(), Error> {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in batch.0 {
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), Error> {
        Ok(())
    }

    fn snapshot(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error> {
        reader(&Snapshot(&self.map()));
        Ok(())
    }

    fn size_on_disk(&self) -> u64 {
        0
    }

    fn kind(&self) -> &'static str {
        "memory"
    }
}
