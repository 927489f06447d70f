//! An action of the node that leads away from it: whoever took it has acted.

use formwork_model::approval::End;

use super::{By, Done, Machine, Office};

impl<O: Office> Machine<'_, O> {
    /// The task ends with the action. What else is open ends when the token leaves, which it does now.
    pub(crate) fn act(&mut self, task: u32, by: &By) -> Done<O> {
        self.decidable(task)?;
        self.end_task(task, End::Acted, by);
        Ok(())
    }
}
