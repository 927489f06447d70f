//! Identities of records and commands: sortable by time of creation, opaque to people.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use uuid::Uuid;

/// The identity of one command, given at the edge (HTTP, CLI, timer) before it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(Uuid);

impl CommandId {
    /// A fresh random identity. Only edges call it: deciding has no randomness of its own.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The identity with these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The bytes.
    pub fn bytes(self) -> [u8; 16] {
        *self.0.as_bytes()
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The identity of a record: a version 7 UUID, so ids sort by the time of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(Uuid);

/// The text is no record id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a record id")]
pub struct InvalidId;

impl RecordId {
    /// The id of the `nth` record that `command` creates at `now`. The same inputs give the same id,
    /// so a command decided twice creates the same records.
    pub fn derive(command: CommandId, now: Timestamp, nth: u32) -> Self {
        let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let seed = u128::from_be_bytes(command.bytes());
        let random = (seed ^ (seed >> 64)).wrapping_add(u128::from(nth).wrapping_mul(0x9E37_79B9_7F4A_7C15)) as u64;
        let mut bytes = [0u8; 16];
        bytes[..6].copy_from_slice(&milliseconds.to_be_bytes()[2..]);
        // The counter sits in the high bits so that records of one command sort as they were created.
        bytes[6..8].copy_from_slice(&(((nth & 0x0FFF) as u16) | 0x7000).to_be_bytes());
        bytes[8..].copy_from_slice(&((random & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000).to_be_bytes());
        Self(Uuid::from_bytes(bytes))
    }

    /// The id with these bytes, as read from a store.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The bytes, in the order ids sort by.
    pub fn bytes(self) -> [u8; 16] {
        *self.0.as_bytes()
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RecordId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_then_by_order_within_the_command() {
        let command = CommandId::from_bytes([7; 16]);
        let early = Timestamp::from_millisecond(1_700_000_000_000).unwrap();
        let late = Timestamp::from_millisecond(1_700_000_000_001).unwrap();
        let ids: Vec<_> = (0..100).map(|n| RecordId::derive(command, early, n)).collect();
        assert!(ids.is_sorted());
        assert!(ids[99] < RecordId::derive(command, late, 0));
        assert_eq!(ids[5].to_string().parse(), Ok(ids[5]));
    }

    #[test]
    fn a_hundred_thousand_records_of_one_command_have_distinct_ids() {
        let now = Timestamp::from_millisecond(1_700_000_000_000).unwrap();
        let ids: std::collections::HashSet<_> =
            (0..100_000).map(|n| RecordId::derive(CommandId::from_bytes([9; 16]), now, n)).collect();
        assert_eq!(ids.len(), 100_000);
    }
}
