//! HTTP through the router: every route, happy and refused.

mod access;
mod actions;
mod approvals;
mod attacks;
mod bad_input;
mod closed;
mod conditional;
mod events;
mod failures;
mod fuzz;
mod hooks;
mod incidents;
mod interface;
mod ledgers_and_tables;
mod lists;
mod messages_and_files;
mod page_access;
mod people;
mod queues;
mod records;
mod releases;
mod safety;
mod server;
mod sign_in;
mod support;
