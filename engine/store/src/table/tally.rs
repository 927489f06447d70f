//! How much somebody has done of something on one day: what a limit a day is held against.

use super::meta;
use crate::{
    error::Error,
    store::{Transaction, View},
};

/// Days are told apart by any number that differs between two of them.
pub type Day = i32;

fn fact(what: &str, login: &str) -> Vec<u8> {
    meta::key(&format!("tally {what} {login}"))
}

/// How much `login` has done of `what` on `day`. Only the last day is kept.
///
/// # Errors
/// When the store fails or the tally is damaged.
pub fn of(view: &dyn View, what: &str, login: &str, day: Day) -> Result<u64, Error> {
    let Some(bytes) = view.get(&fact(what, login))? else { return Ok(0) };
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<8>()) {
        (Some(kept), Some(done)) if bytes.len() == 12 => {
            Ok(if i32::from_be_bytes(*kept) == day { u64::from_be_bytes(*done) } else { 0 })
        }
        _ => Err(Error::Damaged(format!("the tally of {what} can't be read"))),
    }
}

/// Sets how much `login` has done of `what` on `day`.
pub fn put(txn: &mut dyn Transaction, what: &str, login: &str, day: Day, done: u64) {
    let mut bytes = Vec::with_capacity(12);
    bytes.extend_from_slice(&day.to_be_bytes());
    bytes.extend_from_slice(&done.to_be_bytes());
    txn.put(fact(what, login), bytes);
}
