//! 转办: somebody else takes the task, with its place and everything that hangs on it.

use std::sync::Arc;

use formwork_model::approval::{End, Task};

use super::{By, Done, Machine, Office};

impl<O: Office> Machine<'_, O> {
    /// Hands a task on.
    pub(crate) fn transfer(&mut self, task: u32, to: &Arc<str>, by: &By) -> Done<O> {
        self.live(task)?;
        self.check_new(to)?;
        let why = format!("transferred by {}", by.login);
        self.replace(task, to, why.into(), by, End::Transferred);
        self.settle()
    }

    /// Puts a new task of `to` in the place of `task`.
    pub(crate) fn replace(&mut self, task: u32, to: &Arc<str>, why: Arc<str>, by: &By, how: fn(u32) -> End) {
        let id = self.number();
        let now = self.now;
        self.end_task(task, how(id), by);
        let Some(step) = self.approval.steps.last_mut() else { return };
        for other in &mut step.tasks {
            if other.place.of() == Some(task) {
                other.place = other.place.at(id);
            }
        }
        let Some(place) = step.tasks.iter().position(|known| known.id == task) else { return };
        if let Some(old) = step.tasks.get(place) {
            let new = Task {
                id,
                login: to.clone(),
                place: old.place,
                added_by: old.added_by.clone(),
                why,
                open: false,
                since: now,
                end: None,
            };
            step.tasks.insert(place + 1, new);
        }
    }
}
