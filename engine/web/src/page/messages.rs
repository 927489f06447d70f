//! The reader's messages.

use axum::http::StatusCode;
use formwork_runtime::book::Place;
use formwork_store::table::message::Message;
use serde_json::{Value as Json, json};

use super::{
    locale,
    typed::Typed,
    view::{View, back_to, redirect},
};
use crate::{
    api::Answer,
    ask::{Ask, not_found},
};

/// Messages of a page.
const SHOWN: usize = 100;

/// `GET /{book}/messages`
pub(crate) async fn messages(ask: Ask) -> Answer {
    ask.page("messages", StatusCode::OK, |view| {
        let found = view.book.messages(&view.actor.login, SHOWN)?;
        let unread = found.iter().any(|(_, message)| !message.read);
        let shown: Vec<Json> = found.iter().map(|(place, message)| line(view, *place, message)).collect();
        view.frame("messages", view.word("messages"), json!({"messages": shown, "unread": unread}))
    })
    .await
}

/// A message as it is listed.
pub(crate) fn line(view: &View, (seq, n): Place, message: &Message) -> Json {
    let record = message.record.map(|(object, id)| view.title(object, id));
    let href = message.record.map(|(object, id)| view.record_href(object, id));
    json!({
        "text": view.say(&message.text), "at": message.at.to_string(), "read": message.read, "record": record, "href": href,
        "when": locale::ago(message.at, view.now, view.zone(), view.language),
        "mark": format!("{}/messages/{seq}.{n}/read", view.root),
    })
}

/// `POST /{book}/messages/{message}/read`, with `to` where the reader goes on to: the record it is about.
pub(crate) async fn read(ask: Ask) -> Answer {
    let message = ask.call.path("message");
    let place = message.split_once('.').and_then(|(seq, n)| Some((seq.parse().ok()?, n.parse().ok()?)));
    let place = place.ok_or_else(|| not_found("message", message))?;
    let login = ask.actor.login.clone();
    ask.blocking(move |book| book.read_message(&login, place)).await?;
    let (root, typed) = (format!("/{}", ask.served.name), Typed::read(&ask.call.body));
    redirect(&back_to(typed.filled("to"), &root, format!("{root}/messages")))
}

/// `POST /{book}/messages/read`: every one that is shown.
pub(crate) async fn read_all(ask: Ask) -> Answer {
    let login = ask.actor.login.clone();
    ask.blocking(move |book| {
        for (place, _) in book.messages(&login, SHOWN)?.into_iter().filter(|(_, message)| !message.read) {
            book.read_message(&login, place)?;
        }
        Ok(())
    })
    .await?;
    redirect(&format!("/{}/messages", ask.served.name))
}
