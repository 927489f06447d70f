//! Incidents: what fails with nobody waiting for an answer is kept, with an owner, until somebody has dealt with it.
//!
//! A step that nobody waits for is undone when it fails, and the token stays where the step began. Everything
//! else of the command is written as usual.

mod end;
mod read;
mod retry;
mod schedule;
mod stuck;
mod timer;

use std::sync::Arc;

use formwork_model::{
    code,
    id::RecordId,
    incident::{About, End, How, Incident, Owner, Place, What},
    instance::Token,
    name::Name,
    outbox::Entry,
    text,
    text::Text,
};
use formwork_store::table::incident;

use crate::{
    decider::{Decider, Key},
    directory::Within,
    rejection::{Fault, Kind, Refusal, Rejection},
};

pub use read::Wanted;
pub(crate) use stuck::instead_of_refusing;

/// An incident that this command opens, repeats or ends.
#[derive(Debug, Clone)]
pub(crate) struct Changed {
    /// As it is stored; `None` when this command opened it.
    pub(crate) before: Option<Incident>,
    pub(crate) now: Incident,
}

/// Something that went wrong.
#[derive(Debug, Clone)]
pub(crate) struct New {
    what: What,
    owner: Option<Owner>,
    cause: Text,
    pub(crate) about: About,
}

impl New {
    /// What could not be done, and why in plain words. The book says who has to look at it.
    pub(crate) fn of(what: What, cause: Text) -> Self {
        Self { what, owner: None, cause, about: About::default() }
    }

    /// About an entry of the outbox.
    #[must_use]
    pub(crate) fn of_entry(mut self, entry: &Entry) -> Self {
        self.about = About { record: entry.about, place: entry.place, part: entry.id.to_string().into() };
        self
    }

    /// About something of the record with a name of its own.
    #[must_use]
    pub(crate) fn part(mut self, part: impl Into<Arc<str>>) -> Self {
        self.about.part = part.into();
        self
    }

    /// About a record.
    #[must_use]
    pub(crate) fn about_record(mut self, key: Key) -> Self {
        self.about.record = Some(key);
        self
    }

    /// For this owner rather than the one the book names.
    #[must_use]
    pub(crate) fn owned_by(mut self, owner: Option<Owner>) -> Self {
        self.owner = owner;
        self
    }

    /// At a token of a record.
    #[must_use]
    pub(crate) fn at(mut self, key: Key, flow: Name, token: &Token) -> Self {
        self.about.record = Some(key);
        self.about.place = Some(Place { flow, node: token.node, token: token.id });
        self
    }
}

impl Decider<'_> {
    /// Opens an incident, or notes that an open one about the same has happened again.
    pub(crate) fn incident(&self, new: New) -> Result<RecordId, Refusal> {
        if let Some(id) = self.open_about(new.what, &new.about)? {
            self.change_incident(id, |incident| {
                incident.cause = new.cause;
                incident.last_at = self.now;
                incident.times += 1;
            })?;
            self.fire(format!("incident {} again", new.what.word()), "");
            return Ok(id);
        }
        let id = self.next_id();
        let owner = new.owner.unwrap_or_else(|| self.catalog().book.incidents.clone());
        self.tell(&owner, &new.cause, new.about.record)?;
        self.fire(format!("incident {} opened", new.what.word()), "");
        let now = Incident {
            id,
            what: new.what,
            owner,
            cause: new.cause,
            opened_at: self.now,
            last_at: self.now,
            times: 1,
            about: new.about,
            end: None,
        };
        self.incidents.borrow_mut().insert(id, Changed { before: None, now });
        Ok(id)
    }

    /// Tells the owner: one user, or whoever holds the role today.
    fn tell(&self, owner: &Owner, cause: &Text, about: Option<Key>) -> Result<(), Refusal> {
        let logins = match owner {
            Owner::Login(login) => vec![login.to_string()],
            Owner::Role(role) => {
                self.holders(*role, &Within::default())?.into_iter().map(|holder| holder.login).collect()
            }
        };
        // A message is not asked who may see the record: the cause, which may quote it, is told by the incident itself.
        let say = match about {
            Some(_) => {
                text!("Something could not be done with a record; see the incidents", "有一条记录处理失败，请查看异常")
            }
            None => Text { en: format!("Incident: {}", cause.en), zh: format!("异常：{}", cause.zh) },
        };
        self.send(logins, &say, about);
        Ok(())
    }

    /// The open incident about the same, if there is one.
    pub(crate) fn open_about(&self, what: What, about: &About) -> Result<Option<RecordId>, Refusal> {
        let known = self.incidents.borrow().values().find_map(|changed| {
            (changed.now.what == what && changed.now.about == *about && changed.now.end.is_none())
                .then_some(changed.now.id)
        });
        if known.is_some() {
            return Ok(known);
        }
        let table = about.record.map(|(object, _)| self.release.number(object)).transpose()?;
        let Some(bytes) = self.view.get(&incident::about_key(what, about, table))? else { return Ok(None) };
        let id = incident::decode_about(&bytes)?;
        Ok(self.load_incident(id)?.filter(|incident| incident.end.is_none()).map(|incident| incident.id))
    }

    /// An incident as it is now.
    pub(crate) fn load_incident(&self, id: RecordId) -> Result<Option<Incident>, Refusal> {
        if let Some(changed) = self.incidents.borrow().get(&id) {
            return Ok(Some(changed.now.clone()));
        }
        Ok(incident::get(self.view, id, &self.release.symbols)?)
    }

    /// An incident that somebody can still deal with.
    pub(crate) fn open_incident(&self, id: RecordId) -> Result<Incident, Refusal> {
        let incident = self.load_incident(id)?.ok_or_else(no_incident)?;
        if incident.end.is_some() {
            return Err(Rejection::new(
                Kind::Conflict,
                code!("incident-ended"),
                text!("this incident has ended already", "该异常已处理完毕"),
            )
            .into());
        }
        Ok(incident)
    }

    fn change_incident(&self, id: RecordId, change: impl FnOnce(&mut Incident)) -> Result<(), Refusal> {
        let stored = if self.incidents.borrow().contains_key(&id) { None } else { self.load_incident(id)? };
        let mut incidents = self.incidents.borrow_mut();
        if let Some(stored) = stored {
            incidents.insert(id, Changed { before: Some(stored.clone()), now: stored });
        }
        let changed = incidents.get_mut(&id).ok_or_else(|| Fault::new("an incident was lost"))?;
        change(&mut changed.now);
        Ok(())
    }

    /// Ends an incident.
    pub(crate) fn end_incident(&self, id: RecordId, how: How, reason: Option<Arc<str>>) -> Result<(), Refusal> {
        let end = End { how, at: self.now, by: self.command.actor.login.clone(), reason };
        let mut what = None;
        self.change_incident(id, |incident| {
            what = Some(incident.what);
            incident.end = Some(end);
        })?;
        self.fire(format!("incident {} {}", what.map_or("", What::word), how.word()), "");
        Ok(())
    }
}

/// There is no such incident.
pub(crate) fn no_incident() -> Refusal {
    Rejection::new(Kind::NotFound, code!("no-such-incident"), text!("there is no such incident", "没有这个异常")).into()
}
