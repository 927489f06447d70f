//! Rows on their way to the book.

use std::{collections::BTreeMap, sync::mpsc};

use formwork_runtime::{
    book::Book,
    command::{Command, Outcome},
    rejection::Refusal,
};

type Landed = (u64, Vec<String>, Result<Outcome, Refusal>);

/// Rows that were submitted and not answered yet.
pub(super) struct Flight {
    most: usize,
    rows: BTreeMap<u64, Vec<String>>,
    send: mpsc::Sender<(u64, Result<Outcome, Refusal>)>,
    answers: mpsc::Receiver<(u64, Result<Outcome, Refusal>)>,
}

impl Flight {
    pub(super) fn new(most: usize) -> Self {
        let (send, answers) = mpsc::channel();
        Self { most: most.max(1), rows: BTreeMap::new(), send, answers }
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= self.most
    }

    /// The earliest row that is not answered yet.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.rows.keys().next().copied()
    }

    pub(super) fn submit(&mut self, book: &Book, row: u64, cells: Vec<String>, command: Command) {
        self.rows.insert(row, cells);
        let send = self.send.clone();
        book.submit(command, move |result| {
            // Nobody listens any more when the import was given up.
            let _gone = send.send((row, result));
        });
    }

    /// The next answer; waits for one while rows are on their way, when `wait` says so.
    pub(super) fn landed(&mut self, wait: bool) -> Option<Landed> {
        if self.rows.is_empty() {
            return None;
        }
        let (row, result) = if wait { self.answers.recv().ok()? } else { self.answers.try_recv().ok()? };
        Some((row, self.rows.remove(&row).unwrap_or_default(), result))
    }
}
