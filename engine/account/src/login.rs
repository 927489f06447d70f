//! Logins, and who has a credential.

use std::{collections::BTreeMap, ops::ControlFlow};

use formwork_store::{
    error::Error,
    store::{Order, View},
    table::{
        credential::{self, Credential},
        identity,
    },
};

/// Characters a login has at most: as many as the field of the user's record.
pub const LONGEST: usize = 64;

/// Whether a login can be somebody's. `system` is the engine itself and `connector:…` another system: whoever signed in
/// under such a name would act with their rights.
pub fn is_usable(login: &str) -> bool {
    let length = login.chars().count();
    (1..=LONGEST).contains(&length)
        && !login.eq_ignore_ascii_case("system")
        && !login.chars().any(|character| character == ':' || character.is_whitespace() || character.is_control())
}

/// Whether anybody could sign in so far: false before the first administrator was made.
///
/// # Errors
/// When the store fails.
pub fn is_anybody(view: &dyn View) -> Result<bool, Error> {
    let (start, end) = credential::range();
    let mut found = false;
    view.scan(&start, &end, Order::Forward, &mut |_, _| {
        found = true;
        ControlFlow::Break(())
    })?;
    Ok(found || !identity::logins(view)?.is_empty())
}

/// Every login that can sign in, in order, with its credential, if it has one: with a password, or with an account of
/// another system.
///
/// # Errors
/// When the store fails or bytes are damaged.
pub fn everybody(view: &dyn View) -> Result<BTreeMap<String, Option<Credential>>, Error> {
    let mut known: BTreeMap<String, Option<Credential>> =
        identity::logins(view)?.into_iter().map(|login| (login, None)).collect();
    known.extend(credential::all(view)?.into_iter().map(|(login, credential)| (login, Some(credential))));
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_called_like_the_engine_or_another_system() {
        for login in ["li.wei", "李伟", "a", "system2", "Connector"] {
            assert!(is_usable(login), "{login}");
        }
        for login in ["", "system", "System", "connector:mill", "a b", "a\u{0}", &"x".repeat(65)] {
            assert!(!is_usable(login), "{login}");
        }
    }
}
