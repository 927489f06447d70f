//! Events that are delivered to a record.

use axum::http::StatusCode;
use formwork_model::name::Name;
use formwork_runtime::command::{Input, Request};

use crate::{
    api::{Answer, record::written},
    ask::{Ask, not_found},
    body,
};

/// `POST /{book}/api/{object}/{id}/events/{event}` with what comes with the event, a JSON object or nothing.
pub(crate) async fn deliver(ask: Ask) -> Answer {
    let object = ask.object()?;
    let data = if ask.call.body.is_empty() { Input::new() } else { body::object(&ask.call.body)? };
    let name = ask.call.path("event");
    let event = Name::find(name).ok_or_else(|| not_found("event", name))?;
    let id = ask.record(object.name)?;
    let outcome = ask.write(Request::Event { object: object.name, id, event, data }, None).await?;
    written(&ask, &object, &outcome, StatusCode::OK)
}
