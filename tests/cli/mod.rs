//! The binary itself: every command, happy and used wrongly, in folders of its own.

mod audit;
pub(crate) mod binary;
mod books;
mod check;
pub(crate) mod client;
mod data;
mod explain;
mod new;
mod people;
mod releases;
mod reload;
mod reports;
mod scenarios;
mod sensitive;
mod serve;
mod user;
