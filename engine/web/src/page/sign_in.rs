//! Where people sign in and out, and change their password. What is typed goes the way of the API.

use axum::http::StatusCode;
use formwork_account::policy::SHORTEST;
use formwork_model::{code, text, text::Language};
use serde_json::{Value as Json, json};

use super::{
    error::capital,
    no_book, paged_at_first, paged_by_oneself,
    typed::Typed,
    view::{BareFrame, back_to, bare, html, redirect, theme},
    words::word,
};
use crate::{
    api::{Answer, own, sign_in as api},
    app::Served,
    arrival,
    ask::Ask,
    call::Call,
    error::Problem,
    header,
    identity::Proof,
};

/// What is typed for another password: its name, what it is called, and what a browser fills it in with.
fn passwords(language: Language) -> [(&'static str, &'static str, &'static str); 3] {
    [
        ("old", word("old_password", language), "current-password"),
        ("new", word("new_password", language), "new-password"),
        ("again", word("new_password_again", language), "new-password"),
    ]
}

/// `GET /{book}/sign-in?back=&left=`: `left` is the provider whose session somebody has just left here.
pub(crate) async fn sign_in(call: Call) -> Answer {
    let query = Typed::read(call.parts.uri.query().unwrap_or_default().as_bytes());
    shown(call, &query, None).await
}

/// `POST /{book}/sign-in` with `login`, `password` and where to go on.
pub(crate) async fn open(call: Call) -> Answer {
    let typed = Typed::read(&call.body);
    let login = typed.filled("login").unwrap_or_default().to_owned();
    let password = typed.last("password").unwrap_or_default().to_owned();
    match api::attempt(&call, &login, password).await {
        Ok((must_change, line)) => {
            let root = format!("/{}", call.path("book"));
            let to = if must_change {
                format!("{root}/password")
            } else {
                back_to(typed.filled("back"), &root, root.clone())
            };
            let mut answer = redirect(&to)?;
            api::keep_session(&mut answer, line);
            Ok(answer)
        }
        Err(problem) if problem.is_ours() => Err(problem),
        Err(problem) => shown(call, &typed, Some(&problem)).await,
    }
}

async fn shown(call: Call, typed: &Typed, refused: Option<&Problem>) -> Answer {
    let back = typed.filled("back").map(str::to_owned);
    let Some(served) = call.app.book(call.path("book")) else { return no_book(call).await };
    let (root, language) = (format!("/{}", served.name), header::language(call.headers()));
    let back = back_to(back.as_deref(), &root, root.clone());
    let catalog = served.book.catalog();
    let ways = catalog.book.sign_in.providers.values().map(|provider| {
        let on: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
        let label = provider.label.get(language);
        let said = text!("Sign in with {label}", "使用{label}登录").get(language).to_owned();
        json!({"label": said, "href": format!("{root}/sign-in/with/{}?back={on}", provider.name)})
    });
    let ways: Vec<Json> = ways.collect();
    let out = match typed.filled("left") {
        Some(left) => way_out(&call, &served, left, language).await,
        None => None,
    };
    let body = json!({
        "action": format!("{root}/sign-in"), "back": back, "login": typed.filled("login"),
        "with_password": catalog.book.sign_in.password, "ways": ways, "out": out,
    });
    alone(&call, ("sign_in", "sign-in"), refused, body)
}

/// What somebody is told who has left a session by an account of a provider: there they are signed in still.
async fn way_out(call: &Call, served: &Served, left: &str, language: Language) -> Option<Json> {
    let catalog = served.book.catalog();
    let provider = catalog.book.sign_in.providers.values().find(|provider| provider.name == left)?;
    arrival::leave(call, served, provider).await.ok()??;
    let label = provider.label.get(language);
    let said =
        text!("You have signed out here. {label} may know you still.", "您已退出本账套，{label}可能仍处于登录状态。");
    let link = text!("Sign out of {label} too", "同时退出{label}");
    let href = format!("/{}/sign-out/with/{}", served.name, provider.name);
    Some(json!({"said": said.get(language), "label": link.get(language), "href": href}))
}

/// The page at which somebody signs in, with why they were not let in.
pub(crate) async fn refused(call: Call, problem: &Problem, back: &str) -> Answer {
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    shown(call, &Typed::read(format!("back={back}").as_bytes()), Some(problem)).await
}

/// `POST /{book}/sign-out`
pub(crate) async fn close(call: Call) -> Answer {
    paged_by_oneself(call, |ask| async move {
        let left = match &ask.proof {
            Proof::Session { by, .. } => arrival::way_out(&ask.served, by.as_ref()),
            Proof::Dev | Proof::Key(_) => None,
        };
        api::end(&ask).await?;
        let left = left.map(|provider| format!("?left={provider}")).unwrap_or_default();
        let away = redirect(&format!("/{}/sign-in{left}", ask.served.name))?;
        Ok(api::forgotten(&ask, away))
    })
    .await
}

/// `GET /{book}/password`
pub(crate) async fn password(call: Call) -> Answer {
    paged_at_first(call, |ask| async move { password_page(&ask, None) }).await
}

/// `POST /{book}/password` with `old`, `new`, and `new` once more as `again`.
pub(crate) async fn change(call: Call) -> Answer {
    paged_at_first(call, |ask| async move {
        let typed = Typed::read(&ask.call.body);
        let given = |name: &str| typed.last(name).unwrap_or_default().to_owned();
        let changed = if given("new") == given("again") {
            own::change(&ask, given("old"), given("new")).await
        } else {
            let message = text!("this is not what was typed above", "两次输入的新密码不一致");
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-value"), message).field("again"))
        };
        match changed {
            Ok(()) => redirect(&format!("/{}", ask.served.name)),
            Err(problem) if problem.is_ours() => Err(problem),
            Err(problem) => password_page(&ask, Some(&problem)),
        }
    })
    .await
}

fn password_page(ask: &Ask, refused: Option<&Problem>) -> Answer {
    let (root, language) = (format!("/{}", ask.served.name), header::language(ask.call.headers()));
    let must = matches!(ask.proof, Proof::Session { must_change: true, .. });
    let given = text!(
        "Somebody else knows the password you came with. Choose one of your own, then go on.",
        "当前密码由他人设置，请先改为自己的密码再继续。"
    );
    let rule = text!(
        "At least {SHORTEST} characters; a few words are easy to remember and hard to guess.",
        "至少 {SHORTEST} 个字符，几个词连起来既好记又难猜。"
    );
    let inputs = passwords(language);
    let found = refused.and_then(|problem| problem.found().first());
    let at =
        found.and_then(|found| found.field.as_deref()).filter(|field| inputs.iter().any(|(name, ..)| name == field));
    let said = found.map(|found| capital(found.message.get(language)));
    let inputs = inputs.map(|(name, label, autocomplete)| {
        json!({
            "name": name, "label": label, "autocomplete": autocomplete,
            "error": (at == Some(name)).then_some(&said), "focus": at.unwrap_or("old") == name,
            "rule": (name == "new").then(|| rule.get(language)),
        })
    });
    let mut body = json!({
        "action": format!("{root}/password"), "login": &*ask.actor.login, "why": must.then(|| given.get(language)),
        "inputs": inputs, "back": (!must).then_some(&root),
    });
    // What is said at its input is not said above.
    if at.is_some() {
        body["failed"] = Json::Null;
    }
    alone(&ask.call, ("password", "password"), refused, body)
}

/// A page without the frame of somebody who is signed in.
fn alone(call: &Call, (template, page): (&str, &str), refused: Option<&Problem>, body: Json) -> Answer {
    let language = header::language(call.headers());
    let Some(served) = call.app.book(call.path("book")) else { return super::to_book("") };
    let (catalog, root) = (served.book.catalog(), format!("/{}", served.name));
    let frame = BareFrame {
        language,
        theme: theme(call.headers()),
        root: &root,
        label: catalog.book.label.get(language),
        here: call.parts.uri.path(),
        dev: call.app.settings().dev,
    };
    let title = if template == "sign_in" { "sign_in" } else { "change_password" };
    let mut values = bare(&frame, page, super::words::word(title, language));
    let failed = refused.and_then(|problem| problem.found().first()).map(|found| found.message.get(language));
    values.insert("failed".into(), json!(failed));
    if let Json::Object(more) = body {
        values.extend(more);
    }
    let status = refused.map_or(StatusCode::OK, Problem::status);
    html(template, status, language, values.into())
}
