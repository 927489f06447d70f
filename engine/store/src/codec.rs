//! Stored values as compact bytes. The first byte of every stored value is the version of the format.
//!
//! Encoding appends to one buffer; decoding borrows, never panics, and allocates no more than the bytes warrant.

mod reader;
#[cfg(test)]
mod tests;
mod value;
mod writer;

pub use reader::Reader;
pub use writer::Writer;

/// The version this program writes, and the newest it reads. It reads every older one too: what a version added
/// is not there in values of earlier ones. 2: timers, kept events and approvals in records, drafts in instances, pins
/// and what a replay needs in history entries.
pub const VERSION: u8 = 2;

/// Lists and rows may lie this deep in each other.
pub const DEPTH: usize = 32;

/// Tags of values. Never changed, never reused.
mod tag {
    pub(super) const NULL: u8 = 0;
    pub(super) const FALSE: u8 = 1;
    pub(super) const TRUE: u8 = 2;
    pub(super) const INT: u8 = 3;
    pub(super) const DECIMAL: u8 = 4;
    pub(super) const TEXT: u8 = 5;
    pub(super) const DATE: u8 = 6;
    pub(super) const INSTANT: u8 = 7;
    pub(super) const SECONDS: u8 = 8;
    pub(super) const REF: u8 = 9;
    pub(super) const LIST: u8 = 10;
    pub(super) const ROWS: u8 = 11;
    pub(super) const FILE: u8 = 12;
    pub(super) const GEO: u8 = 13;
    pub(super) const JSON: u8 = 14;
}
