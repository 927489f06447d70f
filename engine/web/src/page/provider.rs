//! Signing in with an account of another system: the way there and the way back; and the way out.

use axum::http::StatusCode;

use super::{
    no_book,
    sign_in::refused,
    typed::Typed,
    view::{back_to, redirect},
};
use crate::{
    api::Answer,
    arrival::{self, with_cookie},
    call::Call,
    cookie,
};

/// `GET /{book}/sign-in/with/{provider}?back=`: sends the browser to the provider.
pub(crate) async fn go(call: Call) -> Answer {
    let Some(served) = call.app.book(call.path("book")) else { return no_book(call).await };
    let provider = arrival::chosen(&call, &served)?;
    let query = Typed::read(call.parts.uri.query().unwrap_or_default().as_bytes());
    let root = format!("/{}", served.name);
    let back = back_to(query.filled("back"), &root, root.clone());
    match arrival::begin(&call, &served, &provider, &back).await {
        Ok((address, line)) => {
            let mut answer = redirect(&address)?;
            with_cookie(&mut answer, line);
            Ok(answer)
        }
        Err(problem) => refused(call, &problem, &back).await,
    }
}

/// `GET /{book}/sign-in/with/{provider}/back`: takes the browser back. What it kept is used up, whatever comes of it.
pub(crate) async fn back(call: Call) -> Answer {
    let Some(served) = call.app.book(call.path("book")) else { return no_book(call).await };
    let provider = arrival::chosen(&call, &served)?;
    let (root, secure) = (format!("/{}", served.name), call.app.settings().secure);
    let name = served.name;
    let mut answer = match arrival::finish(&call, &served, &provider).await {
        Ok((line, back)) => {
            let mut answer = redirect(&back_to(Some(&back), &root, root.clone()))?;
            with_cookie(&mut answer, line);
            answer
        }
        Err(problem) if problem.status() == StatusCode::INTERNAL_SERVER_ERROR => return Err(problem),
        Err(problem) => refused(call, &problem, &root).await?,
    };
    with_cookie(&mut answer, cookie::forget_pending(name, secure));
    Ok(answer)
}

/// `GET /{book}/sign-out/with/{provider}`: sends the browser to sign out of the provider too, from where it comes back to
/// sign in.
pub(crate) async fn leave(call: Call) -> Answer {
    let Some(served) = call.app.book(call.path("book")) else { return no_book(call).await };
    let provider = arrival::chosen(&call, &served)?;
    let root = format!("/{}", served.name);
    match arrival::leave(&call, &served, &provider).await {
        Ok(address) => {
            let mut answer = redirect(&address.unwrap_or_else(|| format!("{root}/sign-in")))?;
            with_cookie(&mut answer, None);
            Ok(answer)
        }
        Err(problem) => refused(call, &problem, &root).await,
    }
}
