//! Erasing what a record holds in sensitive fields.

use axum::http::StatusCode;
use formwork_runtime::command::Request;

use crate::{
    api::{Answer, record::written},
    ask::Ask,
    body::Members,
};

/// `POST /{book}/api/{object}/{id}/erasure` with `reason`: the values are gone from the record, and from everything that the
/// history says of it.
pub(crate) async fn erase(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let object = ask.object()?;
    let mut members = Members::read(&ask.call.body)?;
    let reason = members.take_text("reason");
    members.finish()?;
    let id = ask.record(object.name)?;
    let outcome = ask.write(Request::Erase { object: object.name, id }, reason).await?;
    written(&ask, &object, &outcome, StatusCode::OK)
}
