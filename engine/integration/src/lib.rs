//! Data in and out: CSV and xlsx import and export, generated demo data, delivery of what leaves for other systems,
//! and asking providers of OpenID Connect who somebody is.
//!
//! Everything that comes in becomes commands, so it goes through the same rules, flows and checks as what
//! people type. Everything that goes out is a list query.

pub mod backup;
pub mod delivery;
pub mod demo;
pub mod error;
pub mod export;
mod expression;
pub mod fetch;
pub mod import;
pub mod mapping;
pub mod oidc;
pub mod publish;
mod read_tree;
pub mod rows;
#[cfg(test)]
mod shipped;
#[cfg(test)]
mod testing;
