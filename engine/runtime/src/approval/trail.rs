//! The approvals of a record as JSON: who was asked and why, who decided what, who said what 查审.

use formwork_model::{
    approval::{Approval, Need, Outcome, Place, Step, StepState, Task},
    record::Record,
};
use serde_json::{Map, Value as Json, json};

use super::{centre::address, index};

/// Every approval of a record, the oldest first.
pub fn trail(record: &Record) -> Vec<Json> {
    let approvals = record
        .flows
        .iter()
        .flat_map(|instance| instance.approvals.iter().map(move |approval| (instance.flow, approval)));
    approvals
        .map(|(flow, approval)| {
            let mut shown = self::approval(record, approval);
            if let Json::Object(shown) = &mut shown {
                shown.insert("flow".into(), json!(flow.as_str()));
                shown.insert("due".into(), json!(index::due(record, flow, approval).map(|due| due.to_string())));
            }
            shown
        })
        .collect()
}

fn approval(record: &Record, approval: &Approval) -> Json {
    let steps: Vec<Json> = approval.steps.iter().map(|step| self::step(record, step)).collect();
    let copies: Vec<Json> = approval
        .copies
        .iter()
        .map(|copy| {
            json!({
                "id": address(record, copy.id),
                "login": copy.login,
                "by": copy.by,
                "at": copy.at.to_string(),
                "read_at": copy.read_at.map(|at| at.to_string()),
            })
        })
        .collect();
    let comments: Vec<Json> = approval
        .comments
        .iter()
        .map(|comment| {
            let files: Vec<Json> = comment
                .files
                .iter()
                .map(|file| json!({"sha256": file.sha256, "name": file.name, "media": file.media, "size": file.size}))
                .collect();
            json!({"by": comment.by, "at": comment.at.to_string(), "text": comment.text, "files": files})
        })
        .collect();
    json!({
        "id": address(record, approval.id),
        "node": approval.node.as_str(),
        "submitter": approval.submitter,
        "submitted_at": approval.began_at.to_string(),
        "outcome": approval.ended.as_ref().map(|ending| outcome_word(ending.outcome)),
        "ended_at": approval.ended.as_ref().map(|ending| ending.at.to_string()),
        "ended_by": approval.ended.as_ref().map(|ending| &ending.by),
        "steps": steps,
        "copies": copies,
        "comments": comments,
    })
}

fn step(record: &Record, step: &Step) -> Json {
    let tasks: Vec<Json> = step
        .tasks
        .iter()
        .map(|task| {
            let mut shown = Map::new();
            shown.insert("id".into(), json!(address(record, task.id)));
            shown.extend(task_members(task));
            Json::Object(shown)
        })
        .collect();
    let need = match step.need {
        Need::Any => "any".to_owned(),
        Need::All => "all".to_owned(),
        Need::InOrder => "in_order".to_owned(),
        Need::Count(n) => n.to_string(),
        Need::Percent(n) => format!("{n}%"),
    };
    let state = match step.state {
        StepState::Open => "open",
        StepState::Blocked => "blocked",
        StepState::Passed => "passed",
        StepState::Failed => "failed",
        StepState::Skipped => "skipped",
        StepState::Undone => "undone",
        StepState::Dropped => "dropped",
    };
    let began = step.began_at.to_string();
    json!({"step": step.name.as_str(), "need": need, "state": state, "began_at": began, "tasks": tasks})
}

/// What is shown of a task beside its address.
pub(crate) fn task_members(task: &Task) -> Map<String, Json> {
    let kind = match task.place {
        Place::Voter => "vote",
        Place::Before(_) => "before",
        Place::Parallel(_) => "parallel",
        Place::After(_) => "after",
        Place::Delegate(_) => "delegate",
    };
    let state = match task.how() {
        Some(how) => how.word(),
        None if task.open => "open",
        None => "waiting",
    };
    let members = json!({
        "login": task.login,
        "kind": kind,
        "why": task.why,
        "added_by": task.added_by,
        "state": state,
        "since": task.since.to_string(),
        "ended_at": task.end.as_ref().map(|end| end.at.to_string()),
        "by": task.end.as_ref().map(|end| &end.by),
        "on_behalf_of": task.end.as_ref().and_then(|end| end.on_behalf_of.as_ref()),
        "comment": task.end.as_ref().and_then(|end| end.comment.as_ref()),
    });
    if let Json::Object(members) = members { members } else { Map::new() }
}

/// The word of an outcome.
pub(crate) fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved => "approved",
        Outcome::Rejected => "rejected",
        Outcome::Returned { .. } => "returned",
        Outcome::SentBack { .. } => "sent_back",
        Outcome::Withdrawn => "withdrawn",
        Outcome::Left => "left",
    }
}
