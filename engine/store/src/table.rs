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
pub mod identity;
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

use std::ops::ControlFlow;

use crate::{
    error::Error,
    store::{Order, View},
};

/// Calls `each` with what every key and value of a range say, until it breaks.
fn each_of<T>(
    view: &dyn View,
    (start, end): (&[u8], &[u8]),
    order: Order,
    read: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    mut each: impl FnMut(T) -> ControlFlow<()>,
) -> Result<(), Error> {
    let mut failure = None;
    view.scan(start, end, order, &mut |key, value| match read(key, value) {
        Ok(found) => each(found),
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    })?;
    failure.map_or(Ok(()), Err)
}

/// What the first keys and values of a range say, at most `most` of them.
fn first_of<T>(
    view: &dyn View,
    (start, end): &(Vec<u8>, Vec<u8>),
    most: usize,
    read: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut all = Vec::new();
    each_of(view, (start, end), Order::Forward, read, |found| {
        all.push(found);
        if all.len() >= most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(all)
}
