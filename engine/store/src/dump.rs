//! Backup and restore: the whole book as one stream that any store can load.
//!
//! ```text
//! FORMWORK-BACKUP\n  u32 version  i64 created (milliseconds)
//! 01  u32 length of the key  u32 length of the value  key  value      for every pair, by key
//! 00  u64 number of pairs  SHA-256 of everything before it
//! ```
//! Numbers are big-endian.

use jiff::Timestamp;

mod backup;
mod restore;
pub mod sealed;
mod stream;

pub use backup::backup;
pub use restore::{check, load, restore};

const MAGIC: &[u8; 16] = b"FORMWORK-BACKUP\n";
const VERSION: u32 = 1;
const PAIR: u8 = 1;
const END: u8 = 0;

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// When it was made.
    pub created: Timestamp,
    /// How many pairs.
    pub pairs: u64,
    /// How many bytes the stream has.
    pub bytes: u64,
    /// SHA-256 of everything before it: the last 32 bytes of the stream.
    pub sha256: [u8; 32],
}
