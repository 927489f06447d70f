//! HTTP: parse, call one engine method, render.
//!
//! The only crate that knows axum and status codes. A request enters through [`routes`], is read by `call`
//! and `ask`, answered by one file of `api` a resource or of `page` a page, and leaves through `edge`, which gives every
//! answer its request id and every refusal its problem details, or a page that says it.

mod api;
pub mod app;
mod ask;
mod body;
mod call;
mod edge;
mod error;
mod header;
pub mod metrics;
mod openapi;
mod page;
mod parameter;
pub mod release;
pub mod routes;
pub mod serve;

pub use app::{App, Limits, Served, Settings};
pub use metrics::TimerFigures;
pub use routes::{Route, router, routes};
pub use serve::serve;
