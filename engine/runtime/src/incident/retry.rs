//! Dealing with an incident: trying again, or going on without.

use std::sync::Arc;

use formwork_catalog::flow::{Flow, NodeKind};
use formwork_definition::kind::role::Right;
use formwork_model::{
    code,
    incident::{How, Incident, Owner, Place, What},
    instance::Token,
    text,
};

use crate::{
    decider::{Decider, Key},
    flow::Queue,
    rejection::{Kind, Problem, Refusal, Rejection},
};

impl Decider<'_> {
    /// Refuses those who are not to deal with the incident: its owner is, and whoever owns all of the book's.
    pub(crate) fn check_owner(&self, incident: &Incident) -> Result<(), Refusal> {
        let actor = &self.command.actor;
        let is = |owner: &Owner| match owner {
            Owner::Role(role) => self.roles.contains(role),
            Owner::Login(login) => *login == actor.login,
        };
        let by_right = self.limits().is_some_and(|access| access.has(Right::Incidents));
        if by_right || is(&incident.owner) || is(&self.catalog().book.incidents) {
            return Ok(());
        }
        let owner = incident.owner.to_string();
        Err(Rejection::new(
            Kind::Forbidden,
            code!("not-allowed"),
            text!("this incident is for {owner} to deal with", "该异常由 {owner} 处理"),
        )
        .into())
    }

    /// Does once more what failed. When it fails again the incident stays open with the new cause.
    pub(crate) fn retry_incident(&self, incident: &Incident) -> Result<(), Refusal> {
        if let (What::Call | What::Delivery, Ok(entry)) = (incident.what, incident.about.part.parse()) {
            return self.retry_entry(entry);
        }
        if incident.what == What::Hook {
            self.receive_again(incident.id)?;
        } else if incident.what == What::Timer {
            self.deal_with_timer(incident, false)?;
        } else if incident.what == What::Schedule {
            self.run_schedule_again(incident)?;
        } else {
            let (Some(key), Some(place)) = (incident.about.record, incident.about.place) else {
                return Err(cannot(true));
            };
            let (flow, token) = self.stuck_token(key, place)?;
            self.run_to_rest(key, flow, Queue::from([token.id]))?;
        }
        let now = self.load_incident(incident.id)?;
        if now.is_some_and(|now| now.end.is_none() && now.times == incident.times) {
            self.end_incident(incident.id, How::Solved, None)?;
        }
        Ok(())
    }

    /// Goes on without what failed, for a reason.
    pub(crate) fn skip_incident(&self, incident: &Incident, reason: Option<&Arc<str>>) -> Result<(), Refusal> {
        let Some(reason) = reason.filter(|reason| !reason.trim().is_empty()) else {
            return Err(Problem::new(code!("required"), text!("a reason is required", "必须填写原因"))
                .field("reason")
                .reject(Kind::Invalid)
                .into());
        };
        if incident.what == What::Timer {
            self.deal_with_timer(incident, true)?;
            let open = self.load_incident(incident.id)?.is_some_and(|now| now.end.is_none());
            return if open { self.end_incident(incident.id, How::Skipped, Some(reason.clone())) } else { Ok(()) };
        }
        if incident.what == What::Schedule {
            // The schedule has gone on already.
            return self.end_incident(incident.id, How::Skipped, Some(reason.clone()));
        }
        if incident.what == What::Hook {
            self.forget_message(incident.id);
            return self.end_incident(incident.id, How::Skipped, Some(reason.clone()));
        }
        if let (What::Call | What::Delivery, Ok(entry)) = (incident.what, incident.about.part.parse()) {
            self.end_incident(incident.id, How::Skipped, Some(reason.clone()))?;
            return match (incident.about.record, incident.about.place) {
                (Some(key), Some(place)) => self.skip_call(key, place, entry),
                _ => self.drop_entry(entry),
            };
        }
        let (Some(key), Some(place)) = (incident.about.record, incident.about.place) else { return Err(cannot(false)) };
        let (flow, token) = self.stuck_token(key, place)?;
        self.end_incident(incident.id, How::Skipped, Some(reason.clone()))?;
        let mut queue = Queue::new();
        match flow.node(token.node).map(|node| &node.kind) {
            // Only what happens on arrival is left out; the token goes on waiting.
            Some(NodeKind::State { .. }) => return Ok(()),
            Some(NodeKind::Run { to, .. } | NodeKind::Call { to, .. }) => {
                self.emit(key, flow, &token, to, false, &mut queue)?
            }
            _ => return Err(cannot(false)),
        }
        self.run_to_rest(key, flow, queue)
    }

    /// The token that stays where the step failed, in the flow as the release that decides the record has it.
    fn stuck_token(&self, key: Key, place: Place) -> Result<(&Flow, Token), Refusal> {
        let flow = self.catalog_of(key)?.flows.get(&place.flow).ok_or_else(|| cannot(true))?;
        let token = self.token(key, flow, place.token)?.filter(|token| token.node == place.node);
        Ok((flow, token.ok_or_else(|| cannot(true))?))
    }
}

/// There is no way to do it again, or to go on without it.
fn cannot(again: bool) -> Refusal {
    let message = if again {
        text!("the step is no longer there to be tried again", "该步骤已不存在，无法重试")
    } else {
        text!(
            "what follows depends on this step: it can be tried again, not left out",
            "后续依赖此步骤：只能重试，不能跳过"
        )
    };
    Rejection::new(Kind::Conflict, code!("cannot-skip"), message).into()
}
