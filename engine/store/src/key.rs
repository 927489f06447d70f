//! Order-preserving keys: comparing the bytes of two keys compares what they were made of.
//!
//! The first byte of every key is its [`KeyKind`]. Every part is self-delimiting, so a key is a list of parts
//! and a leading run of parts is a prefix of it.

use formwork_model::{id::RecordId, value::Value};

use crate::error::Error;

mod number;
mod part;
mod reader;
#[cfg(test)]
mod tests;

pub use reader::KeyReader;

/// What a key is of: its first byte. Numbers are never changed and never reused; a retired kind stays here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum KeyKind {
    /// Facts about the book itself.
    Meta = 1,
    /// Numbers of names.
    Symbol = 2,
    /// Records.
    Record = 3,
    /// Index entries.
    Index = 4,
    /// Unique keys.
    Unique = 5,
    /// History entries by position.
    History = 6,
    /// History positions by record.
    RecordHistory = 7,
    /// Number sequences.
    Counter = 8,
    /// Ledger entries.
    LedgerEntry = 9,
    /// Ledger balances.
    LedgerBalance = 10,
    /// Answers to requests that may be repeated.
    Idempotency = 11,
    /// Releases by content hash.
    Release = 12,
    /// Contents of files, in chunks.
    Blob = 13,
    /// Messages to users.
    Message = 14,
    /// The lists of the task centre.
    Task = 15,
    /// Timers by due time.
    Timer = 16,
    /// What is to leave for other systems.
    Outbox = 17,
    /// Incidents, open and ended.
    Incident = 18,
    /// Work in queues, and whose turn it is.
    Queue = 19,
    /// What proves who somebody is, by login.
    Credential = 21,
    /// Who is signed in.
    Session = 22,
    /// Keys with which programs act as users.
    ApiKey = 23,
    /// The audit log by position.
    Audit = 24,
    /// Who brought which file.
    Upload = 25,
    /// Accounts of other systems, by whom they are good here.
    Identity = 27,
}

impl KeyKind {
    /// Every kind, by number.
    pub const ALL: [Self; 25] = [
        Self::Meta,
        Self::Symbol,
        Self::Record,
        Self::Index,
        Self::Unique,
        Self::History,
        Self::RecordHistory,
        Self::Counter,
        Self::LedgerEntry,
        Self::LedgerBalance,
        Self::Idempotency,
        Self::Release,
        Self::Blob,
        Self::Message,
        Self::Task,
        Self::Timer,
        Self::Outbox,
        Self::Incident,
        Self::Queue,
        Self::Credential,
        Self::Session,
        Self::ApiKey,
        Self::Audit,
        Self::Upload,
        Self::Identity,
    ];

    /// The first byte of its keys.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The kind with this first byte.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// A key under construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl Key {
    /// A key of this kind without parts: the prefix of all keys of the kind.
    pub fn new(kind: KeyKind) -> Self {
        let mut bytes = Vec::with_capacity(48);
        bytes.push(kind.number());
        Self(bytes)
    }

    /// Adds a number of two bytes.
    #[must_use]
    pub fn u16(mut self, number: u16) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Adds a number of four bytes.
    #[must_use]
    pub fn u32(mut self, number: u32) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Adds a number of eight bytes.
    #[must_use]
    pub fn u64(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Adds a record id.
    #[must_use]
    pub fn id(mut self, id: RecordId) -> Self {
        self.0.extend_from_slice(&id.bytes());
        self
    }

    /// Adds a value. Null sorts first, then booleans, numbers, texts, dates, instants, durations, references;
    /// `1` and `1.00` are the same part. Rows have no order and only count.
    #[must_use]
    pub fn value(mut self, value: &Value) -> Self {
        part::put_value(&mut self.0, value);
        self
    }

    /// Adds several values.
    #[must_use]
    pub fn values(mut self, values: &[&Value]) -> Self {
        for value in values {
            part::put_value(&mut self.0, value);
        }
        self
    }

    /// Adds a text.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        part::put_text(&mut self.0, text);
        self
    }

    /// Adds an instant to the millisecond, in the order of time.
    #[must_use]
    pub fn instant(mut self, instant: jiff::Timestamp) -> Self {
        self.0.extend_from_slice(&part::ordered(instant.as_millisecond()));
        self
    }

    /// The bytes so far.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The finished key.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }

    /// The range of all keys that start with these parts: `start <= key < end`.
    pub fn into_range(self) -> (Vec<u8>, Vec<u8>) {
        let end = Self::prefix_end(&self.0);
        (self.0, end)
    }

    /// The smallest key that is greater than every key starting with `prefix`. No kind is numbered 255, so for
    /// an empty prefix that is a single byte 255.
    pub fn prefix_end(prefix: &[u8]) -> Vec<u8> {
        let mut end = prefix.to_vec();
        while let Some(last) = end.pop() {
            if last < u8::MAX {
                end.push(last + 1);
                return end;
            }
        }
        vec![u8::MAX; prefix.len() + 1]
    }
}

fn damaged(what: &str) -> Error {
    Error::Damaged(format!("a key's {what} can't be read"))
}
