//! 减签: whoever added somebody takes that task away again, with everything that hangs on it.

use formwork_model::approval::End;

use super::{By, Done, Machine, Office, Why};

impl<O: Office> Machine<'_, O> {
    /// Takes an added task away. Only its adder may, while it has not ended.
    pub(crate) fn remove(&mut self, task: u32, by: &By) -> Done<O> {
        let live = self.live(task)?;
        let adder = by.on_behalf_of.as_ref().unwrap_or(&by.login);
        if live.added_by.as_ref() != Some(adder) {
            return Err(Why::NotAdded.into());
        }
        let mut doomed = vec![task];
        let mut at = 0;
        while let Some(outer) = doomed.get(at).copied() {
            at += 1;
            let step = self.approval.steps.last();
            doomed.extend(
                step.into_iter().flat_map(|step| &step.tasks).filter(|t| t.place.of() == Some(outer)).map(|t| t.id),
            );
        }
        for id in doomed {
            self.end_task(id, End::Removed, by);
        }
        self.settle()
    }
}
