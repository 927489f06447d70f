//! Sharing one record with a user or a department, and handing over everything that somebody has.

use axum::http::StatusCode;
use formwork_definition::kind::sharing::{DEPARTMENT, USER};
use formwork_model::{code, text};
use formwork_runtime::command::{Input, Request};
use serde_json::json;

use crate::{
    api::{self, Answer, record::written},
    ask::Ask,
    body::{self, Members},
    error::Problem,
};

/// `POST /{book}/api/{object}/{id}/shares` with `{"user" or "department", "edit", "from", "until"}`: in the place of what
/// was said about the same.
pub(crate) async fn share(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let terms = body::object(&ask.call.body)?;
    put(ask, false, terms).await
}

/// `DELETE /{book}/api/{object}/{id}/shares?user=` or `?department=`
pub(crate) async fn unshare(ask: Ask) -> Answer {
    let mut parameters = ask.call.parameters()?;
    let given = [USER, DEPARTMENT].into_iter().filter_map(|by| Some((by.to_owned(), parameters.take(by)?.into())));
    let terms = given.collect();
    parameters.finish()?;
    put(ask, true, terms).await
}

async fn put(ask: Ask, end: bool, terms: Input) -> Answer {
    let object = ask.object()?;
    let id = ask.record(object.name)?;
    let outcome = ask.write(Request::Share { object: object.name, id, end, terms }, None).await?;
    written(&ask, &object, &outcome, StatusCode::OK)
}

/// `POST /{book}/api/people/{login}/transfer` with `{"to", "reason"}`: how much both had before and have after.
pub(crate) async fn transfer(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let mut members = Members::read(&ask.call.body)?;
    let (to, reason) = (members.take_text("to"), members.take_text("reason"));
    members.finish()?;
    let Some(to) = to else {
        let message = text!("say to whom", "请指定接收人");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("required"), message).field("to"));
    };
    let from = ask.call.path("login").into();
    let outcome = ask.write(Request::Transfer { from, to: to.into() }, reason).await?;
    Ok(api::json(StatusCode::OK, &outcome.answer.unwrap_or_else(|| json!({}))))
}
