//! Flow actions: what is offered, and taking one.

use axum::http::StatusCode;
use formwork_model::{name::Name, text};
use formwork_runtime::{command::Request, json};
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer, record::written},
    ask::{Ask, not_found},
    body::Members,
};

/// `GET /{book}/api/{object}/{id}/actions`
pub(crate) async fn offered(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let object = ask.object()?.name;
    let id = ask.record(object)?;
    let offered = ask.book().offered(&ask.actor, object, id)?;
    let data: Vec<Json> = offered.iter().map(json::offered).collect();
    let release = ask.book().catalog_of(&ask.eyes().get(object, id)?.record)?.release.clone();
    Ok(api::json(StatusCode::OK, &json!({"data": data, "release": release, "latest": ask.catalog.release})))
}

/// `POST /{book}/api/{object}/{id}/actions/{action}` with `{"input", "reason", "token", "rev"}`
pub(crate) async fn take(ask: Ask) -> Answer {
    let object = ask.object()?;
    let mut members = Members::read(&ask.call.body)?;
    let input = members.take_map("input");
    let reason = members.take_text("reason");
    let token = members.take_whole("token").and_then(|token| {
        u32::try_from(token).ok().or_else(|| members.unfit("token", text!("there is no such token", "没有这个令牌")))
    });
    let rev = members.take_whole("rev");
    members.finish()?;
    let name = ask.call.path("action");
    let action = Name::find(name).ok_or_else(|| not_found("action", name))?;
    let id = ask.record(object.name)?;
    let rev = ask.expected_rev(object.name, id, rev)?;
    let request = Request::Act { object: object.name, id, rev, action, token, input };
    let outcome = ask.write(request, reason).await?;
    written(&ask, &object, &outcome, StatusCode::OK)
}
