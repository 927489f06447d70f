//! What happened to a record.

use axum::http::StatusCode;
use formwork_model::text;
use formwork_runtime::{json, rejection::Rejection};
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer},
    ask::Ask,
    parameter::bad_parameter,
};

/// Entries of a page when none is said, and at most.
const PAGE: (usize, usize) = (50, 500);

/// `GET /{book}/api/{object}/{id}/history?before=&limit=`, newest first; also of a record that was deleted.
pub(crate) async fn history(ask: Ask) -> Answer {
    let object = ask.object()?.name;
    let mut parameters = ask.call.parameters()?;
    let limit = parameters.take_limit("limit", PAGE.0, PAGE.1)?;
    let before = parameters.take("before").map(|before| before.parse::<u64>()).transpose().map_err(|_| {
        bad_parameter("before", text!("`before` is the `seq` of an entry", "`before` 应为历史条目的 `seq`"))
    })?;
    parameters.finish()?;
    let id = ask.record(object)?;
    let actor = ask.actor.clone();
    let mut entries = ask.blocking(move |book| book.eyes(&actor).history(object, id, before, limit + 1)).await?;
    if entries.is_empty() && before.is_none() {
        return Err(Rejection::no_record(object).into());
    }
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next = if more { entries.last().map(|entry| entry.seq) } else { None };
    let data: Vec<Json> = entries.iter().map(json::entry).collect();
    Ok(api::json(StatusCode::OK, &json!({"data": data, "next": next})))
}
