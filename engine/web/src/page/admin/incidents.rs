//! Incidents: what failed with nobody waiting, why, and trying again or going on without it.

use axum::http::StatusCode;
use formwork_model::{
    id::RecordId,
    incident::{Incident, Owner, What},
    text,
    text::Text,
};
use formwork_runtime::{
    command::{IncidentStep, Request},
    incident::Wanted,
};
use serde_json::{Value as Json, json};

use super::{Part, definitions::label_in, nothing, people::role_label, place, reason, record, said, told, when};
use crate::{
    api::Answer,
    ask::Ask,
    error::Problem,
    page::{
        typed::Typed,
        view::{View, redirect},
    },
};

/// Incidents of a page.
const PAGE: usize = 50;

/// `GET /{book}/admin/incidents?ended=&after=`
pub(crate) async fn list(ask: Ask) -> Answer {
    let mut parameters = ask.call.parameters()?;
    let ended = parameters.take_flag("ended")?;
    let after = parameters.take("after").and_then(|after| after.parse::<RecordId>().ok());
    ask.page("admin_incidents", StatusCode::OK, move |view| {
        Part::Incidents.open(view)?;
        let mut found = view.eyes().incidents(Wanted { ended, after, limit: PAGE + 1, ..Wanted::default() })?;
        let more = found.len() > PAGE;
        found.truncate(PAGE);
        let here = Part::Incidents.href(view);
        let word = if ended { "ended=1&" } else { "" };
        let next = found.last().filter(|_| more).map(|last| format!("{here}?{word}after={}", last.id));
        let rows: Vec<Json> = found.iter().map(|incident| shown(view, incident)).collect();
        let lists = json!([
            {"href": here, "label": view.word("adm_open"), "current": !ended},
            {"href": format!("{here}?ended=1"), "label": view.word("adm_ended"), "current": ended},
        ]);
        let body = json!({"rows": rows, "next": next, "lists": lists});
        Part::Incidents.frame(view, view.word("adm_incidents"), body)
    })
    .await
}

/// `GET /{book}/admin/incidents/{incident}`
pub(crate) async fn one(ask: Ask) -> Answer {
    show(&ask, StatusCode::OK, None, String::new()).await
}

/// `POST /{book}/admin/incidents/{incident}/retry`
pub(crate) async fn retry(ask: Ask) -> Answer {
    deal(ask, IncidentStep::Retry).await
}

/// `POST /{book}/admin/incidents/{incident}/skip`, with a reason
pub(crate) async fn skip(ask: Ask) -> Answer {
    deal(ask, IncidentStep::Skip).await
}

async fn deal(ask: Ask, step: IncidentStep) -> Answer {
    Part::Incidents.open(&View::of(&ask))?;
    let typed = Typed::read(&ask.call.body);
    let id = named(&ask)?;
    let why = if step == IncidentStep::Skip { reason(&typed).map(Some) } else { Ok(None) };
    let done = match why {
        Ok(why) => ask.write(Request::Incident { id, step }, why).await.map(|_| ()),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => redirect(&format!("/{}/admin/incidents/{id}?did=acted", ask.served.name)),
        Err(problem) => {
            let typed = typed.last("reason").unwrap_or_default().to_owned();
            show(&ask, problem.status(), Some(problem), typed).await
        }
    }
}

fn named(ask: &Ask) -> Result<RecordId, Problem> {
    ask.call.path("incident").parse().map_err(|_| nothing())
}

async fn show(ask: &Ask, status: StatusCode, refused: Option<Problem>, typed: String) -> Answer {
    let id = named(ask)?;
    ask.page("admin_incident", status, move |view| {
        Part::Incidents.open(view)?;
        let incident = view.eyes().incident(id).map_err(|_| nothing())?;
        let mut body = shown(view, &incident);
        body["crumb"] = json!({"href": Part::Incidents.href(view), "label": view.word("adm_incidents")});
        body["refused"] = json!(refused.as_ref().map(|problem| said(view, problem)));
        body["typed"] = json!(typed);
        Part::Incidents.frame(view, &kind(view, incident.what), body)
    })
    .await
}

fn kind(view: &View, what: What) -> String {
    let words: Text = match what {
        What::Script => text!("A step failed", "步骤失败"),
        What::Timer => text!("A timer failed", "定时失败"),
        What::Approver => text!("No approver was found", "找不到审批人"),
        What::Schedule => text!("A schedule failed", "计划任务失败"),
        What::Call => text!("A call failed", "外部调用失败"),
        What::Delivery => text!("A message was not delivered", "消息未送达"),
        What::Hook => text!("What another system sent was refused", "外部系统的推送被拒绝"),
    };
    view.say(&words).to_owned()
}

/// Who has to look at it, as people say it.
fn responsible(view: &View, owner: &Owner) -> String {
    match owner {
        Owner::Role(role) => role_label(view, *role),
        Owner::Login(login) => view.person(login),
    }
}

/// What of the definitions it is about, by what that is called; what only a number tells is told elsewhere.
fn part(view: &View, part: &str) -> Option<String> {
    if part.parse::<RecordId>().is_ok() {
        return None;
    }
    let label = ["schedule", "connector"].into_iter().find_map(|kind| label_in(&view.catalog, kind, part));
    Some(label.map_or_else(|| part.to_owned(), |label| format!("{} ({part})", view.say(label))))
}

/// An incident for the templates.
pub(super) fn shown(view: &View, incident: &Incident) -> Json {
    let about = &incident.about;
    let stands = about.place.map(|at| {
        let (flow, node) = place(view, at.flow, Some(at.node));
        format!("{flow} · {node}")
    });
    let end = incident.end.as_ref().map(|end| {
        let how = match end.how.word() {
            "solved" => text!("Solved", "已解决"),
            "skipped" => text!("Skipped", "已跳过"),
            _ => text!("Gone", "已失效"),
        };
        json!({"how": view.say(&how), "by": view.person(&end.by), "when": when(view, end.at), "reason": end.reason})
    });
    json!({
        "href": format!("{}/{}", Part::Incidents.href(view), incident.id), "kind": kind(view, incident.what),
        "cause": told::plain(view.say(&incident.cause)), "owner": responsible(view, &incident.owner),
        "opened": when(view, incident.opened_at), "last": when(view, incident.last_at), "times": Some(incident.times).filter(|times| *times > 1),
        "part": part(view, &about.part), "stands": stands, "record": about.record.map(|key| record(view, key)), "end": end,
    })
}
