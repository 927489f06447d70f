//! Signing in with an account of another system, and which accounts are good as which login.
//!
//! Who has the account was proven elsewhere: by a provider of OpenID Connect, or by a session in another book of the
//! same server. Here it is decided in one transaction whether it is good, and as whom. The name that somebody goes by
//! elsewhere says so the first time; from then on it is the account itself that counts, which never becomes another
//! person's.

use formwork_store::{
    error::Error,
    store::Transaction,
    table::{
        audit::What,
        credential,
        identity::{self, Account, Identity},
        session::{By, TokenHash},
    },
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::{
    log::{note, note_more},
    session::Lifetime,
    sign_in::{Browser, begin_session},
};

/// How the issuer of an account that is a login of another book of this server begins. Issuers of OpenID Connect are
/// web addresses.
const BOOK: &str = "book:";
/// How long a sign-in that was used is remembered: longer than one can be under way.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// The account that a login of another book is.
pub fn of_book(book: &str, login: &str) -> Account {
    Account { issuer: format!("{BOOK}{book}"), subject: login.to_owned() }
}

/// Whether an account is a login of another book.
pub fn is_book(account: &Account) -> bool {
    account.issuer.starts_with(BOOK)
}

/// Somebody who has proven elsewhere that an account is theirs.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The account, and who asked for the proof.
    pub by: By,
    /// What the audit log calls the way they came.
    pub way: String,
    /// The login that the provider says is theirs; it counts when the account is not known yet.
    pub claimed: Option<String>,
    /// Whose user is in use: the logins of these.
    pub active: Vec<String>,
    /// What makes this arrival one that happens once.
    pub once: Option<TokenHash>,
    /// The browser.
    pub browser: Browser,
}

/// How an arrival ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// There is a new session of this login.
    In(String),
    /// It has been used before.
    Spent,
    /// No. The person is not told which reason it was; the audit log says.
    Refused,
}

/// Decides an arrival and writes what follows from it.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn arrive(
    txn: &mut dyn Transaction,
    arrival: &Arrival,
    lifetime: Lifetime,
    now: Timestamp,
) -> Result<Ended, Error> {
    if let Some(once) = &arrival.once {
        if identity::is_spent(txn.view(), once)? {
            refuse(txn, arrival, ("", "used before"), now)?;
            return Ok(Ended::Spent);
        }
        identity::clear_spent(txn, now.saturating_sub(REMEMBERED).unwrap_or(Timestamp::MIN))?;
        identity::spend(txn, once, now);
    }
    let known = identity::get(txn.view(), &arrival.by.account)?;
    let Some(login) = known.as_ref().map(|known| &known.login).or(arrival.claimed.as_ref()) else {
        refuse(txn, arrival, ("", "unknown account"), now)?;
        return Ok(Ended::Refused);
    };
    if !arrival.active.contains(login) {
        // A login that nobody has is not kept: it is whatever the other system calls people.
        refuse(txn, arrival, (if known.is_some() { login } else { "" }, "no user in use"), now)?;
        return Ok(Ended::Refused);
    }
    let issuer = &arrival.by.account.issuer;
    let others = identity::of_login(txn.view(), login)?;
    if known.is_none() && others.iter().any(|other| other.issuer == *issuer) {
        // The name was given to another person there.
        refuse(txn, arrival, (login, "another account of the login"), now)?;
        return Ok(Ended::Refused);
    }
    // A lock is of the login, whichever way somebody comes.
    let locked = credential::get(txn.view(), login)?.and_then(|credential| credential.locked_until);
    if locked.is_some_and(|until| now < until) {
        note(txn, login, What::SignInLocked, login, &arrival.browser.address, now)?;
        return Ok(Ended::Refused);
    }
    if known.is_none() {
        link(txn, (&arrival.by.account, login), (login, &arrival.browser.address), now)?;
    }
    begin_session(txn, (login, Some(arrival.by.clone())), &arrival.browser, lifetime, now)?;
    tell(txn, (login, What::SignIn, login), arrival, None, now)?;
    Ok(Ended::In(login.clone()))
}

/// Lets an account be good as a login.
///
/// # Errors
/// When the store fails.
pub fn link(
    txn: &mut dyn Transaction,
    (account, login): (&Account, &str),
    (actor, address): (&str, &str),
    now: Timestamp,
) -> Result<(), Error> {
    if let Some(before) = identity::get(txn.view(), account)? {
        identity::remove(txn, account, &before.login);
    }
    identity::put(txn, account, &Identity { login: login.to_owned(), since: now });
    note_account(txn, (actor, What::AccountLinked, login, address), account, now)
}

/// Lets those accounts of a login that `which` takes be good no more; sessions by them end with them. Returns how many.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn unlink(
    txn: &mut dyn Transaction,
    login: &str,
    which: impl Fn(&Account) -> bool,
    (actor, address): (&str, &str),
    now: Timestamp,
) -> Result<usize, Error> {
    let mut accounts = identity::of_login(txn.view(), login)?;
    accounts.retain(which);
    for account in &accounts {
        identity::remove(txn, account, login);
        note_account(txn, (actor, What::AccountUnlinked, login, address), account, now)?;
    }
    Ok(accounts.len())
}

fn refuse(
    txn: &mut dyn Transaction,
    arrival: &Arrival,
    (login, why): (&str, &str),
    now: Timestamp,
) -> Result<(), Error> {
    tell(txn, (login, What::SignInFailed, login), arrival, Some(why), now)
}

fn tell(
    txn: &mut dyn Transaction,
    (actor, what, about): (&str, What, &str),
    arrival: &Arrival,
    why: Option<&str>,
    at: Timestamp,
) -> Result<(), Error> {
    let mut more = json!({"by": arrival.way, "subject": arrival.by.account.subject});
    if let Some(why) = why {
        more["why"] = why.into();
    }
    note_more(txn, (actor, what, about), &more, &arrival.browser.address, at)
}

fn note_account(
    txn: &mut dyn Transaction,
    (actor, what, about, address): (&str, What, &str, &str),
    account: &Account,
    at: Timestamp,
) -> Result<(), Error> {
    let more = json!({"issuer": account.issuer, "subject": account.subject});
    note_more(txn, (actor, what, about), &more, address, at)
}
