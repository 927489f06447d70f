//! The books of the server: where the reader is signed in, where they may go without another password, and linking
//! logins so that they may.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use formwork_model::{code, text, text::Language};
use serde_json::{Value as Json, json};

use super::{
    nowhere,
    typed::Typed,
    view::{BareFrame, bare, html, redirect, theme},
};
use crate::{
    api::Answer,
    arrival::{no_way, with_cookie},
    call::Call,
    cookie,
    error::Problem,
    header,
    identity::not_signed_in,
    sites::Absent,
    switch::{self, Here},
};

/// `GET /` of a browser: the only book, or a choice among several.
pub(crate) async fn books(call: Call) -> Answer {
    let books = call.app.books();
    match books.as_slice() {
        [only] if call.app.absent().is_empty() => redirect(&format!("/{}", only.name)),
        _ => choice(&call, None).await,
    }
}

async fn choice(call: &Call, refused: Option<&Problem>) -> Answer {
    let language = header::language(call.headers());
    let here = switch::here(call).await;
    let (mut mine, mut others) = (Vec::new(), Vec::new());
    for served in call.app.books().iter() {
        let catalog = served.book.catalog();
        let (root, label) = (format!("/{}", served.name), catalog.book.label.get(language).to_owned());
        let mut book =
            json!({"name": served.name, "label": label, "root": root, "initial": super::view::initial(&label)});
        if call.app.settings().dev {
            book["open"] = json!(true);
            mine.push(book);
        } else if let Some(known) = here.iter().find(|known| known.served.name == served.name) {
            (book["open"], book["login"]) = (json!(true), json!(known.login));
            mine.push(book);
        } else if let Some((from, login)) = switch::way_into(&here, served).await {
            (book["from"], book["login"]) = (json!(from), json!(login));
            mine.push(book);
        } else {
            others.push(book);
        }
    }
    let broken = call.app.absent();
    let broken = broken.iter().filter(|(_, why)| **why == Absent::Broken).map(|(name, _)| name.as_str());
    let linkable = switch::can_link(&here).await;
    let body = json!({
        "mine": mine, "others": others, "broken": broken.collect::<Vec<_>>(), "linkable": linkable,
        "signed_in": !here.is_empty(), "linked": switch::is_linked(&here).await,
        "failed": refused.and_then(|problem| problem.found().first()).map(|found| found.message.get(language)),
    });
    page(call.headers(), language, refused.map_or(StatusCode::OK, Problem::status), body)
}

fn page(head: &HeaderMap, language: Language, status: StatusCode, body: Json) -> Answer {
    let product = text!("Formwork", "Formwork");
    let frame =
        BareFrame { language, theme: theme(head), root: "", label: product.get(language), here: "/", dev: false };
    let mut values = bare(&frame, "books", super::words::word("books", language));
    if let Json::Object(more) = body {
        values.extend(more);
    }
    html("books", status, language, values.into())
}

/// `POST /{book}/sign-in/from` with the `book` that one comes from: in, without another password.
pub(crate) async fn enter(call: Call) -> Answer {
    let Some(served) = call.app.book(call.path("book")) else { return nowhere(call).await };
    let here = signed_in(&call).await?;
    check_own_page(&call)?;
    let from = Typed::read(&call.body).filled("book").unwrap_or_default().to_owned();
    let from = here.into_iter().find(|known| known.served.name == from);
    let entered = match from {
        Some(from) => switch::enter(&call, &served, &from).await,
        None => Err(no_way()),
    };
    match entered {
        Ok(line) => {
            let mut answer = redirect(&format!("/{}", served.name))?;
            with_cookie(&mut answer, line);
            Ok(answer)
        }
        Err(problem) if problem.is_ours() => Err(problem),
        Err(problem) => choice(&call, Some(&problem)).await,
    }
}

/// `POST /account-sets/sign-ins`: `do` is `link`, `unlink` or `sign-out`, of all books that the browser is signed in to.
pub(crate) async fn sign_ins(call: Call) -> Answer {
    let here = signed_in(&call).await?;
    check_own_page(&call)?;
    let done = Typed::read(&call.body).filled("do").unwrap_or_default().to_owned();
    match done.as_str() {
        "link" => switch::link(&call, &here).await?,
        "unlink" => switch::unlink(&call, &here).await?,
        "sign-out" => return sign_out(&call, &here).await,
        _ => {
            let message = text!("say what to do", "请指明操作");
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("required"), message).field("do"));
        }
    }
    redirect("/")
}

async fn sign_out(call: &Call, here: &[Here]) -> Answer {
    let mut answer: Response = redirect("/")?;
    for known in here {
        switch::leave(call, known).await?;
        with_cookie(&mut answer, cookie::forget(known.served.name, call.app.settings().secure));
    }
    Ok(answer)
}

/// The sessions of whoever has some: nobody else learns anything.
async fn signed_in(call: &Call) -> Result<Vec<Here>, Problem> {
    let here = switch::here(call).await;
    if here.is_empty() { Err(not_signed_in(&call.app)) } else { Ok(here) }
}

/// A cookie is sent whoever makes the browser ask.
fn check_own_page(call: &Call) -> Result<(), Problem> {
    if header::is_of_own_page(call.headers()) { Ok(()) } else { Err(header::cross_site()) }
}
