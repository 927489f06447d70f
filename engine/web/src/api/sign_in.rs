//! Signing in with a password, and signing out.

use axum::http::{HeaderValue, StatusCode, header};
use formwork_account::{
    login::LONGEST,
    session,
    sign_in::{self, Attempt, Ended},
    token::Token,
};
use formwork_model::{code, text};
use formwork_store::table::{credential, session::TokenHash};
use serde_json::json;

use crate::{
    api::{self, Answer},
    app::Served,
    arrival::browser,
    ask::Ask,
    body::Members,
    call::Call,
    cookie,
    error::Problem,
    identity::{self, Proof, not_signed_in},
};

/// `POST /{book}/api/sign-in` with `{"login", "password"}`: sets the cookie of a new session.
///
/// Whatever is wrong, the login, the password, the user, a lock or the book, the answer and the work are the same.
pub(crate) async fn sign_in(call: Call) -> Answer {
    call.parameters()?.finish()?;
    let mut members = Members::read(&call.body)?;
    let given = (members.take_text("login"), members.take_text("password"));
    for (name, missing) in [("login", given.0.is_none()), ("password", given.1.is_none())] {
        if missing {
            members.unfit::<()>(name, text!("`{name}` is needed", "需要 `{name}`"));
        }
    }
    members.finish()?;
    let (login, password) = (given.0.unwrap_or_default(), given.1.unwrap_or_default());
    let (must_change, line) = attempt(&call, &login, password).await?;
    let mut answer = api::json(StatusCode::OK, &json!({"login": login, "must_change": must_change}));
    keep_session(&mut answer, line);
    Ok(answer)
}

/// Tries a password: whether it must be changed now, and the cookie of the new session. One way for programs and pages.
pub(crate) async fn attempt(
    call: &Call,
    login: &str,
    password: String,
) -> Result<(bool, Option<HeaderValue>), Problem> {
    if let Some(address) = call.address {
        call.app.counters().sign_in(address)?;
    }
    let settings = call.app.settings();
    let (lifetime, most) = (settings.lifetime, settings.limits.timeout);
    let served = call.app.book(call.path("book"));
    if let Some(served) = served.as_ref().filter(|served| !served.book.catalog().book.sign_in.password) {
        return Err(switched_off(served));
    }
    let against = match &served {
        Some(served) if login.chars().count() <= LONGEST => {
            served.book.read(|view| Ok(credential::get(view, login)?))?
        }
        _ => None,
    };
    let phc = against.as_ref().map(|credential| credential.phc.clone());
    let verified = call.app.hashing().verify(served.as_deref(), phc, password, most).await?;
    let Some(served) = served else { return Err(refused(call)) };
    let (token, browser) = browser(call, &served)?;
    let active = identity::is_user(&served, login)?;
    let attempt = Attempt { login: login.to_owned(), against, verified, active, browser };
    let clock = served.book.clock().clone();
    let ended = served.write(most, move |txn| sign_in::sign_in(txn, &attempt, lifetime, clock.now())).await?;
    let Ended::In { must_change } = ended else { return Err(refused(call)) };
    Ok((must_change, cookie::keep(&token, served.name, settings.secure, lifetime)))
}

/// Gives the cookie of a new session with an answer that nobody keeps.
pub(crate) fn keep_session(answer: &mut axum::response::Response, line: Option<HeaderValue>) {
    set_cookie(answer, line);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// Passwords are not what people sign in to this book with.
pub(super) fn switched_off(served: &Served) -> Problem {
    let providers = &served.book.catalog().book.sign_in.providers;
    let en: Vec<&str> = providers.values().map(|provider| provider.label.en.as_str()).collect();
    let zh: Vec<&str> = providers.values().map(|provider| provider.label.zh.as_str()).collect();
    let (en, zh) = (en.join(", "), zh.join("、"));
    let message = text!("this book has no passwords; sign in with {en}", "本账套不使用密码；请用 {zh} 登录");
    Problem::new(StatusCode::FORBIDDEN, code!("password-switched-off"), message)
}

/// The session of this book that the browser brings, good or not: it ends when another one begins.
pub(crate) fn session_given(call: &Call, served: &Served) -> Option<TokenHash> {
    cookie::read(call.headers(), served.name, call.app.settings().secure).map(|former| former.hash())
}

/// 256 random bits.
pub(crate) fn random() -> Result<[u8; 32], Problem> {
    let mut random = [0; 32];
    match getrandom::fill(&mut random) {
        Ok(()) => Ok(random),
        Err(error) => Err(Problem::fault(format!("no randomness: {error}"))),
    }
}

/// A new secret.
pub(super) fn new_token() -> Result<Token, Problem> {
    random().map(Token::new)
}

fn refused(call: &Call) -> Problem {
    if !call.app.is_anybody() {
        return not_signed_in(&call.app);
    }
    let message = text!(
        "the login or the password is wrong; after several failures one has to wait for a while",
        "登录名或密码不正确；多次失败后需等待一段时间"
    );
    Problem::new(StatusCode::UNAUTHORIZED, code!("wrong-credentials"), message)
}

fn set_cookie(answer: &mut axum::response::Response, line: Option<HeaderValue>) {
    if let Some(line) = line {
        answer.headers_mut().insert(header::SET_COOKIE, line);
    }
}

/// `POST /{book}/api/sign-out`
pub(crate) async fn sign_out(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    end(&ask).await?;
    Ok(forgotten(&ask, api::empty(StatusCode::NO_CONTENT)))
}

/// Ends the caller's session.
pub(crate) async fn end(ask: &Ask) -> Result<(), Problem> {
    let (hash, from, clock) = (session_of(ask)?, ask.call.from(), ask.book().clock().clone());
    ask.write_beside(move |txn| session::sign_out(txn, &hash, &from, clock.now())).await?;
    Ok(())
}

/// `POST /{book}/api/sign-out-everywhere`: also here.
pub(crate) async fn sign_out_everywhere(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    session_of(&ask)?;
    let (login, from, clock) = (ask.actor.login.clone(), ask.call.from(), ask.book().clock().clone());
    ask.write_beside(move |txn| session::sign_out_everywhere(txn, (&login, None), (&login, &from), clock.now()))
        .await?;
    Ok(forgotten(&ask, api::empty(StatusCode::NO_CONTENT)))
}

/// The answer, with which the browser forgets the session.
pub(crate) fn forgotten(ask: &Ask, mut answer: axum::response::Response) -> axum::response::Response {
    set_cookie(&mut answer, cookie::forget(ask.served.name, ask.call.app.settings().secure));
    answer
}

/// The caller's session. What it is asked for, a key or a header can't do: a key that leaked must not make others.
pub(crate) fn session_of(ask: &Ask) -> Result<TokenHash, Problem> {
    match &ask.proof {
        Proof::Session { hash, .. } => Ok(*hash),
        Proof::Dev | Proof::Key(_) => {
            let message = text!("only somebody who has signed in can do this", "仅限已登录的用户");
            Err(Problem::new(StatusCode::FORBIDDEN, code!("session-needed"), message))
        }
    }
}
