//! The tasks of a record as lines: what was asked of people in approvals, and what lies in queues now.
//!
//! Nothing is kept for them: they are what the record says of its approvals and its work, see
//! [`formwork_catalog::task`].

use std::sync::{Arc, OnceLock};

use formwork_catalog::{
    catalog::Catalog,
    task::{TASK_FIELDS, TASKS},
    timer::Calendar,
};
use formwork_model::{
    approval::{Approval, Step, Task},
    calendar::WorkingCalendar,
    instance::Instance,
    name::Name,
    record::{Fields, Record, Row},
    value::Value,
    work::Work,
};
use jiff::Timestamp;

use crate::{calendar::Days, decider::field_of, release::Release};

/// What working time is counted by.
#[derive(Debug, Clone)]
pub struct Hours {
    catalog: Arc<Catalog>,
    days: Arc<Days>,
}

impl Hours {
    /// Those of a release.
    pub(crate) fn of(release: &Release) -> Self {
        Self { catalog: release.catalog.clone(), days: release.days.clone() }
    }

    /// The calendar of an approval of a flow, with the days of records as they were read last.
    fn calendar(&self, flow: Name, node: Name) -> Arc<WorkingCalendar> {
        let approval = self.catalog.flows.get(&flow).and_then(|flow| flow.node(node)?.approval());
        let named = match approval.map(|approval| &approval.calendar) {
            Some(Calendar::Named(name)) => Some(*name),
            _ => None,
        };
        let known = named.or(self.catalog.book.calendar_name);
        known.and_then(|name| self.days.last(name)).unwrap_or_else(|| self.catalog.calendar(named))
    }
}

/// The field that every record has.
pub(crate) fn tasks() -> Name {
    static NAME: OnceLock<Name> = OnceLock::new();
    *NAME.get_or_init(|| Name::intern(TASKS))
}

/// The value of a field of a record, or its tasks.
pub(crate) fn field_or_tasks(record: &Record, field: Name, hours: &Hours) -> Value {
    if field == tasks() { Value::Rows(tasks_of(record, hours)) } else { field_of(record, field) }
}

/// The lines, flow by flow in the order in which they began.
pub(crate) fn tasks_of(record: &Record, hours: &Hours) -> Vec<Row> {
    let mut rows = Vec::new();
    for instance in &record.flows {
        for approval in &instance.approvals {
            let calendar = hours.calendar(instance.flow, approval.node);
            let steps = approval.steps.iter().flat_map(|step| step.tasks.iter().map(move |task| (step, task)));
            // Whoever comes after others, and was not asked yet, has no task.
            let asked = steps.filter(|(_, task)| task.open || task.end.is_some());
            rows.extend(asked.map(|(step, task)| of_step((instance.flow, approval), step, task, &calendar)));
        }
        rows.extend(instance.works.iter().filter_map(|work| of_work(instance, work)));
    }
    rows
}

/// One who was asked in a step of an approval.
fn of_step((flow, approval): (Name, &Approval), step: &Step, task: &Task, calendar: &WorkingCalendar) -> Row {
    let names = names();
    let mut fields = Fields::with_capacity(TASK_FIELDS.len());
    fields.set(names.kind, Value::text("approval"));
    fields.set(names.flow, Value::text(flow.as_str()));
    fields.set(names.node, Value::text(format!("{flow}.{}", approval.node)));
    fields.set(names.step, Value::text(format!("{flow}.{}.{}", approval.node, step.name)));
    fields.set(names.holder, Value::Text(task.login.clone()));
    fields.set(names.waits, Value::Bool(task.end.is_none()));
    fields.set(names.began_at, Value::Instant(task.since));
    if let Some(end) = &task.end {
        fields.set(names.decision, Value::text(end.how.word()));
        fields.set(names.by, Value::Text(end.by.clone()));
        fields.set(names.ended_at, Value::Instant(end.at));
        fields.set(names.took, Value::Seconds(seconds(task.since, end.at)));
        fields.set(names.worked, Value::Seconds(calendar.elapsed(task.since, end.at).max(0)));
    }
    Row { key: task.id, fields }
}

/// What lies in a queue.
fn of_work(instance: &Instance, work: &Work) -> Option<Row> {
    let names = names();
    let node = instance.tokens.iter().find(|token| token.id == work.token)?.node;
    let mut fields = Fields::with_capacity(TASK_FIELDS.len());
    fields.set(names.kind, Value::text("work"));
    fields.set(names.flow, Value::text(instance.flow.as_str()));
    fields.set(names.node, Value::text(format!("{}.{node}", instance.flow)));
    fields.set(names.queue, Value::text(work.queue.as_str()));
    fields.set(names.waits, Value::Bool(true));
    fields.set(names.began_at, Value::Instant(work.since));
    if let Some(login) = &work.assignee {
        fields.set(names.holder, Value::Text(login.clone()));
    }
    Some(Row { key: work.token, fields })
}

fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).max(0)
}

/// The names of the fields.
struct Names {
    kind: Name,
    flow: Name,
    node: Name,
    step: Name,
    queue: Name,
    holder: Name,
    by: Name,
    decision: Name,
    waits: Name,
    began_at: Name,
    ended_at: Name,
    took: Name,
    worked: Name,
}

fn names() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| Names {
        kind: Name::intern("kind"),
        flow: Name::intern("flow"),
        node: Name::intern("node"),
        step: Name::intern("step"),
        queue: Name::intern("queue"),
        holder: Name::intern("holder"),
        by: Name::intern("by"),
        decision: Name::intern("decision"),
        waits: Name::intern("waits"),
        began_at: Name::intern("began_at"),
        ended_at: Name::intern("ended_at"),
        took: Name::intern("took"),
        worked: Name::intern("worked"),
    })
}
