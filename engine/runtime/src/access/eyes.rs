//! A book as one actor sees it. Whatever answers to people asks this, never the book itself.

use std::sync::Arc;

use formwork_catalog::{
    catalog::Catalog,
    role::{Action, Seen},
};
use formwork_definition::kind::role::{May, Right};
use formwork_model::{
    field_path::FieldPath,
    id::RecordId,
    incident::Incident,
    name::Name,
    record::{Fields, Record},
};
use formwork_store::table::history::{Change, Entry};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::{READ, Settable, Shown, read::not_allowed, write::may_not};
use crate::{
    approval::{Asks, trail},
    book::{Book, Person, Task, Waiting, Where},
    command::{Actor, Input, post},
    decider::{Decider, Key},
    directory::Holder,
    incident::{Wanted, no_incident},
    ledger::Line,
    queue::Period,
    rejection::{Refusal, Rejection},
};

/// A book as one actor sees it.
#[derive(Debug, Clone, Copy)]
pub struct Eyes<'a> {
    pub(crate) book: &'a Book,
    pub(crate) actor: &'a Actor,
}

impl Book {
    /// The book as `actor` sees it.
    pub fn eyes<'a>(&'a self, actor: &'a Actor) -> Eyes<'a> {
        Eyes { book: self, actor }
    }
}

