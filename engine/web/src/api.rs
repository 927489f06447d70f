//! One file a resource: each handler parses, calls the book once, and renders.

pub(crate) mod access;
pub(crate) mod account_set;
pub(crate) mod action;
pub(crate) mod audit;
pub(crate) mod code_page;
pub(crate) mod comment;
pub(crate) mod erasure;
pub(crate) mod event;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod file;
pub(crate) mod health;
pub(crate) mod history;
pub(crate) mod hook;
pub(crate) mod incident;
pub(crate) mod index;
pub(crate) mod ledger;
pub(crate) mod list;
pub(crate) mod message;
pub(crate) mod own;
pub(crate) mod own_key;
pub(crate) mod people;
pub(crate) mod print;
pub(crate) mod queue;
pub(crate) mod record;
pub(crate) mod release;
pub(crate) mod repair;
pub(crate) mod report;
pub(crate) mod second;
pub(crate) mod share;
pub(crate) mod sign_in;
pub(crate) mod table;
pub(crate) mod task;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::Value as Json;

use crate::error::Problem;

/// What every handler gives.
pub(crate) type Answer = Result<Response, Problem>;

/// An answer in JSON.
pub(crate) fn json(status: StatusCode, body: &Json) -> Response {
    with_type(status, "application/json", body.to_string())
}

/// An answer of a fixed media type.
pub(crate) fn with_type(status: StatusCode, media: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
