//! Actions of an approval that those may take who are asked: its named outcomes.

use formwork_catalog::flow::{Action, By as May, Flow, Node};

use super::machine::By;
use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

impl Decider<'_> {
    /// Whether the actor is asked at this token, themselves or for somebody else.
    pub(crate) fn is_asked(&self, key: Key, flow: &Flow, node: &Node, token: u32) -> Result<bool, Refusal> {
        Ok(self.own_task(key, flow, node, token)?.is_some())
    }

    /// The approval, the open task at this token that the actor may decide, and as whom.
    fn own_task(&self, key: Key, flow: &Flow, node: &Node, token: u32) -> Result<Option<(u32, u32, By)>, Refusal> {
        let found = self.record(key, |record| {
            let approvals = record.flow(flow.name).into_iter().flat_map(|instance| &instance.approvals);
            approvals.into_iter().find(|known| known.token == token && known.is_open()).cloned()
        })?;
        let Some(approval) = found else { return Ok(None) };
        let case = self.case_of(key, flow.name, node.name, approval.id)?;
        for task in approval.tasks().filter(|task| task.is_open()) {
            match self.as_decider(&case, &approval, task) {
                Ok(by) => return Ok(Some((approval.id, task.id, by))),
                Err(Refusal::Rejected(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(None)
    }

    /// Whoever takes an action for those who are asked has acted on their task, when it leads away.
    pub(crate) fn act_as_asked(
        &self,
        key: Key,
        flow: &Flow,
        node: &Node,
        token: u32,
        action: &Action,
    ) -> Result<(), Refusal> {
        if !action.by.contains(&May::Approver) {
            return Ok(());
        }
        let Some((approval, task, by)) = self.own_task(key, flow, node, token)? else { return Ok(()) };
        if let Some(principal) = &by.on_behalf_of {
            self.speak_for(principal);
        }
        if action.to.is_empty() {
            return Ok(());
        }
        let case = self.case_of(key, flow.name, node.name, approval)?;
        self.work(&case, |machine| machine.act(task, &by))?;
        Ok(())
    }
}
