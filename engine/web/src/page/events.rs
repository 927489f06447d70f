//! What is new for the reader, as it happens: server-sent events for a page that stays open.
//!
//! A commit only says that something was touched. What is told of it is looked up with the reader's own eyes, and
//! nothing is told when they see nothing new: not that there was something, and not when.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header::ACCEPT},
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use formwork_model::{id::RecordId, name::Name, text::Language};
use formwork_runtime::{
    book::{Book, Touched},
    command::Actor,
    rejection::Refusal,
};
use futures_util::stream;
use serde_json::{Value as Json, json};
use tokio::{runtime::Handle, sync::watch, time::Instant};

use super::{
    typed::Typed,
    view::{self, View},
};
use crate::{
    api::{self, Answer},
    ask::Ask,
};

/// How long one answer lasts. The browser asks again, and who it is for is looked at again.
const LASTS: Duration = Duration::from_secs(120);
/// How soon it asks again.
const AGAIN: Duration = Duration::from_secs(1);
/// How often something is sent over a connection on which nothing happens, so that no proxy ends it.
const ALIVE: Duration = Duration::from_secs(20);
/// How long commits are gathered before the reader is told: a bulk of a hundred is one event.
const GATHERED: Duration = Duration::from_millis(250);

/// An open page: what it shows, and what its reader was told.
struct Open {
    book: Arc<Book>,
    actor: Actor,
    language: Language,
    /// The record it shows, and the last entry of its history that the reader has seen; 0 when there is none.
    record: Option<((Name, RecordId), u64)>,
    counts: Json,
    /// Where the news were when they were looked at.
    looked: Option<u64>,
    until: Instant,
    ending: watch::Receiver<bool>,
    /// The same of the book.
    leaving: watch::Receiver<bool>,
    /// The threads of the book: the stream itself is written by those of the server.
    threads: Handle,
}

/// `GET /{book}/events?object=&id=&seen=`
pub(crate) async fn events(ask: Ask) -> Answer {
    let query = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    let key = query.filled("object").and_then(Name::find).zip(query.filled("id").and_then(|id| id.parse().ok()));
    let seen = query.filled("seen").and_then(|seen| seen.parse().ok()).unwrap_or(0);
    let open = Open {
        book: ask.book().clone(),
        actor: ask.actor.clone(),
        language: View::of(&ask).language,
        record: key.map(|key| (key, seen)),
        counts: Json::Null,
        looked: None,
        until: Instant::now() + LASTS,
        ending: ask.call.app.ending(),
        leaving: ask.served.ending.subscribe(),
        threads: Handle::current(),
    };
    // Whoever takes no stream is told once how things are.
    if !ask.call.headers().get(ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/event-stream")) {
        let (book, actor) = (open.book, open.actor);
        let counts = ask.blocking(move |_| view::counts(&book, &actor)).await?;
        return Ok(api::json(StatusCode::OK, &json!({"counts": counts})));
    }
    let events = stream::unfold(open, |open| async { open.next().await });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE)).into_response();
    // A proxy that gathers answers would hold them back.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

impl Open {
    /// The next event, once there is one; `None` when the answer has lasted long enough.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if !self.wait().await {
                return None;
            }
            let (book, actor, language, record) = (self.book.clone(), self.actor.clone(), self.language, self.record);
            let looked =
                self.threads.spawn_blocking(move || look(&book, (&actor, language), record.map(|(key, _)| key))).await;
            let Ok(Ok(found)) = looked else { return None };
            if let Some(told) = self.tell(found) {
                let event = Event::default().retry(AGAIN).data(told.to_string());
                return Some((Ok(event), self));
            }
        }
    }

    /// Waits for something that may concern the reader; false when it is time to end.
    async fn wait(&mut self) -> bool {
        let Some(after) = self.looked else {
            self.looked = Some(self.book.news().last());
            return true;
        };
        let book = self.book.clone();
        let (login, shown) = (self.actor.login.clone(), self.record.map(|(key, _)| key));
        let concern = |touched: &Touched| {
            touched.people.iter().any(|person| *person == *login)
                || shown.is_some_and(|shown| touched.records.contains(&shown))
        };
        let heard = tokio::select! {
            at = book.news().behind(after, concern) => at,
            () = tokio::time::sleep_until(self.until) => return false,
            _ = self.ending.wait_for(|ending| *ending) => return false,
            _ = self.leaving.wait_for(|leaving| *leaving) => return false,
        };
        tokio::time::sleep(GATHERED).await;
        self.looked = Some(self.book.news().last().max(heard));
        true
    }

    /// What is told of what was found, if anything of it is new.
    fn tell(&mut self, found: Found) -> Option<Json> {
        let mut told = json!({});
        let more = found.counts["unread"].as_u64() > self.counts["unread"].as_u64() && !self.counts.is_null();
        if found.counts != self.counts {
            told["counts"] = found.counts.clone();
            if more {
                told["message"] = found.message.into();
            }
            self.counts = found.counts;
        }
        if let Some((_, seen)) = &mut self.record
            && *seen != found.seen
        {
            *seen = found.seen;
            told["changed"] = json!({"by": found.by});
        }
        told.as_object().is_some_and(|told| !told.is_empty()).then_some(told)
    }
}

/// What there is for the reader.
struct Found {
    counts: Json,
    /// The newest unread message.
    message: Option<String>,
    seen: u64,
    by: Option<String>,
}

fn look(book: &Book, (actor, language): (&Actor, Language), shown: Option<(Name, RecordId)>) -> Result<Found, Refusal> {
    let eyes = book.eyes(actor);
    // A record that is not there for the reader any more has no history, as one that never was.
    let entry = shown.and_then(|(object, id)| eyes.history(object, id, None, 1).ok()?.into_iter().next());
    let by = match &entry {
        Some(entry) => Some(eyes.name_of(&entry.actor)?.unwrap_or_else(|| entry.actor.to_string())),
        None => None,
    };
    let newest = book.messages(&actor.login, 1)?.into_iter().next().filter(|(_, message)| !message.read);
    Ok(Found {
        counts: view::counts(book, actor)?,
        message: newest.map(|(_, message)| message.text.get(language).to_owned()),
        seen: entry.map_or(0, |entry| entry.seq),
        by,
    })
}
