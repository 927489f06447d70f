//! History entries as bytes: version, hash of the entry before, own hash, content, and what covers it when that is more.

use formwork_model::id::CommandId;
use sha2::{Digest, Sha256};

use super::{Change, Cover, Entry, Fired};
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

/// What follows the content of an entry that is not covered as it is.
const SALTED: u8 = 1;
const ERASED: u8 = 2;
const STATED: u8 = 3;

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
    /// What the hash is over beside the hash before, when that is not the content.
    pub commitment: Hash,
    /// The hash of the content alone.
    pub content: Hash,
}

fn hash(first: &[u8], second: &[u8]) -> Hash {
    Sha256::new().chain_update(first).chain_update(second).finalize().into()
}

/// The hash of an entry, and the commitment to its content.
fn covered(cover: Cover, previous: &Hash, content: &[u8]) -> (Hash, Hash) {
    let commitment = match cover {
        Cover::Plain => return (hash(previous, content), [0; 32]),
        Cover::Salted(salt) => hash(&salt, content),
        Cover::Erased(commitment) => commitment,
        Cover::Stated(own) => return (own, [0; 32]),
    };
    (hash(previous, &commitment), commitment)
}

/// The entry as bytes, and its hash: SHA-256 over the hash before and the content, or the commitment to it.
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
    let (own, _) = covered(entry.cover, previous, &bytes[CONTENT..]);
    match entry.cover {
        Cover::Plain => {}
        Cover::Salted(salt) => bytes.extend([&[SALTED][..], &salt].concat()),
        Cover::Erased(commitment) => bytes.extend([&[ERASED][..], &commitment].concat()),
        Cover::Stated(own) => bytes.extend([&[STATED][..], &own].concat()),
    }
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
    let mut entry = Entry {
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
        cover: Cover::Plain,
    };
    let content = bytes.get(CONTENT..bytes.len().saturating_sub(from.left())).unwrap_or_default();
    if from.left() > 0 {
        entry.cover = match from.u8()? {
            SALTED => Cover::Salted(from.array()?),
            ERASED => Cover::Erased(from.array()?),
            STATED => Cover::Stated(from.array()?),
            _ => return Err(Error::Damaged("what covers a history entry can't be read".into())),
        };
    }
    from.end()?;
    let (computed, commitment) = covered(entry.cover, &previous, content);
    let content = Sha256::digest(content).into();
    Ok(Chained { entry, previous, hash: stored, computed, commitment, content })
}
