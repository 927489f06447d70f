//! Setting a password: by its owner, who has proved the old one, or by a rescue.

use formwork_store::{
    error::Error,
    store::Transaction,
    table::{
        audit::What,
        credential::{self, Credential},
        session::{self, TokenHash},
    },
};
use jiff::Timestamp;

use crate::{log::note, provider};

/// Letters and digits that are not taken for one another: 32, so that a random byte picks each equally often.
const LETTERS: &str = "abcdefghijkmnpqrstuvwxyz23456789";

/// A password for somebody who is to change it: four groups of five letters, which nobody guesses.
pub fn from_random(random: [u8; 32]) -> String {
    let letter = |byte: u8| LETTERS.chars().nth(usize::from(byte) % LETTERS.len());
    let letters: Vec<char> = random.into_iter().filter_map(letter).collect();
    let groups: Vec<String> = letters.chunks_exact(5).take(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// A password to be set.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Whose.
    pub login: String,
    /// Its hash (PHC string); the password passed the policy.
    pub phc: String,
    /// Whether it must be changed at the next sign-in: whoever sets it for somebody else knows it.
    pub must_change: bool,
    /// The hash that the old password was verified against, when the owner changes it. `None` for a rescue.
    pub instead_of: Option<String>,
    /// The session that goes on; every other one of the login ends.
    pub keep: Option<TokenHash>,
    /// Who sets it.
    pub actor: String,
    /// From where; empty from a command line.
    pub address: String,
}

/// Sets a password, unlocks the login and ends its other sessions. Whoever sets it for somebody else could come in by
/// it, but not into other books: the login's links with them end. Returns whether it was set: it is not when it was
/// changed by somebody else since the old one was verified.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn set(txn: &mut dyn Transaction, setting: &Setting, now: Timestamp) -> Result<bool, Error> {
    let login = setting.login.as_str();
    let present = credential::get(txn.view(), login)?;
    if let Some(verified) = &setting.instead_of
        && present.as_ref().is_none_or(|present| present.phc != *verified)
    {
        return Ok(false);
    }
    let what = match (&present, &setting.instead_of) {
        (None, _) => What::PasswordMade,
        (Some(_), None) => What::PasswordReset,
        (Some(_), Some(_)) => What::PasswordChanged,
    };
    let phc = setting.phc.clone();
    let credential =
        Credential { phc, must_change: setting.must_change, failed: 0, locked_until: None, changed_at: now };
    txn.put(credential::key(login), credential::encode(&credential));
    for hash in session::of_login(txn.view(), login)? {
        if Some(hash) != setting.keep {
            session::end(txn, &hash, login);
        }
    }
    note(txn, &setting.actor, what, login, &setting.address, now)?;
    if setting.instead_of.is_none() {
        provider::unlink(txn, login, provider::is_book, (&setting.actor, &setting.address), now)?;
    }
    Ok(true)
}

/// Ends the lock of a login. Returns whether there is such a login.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn unlock(txn: &mut dyn Transaction, login: &str, actor: &str, now: Timestamp) -> Result<bool, Error> {
    let Some(mut credential) = credential::get(txn.view(), login)? else { return Ok(false) };
    credential.failed = 0;
    credential.locked_until = None;
    txn.put(credential::key(login), credential::encode(&credential));
    note(txn, actor, What::Unlocked, login, "", now)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;

    #[test]
    fn a_made_password_is_as_long_as_it_says_and_passes_the_policy() {
        let made = from_random(std::array::from_fn(|place| place as u8 * 7));
        assert_eq!((made.len(), LETTERS.len()), (23, 32), "{made}");
        assert_eq!(policy::check("li.wei", &made), Ok(()));
        assert_ne!(made, from_random([7; 32]));
    }
}
