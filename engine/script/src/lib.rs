//! The Rhai sandbox: compile, check and run expressions and scripts.
//!
//! Everything a script can reach goes through [`host::Host`]; it has no clock, no files, no network and
//! no memory of its own between calls. Names are checked when a script is compiled, not when it runs.

mod coerce;
pub mod compile;
pub mod convert;
mod explain;
pub mod failure;
mod frame;
pub mod functions;
pub mod handle;
pub mod host;
mod native;
mod ops;
pub mod origin;
pub mod program;
pub mod sandbox;
pub mod shape;
mod unshare;
pub mod val;
mod walk;
pub mod world;

#[cfg(test)]
mod tests;
