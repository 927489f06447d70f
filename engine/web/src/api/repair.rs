//! What runs of a record, and setting it right by hand.

use axum::http::StatusCode;
use formwork_model::{instance::Instance, text};
use formwork_runtime::command::{Request, repair::Repair};
use serde_json::{Map, Value as Json, json};

use crate::{
    api::{self, Answer, record::written},
    ask::{Ask, not_found},
    body::Members,
};

/// `GET /{book}/api/{object}/{id}/repair`: tokens, tasks and work, for whoever may set them right.
pub(crate) async fn read(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let object = ask.object()?.name;
    let (record, catalog) = ask.eyes().to_repair(object, ask.record(object)?)?;
    let data: Vec<Json> = record.flows.iter().map(running).collect();
    Ok(api::json(StatusCode::OK, &json!({"data": data, "rev": record.rev, "release": catalog.release})))
}

fn running(instance: &Instance) -> Json {
    let tokens = instance.tokens.iter().map(|token| {
        json!({"token": token.id, "node": token.node.as_str(), "since": token.since.to_string(), "scope": token.scope})
    });
    let live = instance.approvals.iter().flat_map(|approval| approval.tasks()).filter(|task| task.is_live());
    let tasks = live.map(|task| json!({"task": task.id, "login": &*task.login, "since": task.since.to_string()}));
    let works = instance
        .works
        .iter()
        .map(|work| json!({"token": work.token, "queue": work.queue.as_str(), "assignee": work.assignee.as_deref()}));
    json!({
        "flow": instance.flow.as_str(), "release": instance.release, "draft": instance.draft,
        "tokens": tokens.collect::<Vec<_>>(), "tasks": tasks.collect::<Vec<_>>(), "work": works.collect::<Vec<_>>(),
    })
}

/// `POST /{book}/api/{object}/{id}/repair/{operation}` with a `reason` and what the operation needs: `move` a `flow`, a
/// `token` and the node `to`; `cancel` a `flow`; `task` a `task` and the login `to`; `work` a `token` and the login `to`.
pub(crate) async fn repair(ask: Ask) -> Answer {
    let object = ask.object()?;
    let mut members = Members::read(&ask.call.body)?;
    let (reason, rev) = (members.take_text("reason"), members.take_whole("rev"));
    let mut input: Map<String, Json> = Map::new();
    for name in ["flow", "to"] {
        input.extend(members.take_text(name).map(|text| (name.to_owned(), Json::from(text))));
    }
    for name in ["token", "task"] {
        input.extend(members.take_whole(name).map(|number| (name.to_owned(), Json::from(number))));
    }
    let word = ask.call.path("operation");
    if !["move", "cancel", "task", "work"].contains(&word) {
        return Err(not_found("action", word));
    }
    let repair = Repair::read(word, &input);
    if repair.is_none() {
        let text = text!("say what is to be set right, and how", "请指定修复对象和方式");
        members.unfit::<()>("to", text);
    }
    members.finish()?;
    let id = ask.record(object.name)?;
    let rev = ask.expected_rev(object.name, id, rev)?;
    let Some(repair) = repair else { return Err(not_found("action", word)) };
    let outcome = ask.write(Request::Repair { object: object.name, id, rev, repair }, reason).await?;
    written(&ask, &object, &outcome, StatusCode::OK)
}
