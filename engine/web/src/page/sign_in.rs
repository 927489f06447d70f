//! The page on which people sign in. It sends what they type to the route that opens a session.

use axum::http::StatusCode;
use serde_json::json;

use super::{
    typed::Typed,
    view::{BareFrame, back_to, bare, html, theme},
};
use crate::{api::Answer, call::Call, edge, header};

/// `GET /{book}/sign-in?back=`
pub(crate) async fn sign_in(call: Call) -> Answer {
    let Some(served) = call.app.book(call.path("book")).cloned() else { return edge::no_route(call).await };
    let query = Typed::read(call.parts.uri.query().unwrap_or_default().as_bytes());
    let (language, root) = (header::language(call.headers()), format!("/{}", served.name));
    let catalog = served.book.catalog();
    let frame = BareFrame {
        language,
        theme: theme(call.headers()),
        root: &root,
        label: catalog.book.label.get(language),
        here: call.parts.uri.path(),
        dev: call.app.settings().dev,
    };
    let title = super::words::word("sign_in", language);
    let mut values = bare(&frame, "sign-in", title);
    let back = back_to(query.filled("back"), &root, root.clone());
    if let serde_json::Value::Object(more) = json!({
        "action": format!("{root}/sign-in"), "back": back, "login": query.filled("login"), "failed": null,
    }) {
        values.extend(more);
    }
    html("sign_in", StatusCode::OK, language, &values.into())
}
