//! The reader's messages.

use axum::http::StatusCode;
use formwork_model::{name::Name, text};
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

/// `GET /{book}/messages?of=`: those about records of an object, when one is named.
pub(crate) async fn messages(ask: Ask) -> Answer {
    let query = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    ask.page("messages", StatusCode::OK, move |view| {
        let mut found = view.book.messages(&view.actor.login, SHOWN)?;
        let of = query.filled("of").and_then(Name::find).filter(|of| found.iter().any(|one| is_of(one, *of)));
        let kinds = kinds(view, &found, of);
        found.retain(|one| of.is_none_or(|of| is_of(one, of)));
        let unread = found.iter().any(|(_, message)| !message.read);
        let body = json!({
            "messages": gathered(view, &found), "unread": unread, "kinds": kinds, "of": of.map(Name::as_str),
        });
        view.frame("messages", view.word("messages"), body)
    })
    .await
}

/// Whether a message is about a record of an object.
fn is_of((_, message): &(Place, Message), object: Name) -> bool {
    message.record.is_some_and(|(about, _)| about == object)
}

/// What the messages are about, each kind with how many of them are unread; nothing when it is all the same.
fn kinds(view: &View, found: &[(Place, Message)], chosen: Option<Name>) -> Vec<Json> {
    let mut kinds: Vec<(Name, usize)> = Vec::new();
    for (_, message) in found {
        let Some((object, _)) = message.record else { continue };
        let unread = usize::from(!message.read);
        match kinds.iter_mut().find(|(known, _)| *known == object) {
            Some((_, count)) => *count += unread,
            None => kinds.push((object, unread)),
        }
    }
    if kinds.len() < 2 {
        return Vec::new();
    }
    let href = format!("{}/messages", view.root);
    let all = json!({"label": view.word("all"), "href": href, "current": chosen.is_none()});
    let of = kinds.into_iter().filter_map(|(kind, unread)| {
        let label = view.say(&view.catalog.object(kind)?.label);
        let href = format!("{href}?of={kind}");
        Some(json!({"label": label, "href": href, "current": chosen == Some(kind), "count": (unread > 0).then_some(unread)}))
    });
    std::iter::once(all).chain(of).collect()
}

/// Messages about the same record together: the newest, with those before it.
pub(crate) fn gathered(view: &View, found: &[(Place, Message)]) -> Vec<Json> {
    let mut groups: Vec<Vec<&(Place, Message)>> = Vec::new();
    for one in found {
        let about = one.1.record;
        let of_same = |group: &&mut Vec<&(Place, Message)>| {
            about.is_some() && group.first().is_some_and(|(_, first)| first.record == about)
        };
        match groups.iter_mut().find(of_same) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    let shown = groups.into_iter().filter_map(|group| {
        let ((place, newest), earlier) = group.split_first()?;
        let mut shown = line(view, *place, newest);
        let n = earlier.len();
        if n > 0 {
            shown["read"] = json!(group.iter().all(|(_, message)| message.read));
            shown["more"] = json!(view.say(&text!("{n} earlier", "更早 {n} 条")));
            shown["earlier"] = earlier.iter().map(|(place, message)| line(view, *place, message)).collect();
        }
        Some(shown)
    });
    shown.collect()
}

/// A message as it is listed.
fn line(view: &View, (seq, n): Place, message: &Message) -> Json {
    let record = message.record.map(|(object, id)| view.title(object, id));
    let kind = message.record.and_then(|(object, _)| view.catalog.object(object)).map(|object| view.say(&object.label));
    let href = message.record.map(|(object, id)| view.record_href(object, id));
    json!({
        "text": view.say(&message.text), "at": message.at.to_string(), "read": message.read, "record": record, "kind": kind, "href": href,
        "when": locale::ago(message.at, view.now, view.zone(), view.language),
        "mark": format!("{}/messages/{seq}.{n}/read", view.root),
    })
}

/// `POST /{book}/messages/{message}/read`, with `to` where the reader goes on to: the record it is about. What was said
/// of that record before is read then too.
pub(crate) async fn read(ask: Ask) -> Answer {
    let message = ask.call.path("message");
    let place = message.split_once('.').and_then(|(seq, n)| Some((seq.parse().ok()?, n.parse().ok()?)));
    let place = place.ok_or_else(|| not_found("message", message))?;
    let login = ask.actor.login.clone();
    ask.blocking(move |book| {
        book.read_message(&login, place)?;
        let found = book.messages(&login, SHOWN)?;
        let about = found.iter().find(|(known, _)| *known == place).and_then(|(_, message)| message.record);
        let before = |(known, message): &&(Place, Message)| {
            about.is_some() && message.record == about && *known < place && !message.read
        };
        found.iter().filter(before).try_for_each(|(known, _)| book.read_message(&login, *known))
    })
    .await?;
    let (root, typed) = (format!("/{}", ask.served.name), Typed::read(&ask.call.body));
    redirect(&back_to(typed.filled("to"), &root, format!("{root}/messages")))
}

/// `POST /{book}/messages/read`: every one that is shown, those `of` an object when one is named.
pub(crate) async fn read_all(ask: Ask) -> Answer {
    let login = ask.actor.login.clone();
    let of = Typed::read(&ask.call.body).filled("of").and_then(Name::find);
    ask.blocking(move |book| {
        let found = book.messages(&login, SHOWN)?;
        let shown = |one: &&(Place, Message)| !one.1.read && of.is_none_or(|of| is_of(one, of));
        found.iter().filter(shown).try_for_each(|(place, _)| book.read_message(&login, *place))
    })
    .await?;
    redirect(&format!("/{}/messages", ask.served.name))
}
