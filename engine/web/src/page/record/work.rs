//! The work in queues that a record is.

use formwork_model::{record::Record, text, text::Text};
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
    let offers = view.eyes().work_offers(record.object, record.id)?;
    let shown = tasks.iter().map(|task| {
        let queue = view.catalog.queues.get(&task.work.queue);
        let label = queue.map_or(task.work.queue.as_str(), |queue| view.say(&queue.label));
        let owner = task.work.assignee.as_deref().map(|login| view.person(login));
        let waits = view.say(&text!("waits for somebody", "等待领取")).to_owned();
        let due = task.due.map(|due| locale::ago(due, view.now, view.zone(), view.language));
        let offered = offers.iter().filter(|(token, _)| *token == task.work.token).flat_map(|(_, offered)| offered);
        let operations: Vec<Json> =
            offered.map(|word| json!({"value": word, "label": view.say(&label_of(word))})).collect();
        json!({
            "initial": owner.as_deref().map_or_else(|| "?".to_owned(), initial), "queue": label,
            "assignee": owner.unwrap_or(waits), "due": due, "operations": operations,
            "action": format!("{href}/work?token={}", task.work.token),
        })
    });
    let shown: Vec<Json> = shown.collect();
    Ok(if shown.is_empty() { Json::Null } else { Json::Array(shown) })
}

fn label_of(operation: &str) -> Text {
    match operation {
        "claim" => text!("Claim", "领取"),
        "release" => text!("Give back", "放回队列"),
        _ => text!("Escalate", "升级"),
    }
}
