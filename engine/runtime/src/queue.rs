//! Work in queues: who may own it, to whom it is given, and what becomes of it when its token moves.
//!
//! A token on a state with a queue is [`Work`]; it lies in the record. Work waits for a member or is owned by one,
//! and the object's owner field says by whom. Keys by queue and by owner are derived when the record is written,
//! and so is what the history says about owners.

mod assign;
pub(crate) mod carry;
pub(crate) mod clock;
pub(crate) mod index;
mod members;
mod operate;
pub(crate) mod owner;
pub(crate) mod responsible;

use formwork_catalog::{
    flow::Flow,
    queue::{InQueue, Queue},
};
use formwork_model::{code, name::Name, text, work::Work};

use crate::{
    decider::{Decider, Key},
    rejection::{Kind, Refusal, Rejection},
};

pub use operate::Operation;
pub use responsible::Period;

/// One piece of work, with everything that is said about it.
#[derive(Clone)]
pub(crate) struct Case<'a> {
    pub(crate) key: Key,
    pub(crate) flow: &'a Flow,
    pub(crate) queue: &'a Queue,
    pub(crate) within: &'a InQueue,
    pub(crate) work: Work,
}

impl Decider<'_> {
    /// The work that a token is; `None` when it is none.
    pub(crate) fn work_case<'s>(&'s self, key: Key, flow: &'s Flow, token: u32) -> Result<Option<Case<'s>>, Refusal> {
        let found = self.record(key, |record| {
            let instance = record.flow(flow.name)?;
            let node = instance.tokens.iter().find(|known| known.id == token)?.node;
            Some((node, instance.works.iter().find(|work| work.token == token)?.clone()))
        })?;
        let Some((node, work)) = found else { return Ok(None) };
        let Some(within) = flow.node(node).and_then(|node| node.queue.as_ref()) else { return Ok(None) };
        let queue = self.queue(work.queue)?;
        Ok(Some(Case { key, flow, queue, within, work }))
    }

    /// Every piece of work that the record is.
    pub(crate) fn cases(&self, key: Key) -> Result<Vec<Case<'_>>, Refusal> {
        let works: Vec<(Name, u32)> = self.record(key, |record| {
            let live = record.flows.iter().filter(|instance| instance.is_live());
            live.flat_map(|instance| instance.works.iter().map(|work| (instance.flow, work.token))).collect()
        })?;
        let mut cases = Vec::with_capacity(works.len());
        for (flow, token) in works {
            let Some(flow) = self.catalog_of(key)?.flows.get(&flow) else { continue };
            cases.extend(self.work_case(key, flow, token)?);
        }
        Ok(cases)
    }

    /// The queue, which must be in the catalog.
    pub(crate) fn queue(&self, name: Name) -> Result<&Queue, Refusal> {
        self.catalog().queues.get(&name).map(|queue| &**queue).ok_or_else(|| unknown_queue(name.as_str()).into())
    }
}

/// There is no such queue.
pub(crate) fn unknown_queue(name: &str) -> Rejection {
    Rejection::new(Kind::Conflict, code!("unknown-queue"), text!("there is no queue `{name}`", "没有队列 `{name}`"))
}
