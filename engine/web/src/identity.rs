//! Who asks: the one place where an actor is made of what a request brings.

use axum::http::{HeaderMap, Method, StatusCode, header::AUTHORIZATION};
use formwork_account::{api_key, login::is_usable, session, token::Token, viewing};
use formwork_model::{code, text};
use formwork_runtime::command::Actor;
use formwork_store::{
    error::Error,
    store::{self, Transaction},
    table::{
        api_key::Scope,
        session::{By, TokenHash},
    },
};

use crate::{
    app::{App, Served},
    arrival,
    call::Call,
    cookie,
    error::Problem,
    header,
};

/// How the caller proved who they are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Proof {
    /// By a header that a `--dev` server believes.
    Dev,
    /// By having signed in.
    Session {
        /// What is kept of the token.
        hash: TokenHash,
        /// Whether the password must be changed before anything else.
        must_change: bool,
        /// With which account of another system; `None` with a password.
        by: Option<By>,
        /// As whom they look at the pages, if that is somebody else.
        viewing: Option<String>,
    },
    /// By an API key, which is good for these.
    Key(Vec<Scope>),
}

/// Finds out who asks. `served` is the book that is asked, if there is one of its name: to whoever is nobody there,
/// a book that does not exist looks like any other.
///
/// A key counts before a cookie, and a key that is not good is not made up for by a cookie.
pub(crate) fn identify(call: &Call, served: Option<&Served>) -> Result<(Actor, Proof), Problem> {
    let (headers, dev) = (call.headers(), call.app.settings().dev);
    if dev && headers.contains_key(header::ACTOR) {
        return Ok((header::dev_actor(headers)?, Proof::Dev));
    }
    match bearer(headers) {
        Bearer::Token(token) => {
            let found = served.map_or(Ok(None), |served| by_key(served, &token))?;
            return found.ok_or_else(bad_key);
        }
        Bearer::Unreadable => return Err(bad_key()),
        Bearer::Absent => {}
    }
    let found = served.map_or(Ok(None), |served| by_session(call, served))?;
    match found {
        Some(found) => Ok(found),
        None if dev => Ok((header::dev_actor(headers)?, Proof::Dev)),
        None => Err(not_signed_in(&call.app)),
    }
}

/// What the `Authorization` header holds.
enum Bearer {
    /// A key of ours, as far as its shape goes.
    Token(Token),
    /// A bearer token that is none of ours, or several.
    Unreadable,
    /// No bearer token; what a proxy wants (`Basic`) is not ours to judge.
    Absent,
}

fn bearer(headers: &HeaderMap) -> Bearer {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(first) = values.next() else { return Bearer::Absent };
    let text = first.to_str().unwrap_or_default();
    let is_bearer = text.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"));
    match api_key::bearer(text) {
        _ if values.next().is_some() => Bearer::Unreadable,
        Some(token) => Bearer::Token(token),
        None if is_bearer => Bearer::Unreadable,
        None => Bearer::Absent,
    }
}

fn by_key(served: &Served, token: &Token) -> Result<Option<(Actor, Proof)>, Problem> {
    let (hash, now) = (token.hash(), served.book.now());
    let found = served.book.read(|view| Ok(api_key::find(view, &hash, now)?))?;
    let Some((key, stale)) = found else { return Ok(None) };
    if !is_user(served, &key.login)? {
        return Ok(None);
    }
    if stale {
        note_use(served, move |txn| api_key::touch(txn, &hash, now));
    }
    Ok(Some((Actor::new(&key.login, []), Proof::Key(key.scopes))))
}

fn by_session(call: &Call, served: &Served) -> Result<Option<(Actor, Proof)>, Problem> {
    let settings = call.app.settings();
    let Some(token) = cookie::read(call.headers(), served.name, settings.secure) else { return Ok(None) };
    let (hash, now) = (token.hash(), served.book.now());
    let found = served.book.read(|view| Ok(session::find(view, &hash, settings.lifetime, now)?))?;
    let Some(live) = found else { return Ok(None) };
    let (login, by) = (live.session.login.as_str(), live.session.by.as_ref());
    if !arrival::counts(&served.book.catalog().book.sign_in, by) || !is_user(served, login)? {
        return Ok(None);
    }
    // A browser sends the cookie whoever makes it ask.
    check_own_page(&call.parts.method, call.headers())?;
    if live.stale {
        note_use(served, move |txn| session::touch(txn, &hash, now));
    }
    let actor = Actor::new(login, []);
    let viewing = seen_as(call, served, &actor, &hash)?;
    Ok(Some((actor, Proof::Session { hash, must_change: live.must_change, by: live.session.by, viewing })))
}

