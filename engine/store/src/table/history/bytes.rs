//! History entries as bytes: version, hash of the entry before, own hash, content.

use formwork_model::id::CommandId;
use sha2::{Digest, Sha256};

use super::{Change, Entry, Fired};
use crate::{
    codec::{Reader, Writer},
    error::Error,
    symbols::Symbols,
    table::record::many,
};

/// A SHA-256.
pub type Hash = [u8; 32];

/// Where the content begins: after the version and two hashes.
const CONTENT: usize = 1 + 32 + 32;

/// An entry with its place in the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Chained {
    /// The entry.
    pub entry: Entry,
    /// The hash of the entry before.
    pub previous: Hash,
    /// Its own hash, as stored.
    pub hash: Hash,
    /// The hash its content has.
    pub computed: Hash,
}

fn hash(previous: &Hash, content: &[u8]) -> Hash {
    Sha256::new().chain_update(previous).chain_update(content).finalize().into()
}

/// The entry as bytes, and its hash: SHA-256 over the hash before and the content.
///
/// # Errors
/// When a name has no number.
pub fn encode(entry: &Entry, previous: &Hash, symbols: &Symbols) -> Result<(Vec<u8>, Hash), Error> {
    let mut out = Writer::with_capacity(CONTENT + 256 + entry.input.len());
    out.raw(previous);
    out.raw(&[0; 32]);
    out.varint(entry.seq);
    out.raw(&entry.command.bytes());
    out.instant(entry.at);
    out.str(&entry.actor);
    out.optional_str(entry.on_behalf_of.as_deref());
    out.hash(&entry.release);
    out.str(&entry.kind);
    out.bool(entry.target.is_some());
    if let Some((object, id)) = entry.target {
        out.name(object, symbols)?;
        out.id(id);
    }
    out.str(&entry.input);
    out.optional_str(entry.reason.as_deref());
    out.varint(entry.changes.len() as u64);
    for change in &entry.changes {
        out.name(change.object, symbols)?;
        out.id(change.id);
        out.str(&change.path);
        out.value(&change.old, symbols)?;
        out.value(&change.new, symbols)?;
    }
    out.varint(entry.fired.len() as u64);
    for fired in &entry.fired {
        out.str(&fired.what);
        out.str(&fired.values);
    }
    out.bool(entry.pinned.is_some());
    if let Some(pinned) = &entry.pinned {
        out.hash(pinned);
    }
    out.str(&entry.more);
    let mut bytes = out.into_vec();
    let own = hash(previous, &bytes[CONTENT..]);
    bytes[CONTENT - 32..CONTENT].copy_from_slice(&own);
    Ok((bytes, own))
}

/// The entry from bytes. Whether `hash` is `computed`, the caller must look.
///
/// # Errors
/// When the bytes are not what [`encode`] wrote.
pub fn decode(bytes: &[u8], symbols: &Symbols) -> Result<Chained, Error> {
    let mut from = Reader::new(bytes)?;
    let previous = from.array()?;
    let stored = from.array()?;
    let computed = hash(&previous, &bytes[CONTENT..]);
    let entry = Entry {
        seq: from.varint()?,
        command: CommandId::from_bytes(from.array()?),
        at: from.instant()?,
        actor: from.str()?.into(),
        on_behalf_of: from.optional_str()?.map(Into::into),
        release: from.hash()?.into(),
        kind: from.str()?.into(),
        target: if from.bool()? { Some((from.name(symbols)?, from.id()?)) } else { None },
        input: from.str()?.into(),
        reason: from.optional_str()?.map(Into::into),
        changes: many(&mut from, |from| {
            Ok(Change {
                object: from.name(symbols)?,
                id: from.id()?,
                path: from.str()?.into(),
                old: from.value(symbols)?,
                new: from.value(symbols)?,
            })
        })?,
        fired: many(&mut from, |from| Ok(Fired { what: from.str()?.into(), values: from.str()?.into() }))?,
        pinned: if from.version() >= 2 && from.bool()? { Some(from.hash()?.into()) } else { None },
        more: if from.version() >= 2 { from.str()?.into() } else { "".into() },
    };
    from.end()?;
    Ok(Chained { entry, previous, hash: stored, computed })
}