impl Eyes<'_> {
    pub(crate) fn ask<T>(&self, ask: impl FnOnce(&Decider<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
        self.book.ask(self.actor, ask)
    }

    /// Refuses an actor without a right.
    ///
    /// # Errors
    /// `not-allowed`, or when the store fails.
    pub fn require(&self, right: Right) -> Result<(), Refusal> {
        self.ask(|decider| decider.require(right))
    }

    /// Whether a grant lets the actor do something with a record; seeing it may also come from having to do with it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn may(&self, object: Name, id: RecordId, action: Action) -> Result<bool, Refusal> {
        self.ask(|decider| {
            let sees = decider.sight((object, id))?.is_some();
            Ok(sees && (action == READ || decider.covers((object, id), action)?))
        })
    }

    /// Whether a grant lets the actor do something with records of an object, whichever these are.
    ///
    /// # Errors
    /// When the store fails.
    pub fn may_some(&self, object: Name, action: Action) -> Result<bool, Refusal> {
        self.ask(|decider| Ok(decider.limits().is_none_or(|access| access.allowing(object, action).next().is_some())))
    }

    /// Refuses an actor whom no grant lets do something with any record of an object.
    ///
    /// # Errors
    /// `not-allowed`, or when the store fails.
    pub fn require_some(&self, object: Name, action: Action) -> Result<(), Refusal> {
        if self.may_some(object, action)? { Ok(()) } else { Err(not_allowed()) }
    }

    /// Refuses an actor whom no grant lets do something with this record.
    ///
    /// # Errors
    /// `not-allowed`, or when the store fails.
    pub fn require_of(&self, (object, id): Key, may: May) -> Result<(), Refusal> {
        let action = Action::May(may);
        if self.may(object, id, action)? {
            Ok(())
        } else {
            self.ask(|decider| Err(may_not(decider.object(object)?, action)))
        }
    }

    /// Those of these objects of which [`Eyes::may_some`] holds beside what everybody may with their own.
    ///
    /// # Errors
    /// When the store fails.
    pub fn allowed_by_role(&self, objects: &[Name], action: Action) -> Result<Vec<Name>, Refusal> {
        self.ask(|decider| {
            let by_role = |object: Name, access: &super::Access| {
                access.allowing(object, action).any(|bound| bound.role.name.as_str() != super::known::EVERYBODY)
            };
            let allowed = |object: &Name| decider.limits().is_none_or(|access| by_role(*object, access));
            Ok(objects.iter().copied().filter(allowed).collect())
        })
    }

    /// The fields that the actor can set: of a record, or of a new one.
    ///
    /// # Errors
    /// When the object does not exist, or the store fails.
    pub fn settable(&self, object: Name, id: Option<RecordId>) -> Result<Settable, Refusal> {
        self.ask(|decider| decider.settable(object, id))
    }

    /// The fields of an object that no grant of the actor shows, on any row. Whoever has no grant sees what they take
    /// part in, whole.
    ///
    /// # Errors
    /// When the object does not exist, or the store fails.
    pub fn unseen(&self, object: Name) -> Result<Vec<FieldPath>, Refusal> {
        self.fields_that(object, |seen| seen == Seen::Absent)
    }

    /// The fields of an object that no grant of the actor shows in full: a query by one of them is refused.
    ///
    /// # Errors
    /// When the object does not exist, or the store fails.
    pub fn unasked(&self, object: Name) -> Result<Vec<FieldPath>, Refusal> {
        self.fields_that(object, |seen| seen != Seen::Full)
    }

    /// The fields that every grant on the object shows so.
    fn fields_that(&self, object: Name, so: impl Fn(Seen) -> bool) -> Result<Vec<FieldPath>, Refusal> {
        self.ask(|decider| {
            let known = decider.object(object)?;
            let Some(access) = decider.limits() else { return Ok(Vec::new()) };
            let grants: Vec<_> = access.allowing(object, READ).filter_map(|bound| bound.grant()).collect();
            let all = |field: FieldPath| !grants.is_empty() && grants.iter().all(|grant| so(grant.fields.seen(field)));
            Ok(known.paths().filter(|path| all(*path)).collect())
        })
    }

    /// What a user is called whose login the actor has before them, in a record or its history. The name, and nothing
    /// else of the person, goes with the login, whether or not a grant shows the user's record: a list of logins that
    /// nobody can read helps nobody, and whoever may not know who somebody is must not see the field.
    ///
    /// # Errors
    /// When the store fails.
    pub fn name_of(&self, login: &str) -> Result<Option<String>, Refusal> {
        self.book.ask(&Actor::system(), |decider| decider.name_by(("user", "login"), login))
    }

    /// As [`Eyes::name_of`], of a department by its code.
    ///
    /// # Errors
    /// When the store fails.
    pub fn name_of_department(&self, code: &str) -> Result<Option<String>, Refusal> {
        self.book.ask(&Actor::system(), |decider| decider.name_by(("department", "code"), code))
    }

    /// One record.
    ///
    /// # Errors
    /// When there is none that the actor sees, or the store fails.
    pub fn get(&self, object: Name, id: RecordId) -> Result<Shown, Refusal> {
        self.ask(|decider| {
            let sight = decider.see((object, id))?;
            decider.show((object, id), &sight)
        })
    }

    /// The record that a text means, if the actor sees it: an id, a number, the value of a unique field or of the title.
    ///
    /// # Errors
    /// When the object does not exist, or the store fails.
    pub fn resolve(&self, object: Name, what: &Json) -> Result<Option<RecordId>, Refusal> {
        self.ask(|decider| decider.resolve_reference(object, what))
    }

    /// What a record is called; empty when the actor does not see it, or not its title.
    ///
    /// # Errors
    /// When the store fails.
    pub fn title(&self, object: Name, id: RecordId) -> Result<String, Refusal> {
        self.ask(|decider| decider.title_seen((object, id)))
    }

    /// As [`Eyes::title`], of several records at once.
    ///
    /// # Errors
    /// When the store fails.
    pub fn titles(&self, keys: &[(Name, RecordId)]) -> Result<Vec<String>, Refusal> {
        self.ask(|decider| keys.iter().map(|key| decider.title_seen(*key)).collect())
    }

    /// What the actor is called, which they see without a grant; the login of somebody who is no user.
    ///
    /// # Errors
    /// When the store fails.
    pub fn own_name(&self) -> Result<String, Refusal> {
        let (user, login) = (Name::intern("user"), &self.actor.login);
        match self.book.resolve(user, &Json::String(login.to_string()))? {
            Some(id) => self.book.title(user, id),
            None => Ok(login.to_string()),
        }
    }

    /// The release that decides a record.
    ///
    /// # Errors
    /// When a pinned release can't be used by this program.
    pub fn catalog_of(&self, record: &Record) -> Result<Arc<Catalog>, Refusal> {
        self.book.catalog_of(record)
    }

    /// The history of a record, newest first.
    ///
    /// # Errors
    /// When there is no record that the actor sees, or the store fails.
    pub fn history(
        &self,
        object: Name,
        id: RecordId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Entry>, Refusal> {
        self.ask(|decider| decider.history_of((object, id), before, limit))
    }

    /// Who changed what of a record since it was at revision `rev`, as far as the actor sees it, the newest first.
    ///
    /// # Errors
    /// When there is no record that the actor sees, or the store fails.
    pub fn changed_since(&self, key: Key, rev: u64) -> Result<Vec<(Arc<str>, Change)>, Refusal> {
        self.ask(|decider| decider.changed_since(key, rev))
    }

    /// The approvals of a record, the oldest first.
    ///
    /// # Errors
    /// When there is no record that the actor sees, or the store fails.
    pub fn approvals(&self, object: Name, id: RecordId) -> Result<Vec<Json>, Refusal> {
        Ok(trail::trail(&self.get(object, id)?.record))
    }

    /// What is filled in with the decision `word` about a task of a record, and the record.
    ///
    /// # Errors
    /// When there is no such task or no record that the actor sees, or the store fails.
    pub fn asked_with(&self, object: Name, id: RecordId, task: u32, word: &str) -> Result<(Asks, Shown), Refusal> {
        self.ask(|decider| {
            let sight = decider.see((object, id))?;
            let asks = decider.asked_with((object, id), task, word)?;
            Ok((asks, decider.show((object, id), &sight)?))
        })
    }

    /// The content of a file, for whoever sees a field of a record in full that holds it, or what was said about it
    /// with the file; and whether that is sensitive.
    ///
    /// # Errors
    /// When there is no record that the actor sees, or the store fails.
    pub fn file(&self, sha256: &str, held_by: Option<(Name, RecordId)>) -> Result<Option<(Vec<u8>, bool)>, Refusal> {
        let held = self.ask(|decider| {
            let Some(key) = held_by else {
                // Of what may be sensitive it has to be known whose it is.
                let is_free = decider.limits().is_none() && !decider.catalog().is_sensitive();
                return Ok(is_free.then_some(false));
            };
            let holding = decider.holding(key, sha256)?;
            decider.note_read(key, holding.fields.iter().copied());
            let object = decider.object(key.0)?;
            let is_sensitive = holding.fields.iter().any(|field| object.is_sensitive(*field))
                || holding.remarked && object.sensitive().next().is_some();
            Ok((!holding.is_empty()).then_some(is_sensitive))
        })?;
        let Some(is_sensitive) = held else { return Ok(None) };
        Ok(self.book.file(sha256)?.map(|content| (content, is_sensitive)))
    }

    /// How much waits in each queue that the actor sees, up to `most`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn queue_lengths(&self, most: usize) -> Result<Vec<(Name, usize)>, Refusal> {
        if self.ask(|decider| Ok(decider.limits().is_none()))? {
            return self.book.queue_lengths(most);
        }
        let queues: Vec<Name> = self.book.catalog().queues.keys().copied().collect();
        let mut lengths = Vec::new();
        for queue in queues {
            if self.ask(|decider| decider.sees_queue(queue))? {
                lengths.push((queue, self.queue(queue, most)?.tasks.len()));
            }
        }
        Ok(lengths)
    }

    /// What waits in a queue of what the actor sees, and what its members own.
    ///
    /// # Errors
    /// When there is no queue that the actor sees, or the store fails.
    pub fn queue(&self, queue: Name, most: usize) -> Result<Waiting, Refusal> {
        self.ask(|decider| decider.see_queue(queue))?;
        let mut waiting = self.book.queue(queue, most)?;
        waiting.tasks = self.seen_tasks(waiting.tasks)?;
        Ok(waiting)
    }

    /// The work that a record is.
    ///
    /// # Errors
    /// When there is no record that the actor sees, or the store fails.
    pub fn work_at(&self, object: Name, id: RecordId) -> Result<Vec<Task>, Refusal> {
        self.ask(|decider| decider.see((object, id)).map(|_| ()))?;
        self.seen_tasks(self.book.work_at(object, id)?)
    }

    /// What the actor may do with each piece of work that a record is, by its token: `claim`, `release`, `escalate`.
    ///
    /// # Errors
    /// When there is no record that the actor sees, or the store fails.
    pub fn work_offers(&self, object: Name, id: RecordId) -> Result<Vec<(u32, Vec<&'static str>)>, Refusal> {
        self.ask(|decider| {
            decider.see((object, id))?;
            let cases = decider.cases((object, id))?;
            cases.iter().map(|case| Ok((case.work.token, decider.possible(case)?))).collect()
        })
    }

    /// The pieces of work whose record is seen, each with its title only if that is seen.
    fn seen_tasks(&self, tasks: Vec<Task>) -> Result<Vec<Task>, Refusal> {
        self.ask(|decider| {
            if decider.limits().is_none() {
                return Ok(tasks);
            }
            let mut seen = Vec::with_capacity(tasks.len());
            for mut task in tasks {
                task.title = decider.title_seen((task.object, task.id))?;
                if !task.title.is_empty() {
                    seen.push(task);
                }
            }
            Ok(seen)
        })
    }

    /// Who was responsible for a record when, oldest first.
    ///
    /// # Errors
    /// When there is no record that the actor sees, or the store fails.
    pub fn responsible(&self, object: Name, id: RecordId) -> Result<Vec<Period>, Refusal> {
        let seen = self.ask(|decider| {
            decider.object(object)?;
            Ok(decider.limits().is_none() || decider.sees_owner(object, id)?)
        })?;
        if seen { self.book.responsible(object, id) } else { Err(Rejection::no_record(object).into()) }
    }

    /// What somebody is today: of oneself, of those whom one looks after, and with the right of everybody.
    ///
    /// # Errors
    /// `not-allowed`, or when the store fails.
    pub fn person(&self, login: &str, up_to: Option<Name>) -> Result<Person, Refusal> {
        if login != &*self.actor.login && self.check_looks_after(login).is_err() {
            self.require(Right::People)?;
        }
        self.book.person(login, up_to)
    }

    /// Who holds `role` today, by login.
    ///
    /// # Errors
    /// `not-allowed`, when a place or the record does not exist, or the store fails.
    pub fn holders(&self, role: Name, at: &Where) -> Result<Vec<Holder>, Refusal> {
        self.require(Right::People)?;
        if let Where::Field { object, id, field } = at {
            self.ask(|decider| {
                let sight = decider.see((*object, *id))?;
                if sight.shows_path(field.as_str()) { Ok(()) } else { Err(Rejection::no_record(*object).into()) }
            })?;
        }
        self.book.holders(role, at)
    }

    /// Incidents: all of them by a right, else those that the actor has to deal with.
    ///
    /// # Errors
    /// When the store fails.
    pub fn incidents(&self, mut wanted: Wanted) -> Result<Vec<Incident>, Refusal> {
        if self.require(Right::Incidents).is_err() {
            wanted.owner = Some(self.actor.clone());
        }
        let mut incidents = self.book.incidents(&wanted)?;
        self.ask(|decider| incidents.iter_mut().try_for_each(|incident| decider.hide_cause(incident)))?;
        Ok(incidents)
    }

    /// One incident.
    ///
    /// # Errors
    /// When there is none that the actor sees, or the store fails.
    pub fn incident(&self, id: RecordId) -> Result<Incident, Refusal> {
        let mut incident = self.book.incident(id)?;
        let sees = self.ask(|decider| {
            decider.hide_cause(&mut incident)?;
            Ok(decider.limits().is_none() || decider.check_owner(&incident).is_ok())
        })?;
        if sees { Ok(incident) } else { Err(no_incident()) }
    }

    /// Reads ledger dimensions from outside; a record that the actor does not see is none.
    ///
    /// # Errors
    /// `not-allowed`, or when a dimension does not exist or its value does not fit.
    pub fn read_dimensions(&self, ledger: Name, values: &Input) -> Result<Fields, Refusal> {
        self.ask(|decider| {
            decider.require(Right::Ledgers)?;
            post::read_dimensions(decider, ledger, values)
        })
    }

    /// A balance over the dimensions that are given.
    ///
    /// # Errors
    /// `not-allowed`, when the ledger does not exist, or the store fails.
    pub fn balance(&self, ledger: Name, dimensions: &Fields, at: Option<Date>) -> Result<Decimal, Refusal> {
        self.require(Right::Ledgers)?;
        self.book.balance(ledger, dimensions, at)
    }

    /// The entries of a ledger over the dimensions that are given.
    ///
    /// # Errors
    /// `not-allowed`, when the ledger does not exist, or the store fails.
    pub fn statement(&self, ledger: Name, dimensions: &Fields, until: Option<Date>) -> Result<Vec<Line>, Refusal> {
        self.require(Right::Ledgers)?;
        self.book.statement(ledger, dimensions, until)
    }
}

