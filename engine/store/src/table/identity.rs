//! Accounts of other systems by whom they are good here, and sign-ins with them that were used.
//!
//! An account is a name (`subject`) that means something to whoever gave it (`issuer`). What proves that somebody has
//! it is not kept.

use jiff::Timestamp;

use super::{
    first_of,
    session::{TokenHash, put_hash},
};
use crate::{
    codec::{Reader, Writer},
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::{Transaction, View},
};

/// The parts of the table. Numbers are never changed.
mod part {
    pub(super) const BY_ACCOUNT: u16 = 0;
    pub(super) const BY_LOGIN: u16 = 1;
    pub(super) const SPENT: u16 = 2;
}

/// An account elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// Whoever gave it.
    pub issuer: String,
    /// What they call it, for ever.
    pub subject: String,
}

/// As whom an account is good here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The login.
    pub login: String,
    /// Since when.
    pub since: Timestamp,
}

fn key(account: &Account) -> Vec<u8> {
    Key::new(KeyKind::Identity).u16(part::BY_ACCOUNT).text(&account.issuer).text(&account.subject).into_vec()
}

fn login_key(login: &str, account: &Account) -> Vec<u8> {
    let of_login = Key::new(KeyKind::Identity).u16(part::BY_LOGIN).text(login);
    of_login.text(&account.issuer).text(&account.subject).into_vec()
}

fn spent_key(hash: &TokenHash) -> Vec<u8> {
    put_hash(Key::new(KeyKind::Identity).u16(part::SPENT), hash).into_vec()
}

/// As whom an account is good here.
///
/// # Errors
/// When the store fails or the bytes are damaged.
pub fn get(view: &dyn View, account: &Account) -> Result<Option<Identity>, Error> {
    view.get(&key(account))?.map(|bytes| decode(&bytes)).transpose()
}

/// Lets an account be good as a login.
pub fn put(txn: &mut dyn Transaction, account: &Account, identity: &Identity) {
    let mut out = Writer::with_capacity(64);
    out.str(&identity.login);
    out.instant(identity.since);
    txn.put(key(account), out.into_vec());
    txn.put(login_key(&identity.login, account), Vec::new());
}

/// Lets an account be good no more.
pub fn remove(txn: &mut dyn Transaction, account: &Account, login: &str) {
    txn.delete(key(account));
    txn.delete(login_key(login, account));
}

/// The accounts that are good as a login.
///
/// # Errors
/// When the store fails or a key is damaged.
pub fn of_login(view: &dyn View, login: &str) -> Result<Vec<Account>, Error> {
    let range = Key::new(KeyKind::Identity).u16(part::BY_LOGIN).text(login).into_range();
    first_of(view, &range, usize::MAX, |key, _| {
        let mut parts = KeyReader::new(key, KeyKind::Identity)?;
        parts.u16()?;
        parts.text()?;
        Ok(Account { issuer: parts.text()?, subject: parts.text()? })
    })
}

/// Every login as which some account is good, in order, each once.
///
/// # Errors
/// When the store fails or a key is damaged.
pub fn logins(view: &dyn View) -> Result<Vec<String>, Error> {
    let range = Key::new(KeyKind::Identity).u16(part::BY_LOGIN).into_range();
    let mut logins = first_of(view, &range, usize::MAX, |key, _| {
        let mut parts = KeyReader::new(key, KeyKind::Identity)?;
        parts.u16()?;
        parts.text()
    })?;
    logins.dedup();
    Ok(logins)
}

/// Whether a sign-in that was begun has been used.
///
/// # Errors
/// When the store fails.
pub fn is_spent(view: &dyn View, hash: &TokenHash) -> Result<bool, Error> {
    Ok(view.get(&spent_key(hash))?.is_some())
}

/// Notes that a sign-in was used.
pub fn spend(txn: &mut dyn Transaction, hash: &TokenHash, now: Timestamp) {
    let mut out = Writer::with_capacity(16);
    out.instant(now);
    txn.put(spent_key(hash), out.into_vec());
}

/// Forgets the sign-ins that were used before an instant.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn clear_spent(txn: &mut dyn Transaction, before: Timestamp) -> Result<(), Error> {
    let range = Key::new(KeyKind::Identity).u16(part::SPENT).into_range();
    let read = |key: &[u8], value: &[u8]| Ok((key.to_vec(), Reader::new(value)?.instant()?));
    let spent = first_of(txn.view(), &range, usize::MAX, read)?;
    spent.into_iter().filter(|(_, at)| *at < before).for_each(|(key, _)| txn.delete(key));
    Ok(())
}

fn decode(bytes: &[u8]) -> Result<Identity, Error> {
    let mut from = Reader::new(bytes)?;
    let identity = Identity { login: from.str()?.to_owned(), since: from.instant()? };
    from.end()?;
    Ok(identity)
}
