//! Flows: tokens that move on a graph until nothing moves by itself any more.
//!
//! A step is: a token enters a node; automatic nodes send it on at once. When the queue is empty, joins are
//! looked at, then scopes and `each` nodes whose sub-graph is done, and so on until nothing happens.

mod enter;
pub(crate) mod fill;
mod join;
mod offer;
mod region;
mod scope;
mod take;
mod timer;
mod wait;

pub use offer::Offered;
pub(crate) use scope::{withdraw, withdraw_inside};

use std::collections::VecDeque;

use formwork_catalog::flow::{Flow, NodeKind};
use formwork_model::{
    code,
    instance::{Instance, Token},
    name::Name,
    text,
};

use crate::{
    decider::{Decider, Key},
    queue::carry::{carry_on, end_works},
    rejection::{Fault, Kind, Refusal, Rejection},
    timer::is_of_flow,
};

/// Tokens that have just arrived somewhere and have to be looked at.
pub(crate) type Queue = VecDeque<u32>;

impl Decider<'_> {
    /// Puts a token on the first node of a flow and lets it run.
    pub(crate) fn start_flow(&self, key: Key, name: Name) -> Result<(), Refusal> {
        let flow = self.flow(key, name)?;
        if self.record(key, |record| record.flow(name).is_some_and(Instance::is_live))? {
            return Err(Rejection::new(
                Kind::Conflict,
                code!("flow-running"),
                text!("flow `{name}` is already running", "流程 `{name}` 已在运行"),
            )
            .into());
        }
        let held = is_each(flow, flow.start);
        // Approvals of an earlier run stay in the record, and tokens are never counted anew: what belonged to an
        // activation of that run belongs to none of this.
        let (approvals, first) = self
            .record(key, |record| record.flow(name).map_or((Vec::new(), 1), |old| (old.approvals.clone(), old.next)))?;
        let token =
            Token { id: first, node: flow.start, scope: 0, splits: Vec::new(), from: None, since: self.now, held };
        let instance = Instance {
            flow: name,
            release: self.catalog_of(key)?.release.to_string(),
            draft: false,
            started_at: self.now,
            ended_at: None,
            outcome: None,
            tokens: vec![token],
            scopes: Vec::new(),
            joins: Vec::new(),
            approvals,
            works: Vec::new(),
            next: first + 1,
        };
        self.quietly(key, |record| {
            record.flows.retain(|known| known.flow != name);
            // Tokens are counted anew: a timer of the last run must not belong to one of this.
            record.timers.retain(|timer| !is_of_flow(timer, name));
            record.flows.push(instance);
        })?;
        self.fire(format!("flow {name} starts at {}", flow.start), "");
        self.run_to_rest(key, flow, Queue::from([first]))
    }

    /// The flow, if it runs over the record's object.
    pub(crate) fn flow(&self, key: Key, name: Name) -> Result<&Flow, Refusal> {
        match self.catalog_of(key)?.flows.get(&name) {
            Some(flow) if flow.object == key.0 => Ok(flow),
            _ => Err(Rejection::new(
                Kind::NotFound,
                code!("unknown-flow"),
                text!("there is no flow `{name}` here", "此处没有流程 `{name}`"),
            )
            .into()),
        }
    }

    /// Moves everything that moves by itself.
    pub(crate) fn run_to_rest(&self, key: Key, flow: &Flow, mut queue: Queue) -> Result<(), Refusal> {
        loop {
            while let Some(token) = queue.pop_front() {
                self.enter(key, flow, token, &mut queue)?;
            }
            let moved = self.fire_join(key, flow, &mut queue)? || self.close_scope(key, flow, &mut queue)?;
            if !moved && queue.is_empty() {
                break;
            }
        }
        let now = self.now;
        self.instance(key, flow, |instance| {
            end_works(instance, flow);
            if instance.tokens.is_empty() && instance.ended_at.is_none() {
                instance.ended_at = Some(now);
                instance.joins.clear();
                instance.scopes.clear();
            }
        })?;
        self.drop_approvals(key, flow)?;
        self.drop_orphans(key)?;
        self.change(key, |_| ())?;
        self.wake_others(key, flow)
    }

    /// Changes the instance of `flow`.
    pub(crate) fn instance<T>(
        &self,
        key: Key,
        flow: &Flow,
        change: impl FnOnce(&mut Instance) -> T,
    ) -> Result<T, Refusal> {
        let name = flow.name;
        self.quietly(key, |record| record.flows.iter_mut().find(|known| known.flow == name).map(change))?
            .ok_or_else(|| Fault::new(format!("flow {name} has no instance")).into())
    }

    /// A token as it is; `None` when it was consumed or withdrawn meanwhile.
    pub(crate) fn token(&self, key: Key, flow: &Flow, id: u32) -> Result<Option<Token>, Refusal> {
        self.record(key, |record| {
            record.flow(flow.name).and_then(|instance| instance.tokens.iter().find(|token| token.id == id).cloned())
        })
    }

    /// Sends a token on. Several targets, or `split`, begin a split that a join can gather again.
    pub(crate) fn emit(
        &self,
        key: Key,
        flow: &Flow,
        token: &Token,
        targets: &[Name],
        split: bool,
        queue: &mut Queue,
    ) -> Result<(), Refusal> {
        let names = targets.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        self.fire(format!("flow {} {} -> {names}", flow.name, token.node), "");
        let now = self.now;
        let ids = self.instance(key, flow, |instance| {
            instance.tokens.retain(|known| known.id != token.id);
            let mut splits = shared_splits(instance, token);
            if split || targets.len() > 1 {
                splits.push(instance.next);
                instance.next += 1;
            }
            let mut ids = Vec::with_capacity(targets.len());
            for target in targets {
                let id = instance.next;
                instance.next += 1;
                instance.tokens.push(Token {
                    id,
                    node: *target,
                    scope: token.scope,
                    splits: splits.clone(),
                    from: Some(token.node),
                    since: now,
                    held: is_each(flow, *target),
                });
                ids.push(id);
            }
            carry_on(instance, token.id, &ids);
            ids
        })?;
        queue.extend(ids);
        Ok(())
    }

    /// Changes a record without making rules and computed values look again.
    pub(crate) fn quietly<T>(
        &self,
        key: Key,
        change: impl FnOnce(&mut formwork_model::record::Record) -> T,
    ) -> Result<T, Refusal> {
        let was_dirty = self.slots.borrow().get(&key).is_some_and(|slot| slot.dirty);
        let result = self.change(key, change)?;
        if let Some(slot) = self.slots.borrow_mut().get_mut(&key) {
            slot.dirty = was_dirty;
        }
        Ok(result)
    }
}

/// The splits of a token through which somebody else came too. Where nobody did there is nobody to meet: else a
/// circle would collect them. Splits are numbered in the order they happen in, so every list is sorted; whoever came
/// last shares most, and a look at few tokens is enough.
fn shared_splits(instance: &Instance, token: &Token) -> Vec<u32> {
    let mut alone = token.splits.clone();
    for known in instance.tokens.iter().rev() {
        if alone.is_empty() {
            break;
        }
        alone.retain(|split| known.splits.binary_search(split).is_err());
    }
    token.splits.iter().copied().filter(|split| alone.binary_search(split).is_err()).collect()
}

/// An `each` is `held` until its items are open: one without items yet is not one without items left.
pub(crate) fn is_each(flow: &Flow, node: Name) -> bool {
    matches!(flow.node(node).map(|node| &node.kind), Some(NodeKind::Each { .. }))
}
