//! Definitions resolved and checked: the immutable catalog.
//!
//! [`check::check`] is the only way to a [`catalog::Catalog`]. Everything in it is resolved: a name that is here
//! exists, an expression that is here compiles, a literal that is here fits its type.

pub mod calendar;
pub mod catalog;
pub mod check;
pub mod compare;
pub mod connector;
pub mod effect;
pub mod filter;
pub mod flow;
pub mod form;
pub mod ledger;
pub mod number;
pub mod object;
pub mod parse_value;
pub mod queue;
pub mod reference;
pub mod report;
mod resolve;
pub mod role;
pub mod scenario;
pub mod schedule;
pub mod sla;
pub mod soundness;
pub mod source;
pub mod table;
pub mod task;
pub mod template;
pub mod timer;
pub mod variables;
mod world;
