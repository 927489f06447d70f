//! Letting something happen to an approval: out of the record, through the machine, back into the record, and
//! word to those concerned.

use std::sync::Arc;

use formwork_catalog::flow::{Flow, Node, approval::Approval as Rules};
use formwork_model::{
    approval::Approval,
    instance::{Instance, Token},
    name::Name,
    record::Record,
};

use super::{
    desk::Desk,
    doubt,
    machine::{By, Machine, Wrong},
};
use crate::{
    decider::{Decider, Key},
    flow::Queue,
    rejection::{Fault, Refusal},
};

/// An approval of a record, with its rules.
pub(crate) struct Case<'a> {
    pub(crate) key: Key,
    pub(crate) flow: &'a Flow,
    pub(crate) node: &'a Node,
    pub(crate) rules: &'a Rules,
    /// The approval's number.
    pub(crate) id: u32,
}

impl<'a> Decider<'a> {
    /// The approval that has, or is, this number.
    pub(crate) fn case(&self, key: Key, number: u32) -> Result<Case<'_>, Refusal> {
        let found = self.record(key, |record| find(record, number))?;
        let (flow, id, node) = found.ok_or_else(doubt::no_task)?;
        self.case_of(key, flow, node, id)
    }

    /// The approval `id` at `node` of `flow`, whose rules the release must have.
    pub(crate) fn case_of(&self, key: Key, flow: Name, node: Name, id: u32) -> Result<Case<'_>, Refusal> {
        let flow = self.catalog_of(key)?.flows.get(&flow).ok_or_else(doubt::no_rules)?;
        let node = flow.node(node).ok_or_else(doubt::no_rules)?;
        let rules = node.approval().ok_or_else(doubt::no_rules)?;
        Ok(Case { key, flow, node, rules, id })
    }

    /// The approval as it is now.
    pub(crate) fn approval(&self, case: &Case<'_>) -> Result<Approval, Refusal> {
        self.record(case.key, |record| {
            let approvals = record.flow(case.flow.name).map(|instance| instance.approvals.as_slice());
            approvals.unwrap_or_default().iter().find(|known| known.id == case.id).cloned()
        })?
        .ok_or_else(|| doubt::no_task().into())
    }

    /// Changes the approval, whatever that means.
    pub(crate) fn change_approval<T>(
        &self,
        case: &Case<'_>,
        change: impl FnOnce(&mut Approval) -> T,
    ) -> Result<T, Refusal> {
        self.instance(case.key, case.flow, |instance| {
            instance.approvals.iter_mut().find(|known| known.id == case.id).map(change)
        })?
        .ok_or_else(|| Fault::new("the approval is lost").into())
    }

    /// The next number for tasks, approvals and copies of the record.
    pub(crate) fn next_number(&self, key: Key) -> Result<u32, Refusal> {
        self.record(key, |record| {
            let approvals = record.flows.iter().flat_map(|instance| &instance.approvals);
            approvals.map(Approval::last_number).max().unwrap_or(0) + 1
        })
    }

    /// Lets something happen to the approval. The token is not sent on yet.
    pub(crate) fn work(
        &self,
        case: &Case<'_>,
        work: impl FnOnce(&mut Machine<'_, Desk<'_, 'a>>) -> Result<(), Wrong<Refusal>>,
    ) -> Result<Approval, Refusal> {
        self.step(|| format!("approval {}.{}", case.flow.name, case.node.name))?;
        let before = self.approval(case)?;
        let mut approval = before.clone();
        let desk = Desk::new(self, case, &before)?;
        let next = self.next_number(case.key)?;
        let mut machine =
            Machine { approval: &mut approval, chain: &case.rules.steps, office: &desk, now: self.now, next };
        work(&mut machine).map_err(|wrong| match wrong {
            Wrong::Refused(why) => doubt::refusal(why).into(),
            Wrong::Failed(refusal) => refusal,
        })?;
        self.change_approval(case, |known| known.clone_from(&approval))?;
        self.note_decided(case, &before, &approval);
        self.keep_time(case, &before, &approval)?;
        self.announce(case, &before, &approval)?;
        Ok(approval)
    }

    /// As [`Decider::work`], and then everything moves on that can.
    pub(crate) fn work_on(
        &self,
        case: &Case<'_>,
        work: impl FnOnce(&mut Machine<'_, Desk<'_, 'a>>) -> Result<(), Wrong<Refusal>>,
    ) -> Result<(), Refusal> {
        let approval = self.work(case, work)?;
        let mut queue = Queue::new();
        self.leave_approval(case, &approval, &mut queue)?;
        self.run_to_rest(case.key, case.flow, queue)
    }

    /// Ends approvals whose token is gone.
    pub(crate) fn drop_approvals(&self, key: Key, flow: &Flow) -> Result<(), Refusal> {
        let orphans = self.record(key, |record| record.flow(flow.name).map(orphans).unwrap_or_default())?;
        for (id, node) in orphans {
            let by = self.by();
            match self.case_of(key, flow.name, node, id) {
                Ok(case) => {
                    self.work(&case, |machine| {
                        machine.stop(formwork_model::approval::Outcome::Left, &by);
                        Ok(())
                    })?;
                }
                // The release has lost the node; nobody can decide it any more.
                Err(_) => self.instance(key, flow, |instance| instance.approvals.retain(|known| known.id != id))?,
            }
        }
        Ok(())
    }

    /// The token of an approval, while it waits.
    pub(crate) fn waiting_token(&self, case: &Case<'_>, approval: &Approval) -> Result<Option<Token>, Refusal> {
        self.token(case.key, case.flow, approval.token)
    }

    /// The actor, in the own name.
    pub(crate) fn by(&self) -> By {
        let comment = self.command.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
        By { login: self.command.actor.login.clone(), on_behalf_of: None, comment: comment.map(Arc::from) }
    }
}

/// The flow, number and node of the approval with a number.
fn find(record: &Record, number: u32) -> Option<(Name, u32, Name)> {
    record.flows.iter().find_map(|instance| {
        let has = |approval: &&Approval| {
            approval.id == number
                || approval.task(number).is_some()
                || approval.copies.iter().any(|copy| copy.id == number)
        };
        instance.approvals.iter().find(has).map(|approval| (instance.flow, approval.id, approval.node))
    })
}

fn orphans(instance: &Instance) -> Vec<(u32, Name)> {
    let waits = |approval: &&Approval| {
        instance.tokens.iter().any(|token| token.id == approval.token && token.node == approval.node)
    };
    let open = instance.approvals.iter().filter(|approval| approval.is_open());
    open.filter(|approval| !waits(approval)).map(|approval| (approval.id, approval.node)).collect()
}
