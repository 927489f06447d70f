//! History: one hash-chained entry a command, never edited.

use std::sync::Arc;

use formwork_model::{
    id::{CommandId, RecordId},
    name::Name,
    value::Value,
};
use jiff::Timestamp;

use super::meta;
use crate::{
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::{Transaction, View},
    symbols::Symbols,
};

mod bytes;
mod verify;

pub use bytes::{Chained, Hash, decode, encode};
pub use verify::{ERASED, verify};

/// What one command did and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Position in the book's history, from 1, without gaps.
    pub seq: u64,
    /// The command.
    pub command: CommandId,
    /// When it was decided.
    pub at: Timestamp,
    /// Who.
    pub actor: Arc<str>,
    /// For whom, when the actor stands in for somebody.
    pub on_behalf_of: Option<Arc<str>>,
    /// Content hash of the release that decided it.
    pub release: Arc<str>,
    /// `create`, `update`, `delete`, `post`, `import`, `tick`, `act ACTION`, …; `release` when another release went live.
    pub kind: Arc<str>,
    /// The record the command was about.
    pub target: Option<(Name, RecordId)>,
    /// What was sent, as compact JSON; empty when nothing was.
    pub input: Arc<str>,
    /// The reason the actor gave.
    pub reason: Option<Arc<str>>,
    /// Every field that changed, of every record.
    pub changes: Vec<Change>,
    /// The rules, table rows, branches and moves that led there, in order.
    pub fired: Vec<Fired>,
    /// The release that the record is pinned to, when that is another one.
    pub pinned: Option<Arc<str>>,
    /// What deciding the command again needs beside all this, as compact JSON; empty when that is nothing.
    pub more: Arc<str>,
    /// How the chain covers the content.
    pub cover: Cover,
}

/// How the chain covers the content of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cover {
    /// As it is.
    #[default]
    Plain,
    /// By a commitment, the SHA-256 of this random salt and the content. When personal data is erased the salt goes with
    /// it, and the commitment tells nothing of what it was made of.
    Salted([u8; 16]),
    /// By the commitment to what it was before personal data was erased from it. The hash of what is left is in the entry
    /// of the erasure.
    Erased(Hash),
    /// By the hash that an entry had which was covered as it is: personal data was erased that nobody called so when it was
    /// written. As an unsalted hash is left of it, whoever can guess the whole entry can tell that they guessed right.
    Stated(Hash),
}

impl Cover {
    /// Whether something was erased from the entry.
    pub fn is_less(self) -> bool {
        matches!(self, Self::Erased(_) | Self::Stated(_))
    }
}

/// One field that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Object of the record.
    pub object: Name,
    /// The record.
    pub id: RecordId,
    /// `amount`, `lines[3].quantity`, or a system field: `state`, `number`, `created`, `deleted`.
    pub path: Arc<str>,
    /// What it held.
    pub old: Value,
    /// What it holds now.
    pub new: Value,
}

/// One thing that fired while deciding.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// `rule opportunity.big_deal`, `table discount_level row 3`, `flow quote draft -> level`, `post credit`.
    pub what: Arc<str>,
    /// The values that made it fire, as compact JSON; empty when there are none.
    pub values: Arc<str>,
}

/// A salt for an entry that may have to forget something.
///
/// # Errors
/// When the operating system has no random bytes.
pub fn salt() -> Result<Cover, Error> {
    Ok(Cover::Salted(crate::encrypted::random()?))
}

/// The fact that holds position and hash of the newest entry.
pub const HEAD: &str = "history_head";

/// The key of the entry at position `seq`.
pub fn key(seq: u64) -> Vec<u8> {
    Key::new(KeyKind::History).u64(seq).into_vec()
}

/// The position in an entry's key.
///
/// # Errors
/// When the key is of another table.
pub fn seq_of(key: &[u8]) -> Result<u64, Error> {
    KeyReader::new(key, KeyKind::History)?.u64()
}

/// A record that an entry changed or was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The number of its object.
    pub table: u16,
    /// The record.
    pub id: RecordId,
    /// Its revision afterwards; 0 when it is gone.
    pub rev: u64,
}

