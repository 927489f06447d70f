//! What a session is worth now, and the ways it ends.

use formwork_store::{
    error::Error,
    store::{Transaction, View},
    table::{
        audit::What,
        credential, identity,
        session::{self, Session, TokenHash},
    },
};
use jiff::{SignedDuration, Timestamp};

use crate::{log::note, viewing};

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// Without being used.
    pub idle: SignedDuration,
    /// However much it is used.
    pub absolute: SignedDuration,
}

impl Default for Lifetime {
    fn default() -> Self {
        Self { idle: SignedDuration::from_hours(8), absolute: SignedDuration::from_hours(7 * 24) }
    }
}

/// A use is noted when the last one is older: a write at every request would cost more than the request.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Whom a token stands for now.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// The session.
    pub session: Session,
    /// Whether the password must be changed before anything else.
    pub must_change: bool,
    /// Whether the use shall be noted with [`touch`].
    pub stale: bool,
}

/// The session of a token, unless it has ended. It lasts as long as what proved it: the password, or the account.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn find(view: &dyn View, hash: &TokenHash, lifetime: Lifetime, now: Timestamp) -> Result<Option<Live>, Error> {
    let Some(session) = session::get(view, hash)? else { return Ok(None) };
    if has_ended(&session, lifetime, now) {
        return Ok(None);
    }
    let must_change = match &session.by {
        None => match credential::get(view, &session.login)? {
            Some(credential) => credential.must_change,
            None => return Ok(None),
        },
        // The account still has to be that login's here.
        Some(by) if identity::get(view, &by.account)?.is_some_and(|known| known.login == session.login) => false,
        Some(_) => return Ok(None),
    };
    let stale = now.duration_since(session.seen) >= NOTED_EVERY;
    Ok(Some(Live { session, must_change, stale }))
}

/// The sessions of a login that have not ended, the one that was used last first.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn list(
    view: &dyn View,
    login: &str,
    lifetime: Lifetime,
    now: Timestamp,
) -> Result<Vec<(TokenHash, Session)>, Error> {
    let mut sessions = Vec::new();
    for hash in session::of_login(view, login)? {
        if let Some(session) = session::get(view, &hash)?.filter(|session| !has_ended(session, lifetime, now)) {
            sessions.push((hash, session));
        }
    }
    sessions.sort_by_key(|(_, session)| std::cmp::Reverse(session.seen));
    Ok(sessions)
}

/// What a session is called where its user sees it: it names the session and proves nothing.
pub fn id_of(hash: &TokenHash) -> String {
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Ends a login's session of this id. Returns whether there was one.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn end(
    txn: &mut dyn Transaction,
    (login, id): (&str, &str),
    (actor, address): (&str, &str),
    now: Timestamp,
) -> Result<bool, Error> {
    let Some(hash) = session::of_login(txn.view(), login)?.into_iter().find(|hash| id_of(hash) == id) else {
        return Ok(false);
    };
    viewing::end(txn, &hash, address, now)?;
    session::end(txn, &hash, login);
    note(txn, actor, What::SessionEnded, login, address, now)?;
    Ok(true)
}

/// Ends every session of every login, as after a restore. Returns how many.
///
/// # Errors
/// When the store fails or a key is damaged.
pub fn end_all(txn: &mut dyn Transaction) -> Result<usize, Error> {
    let hashes = session::all(txn.view())?;
    for hash in &hashes {
        if let Some(session) = session::get(txn.view(), hash)? {
            session::end(txn, hash, &session.login);
        }
    }
    Ok(hashes.len())
}

fn has_ended(session: &Session, lifetime: Lifetime, now: Timestamp) -> bool {
    now >= session.expires || now.duration_since(session.seen) >= lifetime.idle
}

/// Notes that a session is used. One that was ended meanwhile stays ended.
///
/// # Errors
/// When the store fails or the bytes are damaged.
pub fn touch(txn: &mut dyn Transaction, hash: &TokenHash, now: Timestamp) -> Result<(), Error> {
    if let Some(mut session) = session::get(txn.view(), hash)? {
        session.seen = session.seen.max(now);
        session::put(txn, hash, &session);
    }
    Ok(())
}

/// Signs out. Returns whether there was a session.
///
/// # Errors
/// When the store fails or the bytes are damaged.
pub fn sign_out(txn: &mut dyn Transaction, hash: &TokenHash, address: &str, now: Timestamp) -> Result<bool, Error> {
    let Some(session) = session::get(txn.view(), hash)? else { return Ok(false) };
    viewing::end(txn, hash, address, now)?;
    session::end(txn, hash, &session.login);
    note(txn, &session.login, What::SignOut, &session.login, address, now)?;
    Ok(true)
}

/// Ends every session of a login, but for the one that is kept. Returns how many ended.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn sign_out_everywhere(
    txn: &mut dyn Transaction,
    (login, keep): (&str, Option<&TokenHash>),
    (actor, address): (&str, &str),
    now: Timestamp,
) -> Result<usize, Error> {
    let mut hashes = session::of_login(txn.view(), login)?;
    hashes.retain(|hash| Some(hash) != keep);
    for hash in &hashes {
        viewing::end(txn, hash, address, now)?;
        session::end(txn, hash, login);
    }
    note(txn, actor, What::SignOutEverywhere, login, address, now)?;
    Ok(hashes.len())
}

/// Clears away sessions that have ended by themselves. Returns how many.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn clear(txn: &mut dyn Transaction, lifetime: Lifetime, now: Timestamp) -> Result<usize, Error> {
    let mut cleared = 0;
    for hash in session::all(txn.view())? {
        let ended = session::get(txn.view(), &hash)?.filter(|session| has_ended(session, lifetime, now));
        if let Some(session) = ended {
            viewing::end(txn, &hash, "", now)?;
            session::end(txn, &hash, &session.login);
            cleared += 1;
        }
    }
    Ok(cleared)
}
