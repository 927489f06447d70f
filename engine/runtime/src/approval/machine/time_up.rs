//! The time for a step is up, or somebody who was asked has left: others decide instead.

use std::sync::Arc;

use formwork_catalog::flow::approval::{Step as Rule, Then};
use formwork_model::approval::{End, Outcome, StepState, Task};

use super::{Done, Machine, Office, Wrong};

impl<O: Office> Machine<'_, O> {
    /// Does what the definition says when the time for the present step is up.
    pub(crate) fn time_up(&mut self, then: Then) -> Done<O> {
        let by = Self::nobody();
        match then {
            Then::Approve => {
                let Some((next, straight)) = self.close_step(StepState::Passed) else { return Ok(()) };
                self.go_on(next, straight)?;
                self.settle()
            }
            Then::Reject => {
                if self.close_step(StepState::Failed).is_some() {
                    self.close(Outcome::Rejected, &by);
                }
                Ok(())
            }
            Then::Escalate => self.pass_up(Task::is_open, "in time"),
        }
    }

    /// Somebody has left: what they were asked goes to whoever decides instead.
    pub(crate) fn hand_over(&mut self, login: &str) -> Done<O> {
        self.pass_up(|task| *task.login == *login, "who has left")
    }

    /// Ends the present step by the clock; gives the step that comes next, and whether it is asked anew.
    fn close_step(&mut self, state: StepState) -> Option<(u32, bool)> {
        let open = self.approval.is_open();
        let step = self.approval.steps.last_mut().filter(|step| open && step.state == StepState::Open)?;
        step.state = state;
        let next = (step.then.unwrap_or(step.at + 1), step.then.is_some());
        let live: Vec<u32> = step.tasks.iter().filter(|task| task.is_live()).map(|task| task.id).collect();
        for id in live {
            self.end_task(id, End::Expired, &Self::nobody());
        }
        Some(next)
    }

    /// Puts the supervisors in the place of those who have these tasks; who has none, or one who is asked already,
    /// keeps them.
    fn pass_up(&mut self, which: impl Fn(&Task) -> bool, why: &str) -> Done<O> {
        let Some(rule) = self.rule() else { return Ok(()) };
        let step = self.approval.current();
        let tasks: Vec<(u32, Arc<str>)> = step
            .into_iter()
            .flat_map(|step| &step.tasks)
            .filter(|task| task.is_live() && which(task))
            .map(|task| (task.id, task.login.clone()))
            .collect();
        for (task, login) in tasks {
            if let Some(above) = self.successor(&login, rule)? {
                let why = format!("supervisor of {login}, {why}");
                self.replace(task, &above, why.into(), &Self::nobody(), End::Escalated);
            }
        }
        self.settle()
    }

    /// Who decides instead of somebody: the nearest supervisor who may, else an administrator.
    pub(crate) fn successor(&self, login: &str, rule: &Rule) -> Result<Option<Arc<str>>, Wrong<O::Failure>> {
        let mut above = self.supervisor_of(login, rule)?;
        if above.is_none() {
            for admin in self.office.admins().map_err(Wrong::Failed)? {
                if *admin != *login
                    && !self.is_excluded(&admin, rule)
                    && self.office.is_active(&admin).map_err(Wrong::Failed)?
                {
                    above = Some(admin);
                    break;
                }
            }
        }
        Ok(above.filter(|above| !self.is_asked(above)))
    }
}
