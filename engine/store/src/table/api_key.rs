//! API keys by the SHA-256 of their secret, and by login. The secret itself is shown once and kept nowhere.

use jiff::Timestamp;

use super::{
    first_of,
    record::many,
    session::{TokenHash, put_hash},
};
use crate::{
    codec::{Reader, Writer},
    error::Error,
    key::{Key, KeyKind},
    store::{Transaction, View},
};

/// The parts of the table. Numbers are never changed.
mod part {
    pub(super) const BY_SECRET: u16 = 0;
    pub(super) const BY_LOGIN: u16 = 1;
}

/// A key with which a program acts as a user.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiKey {
    /// As whom.
    pub login: String,
    /// What its user calls it; unique among the user's keys.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created: Timestamp,
    /// It ends at this instant.
    pub expires: Option<Timestamp>,
    /// When it was last used, to the minute or so.
    pub used: Option<Timestamp>,
}

/// One thing a key may be used for: never more than its user may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The object; every object and everything else when there is none. A text, not a name of the book: a scope on
    /// an object that a release removed allows nothing and stays readable.
    pub object: Option<String>,
    /// Whether it may write as well as read.
    pub write: bool,
}

impl Scope {
    /// Whether it allows reading, or writing, this object; `None` is what belongs to no object.
    pub fn allows(&self, object: Option<&str>, write: bool) -> bool {
        let reaches = self.object.is_none() || (object.is_some() && self.object.as_deref() == object);
        reaches && (self.write || !write)
    }
}

fn secret_key(hash: &TokenHash) -> Vec<u8> {
    put_hash(Key::new(KeyKind::ApiKey).u16(part::BY_SECRET), hash).into_vec()
}

fn name_key(login: &str, name: &str) -> Vec<u8> {
    Key::new(KeyKind::ApiKey).u16(part::BY_LOGIN).text(login).text(name).into_vec()
}

/// The key of a secret.
///
/// # Errors
/// When the store fails or the bytes are damaged.
pub fn get(view: &dyn View, hash: &TokenHash) -> Result<Option<ApiKey>, Error> {
    view.get(&secret_key(hash))?.map(|bytes| decode(&bytes)).transpose()
}

/// The hash of the secret of a user's key of this name.
///
/// # Errors
/// When the store fails or the bytes are damaged.
pub fn find(view: &dyn View, login: &str, name: &str) -> Result<Option<TokenHash>, Error> {
    view.get(&name_key(login, name))?.map(|bytes| hash_from(&bytes)).transpose()
}

/// Writes a key, new or used again. The caller must have looked whether the name is free.
pub fn put(txn: &mut dyn Transaction, hash: &TokenHash, key: &ApiKey) {
    txn.put(secret_key(hash), encode(key));
    txn.put(name_key(&key.login, &key.name), hash.to_vec());
}

/// Removes a key.
pub fn revoke(txn: &mut dyn Transaction, hash: &TokenHash, key: &ApiKey) {
    txn.delete(secret_key(hash));
    txn.delete(name_key(&key.login, &key.name));
}

/// The hashes of the secrets of a user's keys, by name.
///
/// # Errors
/// When the store fails or the bytes are damaged.
pub fn of_login(view: &dyn View, login: &str) -> Result<Vec<TokenHash>, Error> {
    let range = Key::new(KeyKind::ApiKey).u16(part::BY_LOGIN).text(login).into_range();
    first_of(view, &range, usize::MAX, |_, value| hash_from(value))
}

/// The hashes of the secrets of all keys, by login and name.
///
/// # Errors
/// When the store fails or the bytes are damaged.
pub fn all(view: &dyn View) -> Result<Vec<TokenHash>, Error> {
    let range = Key::new(KeyKind::ApiKey).u16(part::BY_LOGIN).into_range();
    first_of(view, &range, usize::MAX, |_, value| hash_from(value))
}

fn hash_from(bytes: &[u8]) -> Result<TokenHash, Error> {
    bytes.try_into().map_err(|_| Error::Damaged("the hash of an API key can't be read".into()))
}

fn encode(key: &ApiKey) -> Vec<u8> {
    let mut out = Writer::with_capacity(96);
    out.str(&key.login);
    out.str(&key.name);
    out.varint(key.scopes.len() as u64);
    for scope in &key.scopes {
        out.optional_str(scope.object.as_deref());
        out.bool(scope.write);
    }
    out.instant(key.created);
    out.optional_instant(key.expires);
    out.optional_instant(key.used);
    out.into_vec()
}

fn decode(bytes: &[u8]) -> Result<ApiKey, Error> {
    let mut from = Reader::new(bytes)?;
    let key = ApiKey {
        login: from.str()?.to_owned(),
        name: from.str()?.to_owned(),
        scopes: many(&mut from, |from| {
            Ok(Scope { object: from.optional_str()?.map(str::to_owned), write: from.bool()? })
        })?,
        created: from.instant()?,
        expires: from.optional_instant()?,
        used: from.optional_instant()?,
    };
    from.end()?;
    Ok(key)
}