impl Decider<'_> {
    /// What the one record of an object is called that has this key in a field, whoever asks.
    pub(crate) fn name_by(&self, (object, field): (&str, &str), key: &str) -> Result<Option<String>, Refusal> {
        let (object, field) = (Name::intern(object), Name::intern(field));
        let limited = self.limited.replace(false);
        let id = self.resolve_reference(object, &Json::from(key));
        self.limited.set(limited);
        let Some(id) = id? else { return Ok(None) };
        let is_own = self.look((object, id), |record| {
            record.is_some_and(|record| record.fields.get(field).as_text() == Some(key))
        })?;
        if is_own { self.title((object, id)).map(Some) } else { Ok(None) }
    }

    /// Where the record that the actor sees holds the file.
    pub(super) fn holding(&self, key: Key, sha256: &str) -> Result<Holding, Refusal> {
        let sight = self.see(key)?;
        let mut holding = self.record(key, |record| {
            let fields = record.fields.iter();
            let held = fields.filter(|(name, value)| {
                let seen = sight.in_full(*name, (*value).clone());
                seen.files().iter().any(|file| file.sha256 == sha256)
            });
            let approvals = record.flows.iter().flat_map(|instance| &instance.approvals);
            let mut files = approvals.flat_map(|approval| &approval.comments).flat_map(|comment| &comment.files);
            Holding { fields: held.map(|(name, _)| name).collect(), remarked: files.any(|file| file.sha256 == sha256) }
        })?;
        if holding.is_empty() {
            holding.remarked = self.is_remarked(key, sha256)?;
        }
        Ok(holding)
    }
}

/// Where a record holds a file.
pub(super) struct Holding {
    /// The fields that the actor sees in full.
    fields: Vec<Name>,
    /// A remark at an approval or a comment, which whoever sees the record reads.
    remarked: bool,
}

impl Holding {
    /// Whether it is nowhere that the actor sees.
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && !self.remarked
    }
}
