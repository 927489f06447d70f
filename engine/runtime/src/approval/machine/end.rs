//! The approval ends around its tasks: withdrawn, or the token was taken away.

use formwork_model::approval::{End, Outcome, StepState};

use super::{By, Machine, Office};

impl<O: Office> Machine<'_, O> {
    /// Cancels what is unfinished and ends the approval.
    pub(crate) fn stop(&mut self, outcome: Outcome, by: &By) {
        if !self.approval.is_open() {
            return;
        }
        let live: Vec<u32> = self.approval.tasks().filter(|task| task.is_live()).map(|task| task.id).collect();
        for id in live {
            self.end_task(id, End::Cancelled, by);
        }
        for step in &mut self.approval.steps {
            if matches!(step.state, StepState::Open | StepState::Blocked) {
                step.state = StepState::Dropped;
            }
        }
        self.close(outcome, by);
    }
}
