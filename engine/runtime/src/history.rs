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
    entries(view, release, (&start, &end), limit, |_| true)
}

/// The entries that changed one record since it was at revision `rev`, newest first; at most `limit`.
///
/// # Errors
/// When the store fails or an entry is damaged.
pub fn since_rev(
    view: &dyn View,
    release: &Release,
    object: Name,
    id: RecordId,
    rev: u64,
    limit: usize,
) -> Result<Vec<Entry>, Error> {
    let (start, end) = history::record_range(release.number(object)?, id);
    entries(view, release, (&start, &end), limit, |left_at| left_at.is_some_and(|left_at| left_at > rev))
}

/// The entries of a range, newest first, up to `limit` or to the first that left the record at a revision that
/// is not `wanted`.
fn entries(
    view: &dyn View,
    release: &Release,
    (start, end): (&[u8], &[u8]),
    limit: usize,
    wanted: impl Fn(Option<u64>) -> bool,
) -> Result<Vec<Entry>, Error> {
    let mut seqs = Vec::new();
    let mut failure = None;
    view.scan(start, end, Order::Reverse, &mut |key, value| {
        if !wanted(history::rev_of(value)) {
            return ControlFlow::Break(());
        }
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
