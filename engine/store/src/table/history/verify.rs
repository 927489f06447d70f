//! Walks the chain and reports every entry that is not what was written.

use std::ops::ControlFlow;

use super::{Hash, decode, head, seq_of};
use crate::{
    error::Error,
    key::{Key, KeyKind},
    store::{Order, View},
    symbols::Symbols,
};

/// Checks the whole history: no gap, every hash right, every entry readable, the end where the head says.
/// Calls `report` with the position and what is wrong there; returns how many entries were looked at.
///
/// # Errors
/// When the store fails or the head can't be read.
pub fn verify(view: &dyn View, symbols: &Symbols, report: &mut dyn FnMut(u64, String)) -> Result<u64, Error> {
    let (start, end) = Key::new(KeyKind::History).into_range();
    let mut walk = Walk { next: 1, previous: [0; 32], checked: 0 };
    view.scan(&start, &end, Order::Forward, &mut |key, value| {
        walk.step(key, value, symbols, report);
        ControlFlow::Continue(())
    })?;
    let (seq, hash) = head(view)?;
    if (seq, hash) != (walk.next - 1, walk.previous) {
        report(seq, format!("the head names entry {seq}, but the history ends with entry {}", walk.next - 1));
    }
    Ok(walk.checked)
}

struct Walk {
    next: u64,
    previous: Hash,
    checked: u64,
}

impl Walk {
    fn step(&mut self, key: &[u8], value: &[u8], symbols: &Symbols, report: &mut dyn FnMut(u64, String)) {
        self.checked += 1;
        let seq = match seq_of(key) {
            Ok(seq) => seq,
            Err(error) => return report(self.next, error.to_string()),
        };
        if seq != self.next {
            report(self.next, format!("entry {} is missing", self.next));
        }
        let in_sequence = seq == self.next;
        self.next = seq + 1;
        match decode(value, symbols) {
            Err(error) => report(seq, error.to_string()),
            Ok(chained) => {
                if chained.entry.seq != seq {
                    report(seq, format!("the entry says it is number {}", chained.entry.seq));
                }
                if chained.hash != chained.computed {
                    report(seq, "the entry was altered: its hash does not fit its content".into());
                }
                if in_sequence && chained.previous != self.previous {
                    report(seq, "the entry before was altered: its hash is not the one noted here".into());
                }
            }
        }
        // Go on from what is stored, so that one bad entry is one report.
        self.previous = value.get(33..65).and_then(|hash| hash.try_into().ok()).unwrap_or_default();
    }
}
