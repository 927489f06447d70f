//! What is due to be sent, for whoever sends it.

use std::ops::ControlFlow;

use formwork_model::{id::RecordId, outbox::Entry};
use formwork_store::{store::Order, table::outbox};

use jiff::Timestamp;

use crate::{book::Book, rejection::Refusal};

impl Book {
    /// What is due to be sent at `now`, the longest due first, without what `skip` names.
    ///
    /// # Errors
    /// When the store fails.
    pub fn due_entries(
        &self,
        now: Timestamp,
        most: usize,
        skip: &dyn Fn(RecordId) -> bool,
    ) -> Result<Vec<Entry>, Refusal> {
        let release = self.release();
        let (start, end) = outbox::due_range(now);
        self.read(|view| {
            let mut ids = Vec::new();
            let mut failure = None;
            view.scan(&start, &end, Order::Forward, &mut |key, _| {
                match outbox::id_of(key) {
                    Ok(id) if skip(id) => {}
                    Ok(id) => ids.push(id),
                    Err(error) => failure = Some(error),
                }
                if failure.is_some() || ids.len() >= most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            if let Some(error) = failure {
                return Err(error.into());
            }
            let mut entries = Vec::with_capacity(ids.len());
            for id in ids {
                entries.extend(outbox::get(view, id, &release.symbols)?);
            }
            Ok(entries)
        })
    }

    /// When the first is due of what is to be sent after `now`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn next_entry(&self, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
        let (start, end) = outbox::later_range(now);
        self.read(|view| {
            let mut first = None;
            view.scan(&start, &end, Order::Forward, &mut |key, _| {
                first = outbox::due_of(key);
                ControlFlow::Break(())
            })?;
            Ok(first)
        })
    }

    /// Everything that is still to be sent or was given up, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn outbox(&self, most: usize) -> Result<Vec<Entry>, Refusal> {
        let release = self.release();
        let (start, end) = outbox::range();
        let mut entries = Vec::new();
        let mut failure = None;
        self.read(|view| {
            Ok(view.scan(&start, &end, Order::Forward, &mut |key, bytes| {
                match outbox::id_of(key).and_then(|id| outbox::decode(id, bytes, &release.symbols)) {
                    Ok(entry) => entries.push(entry),
                    Err(error) => failure = Some(error),
                }
                if failure.is_some() || entries.len() >= most {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })?)
        })?;
        failure.map_or(Ok(entries), |error| Err(error.into()))
    }
}
