//! Comments on a record.

use axum::http::StatusCode;
use formwork_runtime::command::Request;
use serde_json::json;

use crate::{
    api::{self, Answer},
    ask::Ask,
    body::Members,
};

/// `POST /{book}/api/{object}/{id}/comments` with `text`, `files` (what uploads answered), or both. It stands in the history of the record.
pub(crate) async fn say(ask: Ask) -> Answer {
    let object = ask.object()?;
    let mut members = Members::read(&ask.call.body)?;
    let text = members.take_text("text");
    let files = members.take_list("files");
    members.finish()?;
    let id = ask.record(object.name)?;
    let outcome = ask.write(Request::Comment { object: object.name, id, files }, text).await?;
    Ok(api::json(StatusCode::CREATED, &json!({"seq": outcome.seq})))
}
