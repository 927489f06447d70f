//! Queues as people see them: what waits, what everybody owns, and who was responsible.

use formwork_catalog::flow::Flow;
use formwork_model::{id::RecordId, name::Name, text::Text, work::Work};
use formwork_store::table::queue::{self, Place};
use jiff::Timestamp;

use crate::{
    book::Book,
    command::Actor,
    decider::Decider,
    queue::{Case, Period, clock, responsible},
    rejection::{Refusal, Rejection},
};

/// A piece of work in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// The object.
    pub object: Name,
    /// The record.
    pub id: RecordId,
    /// What the record is called.
    pub title: String,
    /// The flow.
    pub flow: Name,
    /// The state it stands in.
    pub node: Name,
    /// What people read for it.
    pub label: Text,
    /// The work itself.
    pub work: Work,
    /// When somebody must own it.
    pub due: Option<Timestamp>,
}

/// A queue and what waits in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// What waits for somebody, by due time, then by age.
    pub tasks: Vec<Task>,
    /// The members, and what they own.
    pub members: Vec<Load>,
}

/// What a member owns in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// The login.
    pub login: String,
    /// How much they own.
    pub owned: usize,
    /// The most they may own.
    pub limit: Option<u32>,
    /// Whether they are away.
    pub absent: bool,
}

impl Book {
    /// How much waits in each queue, up to `most`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn queue_lengths(&self, most: usize) -> Result<Vec<(Name, usize)>, Refusal> {
        self.ask(&Actor::system(), |decider| {
            let mut lengths = Vec::new();
            for queue in decider.catalog().queues.keys() {
                let range = queue::waiting(decider.release.number(*queue)?);
                lengths.push((*queue, queue::places(decider.view, &range, most)?.len()));
            }
            Ok(lengths)
        })
    }

    /// What waits in a queue, by due time and age, and what its members own.
    ///
    /// # Errors
    /// When there is no such queue, or the store fails.
    pub fn queue(&self, queue: Name, most: usize) -> Result<Waiting, Refusal> {
        self.ask(&Actor::system(), |decider| {
            let known = decider.queue(queue)?;
            let range = queue::waiting(decider.release.number(queue)?);
            let tasks = tasks(decider, &queue::places(decider.view, &range, most)?)?;
            let mut members = Vec::new();
            for member in decider.members(known, None)? {
                let owned = decider.owned_in(queue, &member.login)?;
                let absent = decider.absence(&member.login)?.is_some();
                members.push(Load { login: member.login, owned, limit: member.limit, absent });
            }
            Ok(Waiting { tasks, members })
        })
    }

    /// The work that a record is.
    ///
    /// # Errors
    /// When there is no such record, or the store fails.
    pub fn work_at(&self, object: Name, id: RecordId) -> Result<Vec<Task>, Refusal> {
        self.ask(&Actor::system(), |decider| {
            decider.object(object)?;
            decider.cases((object, id))?.into_iter().map(|case| task(decider, case)).collect()
        })
    }

    /// Who was responsible for a record when, oldest first, also of one that was deleted.
    ///
    /// # Errors
    /// When there never was such a record, or the store fails.
    pub fn responsible(&self, object: Name, id: RecordId) -> Result<Vec<Period>, Refusal> {
        let mut entries = self.history(object, id, None, usize::MAX)?;
        if entries.is_empty() {
            return Err(Rejection::no_record(object).into());
        }
        entries.reverse();
        Ok(responsible::fold_periods(&entries))
    }
}

fn tasks(decider: &Decider<'_>, places: &[Place]) -> Result<Vec<Task>, Refusal> {
    let catalog = decider.catalog();
    let object_of = |place: &Place| {
        catalog.objects.keys().find(|name| decider.release.number(**name).is_ok_and(|number| number == place.table))
    };
    let flow_of = |place: &Place| {
        let number = |flow: &Flow| decider.release.number(flow.name).is_ok_and(|number| number == place.flow);
        catalog.flows.values().find(|flow| number(flow))
    };
    let mut tasks = Vec::with_capacity(places.len());
    for place in places {
        // What a later release no longer has is not shown; `/api/release` lists it.
        let (Some(object), Some(flow)) = (object_of(place), flow_of(place)) else { continue };
        if let Some(case) = decider.work_case((*object, place.id), flow, place.token)? {
            tasks.push(task(decider, case)?);
        }
    }
    Ok(tasks)
}

fn task(decider: &Decider<'_>, case: Case<'_>) -> Result<Task, Refusal> {
    let (object, id) = case.key;
    let node = decider.token(case.key, case.flow, case.work.token)?.map_or(case.flow.start, |token| token.node);
    let label = case.flow.node(node).map(|node| node.label.clone()).unwrap_or_default();
    let due = decider.record(case.key, |record| clock::due(record, case.flow.name, &case.work))?;
    Ok(Task { object, id, title: decider.title(case.key)?, flow: case.flow.name, node, label, work: case.work, due })
}
