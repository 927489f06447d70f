//! A step fails and nobody waits for an answer.

use formwork_catalog::flow::Flow;
use formwork_model::{id::RecordId, incident::What, text::Text};
use formwork_store::{store::View, table::history::Fired};
use indexmap::IndexMap;
use jiff::Timestamp;

use super::{Changed, New};
use crate::{
    changes::Changes,
    command::{Command, IncidentStep, Request},
    decide::Done,
    decider::{Decider, Key, Outgoing},
    flow::Queue,
    outbox,
    posting::Posting,
    rejection::{Refusal, Rejection},
    release::Release,
    slot::Slot,
    write::Writes,
};

/// The working set as it was before a step.
pub(crate) struct Saved {
    slots: IndexMap<Key, Slot>,
    fired: Vec<Fired>,
    outgoing: Vec<Outgoing>,
    postings: Vec<Posting>,
    counters: Vec<(Vec<u8>, u64)>,
    facts: Writes,
    incidents: IndexMap<RecordId, Changed>,
    outbox: IndexMap<RecordId, outbox::Changed>,
}

impl Decider<'_> {
    /// A token enters a node. When that fails and nobody waits for an answer, the step is undone, the token
    /// stays on the node, and an incident says why.
    pub(crate) fn enter(&self, key: Key, flow: &Flow, id: u32, queue: &mut Queue) -> Result<(), Refusal> {
        if !self.command.is_unattended() {
            return self.enter_node(key, flow, id, queue);
        }
        let saved = self.save();
        let waiting = queue.len();
        // What the step sets off belongs to it: rules and computed values are looked at here, not later.
        match self.enter_node(key, flow, id, queue).and_then(|()| self.settle()) {
            Err(Refusal::Rejected(rejection)) => {
                self.go_back_to(saved);
                queue.truncate(waiting);
                let Some(token) = self.token(key, flow, id)? else { return Err(Refusal::Rejected(rejection)) };
                self.incident(New::of(What::Script, self.cause_of(&rejection)).at(key, flow.name, &token))?;
                Ok(())
            }
            other => other,
        }
    }

    /// What the command has done so far.
    pub(crate) fn save(&self) -> Saved {
        Saved {
            slots: self.slots.borrow().clone(),
            fired: self.fired.borrow().clone(),
            outgoing: self.outgoing.borrow().clone(),
            postings: self.postings.borrow().clone(),
            counters: self.counters(),
            facts: self.facts.borrow().clone(),
            incidents: self.incidents.borrow().clone(),
            outbox: self.outbox.borrow().clone(),
        }
    }

    /// Undoes what was done since.
    pub(crate) fn go_back_to(&self, saved: Saved) {
        self.slots.replace(saved.slots);
        self.fired.replace(saved.fired);
        self.outgoing.replace(saved.outgoing);
        self.postings.replace(saved.postings);
        self.counters.replace(saved.counters);
        self.facts.replace(saved.facts);
        self.incidents.replace(saved.incidents);
        self.outbox.replace(saved.outbox);
    }

    /// Why something was refused, in plain words, with the place in the definitions if there is one.
    fn cause_of(&self, rejection: &Rejection) -> Text {
        rejection.cause(&self.catalog().sources)
    }
}

/// What is written in place of a command that nobody waits for and that was refused; `None` when somebody does.
pub(crate) fn instead_of_refusing(
    view: &dyn View,
    release: &Release,
    command: &Command,
    now: Timestamp,
    rejection: &Rejection,
) -> Result<Option<Changes>, Refusal> {
    let decider = Decider::new(view, release, command, now)?;
    match &command.request {
        Request::Incident { id, step: IncidentStep::Retry } => {
            let Ok(known) = decider.open_incident(*id) else { return Ok(None) };
            if decider.check_owner(&known).is_err() {
                return Ok(None);
            }
            let target = known.about.record;
            let new = New { what: known.what, owner: None, cause: decider.cause_of(rejection), about: known.about };
            decider.incident(new)?;
            let done =
                Done { target, kind: "retry incident".into(), input: id.to_string(), on_behalf_of: None, import: None };
            decider.finish(done).map(Some)
        }
        Request::Fire { object, id, timer } => {
            let key = (*object, *id);
            let Some(timer) = decider.timer(key, *timer)? else { return Ok(None) };
            decider.park_timer(key, &timer, decider.cause_of(rejection))?;
            let done = Done {
                target: Some(key),
                kind: format!("timer {}", timer.name),
                input: String::new(),
                on_behalf_of: None,
                import: None,
            };
            decider.finish(done).map(Some)
        }
        Request::Schedule { schedule } => {
            let target = decider.pass_over(*schedule, decider.cause_of(rejection))?;
            let done = Done {
                target,
                kind: format!("schedule {schedule}"),
                input: String::new(),
                import: None,
                on_behalf_of: None,
            };
            decider.finish(done).map(Some)
        }
        Request::Report { entry, .. } => {
            let Some(entry) = decider.load_entry(*entry)? else { return Ok(None) };
            decider.give_up(&entry, decider.cause_of(rejection))?;
            let done = Done {
                target: entry.about,
                kind: "report".into(),
                input: entry.id.to_string(),
                import: None,
                on_behalf_of: None,
            };
            decider.finish(done).map(Some)
        }
        _ => Ok(None),
    }
}
