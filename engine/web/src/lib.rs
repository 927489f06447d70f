//! HTTP: parse, call one engine method, render.
//!
//! The only crate that knows axum and status codes. A request enters through [`routes`], is read by `call`
//! and `ask`, answered by one file of `api` a resource or of `page` a page, and leaves through `edge`, which gives every
//! answer its request id and every refusal its problem details, or a page that says it.

mod api;
pub mod app;
mod arrival;
mod ask;
mod body;
mod call;
mod cookie;
mod draft;
mod edge;
mod error;
mod hashing;
mod header;
mod identity;
mod leave;
mod media;
pub mod metrics;
mod openapi;
mod page;
mod parameter;
mod peer;
pub mod rate;
pub mod release;
pub mod routes;
mod safety;
pub mod serve;
pub mod sites;
mod switch;
pub mod tls;

pub use app::{App, Limits, Served, Settings};
pub use metrics::TimerFigures;
pub use rate::{Rate, Rates};
pub use routes::{Route, Takes, router, routes};
pub use serve::serve;
pub use tls::Tls;
