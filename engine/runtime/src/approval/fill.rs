//! What whoever decides fills in: set in the same commit as the decision.

use formwork_catalog::flow::approval::{Decision, Step as Rule};
use formwork_model::{
    approval::{Approval, Task},
    name::Name,
};

use super::work::Case;
use crate::{
    command::Input,
    decider::{Decider, Key},
    flow::fill::Wanted,
    rejection::Refusal,
};

/// What is filled in with a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asks {
    /// The form that is filled in.
    pub form: Option<Name>,
    /// Fields that must not be empty afterwards.
    pub require: Vec<Name>,
}

/// What the step of a task asks for; a step that a migration took away asks for nothing any more.
fn decision_of<'c>(
    case: &Case<'c>,
    approval: &Approval,
    task: u32,
    which: impl FnOnce(&'c Rule) -> &'c Decision,
) -> Option<&'c Decision> {
    let step = approval.steps.iter().find(|step| step.task(task).is_some())?;
    case.rules.steps.iter().find(|rule| rule.name == step.name).map(which)
}

impl Decider<'_> {
    /// What is filled in with the decision `word` about a task; nothing with any but `approve` and `reject`.
    pub(crate) fn asked_with(&self, key: Key, task: u32, word: &str) -> Result<Asks, Refusal> {
        let which: fn(&Rule) -> &Decision = match word {
            "approve" => |rule| &rule.approve,
            "reject" => |rule| &rule.reject,
            _ => return Ok(Asks::default()),
        };
        let case = self.case(key, task)?;
        let approval = self.approval(&case)?;
        let decision = decision_of(&case, &approval, task, which);
        Ok(decision
            .map_or_else(Asks::default, |decision| Asks { form: decision.form, require: decision.require.clone() }))
    }

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
        let decision = decision_of(case, approval, task.id, which).unwrap_or(&none);
        let wanted = Wanted { form: decision.form, require: &decision.require };
        let mut filled = self.read_filled(case.key, wanted, input)?;
        self.set_filled(case.key, &mut filled)?;
        let Some(token) = self.waiting_token(case, approval)? else { return Ok(()) };
        let mut vars = self.token_vars(case.key, case.flow, &token)?;
        vars.set("input", filled.handle(case.key.0));
        self.check_filled(case.key, wanted, &filled, &vars)
    }
}
