//! Coming in with an account of another system: sent there, taken back, let in.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use formwork_account::{
    provider::{self, Arrival, Ended},
    sign_in::Browser,
    token::Token,
};
use formwork_catalog::catalog::{Provider, SignIn};
use formwork_integration::oidc::{self, Failed, Pending};
use formwork_model::{code, id::CommandId, name::Name, text};
use formwork_runtime::command::{Actor, Command, Request};
use formwork_store::table::{
    identity::{self, Account},
    session::By,
};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::{
    api::sign_in::{random, session_given},
    app::Served,
    ask::submit,
    call::Call,
    cookie,
    error::Problem,
    identity::is_user,
};

/// Whether a session that was proven so is good in a book whose people sign in so: what is switched off or taken out of
/// the book counts no more.
pub(crate) fn counts(ways: &SignIn, by: Option<&By>) -> bool {
    match by {
        Some(by) if !provider::is_book(&by.account) => ways.providers.values().any(|known| is_of(known, by)),
        // A login of another book of this server stands for the password that was given there.
        _ => ways.password,
    }
}

/// Whether a provider is the one that proved an account, asked by the same client.
pub(crate) fn is_of(provider: &Provider, by: &By) -> bool {
    provider.issuer == by.account.issuer && provider.client == by.client
}

/// The provider that the path names.
///
/// # Errors
/// When the book has none of the name.
pub(crate) fn chosen(call: &Call, served: &Served) -> Result<Provider, Problem> {
    let name = Name::find(call.path("provider"));
    let known = name.and_then(|name| served.book.catalog().book.sign_in.providers.get(&name).cloned());
    known.ok_or_else(|| {
        let message = text!("this book has no such way to sign in", "本账套没有此登录方式");
        Problem::new(StatusCode::NOT_FOUND, code!("unknown-provider"), message)
    })
}

/// Where a browser is sent to sign in with a provider, with the cookie that it has to bring back.
pub(crate) async fn begin(
    call: &Call,
    served: &Served,
    provider: &Provider,
    back: &str,
) -> Result<(String, Option<HeaderValue>), Problem> {
    count(call)?;
    let now = served.book.now();
    let pending = Pending::begin(random()?, served.name, provider.name, back, now);
    let redirect = redirect(call, served, provider)?;
    let address = call.app.providers().begin(provider, &pending, &redirect, now).await;
    let address = address.map_err(|failed| told(served, provider, &failed))?;
    Ok((address, cookie::keep_pending(pending.text(), served.name, call.app.settings().secure)))
}

/// Lets somebody in who comes back from a provider: the cookie of the session, and where to go on.
pub(crate) async fn finish(
    call: &Call,
    served: &Served,
    provider: &Provider,
) -> Result<(Option<HeaderValue>, String), Problem> {
    count(call)?;
    let parameter = |name: &str| {
        let query = call.parts.uri.query().unwrap_or_default();
        let mut given = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
        // One that stands twice is somebody's trick.
        given.next().filter(|_| given.next().is_none()).map(|(_, value)| value.into_owned())
    };
    let now = served.book.now();
    let kept = cookie::read_pending(call.headers(), served.name, call.app.settings().secure);
    let pending = kept.as_deref().and_then(Pending::read).filter(|pending| {
        pending.book == served.name
            && pending.provider == provider.name
            && !pending.is_over(now)
            && parameter("state").as_deref() == Some(&*pending.state())
    });
    let Some(pending) = pending else { return Err(not_begun_here()) };
    let Some(code) = parameter("code") else {
        let name = &provider.label;
        let (en, zh) = (&name.en, &name.zh);
        let said = parameter("error").unwrap_or_default();
        tracing::info!(book = served.name, provider = %provider.name, said, "a provider let nobody in");
        return Err(unproven(text!("{en} did not let you in", "{zh} 未允许登录")));
    };
    let issuer = parameter("iss");
    let redirect = redirect(call, served, provider)?;
    let back = oidc::Back { code: &code, issuer: issuer.as_deref(), redirect: &redirect };
    let person = call.app.providers().finish(provider, &pending, back, now).await;
    let person = person.map_err(|failed| told(served, provider, &failed))?;
    let account = Account { issuer: provider.issuer.clone(), subject: person.subject };
    let known = served.book.read(|view| Ok(identity::get(view, &account)?))?;
    if let (None, Some(login), Some(role)) = (&known, &person.login, provider.new_people) {
        welcome(call, served, (login, person.name.as_deref().unwrap_or(login)), role).await?;
    }
    let by = By { account, client: provider.client.clone() };
    let way = provider.name.to_string();
    let line = arrive(call, served, (by, way), person.login, (Some(pending.hash()), None)).await?;
    Ok((line, pending.back))
}