/// As whom the session looks at the pages. That ends when its time is up, when there is no such user any more, and when
/// whoever looks does not look after them any more.
fn seen_as(call: &Call, served: &Served, actor: &Actor, hash: &TokenHash) -> Result<Option<String>, Problem> {
    let Some(viewing) = served.book.read(|view| Ok(viewing::find(view, hash)?))? else { return Ok(None) };
    let now = served.book.now();
    let looked_after = || served.book.eyes(actor).check_looks_after(&viewing.login).is_ok();
    if now < viewing.until && is_user(served, &viewing.login)? && looked_after() {
        return Ok(Some(viewing.login));
    }
    let (hash, from) = (*hash, call.from());
    note_use(served, move |txn| viewing::end(txn, &hash, &from, now).map(drop));
    Ok(None)
}

/// Whether the login is of a user who is in use now: whoever is made inactive is out with the next request.
pub(crate) fn is_user(served: &Served, login: &str) -> Result<bool, Problem> {
    Ok(is_usable(login) && served.book.is_user(login)?)
}

fn check_own_page(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if method.is_safe() || header::is_of_own_page(headers) { Ok(()) } else { Err(header::cross_site()) }
}

/// Notes a use, without letting the request wait for it. One that is not noted is noted with the next.
fn note_use(served: &Served, work: impl Fn(&mut dyn Transaction) -> Result<(), Error> + Send + 'static) {
    store::submit(&**served.book.store(), work, |noted| {
        if let Ok(Err(error)) | Err(error) = noted {
            tracing::warn!(%error, "the use of a session or key was not noted");
        }
    });
}

/// Nobody has signed in; or nobody can, and this is what to do.
pub(crate) fn not_signed_in(app: &App) -> Problem {
    let message = if app.is_anybody() {
        text!("sign in first", "请先登录")
    } else {
        text!(
            "nobody can sign in before there is a first administrator: stop the server and run `formwork user add LOGIN --role admin` on its data folder",
            "尚无管理员，任何人都无法登录：请停止服务，并对其数据文件夹运行 `formwork user add 登录名 --role admin`"
        )
    };
    Problem::new(StatusCode::UNAUTHORIZED, code!("not-signed-in"), message)
}

fn bad_key() -> Problem {
    let message = text!("the API key is unknown, expired or revoked", "API 密钥不存在、已过期或已吊销");
    Problem::new(StatusCode::UNAUTHORIZED, code!("not-signed-in"), message)
}

/// Whether a key with these scopes may do this.
pub(crate) fn check_scopes(scopes: &[Scope], object: Option<&str>, writes: bool) -> Result<(), Problem> {
    if scopes.iter().any(|scope| scope.allows(object, writes)) {
        return Ok(());
    }
    let message = text!("the API key is not good for this", "该 API 密钥无权进行此操作");
    Err(Problem::new(StatusCode::FORBIDDEN, code!("key-scope"), message))
}

/// Whoever looks as somebody else changes nothing.
pub(crate) fn only_looking() -> Problem {
    let message = text!(
        "you look at this as somebody else; end that before you change anything or take anything out",
        "您正在以他人身份查看；如需修改或导出，请先结束查看"
    );
    Problem::new(StatusCode::FORBIDDEN, code!("only-looking"), message)
}

/// The password must be changed first.
pub(crate) fn password_must_change() -> Problem {
    let message = text!(
        "change your password first: POST /{{book}}/api/change-password",
        "请先修改密码：POST /{{book}}/api/change-password"
    );
    Problem::new(StatusCode::FORBIDDEN, code!("password-must-change"), message)
}
