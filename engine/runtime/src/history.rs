//! Reading the history.

use std::ops::ControlFlow;

use formwork_model::{id::RecordId, name::Name};
use formwork_store::{
    error::Error,
    store::{Order, View},
    table::history::{self, Entry},
};

use crate::release::Release;

/// The entries about one record, newest first, before position `before`.
///
/// # Errors
/// When the store fails or an entry is damaged.
pub fn of_record(
    view: &dyn View,
    release: &Release,
    object: Name,
    id: RecordId,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Entry>, Error> {
    let table = release.number(object)?;
    let (start, mut end) = history::record_range(table, id);
    if let Some(before) = before {
        end = history::record_key(table, id, before);
    }
    if start >= end {
        return Ok(Vec::new());
    }
    let mut seqs = Vec::new();
    let mut failure = None;
    view.scan(&start, &end, Order::Reverse, &mut |key, _| {
        match history::record_seq_of(key) {
            Ok(seq) => seqs.push(seq),
            Err(error) => failure = Some(error),
        }
        if failure.is_some() || seqs.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if let Some(error) = failure {
        return Err(error);
    }
    seqs.into_iter()
        .map(|seq| {
            history::get(view, seq, &release.symbols)?
                .ok_or_else(|| Error::Damaged(format!("history entry {seq} is missing")))
        })
        .collect()
}
