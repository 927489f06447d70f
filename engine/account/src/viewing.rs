//! Looking at the pages as somebody else: for a while, by one session, told to the audit log when it begins and ends.
//!
//! Whether somebody may is asked at every request, where rights are known; here it is kept and told.

use formwork_store::{
    error::Error,
    store::{Transaction, View},
    table::{
        audit::What,
        session::{self, TokenHash, Viewing},
    },
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::log::{note, note_more};

/// It ends by itself after this: nobody should forget as whom they look.
pub const LASTS: SignedDuration = SignedDuration::from_mins(30);

/// As whom the user of a session looks now. What has ended by itself is still there until [`end`] tells of it.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn find(view: &dyn View, hash: &TokenHash) -> Result<Option<Viewing>, Error> {
    session::viewing(view, hash)
}

/// Begins to look as somebody, and tells why. Returns whether the session is there.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn begin(
    txn: &mut dyn Transaction,
    hash: &TokenHash,
    (login, reason): (&str, &str),
    address: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let Some(session) = session::get(txn.view(), hash)? else { return Ok(false) };
    end(txn, hash, address, now)?;
    let viewing = Viewing { login: login.to_owned(), until: now + LASTS };
    session::put_viewing(txn, hash, Some(&viewing));
    let more = json!({"reason": reason, "until": viewing.until.to_string(), "session": crate::session::id_of(hash)});
    note_more(txn, (&session.login, What::ViewAs, login), &more, address, now)?;
    Ok(true)
}

/// Ends it, if it goes on, and tells so. Returns whether it went on.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn end(txn: &mut dyn Transaction, hash: &TokenHash, address: &str, now: Timestamp) -> Result<bool, Error> {
    let (Some(session), Some(viewing)) = (session::get(txn.view(), hash)?, session::viewing(txn.view(), hash)?) else {
        return Ok(false);
    };
    session::put_viewing(txn, hash, None);
    note(txn, &session.login, What::ViewAsEnded, &viewing.login, address, now)?;
    Ok(true)
}
