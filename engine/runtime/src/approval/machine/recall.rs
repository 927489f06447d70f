//! 撤回, and whether it is still possible.

use formwork_model::approval::{Approval, End, Outcome};

use super::{By, Done, Machine, Office, Why};

/// Whether nobody has decided yet.
fn until_decided(approval: &Approval) -> bool {
    !approval.tasks().any(|task| task.how().is_some_and(|how| how.is_decision() || how == End::Expired))
}

impl<O: Office> Machine<'_, O> {
    /// 撤回: the submitter takes it back. Without `always` only while nobody has decided.
    pub(crate) fn recall(&mut self, always: bool, by: &By) -> Done<O> {
        if !self.approval.is_open() {
            return Err(Why::Closed.into());
        }
        if !always && !until_decided(self.approval) {
            return Err(Why::Decided.into());
        }
        self.stop(Outcome::Withdrawn, by);
        Ok(())
    }
}
