//! The decision function and what surrounds it: records, flows, ledgers, queries.
//!
//! [`decide::decide`] is pure: it reads through a view and returns what to write. Serving, dry runs and
//! scenarios are all the same function. [`book::Book`] is the face the floors above use.

pub mod access;
pub mod approval;
pub mod audit;
mod blame;
pub mod book;
mod calendar;
pub mod changes;
pub mod command;
mod compute;
pub mod decide;
mod decider;
mod depth;
mod diff;
pub mod directory;
mod effects;
mod erasure;
mod eval;
pub mod flow;
mod forms;
pub mod history;
mod host;
pub mod impact;
pub mod incident;
mod input;
pub mod json;
mod keyed;
pub mod ledger;
pub mod migration;
mod outbox;
mod pins;
pub mod plan;
mod posting;
pub mod preview;
pub mod query;
pub mod queue;
mod recorded;
mod reference;
pub mod rejection;
pub mod release;
mod removal;
pub mod replay;
mod rollup;
pub mod scenario;
mod schedule;
mod settle;
mod sla;
mod slot;
mod tables;
mod timer;
mod validate;
pub mod verify;
mod write;
