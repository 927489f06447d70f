//! Definitions resolved and checked: the immutable catalog.
//!
//! [`check::check`] is the only way to a [`catalog::Catalog`]. Everything in it is resolved: a name that is here
//! exists, an expression that is here compiles, a literal that is here fits its type.

pub mod catalog;
pub mod source;
pub mod object;
pub mod effect;
pub mod flow;
pub mod table;
pub mod ledger;
pub mod form;
pub mod scenario;
pub mod number;
pub mod parse_value;
pub mod filter;
pub mod variables;
mod world;
mod resolve;
pub mod check;
