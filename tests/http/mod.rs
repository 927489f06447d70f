//! HTTP through the router: every route, happy and refused.

mod access;
mod actions;
mod approvals;
mod bad_input;
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
mod people;
mod queues;
mod records;
mod releases;
mod server;
mod support;
