//! 退回: to the submitter, to a step that was passed, to an earlier node. Whatever others of the step have
//! decided does not count any more.

use formwork_model::{
    approval::{End, Outcome, StepState},
    name::Name,
};

use super::{By, Done, Machine, Office, Why};

/// Where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Back {
    /// The submitter.
    Submitter,
    /// A step of the chain that was passed.
    Step(u32),
    /// An earlier node of the flow.
    Node(Name),
}

impl<O: Office> Machine<'_, O> {
    /// Sends it back. With `resume` it comes straight back to the present step afterwards.
    pub(crate) fn give_back(&mut self, task: u32, to: Back, resume: bool, by: &By) -> Done<O> {
        self.decidable(task)?;
        let at = self.approval.steps.last().map_or(0, |step| step.at);
        if let Back::Step(target) = to
            && !(target < at && self.passed(target))
        {
            return Err(Why::NotPassed.into());
        }
        self.end_task(task, End::Returned, by);
        self.end_live(End::Superseded);
        if let Some(step) = self.approval.steps.last_mut() {
            step.state = StepState::Undone;
        }
        match to {
            Back::Submitter => self.close(Outcome::Returned { resume: resume.then_some(at) }, by),
            Back::Node(to) => self.close(Outcome::SentBack { to }, by),
            Back::Step(target) => {
                for step in &mut self.approval.steps {
                    if step.at == target || (!resume && step.at > target) {
                        step.state = StepState::Undone;
                    }
                }
                let chain = self.chain;
                if let Some(rule) = usize::try_from(target).ok().and_then(|target| chain.get(target)) {
                    let then = resume.then_some(at);
                    if !self.open(rule, target, true, then)? {
                        self.go_on(then.unwrap_or(target + 1), then.is_some())?;
                    }
                }
                self.settle()?;
            }
        }
        Ok(())
    }

    /// Whether the step at `at` was passed and still counts.
    pub(crate) fn passed(&self, at: u32) -> bool {
        self.approval.steps.iter().any(|step| step.at == at && step.state == StepState::Passed)
    }
}