/// Begins a session for whoever has an account; the cookie with it. `once` makes it happen once, `until` ends the
/// session at the latest.
pub(crate) async fn arrive(
    call: &Call,
    served: &Served,
    (by, way): (By, String),
    claimed: Option<String>,
    (once, until): (Option<[u8; 32]>, Option<Timestamp>),
) -> Result<Option<HeaderValue>, Problem> {
    let known = served.book.read(|view| Ok(identity::get(view, &by.account)?))?;
    let mut active = Vec::new();
    for login in known.map(|known| known.login).iter().chain(&claimed) {
        if is_user(served, login)? {
            active.push(login.clone());
        }
    }
    let (token, mut browser) = browser(call, served)?;
    browser.until = until;
    let arrival = Arrival { by, way, claimed, active, once, browser };
    let settings = call.app.settings();
    let (lifetime, clock) = (settings.lifetime, served.book.clock().clone());
    let ended = served
        .write(settings.limits.timeout, move |txn| provider::arrive(txn, &arrival, lifetime, clock.now()))
        .await?;
    match ended {
        Ended::In(_) => Ok(cookie::keep(&token, served.name, settings.secure, lifetime)),
        Ended::Spent => Err(not_begun_here()),
        Ended::Refused => {
            let message = text!(
                "this account is not let in here; an administrator of the book can tell why",
                "此账号不能登录本账套；详情请咨询管理员"
            );
            Err(Problem::new(StatusCode::FORBIDDEN, code!("account-not-let-in"), message))
        }
    }
}

/// The browser that asks, and the token of the session it may get.
pub(crate) fn browser(call: &Call, served: &Served) -> Result<(Token, Browser), Problem> {
    let token = Token::new(random()?);
    let browser = Browser {
        token: token.hash(),
        former: session_given(call, served),
        agent: call.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default().into(),
        address: call.from(),
        until: None,
    };
    Ok((token, browser))
}

/// Makes the record of somebody who is not known yet, with a position. Nothing is made when there is a user who is
/// called so, in use or not.
async fn welcome(call: &Call, served: &Served, (login, name): (&str, &str), role: Name) -> Result<(), Problem> {
    let user = Name::intern("user");
    let eyes = Actor::system();
    let found = served.book.eyes(&eyes).resolve(user, &Json::from(login))?;
    if found.is_some() || !formwork_account::login::is_usable(login) {
        return Ok(());
    }
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let made = create(call, served, user, json!({"login": login, "name": name})).await?;
    let position = json!({"user": login, "role": role.as_str(), "main": true});
    if let Err(problem) = create(call, served, Name::intern("position"), position).await {
        // Somebody without a role could look around all the same: all or nothing.
        if let Some(id) = made {
            run(call, served, Request::Delete { object: user, id, rev: None }).await?;
        }
        return Err(problem);
    }
    Ok(())
}

/// Characters of a name that a provider gives.
const LONGEST_NAME: usize = 60;

async fn create(
    call: &Call,
    served: &Served,
    object: Name,
    values: Json,
) -> Result<Option<formwork_model::id::RecordId>, Problem> {
    let Json::Object(values) = values else { return Ok(None) };
    let outcome = run(call, served, Request::Create { object, values }).await?;
    Ok(outcome.record.map(|record| record.id))
}

