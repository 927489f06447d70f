//! Taking an action: its form, its reason; and what needs no form: deleting, work in a queue.

use axum::http::StatusCode;
use formwork_model::text;
use formwork_runtime::{
    command::{Command, Request},
    flow::Offered,
    queue::Operation,
};
use serde_json::{Value as Json, json};

use super::{
    edit::{conditions, known},
    filling::Filling,
    layout::boxes,
    refused::Refused,
    typed::Typed,
    view::{View, redirect, with_did},
};
use crate::{
    api::{self, Answer},
    ask::{Ask, not_found},
    error::Problem,
};

/// Which action of which record.
#[derive(Debug, Clone)]
struct Place {
    object: String,
    id: String,
    action: String,
    token: Option<u32>,
}

impl Place {
    fn of(ask: &Ask, typed: &Typed) -> Self {
        let query = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
        let token = typed.filled("_token").or(query.filled("token")).and_then(|token| token.parse().ok());
        let path = |name| ask.call.path(name).to_owned();
        Self { object: path("object"), id: path("id"), action: path("action"), token }
    }
}

/// An action as it is filled in.
struct Sheet {
    place: Place,
    offer: Offered,
    filling: Filling,
    href: String,
}

impl Sheet {
    fn new(view: &View, place: &Place) -> Result<Self, Problem> {
        let (object, id) = known(view, &place.object, &place.id)?;
        let shown = view.eyes().get(object.name, id)?;
        let offered = view.book.offered(&view.actor, object.name, id)?;
        let fits =
            |offer: &&Offered| offer.action == *place.action && place.token.is_none_or(|token| token == offer.token);
        let offer = offered.iter().find(fits).cloned().ok_or_else(|| not_here(&place.action))?;
        let href = view.record_href(object.name, id);
        let filling = Filling::new(view, (&object, shown), offer.form, offer.require.clone())?;
        Ok(Self { place: place.clone(), offer, filling, href })
    }

    fn page(&self, view: &View, typed: Option<&Typed>, refused: &Refused) -> Result<Json, Problem> {
        let sections = self.filling.sections(view);
        let record = self.filling.record();
        let label = view.say(&self.offer.label);
        let title = record.map(|record| view.title(record.object, record.id)).unwrap_or_default();
        let reason = self.offer.reason.map(|reason| {
            json!({
                "label": view.say(&text!("Reason", "原因")), "required": reason == "required",
                "value": typed.and_then(|typed| typed.last("_reason")), "error": refused.errors.0.get("reason"),
            })
        });
        let action = format!("{}/act/{}", self.href, self.place.action);
        let rev = typed
            .and_then(|typed| typed.filled("_rev").map(str::to_owned))
            .or_else(|| record.map(|record| record.rev.to_string()));
        let why_not = self.offer.refused.as_ref().map(|why| {
            let text = super::refused::plain(view, &self.filling.draft.object, why.message.get(view.language));
            json!({"for": null, "label": null, "text": text})
        });
        let mut problems = refused.problems.clone();
        if problems.is_empty() {
            problems.extend(why_not);
        }
        let body = json!({
            "action": action, "preview": format!("{action}/preview"), "cancel": self.href, "button": label, "rev": rev,
            "token": self.offer.token, "kept": [], "text": title, "reason": reason, "danger": false,
            "problems": problems, "several_problems": problems.len() > 1,
            "sections": boxes(view, &self.filling.draft, &sections, typed, &refused.errors),
        });
        view.frame(self.filling.draft.object.name.as_str(), label, body)
    }
}

fn not_here(action: &str) -> Problem {
    not_found("action", action)
}

/// `GET /{book}/{object}/{id}/act/{action}?token=`
pub(crate) async fn form(ask: Ask) -> Answer {
    let place = Place::of(&ask, &Typed::default());
    ask.page("ask", StatusCode::OK, move |view| Sheet::new(view, &place)?.page(view, None, &Refused::default())).await
}

