//! Incidents as people see them.

use std::ops::ControlFlow;

use formwork_model::{
    id::RecordId,
    incident::{Incident, Owner},
    name::Name,
};
use formwork_store::{
    store::{Order, View},
    table::incident,
};

use crate::{book::Book, command::Actor, incident::no_incident, rejection::Refusal, release::Release};

/// Which incidents are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Ended ones, newest first, instead of open ones, oldest first.
    pub ended: bool,
    /// About this record only.
    pub record: Option<(Name, RecordId)>,
    /// Those this actor has to look at only.
    pub owner: Option<Actor>,
    /// Those behind this one in the list only.
    pub after: Option<RecordId>,
    /// So many at most.
    pub limit: usize,
}

impl Book {
    /// Incidents: the open ones with the oldest first, or the ended ones with the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn incidents(&self, wanted: &Wanted) -> Result<Vec<Incident>, Refusal> {
        let release = self.release();
        let roles = match &wanted.owner {
            Some(actor) => self.ask(actor, |decider| Ok(decider.roles.clone()))?,
            None => Vec::new(),
        };
        self.read(|view| incidents(view, &release, wanted, &roles))
    }

    /// One incident.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub fn incident(&self, id: RecordId) -> Result<Incident, Refusal> {
        let release = self.release();
        self.read(|view| Ok(incident::get(view, id, &release.symbols)?))?.ok_or_else(no_incident)
    }
}

fn incidents(view: &dyn View, release: &Release, wanted: &Wanted, roles: &[Name]) -> Result<Vec<Incident>, Refusal> {
    let (mut start, mut end) = incident::range(!wanted.ended);
    let order = if wanted.ended { Order::Reverse } else { Order::Forward };
    match wanted.after {
        Some(after) if wanted.ended => end = incident::key(after, false),
        Some(after) => {
            start = incident::key(after, true);
            start.push(0);
        }
        None => {}
    }
    let mut found = Vec::new();
    let mut failure = None;
    view.scan(&start, &end, order, &mut |key, bytes| {
        match incident::id_of(key).and_then(|id| incident::decode(id, bytes, &release.symbols)) {
            Ok(incident) if is_wanted(&incident, wanted, roles) => found.push(incident),
            Ok(_) => {}
            Err(error) => failure = Some(error),
        }
        if failure.is_some() || found.len() >= wanted.limit {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    failure.map_or(Ok(found), |error| Err(error.into()))
}

fn is_wanted(incident: &Incident, wanted: &Wanted, roles: &[Name]) -> bool {
    let mine = wanted.owner.as_ref().is_none_or(|actor| match &incident.owner {
        Owner::Role(role) => roles.contains(role),
        Owner::Login(login) => *login == actor.login,
    });
    mine && wanted.record.is_none_or(|record| incident.about.record == Some(record))
}
