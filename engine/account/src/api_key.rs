//! Keys with which programs act as a user: made, used, revoked.

use formwork_store::{
    error::Error,
    store::{Transaction, View},
    table::{
        api_key::{self, ApiKey},
        audit::What,
        credential, identity,
        session::TokenHash,
    },
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    log::note,
    token::{KEY_PREFIX, Token},
};

/// A use is noted when the last one is older.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Whether a key can be called so: it is a part of addresses and of command lines.
pub fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=64).contains(&name.len()) && name.bytes().all(plain) && name.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

/// The secret as its user writes it: `fw_` and 64 hexadecimal digits.
pub fn reveal(token: &Token) -> String {
    format!("{KEY_PREFIX}{}", token.reveal())
}

/// The secret in the value of an `Authorization` header; `None` when it is none of ours.
pub fn bearer(value: &str) -> Option<Token> {
    let (scheme, secret) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    Token::read(secret.trim_start_matches(' ').strip_prefix(KEY_PREFIX)?)
}

/// Makes a key. Returns whether it was made: it is not when the user has one of this name.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn make(
    txn: &mut dyn Transaction,
    hash: &TokenHash,
    key: &ApiKey,
    actor: &str,
    address: &str,
) -> Result<bool, Error> {
    if api_key::find(txn.view(), &key.login, &key.name)?.is_some() {
        return Ok(false);
    }
    api_key::put(txn, hash, key);
    note(txn, actor, What::KeyMade, &format!("{} {}", key.login, key.name), address, key.created)?;
    Ok(true)
}

/// Revokes the key of this name. Returns whether there was one.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn revoke(
    txn: &mut dyn Transaction,
    (login, name): (&str, &str),
    (actor, address): (&str, &str),
    now: Timestamp,
) -> Result<bool, Error> {
    let Some(hash) = api_key::find(txn.view(), login, name)? else { return Ok(false) };
    let Some(key) = api_key::get(txn.view(), &hash)? else {
        return Err(Error::Damaged("the name of an API key leads nowhere".into()));
    };
    api_key::revoke(txn, &hash, &key);
    note(txn, actor, What::KeyRevoked, &format!("{login} {name}"), address, now)?;
    Ok(true)
}

/// The keys of a login, by name, also those that have expired.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn list(view: &dyn View, login: &str) -> Result<Vec<ApiKey>, Error> {
    let mut keys = Vec::new();
    for hash in api_key::of_login(view, login)? {
        keys.extend(api_key::get(view, &hash)?);
    }
    Ok(keys)
}

/// Revokes every key of every login, as after a restore. Returns how many.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn revoke_all(txn: &mut dyn Transaction) -> Result<usize, Error> {
    let hashes = api_key::all(txn.view())?;
    for hash in &hashes {
        if let Some(key) = api_key::get(txn.view(), hash)? {
            api_key::revoke(txn, hash, &key);
        }
    }
    Ok(hashes.len())
}

/// The key of a secret, unless it has expired, and whether its use shall be noted with [`touch`]. A login whose
/// password must be changed has no keys until it is.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn find(view: &dyn View, hash: &TokenHash, now: Timestamp) -> Result<Option<(ApiKey, bool)>, Error> {
    let Some(key) = api_key::get(view, hash)? else { return Ok(None) };
    if key.expires.is_some_and(|expires| now >= expires) {
        return Ok(None);
    }
    let usable = match credential::get(view, &key.login)? {
        Some(credential) => !credential.must_change,
        None => !identity::of_login(view, &key.login)?.is_empty(),
    };
    if !usable {
        return Ok(None);
    }
    let stale = key.used.is_none_or(|used| now.duration_since(used) >= NOTED_EVERY);
    Ok(Some((key, stale)))
}

/// Notes that a key is used. One that was revoked meanwhile stays revoked.
///
/// # Errors
/// When the store fails or the bytes are damaged.
pub fn touch(txn: &mut dyn Transaction, hash: &TokenHash, now: Timestamp) -> Result<(), Error> {
    if let Some(mut key) = api_key::get(txn.view(), hash)? {
        key.used = Some(key.used.map_or(now, |used| used.max(now)));
        api_key::put(txn, hash, &key);
    }
    Ok(())
}
