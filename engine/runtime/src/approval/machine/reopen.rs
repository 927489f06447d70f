//! 弃审: an approval that was given is taken back. Whether nothing depends on it yet is not known here.

use formwork_model::approval::{End, Ended, Place, Step, StepState, Task};

use super::{By, Done, Machine, Office, Why, answer};

impl<O: Office> Machine<'_, O> {
    /// Asks the last step again: the person who takes back has to decide anew, what others approved stands.
    pub(crate) fn reopen(&mut self, by: &By) -> Done<O> {
        let who = by.on_behalf_of.as_ref().unwrap_or(&by.login).clone();
        let Some(last) = self.approval.steps.iter_mut().rev().find(|step| step.state == StepState::Passed) else {
            return Err(Why::NotPassed.into());
        };
        let own = |task: &Task| task.login == who || task.end.as_ref().is_some_and(|end| end.by == who);
        if !answer::voters(last).any(|task| task.how() == Some(End::Approved) && own(task)) {
            return Err(Why::NotPassed.into());
        }
        last.state = StepState::Undone;
        let voters: Vec<Task> = answer::voters(last).cloned().collect();
        // Somebody who was added may have said no to a vote that its voter approved.
        let yes = voters.iter().filter(|voter| answer::answer(last, voter) == answer::Answer::Yes);
        let passed: Vec<u32> = yes.map(|voter| voter.id).collect();
        let mut step =
            Step { state: StepState::Open, began_at: self.now, then: None, tasks: Vec::new(), ..last.clone() };
        for voter in voters {
            let stands = voter.how() == Some(End::Approved) && !own(&voter) && passed.contains(&voter.id);
            let end = stands.then(|| Ended {
                how: End::Passed,
                at: self.now,
                by: voter.login.clone(),
                on_behalf_of: None,
                comment: None,
            });
            let id = self.number();
            step.tasks.push(Task { id, place: Place::Voter, open: false, since: self.now, end, ..voter });
        }
        self.approval.ended = None;
        self.approval.steps.push(step);
        self.settle()
    }
}
