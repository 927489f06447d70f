//! The lines of a record in the lists of the task centre.

use formwork_model::{
    approval::{Approval, Task},
    instance::Instance,
    name::Name,
    record::Record,
    timer::{Owner, Timer},
    work::Work,
};
use formwork_store::{
    error::Error,
    table::task::{self, Entry, Kind, List},
};
use jiff::Timestamp;

use crate::{release::Release, sla};

/// A line of a list.
struct Line<'a> {
    login: &'a str,
    list: List,
    order: (u64, u64),
    kind: Kind,
    number: u32,
    mark: bool,
}

/// The keys of all lines of a record; `table` is the number of its object.
pub(crate) fn keys(release: &Release, table: u16, record: &Record) -> Result<Vec<Vec<u8>>, Error> {
    let mut keys = Vec::new();
    for instance in &record.flows {
        let lines = lines_of(record, instance);
        if lines.is_empty() {
            continue;
        }
        let flow = release.number(instance.flow)?;
        for Line { login, list, order, kind, number, mark } in lines {
            let login = login.to_owned();
            let key = task::key(&Entry { login, list, order, table, id: record.id, kind, number, flow, mark });
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    Ok(keys)
}

/// The lines of an instance: of its approvals, and of its work that somebody owns.
fn lines_of<'r>(record: &'r Record, instance: &'r Instance) -> Vec<Line<'r>> {
    let approvals = instance.approvals.iter();
    let mut all: Vec<Line<'_>> =
        approvals.flat_map(|approval| lines(approval, due(record, instance.flow, approval))).collect();
    for work in &instance.works {
        if let Some(login) = work.assignee.as_deref() {
            let order = task::by_due(sla::first_due(record), work.since);
            all.push(Line { login, list: List::Todo, order, kind: Kind::Work, number: work.token, mark: false });
        }
    }
    all
}

/// The work that a line is of.
pub(crate) fn find_work(record: &Record, flow: Name, token: u32) -> Option<&Work> {
    record.flow(flow)?.works.iter().find(|work| work.token == token)
}

/// The lines of an approval.
fn lines(approval: &Approval, due: Option<Timestamp>) -> Vec<Line<'_>> {
    let line = |login, list, order, number, mark| Line { login, list, order, kind: Kind::Approval, number, mark };
    let at = task::at;
    let submitted = at(approval.began_at);
    let mut lines = vec![line(&*approval.submitter, List::Started, submitted, approval.id, !approval.is_open())];
    for copy in &approval.copies {
        lines.push(line(&*copy.login, List::Copies, at(copy.at), copy.id, copy.read_at.is_some()));
    }
    for known in approval.tasks() {
        if known.is_open() {
            lines.push(line(&*known.login, List::Todo, task::by_due(due, known.since), known.id, false));
        }
        if let Some(end) = known.end.as_ref().filter(|_| has_done(known)) {
            let people = std::iter::once(&*end.by).chain(end.on_behalf_of.as_deref());
            lines.extend(people.map(|login| line(login, List::Done, at(end.at), known.id, true)));
        }
    }
    lines
}

/// When the present step should be decided: when its limit is due.
pub(crate) fn due(record: &Record, flow: Name, approval: &Approval) -> Option<Timestamp> {
    let part = u32::try_from(approval.steps.len()).ok()?.checked_sub(1)?;
    let owner = Owner::Token { flow, token: approval.token };
    let is_limit = |timer: &&Timer| timer.owner == owner && timer.name == *"limit" && timer.part == part;
    record.timers.iter().find(is_limit).and_then(|timer| timer.due).filter(|_| approval.is_open())
}

/// Whether somebody dealt with the task.
fn has_done(task: &Task) -> bool {
    use formwork_model::approval::End;
    task.how().is_some_and(|how| how.is_decision() || matches!(how, End::Transferred(_)))
}

/// The approval and task that a line is of.
pub(crate) fn find(record: &Record, flow: Name, number: u32) -> Option<&Approval> {
    record.flow(flow)?.approvals.iter().find(|approval| {
        approval.id == number || approval.task(number).is_some() || approval.copies.iter().any(|copy| copy.id == number)
    })
}
