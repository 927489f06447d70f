//! What goes out and what happens by itself: connectors, what waits to be sent, schedules.

use axum::http::StatusCode;
use formwork_catalog::schedule::Schedule;
use formwork_model::{
    outbox::{Entry, Sending},
    text,
};
use serde_json::{Value as Json, json};

use super::{Part, record, when};
use crate::{api::Answer, ask::Ask, error::Problem, page::view::View};

/// Entries that are shown.
const SHOWN: usize = 100;

/// `GET /{book}/admin/outside`
pub(crate) async fn outside(ask: Ask) -> Answer {
    let secrets = ask.call.app.settings().secrets.clone();
    ask.page("admin_outside", StatusCode::OK, move |view| {
        Part::Outside.open(view)?;
        let entries = view.book.outbox(SHOWN)?;
        let shown: Vec<Json> = entries.iter().map(|one| entry(view, one)).collect();
        let connectors: Vec<Json> = view
            .catalog
            .connectors
            .values()
            .map(|one| {
                let names = |names: Vec<String>| names.join(", ");
                json!({
                    "label": view.say(&one.label), "name": one.name.as_str(),
                    "requests": names(one.requests.keys().map(ToString::to_string).collect()),
                    "hooks": names(one.hooks.keys().map(ToString::to_string).collect()),
                    "tries": one.tries, "timeout": one.timeout, "internal": one.internal,
                    "secret": one.secret, "missing": one.secret.iter().chain(&one.token).any(|name| secrets.get(name).is_none()),
                })
            })
            .collect();
        let schedules = view.catalog.schedules.values().map(|one| schedule(view, one)).collect::<Result<Vec<_>, _>>()?;
        let body = json!({"entries": shown, "connectors": connectors, "schedules": schedules});
        Part::Outside.frame(view, view.word("adm_outside"), body)
    })
    .await
}

fn entry(view: &View, entry: &Entry) -> Json {
    let (kind, to, what) = match &entry.what {
        Sending::Mail { to, subject, .. } => (text!("E-mail", "邮件"), to.clone(), subject.clone()),
        Sending::Notice { to, .. } => (text!("Message", "消息"), to.clone(), String::new()),
        Sending::Call { connector, request, method, .. } => {
            (text!("Call", "调用"), connector.to_string(), format!("{method} {request}"))
        }
    };
    json!({
        "kind": view.say(&kind), "to": to, "what": what, "at": when(view, entry.at), "tries": entry.tries,
        "due": entry.due.map(|due| when(view, due)), "record": entry.about.map(|key| record(view, key)),
    })
}

fn schedule(view: &View, schedule: &Schedule) -> Result<Json, Problem> {
    let calendar = schedule.calendar().flatten();
    let calendar = view.book.working_calendar(calendar.map(|name| name.as_str()))?;
    let next = schedule.next(view.now, &calendar).map(|at| when(view, at));
    let over = schedule.over.as_ref().map(|(object, _)| super::told::object(view, *object));
    Ok(json!({"label": view.say(&schedule.label), "name": schedule.name.as_str(), "next": next, "over": over}))
}
