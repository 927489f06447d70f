//! One file a table: its keys, its values, and the few operations that keep it true.

pub mod api_key;
mod approval;
pub mod audit;
pub mod blob;
pub mod counter;
pub mod credential;
mod event;
pub mod history;
pub mod idempotency;
pub mod incident;
pub mod index;
pub mod ledger;
pub mod message;
pub mod meta;
pub mod outbox;
pub mod queue;
pub mod record;
pub mod release;
pub mod session;
pub mod tally;
pub mod task;
pub mod timer;
pub mod unique;
pub mod upload;
