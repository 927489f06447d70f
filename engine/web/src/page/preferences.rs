//! What a browser keeps of its user's taste: language, light or dark; and on a `--dev` server, who the user is.

use axum::http::{HeaderValue, header as names};

use super::{
    typed::Typed,
    view::{back_to, redirect},
};
use crate::{api::Answer, ask::Ask, header};

/// `POST /{book}/preferences`
pub(crate) async fn keep(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let root = format!("/{}", ask.served.name);
    let mut response = redirect(&back_to(typed.filled("back"), &root, root.clone()))?;
    let mut cookies = Vec::new();
    if let Some(language) = typed.filled("language").filter(|language| matches!(*language, "zh" | "en")) {
        cookies.push(header::keep_cookie(header::LANGUAGE_COOKIE, language, "/"));
    }
    if let Some(theme) = typed.filled("theme").filter(|theme| matches!(*theme, "light" | "dark" | "auto")) {
        cookies.push(header::keep_cookie(header::THEME_COOKIE, theme, "/"));
    }
    if let Some(actor) = typed.filled("actor").filter(|_| ask.call.app.settings().dev) {
        let plain = |c: char| c.is_ascii_alphanumeric() || " ._@-".contains(c);
        let actor: String = actor.chars().filter(|c| plain(*c)).collect();
        cookies.push(header::keep_cookie(
            header::ACTOR_COOKIE,
            &actor.split_whitespace().collect::<Vec<_>>().join("+"),
            "/",
        ));
    }
    for cookie in cookies {
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(names::SET_COOKIE, cookie);
        }
    }
    Ok(response)
}
