//! Runs the HTTP tests without the binary.
#[path = "../../../tests/http/mod.rs"]
mod http;
