//! Who may do what to a task, an approval or a copy.

use std::sync::Arc;

use formwork_model::{
    approval::{Approval, StepState, Task},
    name::Name,
};

use super::{desk::ADMIN, doubt, machine::By, machine::Why, work::Case};
use crate::{decider::Decider, rejection::Refusal};

impl Decider<'_> {
    /// The actor as whoever may decide this task: its person, or a proxy. Refuses others, and whoever is excluded.
    pub(crate) fn as_decider(&self, case: &Case<'_>, approval: &Approval, task: &Task) -> Result<By, Refusal> {
        let by = self.as_holder(case, approval, task)?;
        if task.is_live() && approval.is_open() && self.is_excluded(case, approval, &by.login)? {
            return Err(doubt::refusal(Why::Excluded).into());
        }
        Ok(by)
    }

    fn as_holder(&self, case: &Case<'_>, approval: &Approval, task: &Task) -> Result<By, Refusal> {
        let by = self.by();
        if by.login == task.login {
            return Ok(by);
        }
        self.as_agent(case, approval, &task.login)?.ok_or_else(|| doubt::not_yours().into())
    }

    fn as_agent(&self, case: &Case<'_>, approval: &Approval, principal: &Arc<str>) -> Result<Option<By>, Refusal> {
        let by = self.by();
        let may = self.is_agent(case, approval, principal, &by.login)?;
        Ok(may.then(|| By { on_behalf_of: Some(principal.clone()), ..by }))
    }

    /// The actor as whoever added this task.
    pub(crate) fn as_adder(&self, case: &Case<'_>, approval: &Approval, task: &Task) -> Result<By, Refusal> {
        let by = self.by();
        match &task.added_by {
            Some(adder) if *adder != by.login => Ok(self.as_agent(case, approval, adder)?.unwrap_or(by)),
            _ => Ok(by),
        }
    }

    /// The actor as whoever may hand this task on: its person, a proxy, or an administrator.
    pub(crate) fn as_giver(&self, case: &Case<'_>, approval: &Approval, task: &Task) -> Result<By, Refusal> {
        match self.as_decider(case, approval, task) {
            Err(Refusal::Rejected(_)) if self.is_admin() => Ok(self.by()),
            other => other,
        }
    }

    /// Refuses everybody but the submitter.
    pub(crate) fn as_submitter(&self, approval: &Approval) -> Result<By, Refusal> {
        let by = self.by();
        if by.login == approval.submitter { Ok(by) } else { Err(doubt::not_yours().into()) }
    }

    /// Refuses whoever has nothing to do with the approval.
    pub(crate) fn as_party(&self, case: &Case<'_>, approval: &Approval) -> Result<By, Refusal> {
        if self.took_part(approval) || self.is_admin() {
            return Ok(self.by());
        }
        self.as_any_agent(case, approval)?.ok_or_else(|| doubt::not_yours().into())
    }

    /// Whether the actor has to do with the approval: has or had a task or a copy of it, submitted it, or has to help
    /// because nobody was found.
    pub(crate) fn is_party(&self, case: &Case<'_>, approval: &Approval) -> Result<bool, Refusal> {
        let blocked = approval.is_open() && approval.steps.iter().any(|step| step.state == StepState::Blocked);
        Ok(self.took_part(approval) || blocked && self.is_admin() || self.as_any_agent(case, approval)?.is_some())
    }

    fn took_part(&self, approval: &Approval) -> bool {
        let by = self.by();
        approval.submitter == by.login
            || approval.copies.iter().any(|copy| copy.login == by.login)
            || approval
                .tasks()
                .any(|task| task.login == by.login || task.end.as_ref().is_some_and(|end| end.by == by.login))
    }

    /// The actor as a proxy of somebody who is asked.
    fn as_any_agent(&self, case: &Case<'_>, approval: &Approval) -> Result<Option<By>, Refusal> {
        for task in approval.tasks().filter(|task| task.is_live()) {
            if let Some(by) = self.as_agent(case, approval, &task.login)? {
                return Ok(Some(by));
            }
        }
        Ok(None)
    }

    /// Whether the actor helps where nobody else can.
    pub(crate) fn is_admin(&self) -> bool {
        self.roles.contains(&Name::intern(ADMIN))
    }
}
