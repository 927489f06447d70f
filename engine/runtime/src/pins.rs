//! Which release decides what: a submitted record stays on the one it was submitted under.
//!
//! What belongs to one record follows its pin: its definition, defaults, computed values, checks, rules, forms, the
//! tables and scripts these name, its flows and their conditions, and settings. What belongs to all records together
//! follows the release that is live: indexes, unique keys, roll-ups, references and what deleting does to them,
//! ledgers, numbering, the zone and calendars; otherwise one list, sum or balance would be kept in two ways.

use std::{cell::OnceCell, sync::Arc};

use formwork_catalog::{catalog::Catalog, object::Object, source::Program};
use formwork_model::{
    name::Name,
    text::{Language, Text},
};
use formwork_script::{failure::Failure, sandbox::Sandbox};

use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

/// The releases one command has needed so far. Only grows, so that what is borrowed from it stays.
#[derive(Debug, Default)]
pub(crate) struct Needed(OnceCell<Box<Link>>);

#[derive(Debug)]
struct Link {
    catalog: Arc<Catalog>,
    next: Needed,
}

impl Needed {
    fn iter(&self) -> impl Iterator<Item = &Arc<Catalog>> {
        let mut at = self;
        std::iter::from_fn(move || {
            let link = at.0.get()?;
            at = &link.next;
            Some(&link.catalog)
        })
    }

    fn push(&self, catalog: Arc<Catalog>) -> &Arc<Catalog> {
        match self.0.get() {
            Some(link) => link.next.push(catalog),
            None => &self.0.get_or_init(|| Box::new(Link { catalog, next: Self::default() })).catalog,
        }
    }
}

/// Whose program runs: 0 is the live release, the others are counted from 1 as they were needed.
pub(crate) type Home = usize;

impl Decider<'_> {
    /// The release that decides the record, from its state before this command.
    pub(crate) fn catalog_of(&self, key: Key) -> Result<&Catalog, Refusal> {
        self.load(key)?;
        let pin = match self.slots.borrow().get(&key).and_then(|slot| slot.pin.as_ref()) {
            None => return Ok(self.catalog()),
            Some(pin) => pin.clone(),
        };
        Ok(self.kept_release(&pin)?)
    }

    /// A kept release.
    pub(crate) fn kept_release(&self, hash: &str) -> Result<&Arc<Catalog>, Refusal> {
        if *hash == *self.release.catalog.release {
            return Ok(&self.release.catalog);
        }
        match self.needed.iter().find(|known| &*known.release == hash) {
            Some(known) => Ok(known),
            None => Ok(self.needed.push(self.release.kept.get(self.view, hash)?)),
        }
    }

    /// The definition of the record, as the release that decides it has it.
    pub(crate) fn object_of(&self, key: Key) -> Result<&Arc<Object>, Refusal> {
        match self.catalog_of(key)?.object(key.0) {
            Some(object) => Ok(object),
            None => self.object(key.0),
        }
    }

    /// The object of a release before, when the live one has none of that name.
    pub(crate) fn earlier_object(&self, name: Name) -> Option<&Arc<Object>> {
        self.needed.iter().find_map(|catalog| catalog.object(name))
    }

    /// The live release, then those that were needed.
    pub(crate) fn catalogs(&self) -> impl Iterator<Item = &Arc<Catalog>> {
        std::iter::once(&self.release.catalog).chain(self.needed.iter())
    }

    /// The release whose program runs; outside of programs the live one.
    pub(crate) fn running(&self) -> &Catalog {
        self.catalogs().nth(self.running.get()).map_or(self.catalog(), AsRef::as_ref)
    }

    /// Runs a program in the sandbox it was compiled for; what it asks for is answered by its own release, and is
    /// `limited` to what the actor may see and do.
    pub(crate) fn run_program<T>(
        &self,
        program: &Program,
        limited: bool,
        run: impl FnOnce(&Sandbox) -> Result<T, Failure>,
    ) -> Result<T, Refusal> {
        self.release.touch(|touched| _ = touched.files.insert(program.origin.span().source));
        let active = &self.release.catalog;
        let home = if active.sandbox.compiled(program) {
            0
        } else {
            self.catalogs().position(|catalog| catalog.sandbox.compiled(program)).unwrap_or(0)
        };
        let (outside, limits) = (self.running.replace(home), self.limited.replace(limited));
        let result = run(&self.running().sandbox);
        let catalog = self.running();
        self.running.set(outside);
        self.limited.set(limits);
        Ok(result.map_err(|failure| if home == 0 { failure } else { placed(failure, catalog) })?)
    }
}

/// A place in another release than the live one is said in words: whoever shows it looks into the live files.
fn placed(mut failure: Failure, catalog: &Catalog) -> Failure {
    if let Some(at) = failure.at.take() {
        let (at, release) = (catalog.sources.locate(at), &catalog.release);
        let words = |language| format!("{} ({at}, {release})", failure.message.get(language));
        failure.message = Text { en: words(Language::En), zh: words(Language::Zh) };
    }
    failure
}