async fn run(call: &Call, served: &Served, request: Request) -> Result<formwork_runtime::command::Outcome, Problem> {
    let command = Command { id: CommandId::random(), actor: Actor::system(), request, reason: None, idempotency: None };
    submit(call, served, command).await?.map_err(Problem::from)
}

/// The way out of the provider that let somebody in: its name, for whoever leaves a session by an account of it.
pub(crate) fn way_out(served: &Served, by: Option<&By>) -> Option<Name> {
    let catalog = served.book.catalog();
    let by = by?;
    catalog.book.sign_in.providers.values().find(|provider| is_of(provider, by)).map(|provider| provider.name)
}

/// Where a browser is sent to sign out of a provider; `None` when the provider does not offer that.
///
/// # Errors
/// When the provider can't be asked.
pub(crate) async fn leave(call: &Call, served: &Served, provider: &Provider) -> Result<Option<String>, Problem> {
    count(call)?;
    let back = format!("{}/{}/sign-in", base(call)?, served.name);
    let address = call.app.providers().leave(provider, &back, served.book.now()).await;
    address.map_err(|failed| told(served, provider, &failed))
}

/// Where a provider sends people back to. It knows the address, so one that somebody made up leads nowhere.
fn redirect(call: &Call, served: &Served, provider: &Provider) -> Result<String, Problem> {
    Ok(format!("{}/{}/sign-in/with/{}/back", base(call)?, served.name, provider.name))
}

/// The address of the server, without a slash at its end.
fn base(call: &Call) -> Result<String, Problem> {
    let settings = call.app.settings();
    if let Some(url) = &settings.url {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let host = call.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.ok_or_else(|| {
        let message = text!("the request names no host", "请求未指明主机");
        Problem::new(StatusCode::BAD_REQUEST, code!("bad-request"), message)
    })?;
    Ok(format!("{}://{host}", if settings.secure { "https" } else { "http" }))
}

/// Counts an attempt of the caller's address to sign in.
///
/// # Errors
/// When there were too many.
pub(crate) fn count(call: &Call) -> Result<(), Problem> {
    call.address.map_or(Ok(()), |address| call.app.counters().sign_in(address))
}

/// No session of the browser leads into the book.
pub(crate) fn no_way() -> Problem {
    let message = text!("nothing leads from there into this book; sign in to it", "无法由该账套直接进入；请登录此账套");
    Problem::new(StatusCode::FORBIDDEN, code!("account-not-let-in"), message)
}

fn unproven(message: formwork_model::text::Text) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code!("sign-in-unproven"), message)
}

fn not_begun_here() -> Problem {
    unproven(text!(
        "this sign-in was begun elsewhere, is used up or took too long; begin again",
        "此次登录并非从本浏览器发起、已被使用或已超时；请重新登录"
    ))
}

/// What people are told; the log says what the provider answered.
fn told(served: &Served, provider: &Provider, failed: &Failed) -> Problem {
    let (en, zh) = (&provider.label.en, &provider.label.zh);
    let (book, name) = (served.name, provider.name);
    match failed {
        Failed::Unreachable(cause) => {
            tracing::error!(book, provider = %name, cause, "a provider of sign-ins can't be asked");
            let message = text!("{en} can't be reached at present", "暂时无法连接 {zh}");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, code!("provider-unreachable"), message)
        }
        Failed::Unproven(cause) => {
            tracing::warn!(book, provider = %name, cause, "a sign-in was not proven");
            unproven(text!("the answer of {en} does not prove who you are", "{zh} 的答复无法证明您的身份"))
        }
    }
}

/// Puts a cookie into an answer that nobody keeps.
pub(crate) fn with_cookie(answer: &mut Response, line: Option<HeaderValue>) {
    if let Some(line) = line {
        answer.headers_mut().append(header::SET_COOKIE, line);
    }
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
