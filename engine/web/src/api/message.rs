//! The caller's messages.

use axum::http::StatusCode;
use formwork_model::text;
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer},
    ask::Ask,
    parameter::bad_parameter,
};

/// Messages of a list when none is said, and at most.
const PAGE: (usize, usize) = (50, 500);

/// `GET /{book}/api/messages?limit=`, newest first
pub(crate) async fn messages(ask: Ask) -> Answer {
    let mut parameters = ask.call.parameters()?;
    let limit = parameters.take_limit("limit", PAGE.0, PAGE.1)?;
    parameters.finish()?;
    let found = ask.book().messages(&ask.actor.login, limit)?;
    let data: Vec<Json> = found
        .iter()
        .map(|((seq, n), message)| {
            json!({
                "id": format!("{seq}.{n}"),
                "at": message.at.to_string(),
                "text": message.text,
                "record": message.record.map(|(object, id)| json!({"object": object.as_str(), "id": id.to_string()})),
                "read": message.read,
            })
        })
        .collect();
    Ok(api::json(StatusCode::OK, &json!({"data": data})))
}

/// `POST /{book}/api/messages/{seq}.{n}/read`
pub(crate) async fn read(ask: Ask) -> Answer {
    let place =
        ask.call.path("message").split_once('.').and_then(|(seq, n)| Some((seq.parse().ok()?, n.parse().ok()?)));
    let place = place.ok_or_else(|| bad_parameter("message", text!("a message is `SEQ.N`", "消息编号应为 `SEQ.N`")))?;
    let login = ask.actor.login.clone();
    ask.blocking(move |book| book.read_message(&login, place)).await?;
    Ok(api::empty(StatusCode::NO_CONTENT))
}
