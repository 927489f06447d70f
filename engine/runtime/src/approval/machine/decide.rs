//! 同意 and 拒绝.

use formwork_model::approval::End;

use super::{By, Done, Machine, Office};

impl<O: Office> Machine<'_, O> {
    /// 同意.
    pub(crate) fn approve(&mut self, task: u32, by: &By) -> Done<O> {
        self.decidable(task)?;
        self.end_task(task, End::Approved, by);
        self.settle()
    }

    /// 拒绝.
    pub(crate) fn reject(&mut self, task: u32, by: &By) -> Done<O> {
        self.decidable(task)?;
        self.end_task(task, End::Rejected, by);
        self.settle()
    }
}
