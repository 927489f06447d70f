//! Entries of the audit log, written in the transaction of what they tell.

use formwork_store::{
    error::Error,
    store::Transaction,
    table::audit::{self, What},
};
use jiff::Timestamp;

/// Adds an entry with more, as compact JSON.
///
/// # Errors
/// When the store fails.
pub fn note_more(
    txn: &mut dyn Transaction,
    (actor, what, about): (&str, What, &str),
    more: &serde_json::Value,
    address: &str,
    at: Timestamp,
) -> Result<(), Error> {
    append(txn, (actor, what, about), more.to_string(), address, at)
}

/// Adds an entry without more.
///
/// # Errors
/// When the store fails.
pub fn note(
    txn: &mut dyn Transaction,
    actor: &str,
    what: What,
    about: &str,
    address: &str,
    at: Timestamp,
) -> Result<(), Error> {
    append(txn, (actor, what, about), String::new(), address, at)
}

fn append(
    txn: &mut dyn Transaction,
    (actor, what, about): (&str, What, &str),
    more: String,
    address: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let [actor, what, about, address] = [actor, what.word(), about, address].map(str::to_owned);
    audit::append(txn, audit::Entry { seq: 0, at, actor, what, about, address, more })?;
    Ok(())
}
