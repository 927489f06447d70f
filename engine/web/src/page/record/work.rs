//! The work in queues that a record is.

use formwork_model::{name::Name, record::Record, text};
use serde_json::{Value as Json, json};

use crate::{
    error::Problem,
    page::{
        locale,
        view::{View, initial},
    },
};

/// Each piece of work with whose it is and what can be done with it.
pub(crate) fn work(view: &View, record: &Record, href: &str) -> Result<Json, Problem> {
    let tasks = view.eyes().work_at(record.object, record.id)?;
    let shown = tasks.iter().map(|task| {
        let queue = view.catalog.queues.get(&task.work.queue);
        let label = queue.map_or(task.work.queue.as_str(), |queue| view.say(&queue.label));
        let owner = task.work.assignee.as_deref().map(|login| view.person(login));
        let mine = task.work.assignee.as_deref() == Some(&*view.actor.login);
        let waits = view.say(&text!("waits for somebody", "等待领取")).to_owned();
        let due = task.due.map(|due| locale::ago(due, view.now, view.zone(), view.language));
        let mut operations = vec![];
        let (claim, release, escalate) =
            (text!("Claim", "领取"), text!("Give back", "放回队列"), text!("Escalate", "升级"));
        if owner.is_none() {
            operations.push(json!({"value": "claim", "label": view.say(&claim)}));
        }
        if mine {
            operations.push(json!({"value": "release", "label": view.say(&release)}));
        }
        if queue.is_some_and(|queue| queue.next.map(Name::as_str).is_some()) {
            operations.push(json!({"value": "escalate", "label": view.say(&escalate)}));
        }
        json!({
            "initial": owner.as_deref().map_or_else(|| "?".to_owned(), initial), "queue": label,
            "assignee": owner.unwrap_or(waits), "due": due, "operations": operations,
            "action": format!("{href}/work?token={}", task.work.token),
        })
    });
    let shown: Vec<Json> = shown.collect();
    Ok(if shown.is_empty() { Json::Null } else { Json::Array(shown) })
}
