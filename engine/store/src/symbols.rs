//! Numbers for names: a book writes `7` where a definition says `expected_close`.
//!
//! The table only grows. A number, once durable, means the same name for ever.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    ops::ControlFlow,
    sync::Arc,
};

use formwork_model::name::Name;

use crate::{
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::{Order, Transaction, View},
};

/// The names of one book and their numbers. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Symbols(Arc<Tables>);

#[derive(Debug, Clone, Default)]
struct Tables {
    numbers: HashMap<Name, u32, BuildHasherDefault<AddressHasher>>,
    names: Vec<Name>,
}

/// Names hash as their address, which only needs spreading.
#[derive(Debug, Clone, Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }
    fn write_usize(&mut self, address: usize) {
        self.0 = (self.0.rotate_left(5) ^ address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    }
}

fn key(number: u32) -> Vec<u8> {
    Key::new(KeyKind::Symbol).u32(number).into_vec()
}

impl Tables {
    fn push(&mut self, name: Name) {
        self.numbers.insert(name, self.names.len() as u32);
        self.names.push(name);
    }

    /// Adds what the store has from number `names.len()` on.
    fn read_on(&mut self, view: &dyn View) -> Result<(), Error> {
        let end = Key::prefix_end(&[KeyKind::Symbol.number()]);
        let mut problem = None;
        view.scan(&key(self.names.len() as u32), &end, Order::Forward, &mut |key, value| {
            let number = KeyReader::new(key, KeyKind::Symbol).and_then(|mut reader| reader.u32());
            let name = std::str::from_utf8(value).ok().and_then(|text| Name::new(text).ok());
            match (number, name) {
                (Ok(number), Some(name))
                    if number as usize == self.names.len() && !self.numbers.contains_key(&name) =>
                {
                    self.push(name);
                    ControlFlow::Continue(())
                }
                _ => {
                    problem = Some(Error::Damaged(format!("name number {} can't be read", self.names.len())));
                    ControlFlow::Break(())
                }
            }
        })?;
        problem.map_or(Ok(()), Err)
    }
}

impl Symbols {
    /// Reads the whole table.
    ///
    /// # Errors
    /// When the store fails or the table is damaged.
    pub fn load(view: &dyn View) -> Result<Self, Error> {
        let mut tables = Tables::default();
        tables.read_on(view)?;
        Ok(Self(Arc::new(tables)))
    }

    /// Whether any of `names` has no number yet.
    pub fn missing(&self, mut names: impl Iterator<Item = Name>) -> bool {
        names.any(|name| !self.0.numbers.contains_key(&name))
    }

    /// Gives every name of `names` a number and returns the larger table. First catches up with what earlier
    /// work of the same group added, so two works never give one number to two names.
    ///
    /// Keep the result only when the work has become durable: an aborted work's numbers are given again.
    ///
    /// # Errors
    /// When the store fails, or this table holds numbers that never became durable.
    pub fn extend(&self, txn: &mut dyn Transaction, names: impl Iterator<Item = Name>) -> Result<Self, Error> {
        if let Some(last) = self.0.names.last() {
            let stored = txn.get(&key(self.0.names.len() as u32 - 1))?;
            if stored.as_deref() != Some(last.as_str().as_bytes()) {
                return Err(Error::Fault("the table of names is ahead of the store".into()));
            }
        }
        let mut tables = (*self.0).clone();
        tables.read_on(txn.view())?;
        for name in names {
            if !tables.numbers.contains_key(&name) {
                txn.put(key(tables.names.len() as u32), name.as_str().as_bytes().to_vec());
                tables.push(name);
            }
        }
        Ok(Self(Arc::new(tables)))
    }

    /// The number of `name`, if it has one.
    pub fn number(&self, name: Name) -> Option<u32> {
        self.0.numbers.get(&name).copied()
    }

    /// The name with this number.
    pub fn name(&self, number: u32) -> Option<Name> {
        self.0.names.get(number as usize).copied()
    }

    /// How many names have numbers.
    pub fn len(&self) -> usize {
        self.0.names.len()
    }

    /// Whether no name has a number yet.
    pub fn is_empty(&self) -> bool {
        self.0.names.is_empty()
    }
}
