//! Approvals through the book: people from the directory, decisions, returns, proxies, watched fields, time limits.

mod audited;
mod decisions;
mod duties;
mod operations;
mod outcomes;
mod people;
mod scenarios;
mod support;
mod withdrawn;
