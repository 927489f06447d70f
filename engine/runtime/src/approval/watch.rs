//! A watched field that changes withdraws the approval: what people agreed to is not what is there any more.

use formwork_model::{
    approval::{Approval, Outcome},
    code,
    name::Name,
    text,
};

use crate::{
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal},
};

impl Decider<'_> {
    /// Withdraws every approval that waited before the command and of which a watched field has changed.
    pub(crate) fn withdraw_changed(&self) -> Result<(), Refusal> {
        while let Some((key, flow, node, id)) = self.next_changed() {
            let case = self.case_of(key, flow, node, id)?;
            let (flow_name, node_name) = (case.flow.name, case.node.name);
            self.fire(format!("watch {flow_name}.{node_name}"), "");
            let by = self.by();
            self.work_on(&case, |machine| {
                machine.stop(Outcome::Withdrawn, &by);
                Ok(())
            })?;
            self.settle()?;
            if self.approval(&case)?.is_open() {
                return Err(loops(node_name));
            }
        }
        Ok(())
    }

    fn next_changed(&self) -> Option<(Key, Name, Name, u32)> {
        let slots = self.slots.borrow();
        for (key, slot) in slots.iter().filter(|(_, slot)| slot.is_changed()) {
            let (Some(before), Some(now)) = (slot.before(), slot.current()) else { continue };
            // Known since the record was read.
            let Ok(catalog) = self.catalog_of(*key) else { continue };
            for instance in &now.flows {
                let Some(flow) = catalog.flows.get(&instance.flow) else { continue };
                for approval in instance.approvals.iter().filter(|approval| approval.is_open()) {
                    let Some(rules) = flow.node(approval.node).and_then(|node| node.approval()) else { continue };
                    let waited = before.flow(instance.flow).is_some_and(|old| waited(&old.approvals, approval));
                    let differs = |field: &Name| before.fields.get(*field) != now.fields.get(*field);
                    if waited && rules.watch.iter().any(differs) {
                        return Some((*key, instance.flow, approval.node, approval.id));
                    }
                }
            }
        }
        None
    }
}

fn waited(before: &[Approval], approval: &Approval) -> bool {
    before.iter().any(|known| known.id == approval.id && known.is_open())
}

fn loops(node: Name) -> Refusal {
    let message = text!("the approval at `{node}` can't be withdrawn", "`{node}` 的审批无法撤回");
    Problem::new(code!("step-budget"), message).reject(Kind::Limit).into()
}