/// `POST /{book}/{object}/{id}/act/{action}`
pub(crate) async fn take(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let place = Place::of(&ask, &typed);
    let (view, at, sent) = (View::of(&ask), place.clone(), typed.clone());
    let request = ask
        .blocking(move |_| {
            Ok((|| {
                let mut sheet = Sheet::new(&view, &at)?;
                let input = sheet.filling.fill_in(&view, &sent);
                let record = sheet.filling.record().ok_or_else(|| not_here(&at.action))?;
                let rev = sent.filled("_rev").and_then(|rev| rev.parse().ok());
                let token = at.token.or(Some(sheet.offer.token));
                let (object, id) = (record.object, record.id);
                Ok(Request::Act { object, id, rev, action: sheet.offer.action, token, input })
            })())
        })
        .await
        .and_then(|built: Result<Request, Problem>| built)?;
    let reason = typed.filled("_reason").map(str::to_owned);
    match ask.write(request, reason).await {
        Ok(outcome) => {
            let list = format!("/{}/{}", ask.served.name, place.object);
            let to = outcome.record.map_or(list.clone(), |record| format!("{list}/{}", record.id));
            let to = if typed.filled("_back") == Some("board") { format!("{list}/board") } else { to };
            redirect(&with_did(&to, "acted"))
        }
        Err(problem) if problem.is_ours() => Err(problem),
        Err(problem) => {
            ask.page("ask", problem.status(), move |view| {
                let mut sheet = Sheet::new(view, &place)?;
                sheet.filling.fill_in(view, &typed);
                let refused = {
                    let sections = sheet.filling.sections(view);
                    Refused::of(view, &sheet.filling.draft.object, &sections, &problem)
                };
                sheet.page(view, Some(&typed), &refused)
            })
            .await
        }
    }
}

/// `POST /{book}/{object}/{id}/act/{action}/preview`: what the form would show, as it is filled in now.
pub(crate) async fn preview(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let place = Place::of(&ask, &typed);
    let view = View::of(&ask);
    let body = ask
        .blocking(move |_| {
            Ok((|| {
                let mut sheet = Sheet::new(&view, &place)?;
                sheet.filling.fill_in(&view, &typed);
                let sections = sheet.filling.sections(&view);
                Ok(conditions(&view, &sheet.filling.draft, &sections))
            })())
        })
        .await
        .and_then(|built: Result<Json, Problem>| built)?;
    Ok(api::json(StatusCode::OK, &body))
}

/// `GET /{book}/{object}/{id}/delete`: asks once more.
pub(crate) async fn ask_delete(ask: Ask) -> Answer {
    let (object, id) = (ask.call.path("object").to_owned(), ask.call.path("id").to_owned());
    ask.page("ask", StatusCode::OK, move |view| delete_page(view, &object, &id, None)).await
}

fn delete_page(view: &View, object: &str, id: &str, problem: Option<&Problem>) -> Result<Json, Problem> {
    let (object, id) = known(view, object, id)?;
    let record = view.eyes().get(object.name, id)?.record;
    let command = Command::new(view.actor.clone(), Request::Delete { object: object.name, id, rev: None });
    let foreseen = view.book.dry_run(&command).err().map(Problem::from);
    let refused =
        problem.or(foreseen.as_ref()).map(|problem| Refused::of(view, &object, &[], problem)).unwrap_or_default();
    let (href, title) = (view.record_href(object.name, id), view.title(object.name, id));
    let text = text!("{title} will be gone. Its history stays.", "“{title}”将被删除，历史记录仍会保留。");
    let body = json!({
        "action": format!("{href}/delete"), "preview": "", "cancel": href, "button": view.word("delete"), "rev": record.rev.to_string(),
        "token": null, "kept": [], "text": view.say(&text), "reason": null, "danger": true, "sections": [],
        "problems": refused.problems, "several_problems": refused.problems.len() > 1,
    });
    view.frame(object.name.as_str(), view.word("delete"), body)
}

/// `POST /{book}/{object}/{id}/delete`
pub(crate) async fn delete(ask: Ask) -> Answer {
    let object = ask.object()?;
    let typed = Typed::read(&ask.call.body);
    let id = ask.record(object.name)?;
    let rev = typed.filled("_rev").and_then(|rev| rev.parse().ok());
    match ask.write(Request::Delete { object: object.name, id, rev }, None).await {
        Ok(_) => redirect(&with_did(&format!("/{}/{}", ask.served.name, object.name), "deleted")),
        Err(problem) if problem.is_ours() => Err(problem),
        Err(problem) => {
            let status = problem.status();
            ask.page("ask", status, move |view| {
                delete_page(view, object.name.as_str(), &id.to_string(), Some(&problem))
            })
            .await
        }
    }
}

/// `POST /{book}/{object}/{id}/work?token=` with `operation`
pub(crate) async fn work(ask: Ask) -> Answer {
    let object = ask.object()?;
    let typed = Typed::read(&ask.call.body);
    let place = Place::of(&ask, &typed);
    let operation = match typed.filled("operation") {
        Some("claim") => Operation::Claim,
        Some("release") => Operation::Release,
        Some("escalate") => Operation::Escalate,
        other => return Err(not_found("action", other.unwrap_or_default())),
    };
    let id = ask.record(object.name)?;
    let reason = typed.filled("_reason").map(str::to_owned);
    ask.write(Request::Work { object: object.name, id, rev: None, token: place.token, operation }, reason).await?;
    redirect(&with_did(&format!("/{}/{}/{id}", ask.served.name, object.name), "acted"))
}
