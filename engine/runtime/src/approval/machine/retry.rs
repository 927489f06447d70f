//! A blocked step is tried again, after the cause was put right.

use formwork_model::approval::StepState;

use super::{Done, Machine, Office, Why};

impl<O: Office> Machine<'_, O> {
    /// Looks again for people to ask.
    pub(crate) fn retry(&mut self) -> Done<O> {
        let blocked = self.approval.current().filter(|step| step.state == StepState::Blocked);
        let Some((at, then)) = blocked.map(|step| (step.at, step.then)) else { return Err(Why::NotBlocked.into()) };
        self.approval.steps.pop();
        let chain = self.chain;
        if let Some(rule) = usize::try_from(at).ok().and_then(|at| chain.get(at))
            && !self.open(rule, at, false, then)?
        {
            self.go_on(then.unwrap_or(at + 1), then.is_some())?;
        }
        self.settle()
    }
}
