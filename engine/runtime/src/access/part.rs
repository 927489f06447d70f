//! Who takes part in what happens to a record, and sees it for that: whoever has or had a task of it, a copy, or the
//! work that it is, and the members of the queue that it waits in.

use formwork_model::{name::Name, work::Work};

use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

impl Decider<'_> {
    /// Whether the actor takes part in what happens to the record.
    pub(crate) fn takes_part(&self, key: Key) -> Result<bool, Refusal> {
        let approvals: Vec<(Name, Name, u32)> = self.record(key, |record| {
            let of = |flow: &formwork_model::instance::Instance| {
                let name = flow.flow;
                flow.approvals.iter().map(move |approval| (name, approval.node, approval.id)).collect::<Vec<_>>()
            };
            record.flows.iter().flat_map(of).collect()
        })?;
        for (flow, node, id) in approvals {
            // What the release does not know any more can't be taken part in.
            let Ok(case) = self.case_of(key, flow, node, id) else { continue };
            let approval = self.approval(&case)?;
            if self.is_party(&case, &approval)? {
                return Ok(true);
            }
        }
        let works: Vec<Work> =
            self.record(key, |record| record.flows.iter().flat_map(|flow| flow.works.clone()).collect())?;
        for work in works {
            if self.works_on(key, &work)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn works_on(&self, key: Key, work: &Work) -> Result<bool, Refusal> {
        if work.readers.contains(&self.command.actor.login) {
            return Ok(true);
        }
        if let Some(owner) = &work.assignee
            && self.acts_for(owner)?
        {
            return Ok(true);
        }
        for case in self.cases(key)?.iter().filter(|case| case.work.token == work.token) {
            if self.is_manager(case.queue) || work.assignee.is_none() && self.as_member(case)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
