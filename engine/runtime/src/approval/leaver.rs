//! Somebody leaves: in the same commit, open tasks go to the supervisor, and work goes back to its queue.

use std::{ops::ControlFlow, sync::Arc};

use formwork_model::{name::Name, text, value::Value};
use formwork_store::{
    store::Order,
    table::task::{self, Entry, Kind, List},
};

use super::index;
use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

impl Decider<'_> {
    /// Hands over the tasks of everybody whom the command made inactive.
    pub(crate) fn relieve_leavers(&self) -> Result<(), Refusal> {
        for login in self.leavers() {
            let mut entries: Vec<Entry> = Vec::new();
            task::scan(self.view, (&*login, List::Todo), Order::Forward, None, |entry| {
                entries.push(entry);
                ControlFlow::Continue(())
            })?;
            for entry in entries {
                self.relieve(&login, &entry)?;
            }
        }
        self.settle()
    }

    /// Hands over one line of the list of somebody who leaves.
    pub(crate) fn relieve(&self, login: &str, entry: &Entry) -> Result<(), Refusal> {
        let (Some(object), Some(flow)) = (self.release.object_of(entry.table), self.release.name_of(entry.flow)) else {
            return Ok(());
        };
        let key = (object, entry.id);
        if entry.kind == Kind::Work {
            return self.give_back_work(key, flow, entry.number, login);
        }
        let found = self.look(key, |record| {
            let approval = record.and_then(|record| index::find(record, flow, entry.number));
            approval.filter(|approval| approval.is_open()).map(|approval| (approval.node, approval.id))
        })?;
        let Some((node, id)) = found else { return Ok(()) };
        let Ok(case) = self.case_of(key, flow, node, id) else { return Ok(()) };
        self.work_on(&case, |machine| machine.hand_over(login))?;
        let approval = self.approval(&case)?;
        if approval.tasks().any(|task| task.is_open() && *task.login == *login) {
            let cause = text!(
                "{login} has left, and nobody was found to decide instead",
                "{login} 已离职，且找不到接替的审批人"
            );
            self.nobody_decides(&case, &approval, cause)?;
        }
        Ok(())
    }

    /// Work of somebody who left waits in its queue again, or is given to another member.
    fn give_back_work(&self, key: Key, flow: Name, token: u32, login: &str) -> Result<(), Refusal> {
        if self.look(key, |record| record.is_none())? {
            return Ok(());
        }
        let Some(flow) = self.catalog_of(key)?.flows.get(&flow) else { return Ok(()) };
        let Some(mut case) = self.work_case(key, flow, token)?.filter(|c| c.work.assignee.as_deref() == Some(login))
        else {
            return Ok(());
        };
        self.disown(&mut case)?;
        self.fire(format!("queue {} waits", case.queue.name), "");
        self.give(case, &[])
    }

    /// Those whose user record says since this command that they are not active.
    fn leavers(&self) -> Vec<Arc<str>> {
        let (user, active, login) = (Name::intern("user"), Name::intern("active"), Name::intern("login"));
        let slots = self.slots.borrow();
        let changed = slots.iter().filter(|((object, _), slot)| *object == user && slot.is_changed());
        changed
            .filter_map(|(_, slot)| {
                let (before, now) = (slot.before()?, slot.current()?);
                let left = |value: &Value| *value == Value::Bool(false);
                let leaves = !left(before.fields.get(active)) && left(now.fields.get(active));
                now.fields.get(login).as_text().filter(|_| leaves).map(Arc::from)
            })
            .collect()
    }
}
