//! The web application: pages made from the definitions, none of which knows a business.
//!
//! One module a page. Each asks the book what the API asks it, builds what a template of `pages/` fills in, and works
//! without scripts: a form is sent, taken, and the browser sent on; one that is refused comes back as it was typed.

pub(crate) mod act;
pub(crate) mod admin;
pub(crate) mod asset;
pub(crate) mod board;
pub(crate) mod books;
pub(crate) mod calendar;
pub(crate) mod cell;
pub(crate) mod dashboard;
pub(crate) mod edit;
pub(crate) mod error;
pub(crate) mod events;
mod filling;
pub(crate) mod find;
pub(crate) mod flow;
mod layout;
pub(crate) mod list;
mod looking;
mod marked;
pub(crate) mod menu;
pub(crate) mod messages;
pub(crate) mod preferences;
pub(crate) mod print;
pub(crate) mod provider;
pub(crate) mod proxy;
mod recent;
pub(crate) mod record;
mod refused;
pub(crate) mod remark;
pub(crate) mod report;
mod shown;
pub(crate) mod sign_in;
pub(crate) mod start;
pub(crate) mod tasks;
mod template;
mod typed;
pub(crate) mod view;
mod words;

use formwork_model::locale;

use crate::{
    api::{Answer, account_set::absent},
    ask::{Ask, asked, asked_at_first, asked_by_oneself},
    call::Call,
    edge, identity,
};

/// Answers with a page of a book. Where there is no such book there is no such address, which is said to those alone
/// who may know it.
pub(crate) async fn paged<F, Fut>(call: Call, handler: F) -> Answer
where
    F: FnOnce(Ask) -> Fut,
    Fut: Future<Output = Answer>,
{
    if call.app.book(call.path("book")).is_none() {
        return nowhere(call).await;
    }
    asked(call, handler).await
}

/// As [`paged`], also for somebody who has to change their password first.
pub(crate) async fn paged_at_first<F, Fut>(call: Call, handler: F) -> Answer
where
    F: FnOnce(Ask) -> Fut,
    Fut: Future<Output = Answer>,
{
    if call.app.book(call.path("book")).is_none() {
        return nowhere(call).await;
    }
    asked_at_first(call, handler).await
}

/// As [`paged_at_first`], and by whoever really asks, also when they look at the pages as somebody else.
pub(crate) async fn paged_by_oneself<F, Fut>(call: Call, handler: F) -> Answer
where
    F: FnOnce(Ask) -> Fut,
    Fut: Future<Output = Answer>,
{
    if call.app.book(call.path("book")).is_none() {
        return nowhere(call).await;
    }
    asked_by_oneself(call, handler).await
}

async fn nowhere(call: Call) -> Answer {
    if let Some(problem) = absent(&call) {
        return Err(problem);
    }
    identity::identify(&call, None)?;
    edge::no_route(call).await
}

/// There is no such book to sign in to.
pub(crate) async fn no_book(call: Call) -> Answer {
    match absent(&call) {
        Some(problem) => Err(problem),
        None => edge::no_route(call).await,
    }
}

/// Sends a browser to the start page of a book.
pub(crate) fn to_book(name: &str) -> Answer {
    view::redirect(&format!("/{name}"))
}

/// Sends whoever typed a slash at the end of an address to the one without; `//host` would be another site.
pub(crate) fn without_slash(path: &str) -> Option<Answer> {
    let without = path.strip_suffix('/')?;
    let is_own = !without.is_empty() && !without.contains("//") && !without.contains('\\');
    is_own.then(|| view::redirect(without))
}
