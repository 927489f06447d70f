//! A catalog bound to the names of one book, and the releases before it that something still runs by.

mod kept;

use std::sync::Arc;

use formwork_catalog::{catalog::Catalog, object::Object};
use formwork_model::{name::Name, record::Record};
use formwork_store::{encrypted::Blind, error::Error, symbols::Symbols};

pub(crate) use kept::unknown;
pub use kept::{Kept, read};

use crate::{
    access::Actors,
    calendar::Days,
    schedule::Runs,
    touched::{Notes, Touched},
};

/// A catalog and the numbers that this book's bytes use for its names.
#[derive(Debug, Clone)]
pub struct Release {
    /// The catalog.
    pub catalog: Arc<Catalog>,
    /// The numbers.
    pub symbols: Symbols,
    /// Releases before this one, compiled when they are needed.
    pub kept: Kept,
    /// Whether submitted instances stay on their release. Only a replay that asks what another release would have
    /// done says no.
    pub follow_pins: bool,
    /// Whether scripts may run out of time, not only of steps. Only scenarios say no.
    pub timed: bool,
    /// Whether an object has a sensitive field.
    pub sensitive: bool,
    /// Whether records need not be valid. Only a replay of an entry from which something was erased says so.
    pub lenient: bool,
    /// What hides the values of sensitive fields in keys; `None` where nothing is encrypted.
    pub blind: Option<Arc<Blind>>,
    /// Calendars with the days that lie in records, as they were read last.
    pub(crate) days: Arc<Days>,
    /// The next runs of schedules that no calendar moves.
    pub(crate) runs: Arc<Runs>,
    /// What was found out about actors.
    pub(crate) actors: Arc<Actors>,
    /// Where it is noted what decisions ask of the definitions. Only scenarios want to know.
    pub(crate) touched: Option<Arc<Notes>>,
}

impl Release {
    /// The catalog with the numbers of a book.
    pub fn new(catalog: Arc<Catalog>, symbols: Symbols) -> Self {
        Self {
            sensitive: catalog.is_sensitive(),
            catalog,
            symbols,
            kept: Kept::default(),
            follow_pins: true,
            timed: true,
            lenient: false,
            blind: None,
            days: Arc::default(),
            runs: Arc::default(),
            actors: Arc::default(),
            touched: None,
        }
    }
}

impl Release {
    /// The same for a copy of the book: what was found out in one says nothing of the other.
    pub(crate) fn for_another_book(&self) -> Self {
        Self {
            days: Arc::default(),
            runs: Arc::new(self.runs.copied()),
            actors: Arc::default(),
            touched: self.touched.as_ref().map(|_| Arc::default()),
            ..self.clone()
        }
    }

    /// Notes what is asked of the definitions, for those who want to know.
    pub(crate) fn touch(&self, note: impl FnOnce(&mut Touched)) {
        if let Some(notes) = &self.touched {
            notes.note(note);
        }
    }

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

    /// The other release that decides a record, if there is one: its definition, rules, forms, tables, flows and
    /// scripts are those of that release.
    pub fn pin<'r>(&self, record: &'r Record) -> Option<&'r str> {
        if !self.follow_pins {
            return None;
        }
        pin(record, &self.catalog)
    }
}

/// The release a record is pinned to, when `newest` is another one.
///
/// A record with a submitted instance is pinned to the release it was submitted under, until its last such instance
/// ends. One that has only drafts follows the newest release; should that no longer have the node a draft stands on,
/// it stays on the last one that has. All live instances of a record share its release: a flow that starts on a pinned
/// record starts under the same release.
pub fn pin<'r>(record: &'r Record, newest: &Catalog) -> Option<&'r str> {
    let live = || record.flows.iter().filter(|instance| instance.is_live());
    let other = |release: &'r str| (*release != *newest.release).then_some(release);
    if let Some(pinned) = live().find(|instance| !instance.draft) {
        return other(&pinned.release);
    }
    let fits = |instance: &formwork_model::instance::Instance| {
        newest.flows.get(&instance.flow).is_some_and(|flow| {
            flow.object == record.object && instance.tokens.iter().all(|token| flow.node(token.node).is_some())
        })
    };
    live().find(|instance| !fits(instance)).and_then(|instance| other(&instance.release))
}
