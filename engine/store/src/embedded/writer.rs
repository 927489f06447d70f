//! The writer's thread: takes what is queued, runs it as one group, commits it once.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::Receiver,
    time::{Duration, Instant},
};

use super::group::Group;
use crate::{backend::Backend, error::Error, store::Work};

/// A group ends when it has this many works, or has written this much, or has taken this long to run.
///
/// More works a group do not pay: sled frees the pages a batch replaces only a few at a time with each batch, so
/// with 512 works an import of a million records grew to 15 GB resident and was three times as slow.
const WORKS: usize = 64;
const BYTES: usize = 16 * 1024 * 1024;
const TIME: Duration = Duration::from_millis(20);

/// After a group of many, its callers are about to come back: that long the next group waits for them.
const GATHER: Duration = Duration::from_micros(200);

/// Runs until every sender is gone and the queue is empty.
pub(super) fn run(backend: &dyn Backend, queue: &Receiver<Box<dyn Work>>) {
    let mut last = 1;
    let mut stopped = false;
    while let Ok(first) = queue.recv() {
        if stopped {
            finish(first, Err(Error::Closed));
            continue;
        }
        let group = run_group(backend, first, queue, last);
        last = group.works.len();
        let committed = group.commit(backend);
        stopped = committed.is_err();
    }
}

struct Ran<'a> {
    works: Vec<(Box<dyn Work>, Result<(), Error>)>,
    writes: Group<'a>,
}

fn run_group<'a>(
    backend: &'a dyn Backend,
    first: Box<dyn Work>,
    queue: &Receiver<Box<dyn Work>>,
    expected: usize,
) -> Ran<'a> {
    let started = Instant::now();
    let mut group = Ran { works: Vec::with_capacity(expected), writes: Group::new(backend) };
    let mut next = Some(first);
    while let Some(mut work) = next.take() {
        let outcome = group.writes.run(&mut *work);
        group.works.push((work, outcome));
        if group.works.len() < WORKS && group.writes.bytes() < BYTES && started.elapsed() < TIME {
            next = queue.try_recv().ok();
            if next.is_none() && group.works.len() < expected {
                next = queue.recv_timeout(GATHER).ok();
            }
        }
    }
    group
}

impl Ran<'_> {
    /// Applies and syncs, then tells everybody. Works that wrote nothing may have read what others wrote, so
    /// they too are told only now.
    fn commit(self, backend: &dyn Backend) -> Result<(), Error> {
        let committed = match self.writes.into_batch() {
            Some(batch) => backend.apply(batch).and_then(|()| backend.sync()),
            None => Ok(()),
        };
        for (work, outcome) in self.works {
            finish(work, committed.clone().and(outcome));
        }
        committed
    }
}

/// Tells a work how it went; what it does then must not end the writer.
pub(super) fn finish(work: Box<dyn Work>, outcome: Result<(), Error>) {
    let _panicked = catch_unwind(AssertUnwindSafe(|| work.done(outcome)));
}
