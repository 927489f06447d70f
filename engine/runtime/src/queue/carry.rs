//! Tokens that come into a queue, stay in it, and leave it.

use std::sync::Arc;

use formwork_catalog::flow::{Flow, Node};
use formwork_model::{
    instance::{Instance, Token},
    name::Name,
    value::Value,
    work::Work,
};

use super::{Case, unknown_queue};
use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

impl Decider<'_> {
    /// A token stands in a state: with a queue it is work there, and may be given to a member at once.
    pub(crate) fn enter_queue(&self, key: Key, flow: &Flow, node: &Node, token: &Token) -> Result<(), Refusal> {
        let Some(within) = &node.queue else { return Ok(()) };
        let is_work = |instance: &mut Instance| instance.works.iter().any(|work| work.token == token.id);
        if within.keep && self.instance(key, flow, is_work)? {
            // The token is another one, so the time it waits for an owner is counted anew.
            return match self.work_case(key, flow, token.id)?.filter(|case| case.work.assignee.is_none()) {
                Some(case) => self.start_waiting(&case),
                None => Ok(()),
            };
        }
        self.settle()?;
        let vars = self.token_vars(key, flow, token)?;
        let name = self.plain(&within.name, &vars)?;
        let name = name.as_text().unwrap_or_default();
        let queue = match Name::find(name) {
            Some(name) => self.queue(name)?,
            None => return Err(unknown_queue(name).into()),
        };
        let work = Work {
            token: token.id,
            queue: queue.name,
            assignee: None,
            since: self.now,
            accepted_at: None,
            escalations: 0,
            readers: Vec::new(),
        };
        let case = Case { key, flow, queue, within, work };
        let wishes = self.wishes(&case)?;
        self.put_work(&case)?;
        self.give(case, &wishes)
    }

    /// Writes the work as it is now, and who owns it into the owner field.
    pub(crate) fn put_work(&self, case: &Case<'_>) -> Result<(), Refusal> {
        self.instance(case.key, case.flow, |instance| {
            instance.works.retain(|known| known.token != case.work.token);
            instance.works.push(case.work.clone());
        })?;
        let Some(owner) = self.object(case.key.0)?.owner else { return Ok(()) };
        let value = case.work.assignee.as_ref().map_or(Value::Null, |login| Value::Text(login.clone()));
        self.set(case.key, owner, value)
    }

    /// Somebody owns the work from now on.
    pub(crate) fn own(&self, mut case: Case<'_>, login: &str, why: &str) -> Result<(), Refusal> {
        case.work.assignee = Some(login.into());
        case.work.accepted_at = case.work.accepted_at.or(Some(self.now));
        self.note_turn(case.queue.name, login)?;
        self.stop_waiting(&case)?;
        let values = serde_json::json!({"to": login, "why": why}).to_string();
        self.fire(format!("queue {} gives", case.queue.name), values);
        self.put_work(&case)
    }

    /// Nobody owns the work from now on.
    pub(crate) fn disown(&self, case: &mut Case<'_>) -> Result<Option<Arc<str>>, Refusal> {
        let before = case.work.assignee.take();
        self.put_work(case)?;
        Ok(before)
    }
}

/// The tokens that went on take the work along; it ends where they come to rest without a queue.
pub(crate) fn carry_on(instance: &mut Instance, from: u32, to: &[u32]) {
    let carried: Vec<Work> = instance.works.iter().filter(|work| work.token == from).cloned().collect();
    instance.works.retain(|work| work.token != from);
    for work in carried {
        instance.works.extend(to.iter().map(|token| Work { token: *token, ..work.clone() }));
    }
}

/// Work that no token in a queue stands for any more is over.
pub(crate) fn end_works(instance: &mut Instance, flow: &Flow) {
    let Instance { works, tokens, .. } = instance;
    let stays = |token: &Token| flow.node(token.node).is_some_and(|node| node.queue.is_some());
    works.retain(|work| tokens.iter().any(|token| token.id == work.token && stays(token)));
}
