//! Walks the chain and reports every entry that is not what was written.

use std::{collections::BTreeMap, ops::ControlFlow};

use super::{Entry, Hash, decode, head, seq_of};
use crate::{
    error::Error,
    key::{Key, KeyKind},
    store::{Order, View},
    symbols::Symbols,
};

/// The member of an entry's `more` in which an erasure says what it left of earlier entries: `{"SEQ": "SHA-256"}`.
pub const ERASED: &str = "erased";

/// Checks the whole history: no gap, every hash right, every entry readable, what was erased as the erasure left it, the end
/// where the head says.
/// Calls `each` with every entry that can be read, and `report` with the position and what is wrong there; returns how many
/// entries were looked at.
///
/// # Errors
/// When the store fails or the head can't be read.
pub fn verify(
    view: &dyn View,
    symbols: &Symbols,
    each: &mut dyn FnMut(&Entry),
    report: &mut dyn FnMut(u64, String),
) -> Result<u64, Error> {
    let (start, end) = Key::new(KeyKind::History).into_range();
    let mut walk =
        Walk { next: 1, previous: Some([0; 32]), checked: 0, erased: BTreeMap::new(), left: BTreeMap::new() };
    view.scan(&start, &end, Order::Forward, &mut |key, value| {
        walk.step(key, value, symbols, (each, report));
        ControlFlow::Continue(())
    })?;
    for (seq, content) in &walk.erased {
        if walk.left.get(seq) != Some(content) {
            report(*seq, "the entry says that something was erased from it, but is not as an erasure left it".into());
        }
    }
    let (seq, hash) = head(view)?;
    if seq != walk.next - 1 || walk.previous.is_some_and(|previous| previous != hash) {
        report(seq, format!("the head names entry {seq}, but the history ends with entry {}", walk.next - 1));
    }
    Ok(walk.checked)
}

/// What is done with every entry.
type Each<'e> = &'e mut dyn FnMut(&Entry);
/// What is told of a broken one.
type Report<'r> = &'r mut dyn FnMut(u64, String);

struct Walk {
    next: u64,
    /// The hash of the entry before; `None` after one in which none can be read.
    previous: Option<Hash>,
    checked: u64,
    /// The hash of what is left of each entry from which something was erased.
    erased: BTreeMap<u64, Hash>,
    /// What the erasures say they left.
    left: BTreeMap<u64, Hash>,
}

impl Walk {
    /// Notes what an erasure says it left; a later one says it anew.
    fn note_left(&mut self, entry: &Entry) {
        if entry.kind.split(' ').next() != Some("erase") {
            return;
        }
        let more: serde_json::Value = serde_json::from_str(&entry.more).unwrap_or_default();
        for (seq, hash) in more.get(ERASED).and_then(serde_json::Value::as_object).into_iter().flatten() {
            if let (Ok(seq), Some(hash)) = (seq.parse(), hash.as_str().and_then(parse_hash)) {
                self.left.insert(seq, hash);
            }
        }
    }

    fn step(&mut self, key: &[u8], value: &[u8], symbols: &Symbols, (each, report): (Each<'_>, Report<'_>)) {
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
                each(&chained.entry);
                self.note_left(&chained.entry);
                if chained.entry.cover.is_less() {
                    self.erased.insert(seq, chained.content);
                }
                if chained.entry.seq != seq {
                    report(seq, format!("the entry says it is number {}", chained.entry.seq));
                }
                if chained.hash != chained.computed {
                    report(seq, "the entry was altered: its hash does not fit its content".into());
                }
                if in_sequence && self.previous.is_some_and(|previous| previous != chained.previous) {
                    report(seq, "the entry before was altered: its hash is not the one noted here".into());
                }
            }
        }
        // Go on from what is stored, so that one bad entry is one report.
        self.previous = value.get(33..65).and_then(|hash| hash.try_into().ok());
    }
}

fn parse_hash(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
    }
    Some(hash)
}
