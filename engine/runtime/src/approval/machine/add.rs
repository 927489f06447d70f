//! 加签 and 委派: more people for a task.

use std::sync::Arc;

use formwork_model::approval::{Place, Task};

use super::{By, Done, Machine, Office};

impl<O: Office> Machine<'_, O> {
    /// Adds signers or a delegate to a task that can be decided now. `place` makes the place of the new tasks.
    pub(crate) fn add(&mut self, task: u32, to: &[Arc<str>], place: fn(u32) -> Place, by: &By) -> Done<O> {
        self.decidable(task)?;
        let adder = by.on_behalf_of.as_ref().unwrap_or(&by.login).clone();
        for login in to {
            self.check_new(login)?;
            let (id, now) = (self.number(), self.now);
            if let Some(step) = self.approval.steps.last_mut() {
                step.tasks.push(Task {
                    id,
                    login: login.clone(),
                    place: place(task),
                    added_by: Some(adder.clone()),
                    why: format!("added by {}", by.login).into(),
                    open: false,
                    since: now,
                    end: None,
                });
            }
        }
        self.settle()
    }
}
