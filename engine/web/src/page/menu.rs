//! The menu as a page, for small screens.

use axum::http::StatusCode;
use serde_json::json;

use crate::{api::Answer, ask::Ask};

/// `GET /{book}/menu`
pub(crate) async fn menu(ask: Ask) -> Answer {
    ask.page("menu_page", StatusCode::OK, |view| view.frame("menu", view.word("menu"), json!({}))).await
}
