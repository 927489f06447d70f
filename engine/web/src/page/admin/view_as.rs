//! Looking at the pages as somebody else: for whoever looks after them, for a reason, for half an hour, changing nothing.
//!
//! Whoever looks after somebody could give them a password and sign in; this tells the audit log, and leaves everything
//! as it is.

use formwork_account::viewing;

use super::{check_looks_after, nothing, people, reason};
use crate::{
    api::{Answer, sign_in::session_of},
    ask::Ask,
    error::Problem,
    identity,
    page::{
        to_book,
        typed::Typed,
        view::{View, redirect},
    },
};

/// `POST /{book}/admin/people/{login}/view` with a `reason`.
pub(crate) async fn begin(ask: Ask) -> Answer {
    let login = ask.call.path("login").to_owned();
    check_looks_after(&View::of(&ask), &login)?;
    if !identity::is_user(&ask.served, &login)? {
        return Err(nothing());
    }
    match begun(&ask, login).await {
        Ok(()) => to_book(ask.served.name),
        Err(problem) if problem.is_ours() => Err(problem),
        Err(problem) => people::refused(&ask, problem).await,
    }
}

async fn begun(ask: &Ask, login: String) -> Result<(), Problem> {
    let (hash, reason) = (session_of(ask)?, reason(&Typed::read(&ask.call.body))?);
    let (from, clock) = (ask.call.from(), ask.book().clock().clone());
    let begin = move |txn: &mut dyn formwork_store::store::Transaction| {
        viewing::begin(txn, &hash, (&login, &reason), &from, clock.now())
    };
    ask.write_beside(begin).await.map(drop)
}

/// `POST /{book}/view-as/end`
pub(crate) async fn end(ask: Ask) -> Answer {
    let to = match &ask.proof {
        identity::Proof::Session { hash, viewing: Some(login), .. } => {
            let (hash, from, clock) = (*hash, ask.call.from(), ask.book().clock().clone());
            ask.write_beside(move |txn| viewing::end(txn, &hash, &from, clock.now())).await?;
            format!("/{}/admin/people/{}", ask.served.name, people::escaped(login))
        }
        _ => format!("/{}", ask.served.name),
    };
    redirect(&to)
}
