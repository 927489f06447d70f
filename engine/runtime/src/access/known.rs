//! What is known about whoever asks, kept as long as the directory says the same.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use formwork_model::name::Name;
use formwork_store::table::meta;
use jiff::civil::Date;

use super::{Access, Granted, Held};
use crate::{command::SYSTEM, decider::Decider, directory, rejection::Refusal};

/// The version of the directory: it grows with every change of a record that says who somebody is and where.
const DIRECTORY: &str = "directory";
/// The role that everybody holds who works here; it ships with the engine.
pub(super) const EVERYBODY: &str = "everybody";
/// How many actors are remembered.
const REMEMBERED: usize = 10_000;

/// Who asked on which day, and what the directory was then.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asker {
    login: Arc<str>,
    given: Vec<Name>,
    unlimited: bool,
    day: Date,
    directory: String,
}

/// The roles of somebody, and what they may do.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) roles: Vec<Name>,
    pub(crate) granted: Granted,
}

/// What was found out about actors under one release.
#[derive(Debug, Default)]
pub(crate) struct Actors(Mutex<HashMap<Asker, Arc<Known>>>);

impl Decider<'_> {
    /// What is known about the actor: the roles given and those of their positions, and what these grant.
    pub(crate) fn find_actor(&self) -> Result<Arc<Known>, Refusal> {
        let actor = &self.command.actor;
        let asker = Asker {
            login: actor.login.clone(),
            given: actor.roles.clone(),
            unlimited: actor.is_unlimited(),
            day: self.today,
            directory: meta::text(self.view, DIRECTORY)?.unwrap_or_default(),
        };
        let kept = || self.release.actors.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept().get(&asker) {
            return Ok(known.clone());
        }
        let known = Arc::new(self.know()?);
        let mut kept = kept();
        if kept.len() >= REMEMBERED {
            kept.clear();
        }
        kept.insert(asker, known.clone());
        Ok(known)
    }

    fn know(&self) -> Result<Known, Refusal> {
        let actor = &self.command.actor;
        let mut roles = actor.roles.clone();
        // The engine itself has no position.
        let of_positions = if *actor.login == *SYSTEM { Vec::new() } else { self.roles_of(&actor.login)? };
        for role in of_positions {
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        if actor.is_unlimited() || self.catalog().book.open {
            return Ok(Known { roles, granted: Granted::All });
        }
        let mut held = self.held(&actor.login)?;
        // Somebody who does not work here any more has no role, whoever says so.
        if self.is_active(&actor.login)? {
            held.extend(actor.roles.iter().map(|role| Held::anywhere(&actor.login, *role)));
            held.push(Held::anywhere(&actor.login, Name::intern(EVERYBODY)));
        }
        Ok(Known { roles, granted: Granted::By(Arc::new(Access::of(self.catalog(), &held))) })
    }

    /// Notes that records changed which say who somebody is and where.
    pub(crate) fn note_directory(&self) {
        let changed = self.slots.borrow().iter().any(|(key, slot)| slot.is_changed() && directory::is_directory(key.0));
        if changed {
            self.put_fact(meta::key(DIRECTORY), Some(self.seq.to_string().into_bytes()));
        }
    }
}
