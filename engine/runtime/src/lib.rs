//! The decision function and what surrounds it: records, flows, ledgers, queries.
//!
//! [`decide::decide`] is pure: it reads through a view and returns what to write. Serving, dry runs and
//! scenarios are all the same function. [`book::Book`] is the face the floors above use.

pub mod command;
pub mod rejection;
pub mod changes;
pub mod release;
pub mod decide;
mod decider;
mod eval;
mod host;
mod slot;
mod input;
mod reference;
mod compute;
mod settle;
mod effects;
mod validate;
mod forms;
mod rollup;
mod removal;
mod posting;
mod tables;
mod write;
mod diff;
pub mod flow;
pub mod query;
pub mod ledger;
pub mod history;
pub mod book;
pub mod json;
pub mod scenario;
pub mod verify;
