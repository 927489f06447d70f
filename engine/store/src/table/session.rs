//! Sessions by the SHA-256 of their token, and by login. The token itself is only ever in the user's browser.

use jiff::Timestamp;

use super::first_of;
use crate::{
    codec::{Reader, Writer},
    error::Error,
    key::{Key, KeyKind},
    store::{Transaction, View},
    table::identity::Account,
};

/// A SHA-256 of a token.
pub type TokenHash = [u8; 32];

/// The parts of the table. Numbers are never changed.
mod part {
    pub(super) const BY_TOKEN: u16 = 0;
    pub(super) const BY_LOGIN: u16 = 1;
    pub(super) const VIEWING: u16 = 2;
}

/// Somebody who signed in somewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Who.
    pub login: String,
    /// When they signed in.
    pub created: Timestamp,
    /// When the session was last used, to the minute or so.
    pub seen: Timestamp,
    /// It ends at this instant however much it is used.
    pub expires: Timestamp,
    /// What the browser called itself.
    pub agent: String,
    /// The address it signed in from.
    pub address: String,
    /// With which account of another system; `None` with a password of this book.
    pub by: Option<By>,
}

/// An account of another system that somebody signed in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// The account.
    pub account: Account,
    /// The name under which its issuer knew the book that asked.
    pub client: String,
}

/// As whom the user of a session looks at the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewing {
    /// The login of whoever is looked as.
    pub login: String,
    /// It ends at this instant.
    pub until: Timestamp,
}

fn viewing_key(hash: &TokenHash) -> Vec<u8> {
    put_hash(Key::new(KeyKind::Session).u16(part::VIEWING), hash).into_vec()
}

/// As whom the user of a session looks at the pages, if it is anybody else.
///
/// # Errors
/// When the store fails or the bytes are damaged.
pub fn viewing(view: &dyn View, hash: &TokenHash) -> Result<Option<Viewing>, Error> {
    let Some(bytes) = view.get(&viewing_key(hash))? else { return Ok(None) };
    let mut from = Reader::new(&bytes)?;
    let viewing = Viewing { login: from.str()?.to_owned(), until: from.instant()? };
    from.end()?;
    Ok(Some(viewing))
}

/// Writes as whom the user of a session looks at the pages; `None`: as themselves again.
pub fn put_viewing(txn: &mut dyn Transaction, hash: &TokenHash, viewing: Option<&Viewing>) {
    let Some(viewing) = viewing else { return txn.delete(viewing_key(hash)) };
    let mut out = Writer::with_capacity(64);
    out.str(&viewing.login);
    out.instant(viewing.until);
    txn.put(viewing_key(hash), out.into_vec());
}

fn key(hash: &TokenHash) -> Vec<u8> {
    put_hash(Key::new(KeyKind::Session).u16(part::BY_TOKEN), hash).into_vec()
}

fn login_key(login: &str, hash: &TokenHash) -> Vec<u8> {
    put_hash(Key::new(KeyKind::Session).u16(part::BY_LOGIN).text(login), hash).into_vec()
}

/// Thirty-two bytes as four numbers: as long as the bytes, in their order.
pub(super) fn put_hash(key: Key, hash: &TokenHash) -> Key {
    let (words, _) = hash.as_chunks::<8>();
    words.iter().fold(key, |key, word| key.u64(u64::from_be_bytes(*word)))
}

fn hash_of(key: &[u8]) -> Result<TokenHash, Error> {
    key.last_chunk::<32>().copied().ok_or_else(|| Error::Damaged("a session's key can't be read".into()))
}

/// The session of a token.
///
/// # Errors
/// When the store fails or the bytes are damaged.
pub fn get(view: &dyn View, hash: &TokenHash) -> Result<Option<Session>, Error> {
    view.get(&key(hash))?.map(|bytes| decode(&bytes)).transpose()
}

/// Writes a session, new or used again.
pub fn put(txn: &mut dyn Transaction, hash: &TokenHash, session: &Session) {
    txn.put(key(hash), encode(session));
    txn.put(login_key(&session.login, hash), Vec::new());
}

/// Ends a session. One that is gone already stays gone.
pub fn end(txn: &mut dyn Transaction, hash: &TokenHash, login: &str) {
    txn.delete(key(hash));
    txn.delete(login_key(login, hash));
    txn.delete(viewing_key(hash));
}

/// The tokens' hashes of all sessions of a login.
///
/// # Errors
/// When the store fails or a key is damaged.
pub fn of_login(view: &dyn View, login: &str) -> Result<Vec<TokenHash>, Error> {
    let range = Key::new(KeyKind::Session).u16(part::BY_LOGIN).text(login).into_range();
    first_of(view, &range, usize::MAX, |key, _| hash_of(key))
}

/// The tokens' hashes of all sessions, to clear away the expired ones.
///
/// # Errors
/// When the store fails or a key is damaged.
pub fn all(view: &dyn View) -> Result<Vec<TokenHash>, Error> {
    let range = Key::new(KeyKind::Session).u16(part::BY_TOKEN).into_range();
    first_of(view, &range, usize::MAX, |key, _| hash_of(key))
}

fn encode(session: &Session) -> Vec<u8> {
    let mut out = Writer::with_capacity(128);
    out.str(&session.login);
    out.instant(session.created);
    out.instant(session.seen);
    out.instant(session.expires);
    out.str(&session.agent);
    out.str(&session.address);
    // Left out where there is none: such bytes are as they were before sessions had it.
    if let Some(by) = &session.by {
        out.str(&by.account.issuer);
        out.str(&by.account.subject);
        out.str(&by.client);
    }
    out.into_vec()
}

fn decode(bytes: &[u8]) -> Result<Session, Error> {
    let mut from = Reader::new(bytes)?;
    let mut session = Session {
        login: from.str()?.to_owned(),
        created: from.instant()?,
        seen: from.instant()?,
        expires: from.instant()?,
        agent: from.str()?.to_owned(),
        address: from.str()?.to_owned(),
        by: None,
    };
    if from.left() > 0 {
        let account = Account { issuer: from.str()?.to_owned(), subject: from.str()?.to_owned() };
        session.by = Some(By { account, client: from.str()?.to_owned() });
    }
    from.end()?;
    Ok(session)
}
