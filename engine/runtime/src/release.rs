//! A catalog bound to the names of one book.

use std::sync::Arc;

use formwork_catalog::{catalog::Catalog, object::Object};
use formwork_model::name::Name;
use formwork_store::{error::Error, symbols::Symbols};

use crate::calendar::Days;

/// A catalog and the numbers that this book's bytes use for its names.
#[derive(Debug, Clone)]
pub struct Release {
    /// The catalog.
    pub catalog: Arc<Catalog>,
    /// The numbers.
    pub symbols: Symbols,
    /// Calendars with the days that lie in records, as they were read last.
    pub(crate) days: Arc<Days>,
}

impl Release {
    /// The catalog with the numbers of a book.
    pub fn new(catalog: Arc<Catalog>, symbols: Symbols) -> Self {
        Self { catalog, symbols, days: Arc::default() }
    }
}

impl Release {
    /// The number of an object, index, unique key or ledger in keys.
    ///
    /// # Errors
    /// When the name was never given a number: a book with more than 65,535 names.
    pub fn number(&self, name: Name) -> Result<u16, Error> {
        self.symbols
            .number(name)
            .and_then(|number| u16::try_from(number).ok())
            .ok_or_else(|| Error::Damaged(format!("{name} has no number in this book")))
    }

    /// The object whose records have this number in keys; `None` when this release does not have it.
    pub fn object_of(&self, table: u16) -> Option<Name> {
        self.symbols.name(u32::from(table)).filter(|name| self.catalog.object(*name).is_some())
    }

    /// The name with this number in keys.
    pub fn name_of(&self, number: u16) -> Option<Name> {
        self.symbols.name(u32::from(number))
    }

    /// The object, which the catalog is known to have.
    ///
    /// # Errors
    /// When it does not: a record of an object that a later release removed.
    pub fn object(&self, name: Name) -> Result<&Arc<Object>, Error> {
        self.catalog.object(name).ok_or_else(|| Error::Damaged(format!("object {name} is not in this release")))
    }
}
