//! Credentials by login: what proves who somebody is. Never part of a record, its history or an export.

use std::fmt;

use jiff::Timestamp;

use super::first_of;
use crate::{
    codec::{Reader, Writer},
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::View,
};

/// How a user proves who they are, and how often that failed.
#[derive(Clone, PartialEq)]
pub struct Credential {
    /// The password's hash with its algorithm, parameters and salt (PHC string).
    pub phc: String,
    /// Whether the password must be changed before anything else can be done.
    pub must_change: bool,
    /// Failed attempts since the last sign-in.
    pub failed: u32,
    /// Nobody can sign in before this instant.
    pub locked_until: Option<Timestamp>,
    /// When the password was set.
    pub changed_at: Timestamp,
}

// A hash is no secret of the same rank as a password, but it can be guessed at: it stays out of every log.
impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credential")
            .field("must_change", &self.must_change)
            .field("failed", &self.failed)
            .field("locked_until", &self.locked_until)
            .field("changed_at", &self.changed_at)
            .finish_non_exhaustive()
    }
}

/// The key of a login's credential.
pub fn key(login: &str) -> Vec<u8> {
    Key::new(KeyKind::Credential).text(login).into_vec()
}

/// The keys of all credentials, by login.
pub fn range() -> (Vec<u8>, Vec<u8>) {
    Key::new(KeyKind::Credential).into_range()
}

/// The login in a credential's key.
///
/// # Errors
/// When the key is of another table.
pub fn login_of(key: &[u8]) -> Result<String, Error> {
    KeyReader::new(key, KeyKind::Credential)?.text()
}

/// The credential of a login.
///
/// # Errors
/// When the store fails or the bytes are damaged.
pub fn get(view: &dyn View, login: &str) -> Result<Option<Credential>, Error> {
    view.get(&key(login))?.map(|bytes| decode(&bytes)).transpose()
}

/// Every login that has a credential, in order, with it.
///
/// # Errors
/// When the store fails or the bytes are damaged.
pub fn all(view: &dyn View) -> Result<Vec<(String, Credential)>, Error> {
    first_of(view, &range(), usize::MAX, |key, value| Ok((login_of(key)?, decode(value)?)))
}

/// The credential as bytes.
pub fn encode(credential: &Credential) -> Vec<u8> {
    let mut out = Writer::with_capacity(160);
    out.str(&credential.phc);
    out.bool(credential.must_change);
    out.varint(u64::from(credential.failed));
    out.optional_instant(credential.locked_until);
    out.instant(credential.changed_at);
    out.into_vec()
}

/// The credential from bytes.
///
/// # Errors
/// When the bytes are not what [`encode`] wrote.
pub fn decode(bytes: &[u8]) -> Result<Credential, Error> {
    let mut from = Reader::new(bytes)?;
    let credential = Credential {
        phc: from.str()?.to_owned(),
        must_change: from.bool()?,
        failed: from.u32()?,
        locked_until: from.optional_instant()?,
        changed_at: from.instant()?,
    };
    from.end()?;
    Ok(credential)
}