/// The key that says that the entry at `seq` changed or was about a record. Its value is the revision that the
/// entry left the record at, see [`rev_of`].
pub fn record_key(table: u16, id: RecordId, seq: u64) -> Vec<u8> {
    Key::new(KeyKind::RecordHistory).u16(table).id(id).u64(seq).into_vec()
}

/// The keys of all positions of one record, oldest first.
pub fn record_range(table: u16, id: RecordId) -> (Vec<u8>, Vec<u8>) {
    Key::new(KeyKind::RecordHistory).u16(table).id(id).into_range()
}

/// The position in a key made by [`record_key`]: its last eight bytes.
///
/// # Errors
/// When the key is too short.
pub fn record_seq_of(key: &[u8]) -> Result<u64, Error> {
    let bytes = key.last_chunk::<8>().ok_or_else(|| Error::Damaged("a key's position can't be read".into()))?;
    Ok(u64::from_be_bytes(*bytes))
}

/// The revision that an entry left a record at, from the value under [`record_key`]; 0 when the record is gone,
/// `None` in entries of books that did not note it yet.
pub fn rev_of(value: &[u8]) -> Option<u64> {
    value.first_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}

/// Position and hash of the newest entry; 0 and zeros when there is none.
///
/// # Errors
/// When the store fails or the fact is damaged.
pub fn head(view: &dyn View) -> Result<(u64, Hash), Error> {
    let Some(bytes) = view.get(&meta::key(HEAD))? else { return Ok((0, [0; 32])) };
    match (bytes.first_chunk::<8>(), bytes.last_chunk::<32>()) {
        (Some(seq), Some(hash)) if bytes.len() == 40 => Ok((u64::from_be_bytes(*seq), *hash)),
        _ => Err(Error::Damaged("the head of the history can't be read".into())),
    }
}

/// Adds `entry` at the end: gives it the next position, chains it, and notes it with every one of `records`.
/// Returns the position.
///
/// # Errors
/// When the store fails or a name has no number.
pub fn append(
    txn: &mut dyn Transaction,
    entry: &mut Entry,
    symbols: &Symbols,
    records: &[Listed],
) -> Result<u64, Error> {
    let (last, previous) = head(txn.view())?;
    entry.seq = last + 1;
    let (bytes, hash) = encode(entry, &previous, symbols)?;
    txn.put(key(entry.seq), bytes);
    let mut head = Vec::with_capacity(40);
    head.extend_from_slice(&entry.seq.to_be_bytes());
    head.extend_from_slice(&hash);
    txn.put(meta::key(HEAD), head);
    for record in records {
        txn.put(record_key(record.table, record.id, entry.seq), record.rev.to_be_bytes().to_vec());
    }
    Ok(entry.seq)
}

/// An entry from which personal data was erased, as bytes for its key, and the hash of what is left. Its place in the chain
/// stays as it was.
///
/// # Errors
/// When the store fails, the entry is damaged, or a name has no number.
pub fn erase(
    view: &dyn View,
    seq: u64,
    symbols: &Symbols,
    erase: impl FnOnce(&mut Entry),
) -> Result<Option<(Vec<u8>, Hash)>, Error> {
    let Some(bytes) = view.get(&key(seq))? else { return Ok(None) };
    let Chained { mut entry, previous, hash, commitment, .. } = decode(&bytes, symbols)?;
    erase(&mut entry);
    entry.cover = match entry.cover {
        Cover::Plain | Cover::Stated(_) => Cover::Stated(hash),
        Cover::Salted(_) | Cover::Erased(_) => Cover::Erased(commitment),
    };
    let (bytes, _) = encode(&entry, &previous, symbols)?;
    let left = decode(&bytes, symbols)?.content;
    Ok(Some((bytes, left)))
}

/// The entry at `seq`.
///
/// # Errors
/// When the store fails or the entry is damaged.
pub fn get(view: &dyn View, seq: u64, symbols: &Symbols) -> Result<Option<Entry>, Error> {
    view.get(&key(seq))?.map(|bytes| decode(&bytes, symbols).map(|chained| chained.entry)).transpose()
}
