//! Signing in with a password: one transaction, whether it succeeds or fails.
//!
//! The caller reads the credential, verifies the password away from the writer (against a hash of nothing when there
//! is no credential, so that both take as long), and brings the result here, where the credential is looked at again.

use formwork_store::{
    error::Error,
    store::Transaction,
    table::{
        audit::What,
        credential::{self, Credential},
        session::{self, By, Session, TokenHash},
    },
};
use jiff::Timestamp;

use crate::{lock, log::note, session::Lifetime};

/// Somebody who wants to sign in.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// As whom.
    pub login: String,
    /// The credential that the password was verified against; `None` when there was none.
    pub against: Option<Credential>,
    /// Whether it was the password.
    pub verified: bool,
    /// Whether the login is of a user who is in use.
    pub active: bool,
    /// The browser.
    pub browser: Browser,
}

/// The browser that somebody signs in with, and the session it gets.
#[derive(Debug, Clone)]
pub struct Browser {
    /// The hash of the token that the new session gets: never one that the caller brought.
    pub token: TokenHash,
    /// The session that the browser had, if any: it ends.
    pub former: Option<TokenHash>,
    /// What the browser calls itself.
    pub agent: String,
    /// From where.
    pub address: String,
    /// When the session ends at the latest, if something beside its own lifetime says so.
    pub until: Option<Timestamp>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// There is a new session.
    In {
        /// Whether the password must be changed before anything else.
        must_change: bool,
    },
    /// No. Nobody is told whether the login, the password, the user or a lock was the reason.
    Refused,
}

/// Characters of a browser's name that are kept.
const AGENT: usize = 200;

/// Decides an attempt and writes what follows from it.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn sign_in(
    txn: &mut dyn Transaction,
    attempt: &Attempt,
    lifetime: Lifetime,
    now: Timestamp,
) -> Result<Ended, Error> {
    let address = attempt.browser.address.as_str();
    let Some(mut credential) = credential::get(txn.view(), &attempt.login)? else {
        // What was typed is not kept: people type their password into the wrong field.
        note(txn, "", What::SignInFailed, "unknown login", address, now)?;
        return Ok(Ended::Refused);
    };
    if credential.locked_until.is_some_and(|until| now < until) {
        // The right password does not help, or a lock would tell a guesser that it is right.
        note(txn, &attempt.login, What::SignInLocked, &attempt.login, address, now)?;
        return Ok(Ended::Refused);
    }
    // A password changed meanwhile was not the one that was verified.
    let same = attempt.against.as_ref().is_some_and(|against| against.phc == credential.phc);
    if !(attempt.verified && attempt.active && same) {
        count_failure(txn, (&attempt.login, address), credential, now)?;
        return Ok(Ended::Refused);
    }
    credential.failed = 0;
    credential.locked_until = None;
    txn.put(credential::key(&attempt.login), credential::encode(&credential));
    begin_session(txn, (&attempt.login, None), &attempt.browser, lifetime, now)?;
    note(txn, &attempt.login, What::SignIn, &attempt.login, address, now)?;
    Ok(Ended::In { must_change: credential.must_change })
}

/// Gives a browser its session; the one it had ends. `by` is the account of another system that proved who it is.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub(crate) fn begin_session(
    txn: &mut dyn Transaction,
    (login, by): (&str, Option<By>),
    browser: &Browser,
    lifetime: Lifetime,
    now: Timestamp,
) -> Result<(), Error> {
    if let Some(former) = &browser.former
        && let Some(session) = session::get(txn.view(), former)?
    {
        session::end(txn, former, &session.login);
    }
    let own = now.saturating_add(lifetime.absolute).unwrap_or(Timestamp::MAX);
    let session = Session {
        login: login.to_owned(),
        created: now,
        seen: now,
        expires: browser.until.map_or(own, |until| until.min(own)),
        agent: shortened(&browser.agent),
        address: browser.address.clone(),
        by,
    };
    session::put(txn, &browser.token, &session);
    Ok(())
}

/// Notes that somebody who is signed in gave a wrong password where it was asked for again: whoever took over a session
/// must not be able to guess it. It counts like a failed sign-in.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn fail(txn: &mut dyn Transaction, login: &str, address: &str, now: Timestamp) -> Result<(), Error> {
    let Some(credential) = credential::get(txn.view(), login)? else { return Ok(()) };
    count_failure(txn, (login, address), credential, now)
}

fn count_failure(
    txn: &mut dyn Transaction,
    (login, address): (&str, &str),
    mut credential: Credential,
    now: Timestamp,
) -> Result<(), Error> {
    note(txn, login, What::SignInFailed, login, address, now)?;
    credential.failed = credential.failed.saturating_add(1);
    if let Some(length) = lock::after(credential.failed) {
        credential.locked_until = Some(now.saturating_add(length).unwrap_or(Timestamp::MAX));
        note(txn, login, What::Locked, login, address, now)?;
    }
    txn.put(credential::key(login), credential::encode(&credential));
    Ok(())
}

fn shortened(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(AGENT).collect()
}
