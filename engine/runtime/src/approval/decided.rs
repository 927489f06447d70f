//! What a command decided at approvals, for the audit log: who did what to which task, for whom, and what came of it.
//! Never what was said: words of people can be erased, an entry of the log can't.

use formwork_model::{
    approval::{Approval, End, Place, Task},
    name::Name,
};
use serde_json::{Map, Value as Json, json};

use super::{trail::outcome_word, work::Case};
use crate::decider::{Decider, Key};

/// What a command decided at one approval.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decided {
    /// The record.
    pub(crate) record: Key,
    approval: u32,
    flow: Name,
    node: Name,
    step: Option<Name>,
    /// How the approval ended, `reopened` when that was taken back, empty while it goes on.
    outcome: &'static str,
    tasks: Vec<Json>,
}

impl Decided {
    /// What the audit log keeps beside who, when and which record.
    pub(crate) fn members(&self) -> Map<String, Json> {
        let mut members = Map::new();
        members.insert("flow".into(), json!(self.flow.as_str()));
        members.insert("node".into(), json!(self.node.as_str()));
        members.extend(self.step.map(|step| ("step".to_owned(), json!(step.as_str()))));
        if !self.tasks.is_empty() {
            members.insert("tasks".into(), Json::Array(self.tasks.clone()));
        }
        if !self.outcome.is_empty() {
            members.insert("outcome".into(), json!(self.outcome));
        }
        members
    }
}

impl Decider<'_> {
    /// Notes what was decided between `before` and `now`. What merely follows (tasks that became needless, the next
    /// step) is no decision.
    pub(super) fn note_decided(&self, case: &Case<'_>, before: &Approval, now: &Approval) {
        let tasks: Vec<Json> = now.tasks().filter_map(|task| told(now, before.task(task.id), task)).collect();
        let outcome = match (&before.ended, &now.ended) {
            (None, Some(ending)) => outcome_word(ending.outcome),
            (Some(_), None) => "reopened",
            _ => "",
        };
        if tasks.is_empty() && outcome.is_empty() {
            return;
        }
        let mut all = self.decided.borrow_mut();
        // An action that leads away is taken first, and the approval is left after it.
        if let Some(known) = all.iter_mut().find(|known| known.record == case.key && known.approval == case.id) {
            known.tasks.extend(tasks);
            known.outcome = if outcome.is_empty() { known.outcome } else { outcome };
            return;
        }
        let step = before.steps.last().or(now.steps.last()).map(|step| step.name);
        let (flow, node) = (case.flow.name, case.node.name);
        all.push(Decided { record: case.key, approval: case.id, flow, node, step, outcome, tasks });
    }
}

/// What was done to a task, when something was.
fn told(now: &Approval, known: Option<&Task>, task: &Task) -> Option<Json> {
    let mut told = json!({"task": task.id, "of": task.login});
    let done = match (&task.end, known) {
        (Some(end), known) if known.is_none_or(Task::is_live) => {
            let to = match end.how {
                End::Transferred(to) | End::Escalated(to) => now.task(to).map(|to| json!({"to": to.login})),
                End::Superseded | End::Cancelled => return None,
                _ => None,
            };
            let mut done = json!({"is": end.how.word(), "by": end.by});
            merge(&mut done, end.on_behalf_of.as_ref().map(|principal| json!({"for": principal})));
            merge(&mut done, to);
            done
        }
        (None, None) => match (task.place, &task.added_by) {
            (Place::Delegate(_), Some(by)) if !replaces(now, task) => json!({"is": "delegated", "by": by}),
            (_, Some(by)) if !replaces(now, task) => json!({"is": "added", "by": by}),
            _ => return None,
        },
        _ => return None,
    };
    merge(&mut told, Some(done));
    Some(told)
}

/// Whether it took the place of another task, of which that is told.
fn replaces(now: &Approval, task: &Task) -> bool {
    now.tasks().any(|other| matches!(other.how(), Some(End::Transferred(to) | End::Escalated(to)) if to == task.id))
}

fn merge(into: &mut Json, more: Option<Json>) {
    if let (Json::Object(into), Some(Json::Object(more))) = (into, more) {
        into.extend(more);
    }
}
