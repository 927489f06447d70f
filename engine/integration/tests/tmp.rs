//! Temporary.
#[path = "../../../tests/real/mod.rs"]
mod real;
#[path = "../../../tests/second/mod.rs"]
mod second;
