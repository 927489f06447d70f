//! The explanation of a code.

use axum::http::StatusCode;
use formwork_model::{code, code::page, text};

use crate::{
    api::{self, Answer},
    call::Call,
    error::Problem,
};

/// `GET /codes/{code}`
pub(crate) async fn code_page(call: Call) -> Answer {
    let asked: String = call.path("code").chars().take(64).collect();
    match page(&asked) {
        Some(page) => Ok(api::with_type(StatusCode::OK, "text/markdown; charset=utf-8", page)),
        None => {
            let message = text!("there is no code `{asked}`", "没有代码 `{asked}`");
            Err(Problem::new(StatusCode::NOT_FOUND, code!("unknown-code"), message))
        }
    }
}
