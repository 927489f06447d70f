//! Queues: what waits, whose it is, and what is done with it.

use axum::http::StatusCode;
use formwork_model::{name::Name, text};
use formwork_runtime::{
    book::{Load, Task},
    command::Request,
    queue::Operation,
};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer, record::written},
    ask::{Ask, not_found},
    body::Members,
    error::Problem,
    parameter::bad_parameter,
};

/// Pieces of work in a list when none is said, and at most.
const PAGE: (usize, usize) = (50, 500);
/// Waiting work is counted up to this.
const MOST: usize = 1000;

/// `GET /{book}/api/queues`
pub(crate) async fn queues(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let actor = ask.actor.clone();
    let lengths = ask.blocking(move |book| book.eyes(&actor).queue_lengths(MOST)).await?;
    let data: Vec<Json> = lengths
        .iter()
        .filter_map(|(name, waiting)| {
            let queue = ask.catalog.queues.get(name)?;
            Some(json!({
                "queue": name.as_str(),
                "label": queue.label,
                "level": queue.level,
                "next": queue.next.map(Name::as_str),
                "waiting": waiting,
            }))
        })
        .collect();
    Ok(api::json(StatusCode::OK, &json!({"data": data})))
}

/// `GET /{book}/api/queues/{queue}?limit=`: what waits, by due time, and what the members own.
pub(crate) async fn queue(ask: Ask) -> Answer {
    let mut parameters = ask.call.parameters()?;
    let limit = parameters.take_limit("limit", PAGE.0, PAGE.1)?;
    parameters.finish()?;
    let name = ask.call.path("queue");
    let Some(queue) = Name::find(name).filter(|name| ask.catalog.queues.contains_key(name)) else {
        return Err(not_found("queue", name));
    };
    let actor = ask.actor.clone();
    let waiting = ask.blocking(move |book| book.eyes(&actor).queue(queue, limit)).await?;
    let members: Vec<Json> = waiting.members.iter().map(render_load).collect();
    let data: Vec<Json> = waiting.tasks.iter().map(render_task).collect();
    Ok(api::json(StatusCode::OK, &json!({"queue": queue.as_str(), "data": data, "members": members})))
}

/// `GET /{book}/api/{object}/{id}/queue`: the work that a record is.
pub(crate) async fn of_record(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let object = ask.object()?.name;
    let tasks = ask.eyes().work_at(object, ask.record(object)?)?;
    let data: Vec<Json> = tasks.iter().map(render_task).collect();
    Ok(api::json(StatusCode::OK, &json!({"data": data})))
}

/// `POST /{book}/api/{object}/{id}/queue/{operation}` with `{"to", "reason", "token", "rev"}`; `to` to assign.
pub(crate) async fn operate(ask: Ask) -> Answer {
    let object = ask.object()?;
    let mut members = Members::read(&ask.call.body)?;
    let operation = match ask.call.path("operation") {
        "claim" => Operation::Claim,
        "release" => Operation::Release,
        "assign" => Operation::Assign { to: members.take_text("to").unwrap_or_default() },
        "escalate" => Operation::Escalate,
        other => return Err(not_found("action", other)),
    };
    let reason = members.take_text("reason");
    let token = members.take_whole("token").and_then(|token| {
        u32::try_from(token).ok().or_else(|| members.unfit("token", text!("there is no such token", "没有这个令牌")))
    });
    let rev = members.take_whole("rev");
    members.finish()?;
    let id = ask.record(object.name)?;
    let rev = ask.expected_rev(object.name, id, rev)?;
    let outcome = ask.write(Request::Work { object: object.name, id, rev, token, operation }, reason).await?;
    written(&ask, &object, &outcome, StatusCode::OK)
}

/// `GET /{book}/api/{object}/{id}/responsible?at=`: who was responsible when, or at an instant.
pub(crate) async fn responsible(ask: Ask) -> Answer {
    let object = ask.object()?.name;
    let mut parameters = ask.call.parameters()?;
    let at = parameters.take("at").map(|at| instant(&at)).transpose()?;
    parameters.finish()?;
    let id = ask.record(object)?;
    let actor = ask.actor.clone();
    let periods = ask.blocking(move |book| book.eyes(&actor).responsible(object, id)).await?;
    let holds = |from: Timestamp, to: Option<Timestamp>| at.is_none_or(|at| from <= at && to.is_none_or(|to| at < to));
    let data: Vec<Json> = periods
        .iter()
        .filter(|period| holds(period.from, period.to))
        .map(|period| {
            json!({
                "queue": period.queue,
                "assignee": period.assignee,
                "from": period.from.to_string(),
                "to": period.to.map(|to| to.to_string()),
                "by": period.by,
                "seq": period.seq,
            })
        })
        .collect();
    Ok(api::json(StatusCode::OK, &json!({"data": data})))
}

fn instant(text: &str) -> Result<Timestamp, Problem> {
    text.parse().map_err(|_| {
        bad_parameter(
            "at",
            text!("`at` is an instant such as 2026-03-02T09:00:00Z", "`at` 应为时刻，例如 2026-03-02T09:00:00Z"),
        )
    })
}

fn render_load(load: &Load) -> Json {
    json!({"login": load.login, "owned": load.owned, "limit": load.limit, "absent": load.absent})
}

fn render_task(task: &Task) -> Json {
    json!({
        "object": task.object.as_str(),
        "id": task.id.to_string(),
        "title": task.title,
        "flow": task.flow.as_str(),
        "node": task.node.as_str(),
        "label": task.label,
        "token": task.work.token,
        "queue": task.work.queue.as_str(),
        "assignee": task.work.assignee,
        "due": task.due.map(|due| due.to_string()),
        "since": task.work.since.to_string(),
        "accepted_at": task.work.accepted_at.map(|at| at.to_string()),
        "escalations": task.work.escalations,
        "readers": task.work.readers,
    })
}
