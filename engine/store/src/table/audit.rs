//! The audit log: a hash-chained entry for every sign-in, decision, key, password, export and release. Never
//! edited.
//!
//! It is apart from the history of records: a failed sign-in has no release and no command, a replay must not see
//! it, and who may read it differs. Entries hold no number of the book's names, so an export can be verified
//! without the book.

use std::{fmt, ops::ControlFlow};

use jiff::Timestamp;

use super::meta;
use crate::{
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::{Order, Transaction, View},
};

mod bytes;
#[cfg(test)]
mod tests;
mod what;

pub use bytes::{Chained, Hash, decode, encode};
pub use what::What;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Position in the log, from 1, without gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who did it; the login that was tried at a failed sign-in, `system` from a command line.
    pub actor: String,
    /// What: the word of a [`What`], or of one that an earlier program wrote.
    pub what: String,
    /// To whom or what; empty when that is the actor.
    pub about: String,
    /// From which address; empty from a command line.
    pub address: String,
    /// More, as compact JSON without secrets; empty when there is nothing more.
    pub more: String,
}

/// The fact that holds position and hash of the newest entry.
const HEAD: &str = "audit_head";

/// The entry at position `seq`.
///
/// # Errors
/// When the store fails or the entry can't be read.
pub fn get(view: &dyn View, seq: u64) -> Result<Option<Chained>, Error> {
    view.get(&key(seq))?.map(|bytes| decode(&bytes)).transpose()
}

/// The position of the first entry that is not from before `at`. Entries are looked for as they follow each other: where
/// the clock was set back between two, one of them may count to the other side.
///
/// # Errors
/// When the store fails or an entry can't be read.
pub fn first_since(view: &dyn View, at: Timestamp) -> Result<u64, Error> {
    let (mut low, mut high) = (1, head(view)?.0 + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        match get(view, middle)? {
            Some(chained) if chained.entry.at < at => low = middle + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The key of the entry at position `seq`.
pub fn key(seq: u64) -> Vec<u8> {
    Key::new(KeyKind::Audit).u64(seq).into_vec()
}

/// The keys of the entries from position `first` on.
pub fn range_from(first: u64) -> (Vec<u8>, Vec<u8>) {
    (key(first), Key::new(KeyKind::Audit).into_range().1)
}

/// Position and hash of the newest entry; 0 and zeros when there is none.
///
/// # Errors
/// When the store fails or the fact is damaged.
pub fn head(view: &dyn View) -> Result<(u64, Hash), Error> {
    let Some(bytes) = view.get(&meta::key(HEAD))? else { return Ok((0, [0; 32])) };
    match (bytes.first_chunk::<8>(), bytes.last_chunk::<32>()) {
        (Some(seq), Some(hash)) if bytes.len() == 40 => Ok((u64::from_be_bytes(*seq), *hash)),
        _ => Err(Error::Damaged("the head of the audit log can't be read".into())),
    }
}

/// Adds `entry` at the end: gives it the next position and chains it. Returns the position.
///
/// # Errors
/// When the store fails.
pub fn append(txn: &mut dyn Transaction, mut entry: Entry) -> Result<u64, Error> {
    let (last, previous) = head(txn.view())?;
    entry.seq = last + 1;
    let (bytes, hash) = encode(&entry, &previous);
    txn.put(key(entry.seq), bytes);
    let mut head = Vec::with_capacity(40);
    head.extend_from_slice(&entry.seq.to_be_bytes());
    head.extend_from_slice(&hash);
    txn.put(meta::key(HEAD), head);
    Ok(entry.seq)
}

/// The chain as it is walked, entry by entry: of a book, or of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    next: u64,
    previous: Hash,
}

/// What is wrong with an entry in its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// Entries from this position on are missing before it, or it stands twice.
    Position(u64),
    /// Its hash does not fit its content.
    Altered,
    /// It does not follow the entry before.
    Unchained,
    /// It can't be read.
    Unreadable,
    /// The log ends with this position, and the store says that it ends elsewhere.
    End(u64),
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position(expected) => write!(formatter, "entry {expected} was expected here"),
            Self::Altered => formatter.write_str("the entry was altered: its hash does not fit its content"),
            Self::Unchained => formatter.write_str("the entry before was altered: its hash is not the one noted here"),
            Self::Unreadable => formatter.write_str("the entry can't be read"),
            Self::End(last) => write!(formatter, "the log ends with entry {last}, but its end was noted elsewhere"),
        }
    }
}

impl Default for Chain {
    fn default() -> Self {
        Self { next: 1, previous: [0; 32] }
    }
}

impl Chain {
    /// Looks at the next entry, and goes on from what it says, so that one bad entry is one report.
    pub fn step(&mut self, chained: &Chained) -> Option<Broken> {
        let broken = if chained.entry.seq != self.next {
            Some(Broken::Position(self.next))
        } else if chained.hash != chained.computed {
            Some(Broken::Altered)
        } else if chained.previous != self.previous {
            Some(Broken::Unchained)
        } else {
            None
        };
        self.next = chained.entry.seq.saturating_add(1);
        self.previous = chained.hash;
        broken
    }

    /// Position and hash of the last entry looked at.
    pub fn end(&self) -> (u64, Hash) {
        (self.next.saturating_sub(1), self.previous)
    }
}

/// Checks the whole log: no gap, every hash right, every entry readable, the end where the head says. Calls
/// `report` with the position and what is wrong there; returns how many entries were looked at.
///
/// # Errors
/// When the store fails or the head can't be read.
pub fn verify(view: &dyn View, report: &mut dyn FnMut(u64, String)) -> Result<u64, Error> {
    let (start, end) = range_from(0);
    let (mut chain, mut checked) = (Chain::default(), 0);
    view.scan(&start, &end, Order::Forward, &mut |key, value| {
        checked += 1;
        match (seq_of(key), decode(value)) {
            (Ok(seq), Ok(chained)) => {
                if chained.entry.seq != seq {
                    report(seq, format!("the entry says it is number {}", chained.entry.seq));
                }
                if let Some(broken) = chain.step(&chained) {
                    report(seq, broken.to_string());
                }
            }
            (Err(error), _) | (_, Err(error)) => report(chain.next, error.to_string()),
        }
        ControlFlow::Continue(())
    })?;
    let (seq, hash) = head(view)?;
    if (seq, hash) != chain.end() {
        report(seq, format!("the head names entry {seq}, but the audit log ends with entry {}", chain.end().0));
    }
    Ok(checked)
}

/// The position in an entry's key.
///
/// # Errors
/// When the key is of another table.
pub fn seq_of(key: &[u8]) -> Result<u64, Error> {
    KeyReader::new(key, KeyKind::Audit)?.u64()
}
