//! What whoever decides fills in: set in the same commit as the decision.

use formwork_catalog::flow::approval::{Decision, Step as Rule};
use formwork_model::approval::{Approval, Task};

use super::work::Case;
use crate::{command::Input, decider::Decider, flow::fill::Wanted, rejection::Refusal};

impl Decider<'_> {
    /// Reads, sets and checks what a decision about `task` fills in; `which` picks the decision of its step.
    pub(super) fn fill_decision(
        &self,
        case: &Case<'_>,
        approval: &Approval,
        task: &Task,
        which: impl FnOnce(&Rule) -> &Decision,
        input: &Input,
    ) -> Result<(), Refusal> {
        // Decided already, or not yet to be: the machine says so, whatever was sent.
        if !task.is_open() || !approval.is_open() {
            return Ok(());
        }
        let none = Decision::default();
        // A step that a migration took away asks for nothing any more.
        let step = approval.steps.iter().find(|step| step.task(task.id).is_some());
        let rule = step.and_then(|step| case.rules.steps.iter().find(|rule| rule.name == step.name));
        let decision = rule.map_or(&none, which);
        let wanted = Wanted { form: decision.form, require: &decision.require };
        let mut filled = self.read_filled(case.key, wanted, input)?;
        self.set_filled(case.key, &mut filled)?;
        let Some(token) = self.waiting_token(case, approval)? else { return Ok(()) };
        let mut vars = self.token_vars(case.key, case.flow, &token)?;
        vars.set("input", filled.handle(case.key.0));
        self.check_filled(case.key, wanted, &filled, &vars)
    }
}
