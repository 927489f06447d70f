//! The task centre: lists, counts, operations one by one and many at once, and the approvals of a record.

use axum::http::StatusCode;
use formwork_model::{code, id::RecordId, name::Name, text};
use formwork_runtime::{
    approval::{Operation, centre::Asked},
    command::{Input, Request},
};
use formwork_store::table::task::{Kind, List};
use serde_json::{Map, Value as Json, json};

use crate::{
    api::{self, Answer, record::written},
    ask::Ask,
    body::Members,
    error::Problem,
    header,
    parameter::bad_parameter,
};

/// Tasks of a list when none is said, and at most.
const PAGE: (usize, usize) = (50, 500);
/// How many tasks one bulk request names at most.
const MOST: usize = 500;

/// `GET /{book}/api/tasks?list=todo|done|started|cc&type=approval|work&flow=&limit=&after=`
pub(crate) async fn list(ask: Ask) -> Answer {
    let mut parameters = ask.call.parameters()?;
    let list = match parameters.take("list").as_deref() {
        None | Some("todo") => List::Todo,
        Some("done") => List::Done,
        Some("started") => List::Started,
        Some("cc") => List::Copies,
        Some(_) => {
            return Err(bad_parameter(
                "list",
                text!("a list is todo, done, started or cc", "列表应为 todo、done、started 或 cc"),
            ));
        }
    };
    let kind = match parameters.take("type") {
        None => None,
        Some(word) => {
            let known = Kind::ALL.into_iter().find(|kind| kind.word() == word);
            Some(known.ok_or_else(|| {
                bad_parameter("type", text!("a task is an approval or work", "任务类型应为 approval 或 work"))
            })?)
        }
    };
    let flow = match parameters.take("flow") {
        None => None,
        Some(flow) => {
            let known = Name::find(&flow).filter(|name| ask.catalog.flows.contains_key(name));
            Some(known.ok_or_else(|| bad_parameter("flow", text!("there is no flow `{flow}`", "没有流程 `{flow}`")))?)
        }
    };
    let limit = parameters.take_limit("limit", PAGE.0, PAGE.1)?;
    let after = parameters.take("after");
    parameters.finish()?;
    let actor = ask.actor.clone();
    let page = ask.blocking(move |book| book.tasks(&actor, &Asked { list, flow, kind, limit, after })).await?;
    Ok(api::json(StatusCode::OK, &json!({"data": page.tasks, "next": page.next})))
}

/// `GET /{book}/api/tasks/counts`
pub(crate) async fn counts(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let actor = ask.actor.clone();
    let counts = ask.blocking(move |book| book.task_counts(&actor)).await?;
    let body = json!({"todo": counts.todo, "done": counts.done, "started": counts.started, "cc": counts.cc});
    Ok(api::json(StatusCode::OK, &body))
}

/// `POST /{book}/api/tasks/{task}/{operation}` with `{"reason", …}`
pub(crate) async fn operate(ask: Ask) -> Answer {
    let mut body = if ask.call.body.is_empty() { Map::new() } else { crate::body::object(&ask.call.body)? };
    let reason = take_reason(&mut body)?;
    let operation = Operation::read(ask.call.path("operation"), &body).map_err(Problem::from)?;
    let (object, id, task) = place(&ask, ask.call.path("task"))?;
    let known = ask.catalog.object(object).cloned().ok_or_else(no_task)?;
    let outcome = ask.write(Request::Decide { object, id, task, operation }, reason).await?;
    written(&ask, &known, &outcome, StatusCode::OK)
}

/// `POST /{book}/api/tasks/bulk` with `{"operation", "tasks", "input", "reason"}`: each task on its own, with an answer
/// for each.
pub(crate) async fn bulk(ask: Ask) -> Answer {
    let mut members = Members::read(&ask.call.body)?;
    let word = members.take_text("operation");
    let tasks = match members.take("tasks") {
        Some(Json::Array(tasks)) if !tasks.is_empty() && tasks.len() <= MOST => tasks,
        _ => members.unfit("tasks", text!("name 1 to {MOST} tasks", "请列出 1 到 {MOST} 个任务")).unwrap_or_default(),
    };
    let input = members.take_map("input");
    let reason = members.take_text("reason");
    if word.is_none() {
        members.unfit::<()>("operation", text!("say which operation", "请指定操作"));
    }
    members.finish()?;
    let operation = Operation::read(&word.unwrap_or_default(), &input).map_err(Problem::from)?;
    let mut answers = Vec::with_capacity(tasks.len());
    for task in tasks {
        let address = task.as_str().unwrap_or_default().to_owned();
        answers.push(one(&ask, &address, operation.clone(), reason.clone()).await);
    }
    Ok(api::json(StatusCode::OK, &json!({"data": answers})))
}

async fn one(ask: &Ask, address: &str, operation: Operation, reason: Option<String>) -> Json {
    let written = async {
        let (object, id, task) = place(ask, address)?;
        ask.write_one(Request::Decide { object, id, task, operation }, reason, address).await
    };
    match written.await {
        Ok(outcome) => {
            let record = outcome.record.as_ref();
            let state = record.map(formwork_runtime::json::state);
            json!({"task": address, "done": true, "rev": record.map(|record| record.rev), "state": state})
        }
        Err(problem) => {
            json!({"task": address, "done": false, "problem": problem.to_json(header::language(ask.call.headers()), "")})
        }
    }
}

/// `GET /{book}/api/{object}/{id}/approvals`
pub(crate) async fn trail(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let object = ask.object()?.name;
    let approvals = ask.eyes().approvals(object, ask.record(object)?)?;
    Ok(api::json(StatusCode::OK, &json!({"data": approvals})))
}

fn take_reason(body: &mut Input) -> Result<Option<String>, Problem> {
    match body.shift_remove("reason") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(reason)) => Ok(Some(reason)),
        Some(_) => Err(bad_parameter("reason", text!("`reason` is a text", "`reason` 应为文本"))),
    }
}

/// `OBJECT.RECORD.NUMBER`
pub(crate) fn place(ask: &Ask, address: &str) -> Result<(Name, RecordId, u32), Problem> {
    let mut parts = address.split('.');
    let mut read = || {
        let object = Name::find(parts.next()?).filter(|name| ask.catalog.object(*name).is_some())?;
        let id = parts.next()?.parse().ok()?;
        let task = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some((object, id, task))
    };
    read().ok_or_else(no_task)
}

fn no_task() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, code!("no-such-task"), text!("there is no such task", "没有这个任务"))
}
