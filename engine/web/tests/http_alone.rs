//! Runs the HTTP tests without the binary.
#[cfg(test)]
#[path = "../../../tests/http/mod.rs"]
mod http;
