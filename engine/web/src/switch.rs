//! From one book of the server into another without another password.
//!
//! Books stay apart: a session is of one book. What leads on is who somebody has proven to be. Whoever signed in with a
//! provider is the same person in every book that knows the same account by the same client. Whoever signed in with a
//! password comes as far as logins are linked, which takes a password in each of the books once, and is kept in both:
//! neither book alone can open the other. A password that somebody else sets ends the links of the login.

use std::sync::Arc;

use axum::http::HeaderValue;
use formwork_account::{
    provider::{self, is_book, of_book},
    session,
};
use formwork_store::table::{
    identity::{self, Account},
    session::{By, TokenHash},
};
use jiff::Timestamp;

use crate::{
    app::Served,
    arrival::{self, arrive, counts, is_of},
    call::Call,
    cookie,
    error::Problem,
    identity::is_user,
};

/// A session that the browser has.
#[derive(Debug, Clone)]
pub(crate) struct Here {
    pub(crate) served: Arc<Served>,
    pub(crate) login: String,
    /// With which account of another system; `None` with a password.
    by: Option<By>,
    must_change: bool,
    expires: Timestamp,
    hash: TokenHash,
}

impl Here {
    /// Whether a password was given for it.
    fn is_by_password(&self) -> bool {
        self.by.is_none() && !self.must_change
    }

    /// What somebody is to another book who comes from this session; one that came from a book itself leads nowhere.
    fn account(&self) -> Option<By> {
        match &self.by {
            None if self.must_change => None,
            None => Some(By { account: of_book(self.served.name, &self.login), client: String::new() }),
            Some(by) => Some(by.clone()).filter(|by| !is_book(&by.account)),
        }
    }
}

/// The sessions that the browser has, in all books. One that does not answer soon is left out.
pub(crate) async fn here(call: &Call) -> Vec<Here> {
    let (secure, lifetime) = (call.app.settings().secure, call.app.settings().lifetime);
    let mut here = Vec::new();
    for served in call.app.books().iter() {
        let Some(token) = cookie::read(call.headers(), served.name, secure) else { continue };
        let (hash, kept) = (token.hash(), served.clone());
        let found = served.glance(move |served| {
            let now = served.book.now();
            let live = served.book.read(|view| Ok(session::find(view, &hash, lifetime, now)?)).ok()??;
            let session = live.session;
            let good = counts(&served.book.catalog().book.sign_in, session.by.as_ref())
                && is_user(served, &session.login).unwrap_or(false);
            good.then_some((session, live.must_change))
        });
        if let Some(Some((session, must_change))) = found.await {
            let (login, by, expires) = (session.login, session.by, session.expires);
            here.push(Here { served: kept, login, by, must_change, expires, hash });
        }
    }
    here
}

/// From which of the sessions there is a way into a book: the name of its book, and as whom.
pub(crate) async fn way_into(here: &[Here], served: &Arc<Served>) -> Option<(&'static str, String)> {
    for known in here {
        if let Some(login) = leads_into(known, served).await {
            return Some((known.served.name, login));
        }
    }
    None
}

/// As whom a session leads into a book.
async fn leads_into(known: &Here, served: &Arc<Served>) -> Option<String> {
    let by = known.account()?;
    let (from, login) = (known.served.name, known.login.clone());
    let found = served.glance({
        let by = by.clone();
        move |served| {
            let catalog = served.book.catalog();
            let ways = &catalog.book.sign_in;
            let is_known = is_book(&by.account) || ways.providers.values().any(|provider| is_of(provider, &by));
            if from == served.name || !is_known || !counts(ways, Some(&by)) {
                return None;
            }
            let identity = served.book.read(|view| Ok(identity::get(view, &by.account)?)).ok()??;
            is_user(served, &identity.login).ok()?.then_some(identity.login)
        }
    });
    let there = found.await??;
    if !is_book(&by.account) {
        return Some(there);
    }
    // The other half of the link: the book that somebody comes from says that they may.
    let back = of_book(served.name, &there);
    let half = known.served.glance(move |from| from.book.read(|view| Ok(identity::get(view, &back)?)).ok().flatten());
    half.await?.filter(|half| half.login == login).map(|_| there)
}

/// Lets somebody from one book into another: the cookie of the new session, which ends no later than the one it comes
/// from.
pub(crate) async fn enter(call: &Call, served: &Arc<Served>, from: &Here) -> Result<Option<HeaderValue>, Problem> {
    arrival::count(call)?;
    let Some(by) = from.account().filter(|_| from.served.name != served.name) else { return Err(arrival::no_way()) };
    if leads_into(from, served).await.is_none() {
        return Err(arrival::no_way());
    }
    let way = format!("book {}", from.served.name);
    arrive(call, served, (by, way), None, (None, Some(from.expires))).await
}

/// Whether there are sessions whose logins can be linked and do not all lead into one another already.
pub(crate) async fn can_link(here: &[Here]) -> bool {
    let linkable = linkable(here);
    for known in &linkable {
        for other in linkable.iter().filter(|other| other.served.name != known.served.name) {
            if leads_into(known, &other.served).await.as_deref() != Some(&*other.login) {
                return true;
            }
        }
    }
    false
}

/// The sessions whose logins can be linked.
fn linkable(here: &[Here]) -> Vec<&Here> {
    here.iter().filter(|known| known.is_by_password()).collect()
}

/// Whether some login of these sessions is linked.
pub(crate) async fn is_linked(here: &[Here]) -> bool {
    for known in here {
        let login = known.login.clone();
        let linked = known.served.glance(move |served| {
            let accounts = served.book.read(|view| Ok(identity::of_login(view, &login)?)).unwrap_or_default();
            accounts.iter().any(is_book)
        });
        if linked.await.unwrap_or(false) {
            return true;
        }
    }
    false
}

/// Links the logins of all sessions for which a password was given, each with each.
pub(crate) async fn link(call: &Call, here: &[Here]) -> Result<(), Problem> {
    let linkable = linkable(here);
    for known in &linkable {
        let others = linkable.iter().filter(|other| other.served.name != known.served.name);
        let accounts: Vec<Account> = others.map(|other| of_book(other.served.name, &other.login)).collect();
        let (login, from, clock) = (known.login.clone(), call.from(), known.served.book.clock().clone());
        let write = move |txn: &mut dyn formwork_store::store::Transaction| {
            for account in &accounts {
                provider::link(txn, (account, &login), (&login, &from), clock.now())?;
            }
            Ok(())
        };
        known.served.write(call.app.settings().limits.timeout, write).await?;
    }
    Ok(())
}

/// Ends the links of the logins of all sessions.
pub(crate) async fn unlink(call: &Call, here: &[Here]) -> Result<(), Problem> {
    for known in here {
        let (login, from, clock) = (known.login.clone(), call.from(), known.served.book.clock().clone());
        let write = move |txn: &mut dyn formwork_store::store::Transaction| {
            provider::unlink(txn, &login, is_book, (&login, &from), clock.now())
        };
        known.served.write(call.app.settings().limits.timeout, write).await?;
    }
    Ok(())
}

/// Ends a session.
pub(crate) async fn leave(call: &Call, known: &Here) -> Result<(), Problem> {
    let (hash, from, clock) = (known.hash, call.from(), known.served.book.clock().clone());
    let write =
        move |txn: &mut dyn formwork_store::store::Transaction| session::sign_out(txn, &hash, &from, clock.now());
    known.served.write(call.app.settings().limits.timeout, write).await.map(|_| ())
}
