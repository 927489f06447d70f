//! Audit entries as bytes: version, hash of the entry before, own hash, content.

use sha2::{Digest, Sha256};

use super::Entry;
use crate::{
    codec::{Reader, Writer},
    error::Error,
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

impl Chained {
    /// An entry as an export states it, with the hash that its content really has.
    pub fn stated(entry: Entry, previous: Hash, hash: Hash) -> Self {
        let bytes = written(&entry, &previous);
        let computed = hash_of(&previous, content_of(&bytes));
        Self { entry, previous, hash, computed }
    }
}

/// The version is not hashed: a later program must find the same hash.
fn content_of(bytes: &[u8]) -> &[u8] {
    bytes.get(CONTENT..).unwrap_or_default()
}

fn hash_of(previous: &Hash, content: &[u8]) -> Hash {
    Sha256::new().chain_update(previous).chain_update(content).finalize().into()
}

/// The entry as bytes, its own hash still zero. A field added later must write nothing where it is not set.
fn written(entry: &Entry, previous: &Hash) -> Vec<u8> {
    let mut out = Writer::with_capacity(CONTENT + 128);
    out.raw(previous);
    out.raw(&[0; 32]);
    out.varint(entry.seq);
    out.instant(entry.at);
    for text in [&entry.actor, &entry.what, &entry.about, &entry.address, &entry.more] {
        out.str(text);
    }
    out.into_vec()
}

/// The entry as bytes, and its hash: SHA-256 over the hash before and the content.
pub fn encode(entry: &Entry, previous: &Hash) -> (Vec<u8>, Hash) {
    let mut bytes = written(entry, previous);
    let own = hash_of(previous, content_of(&bytes));
    if let Some(place) = bytes.get_mut(CONTENT - 32..CONTENT) {
        place.copy_from_slice(&own);
    }
    (bytes, own)
}

/// The entry from bytes. Whether `hash` is `computed`, the caller must look.
///
/// # Errors
/// When the bytes are not what [`encode`] wrote.
pub fn decode(bytes: &[u8]) -> Result<Chained, Error> {
    let mut from = Reader::new(bytes)?;
    let (previous, hash) = (from.array()?, from.array()?);
    let computed = hash_of(&previous, content_of(bytes));
    let entry = Entry {
        seq: from.varint()?,
        at: from.instant()?,
        actor: from.str()?.to_owned(),
        what: from.str()?.to_owned(),
        about: from.str()?.to_owned(),
        address: from.str()?.to_owned(),
        more: from.str()?.to_owned(),
    };
    from.end()?;
    Ok(Chained { entry, previous, hash, computed })
}
