//! The release a book runs.

use axum::http::StatusCode;

use crate::{
    api::{self, Answer},
    ask::Ask,
};

/// `GET /{book}/api/release`
pub(crate) async fn release(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let status = ask.served.status.load();
    Ok(api::json(StatusCode::OK, &status.to_json(&ask.catalog.release)))
}
