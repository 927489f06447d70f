//! What runs of one record: where it stands, who is asked, what failed; and setting it right by hand, for a reason.

use axum::http::StatusCode;
use formwork_catalog::{catalog::Catalog, flow::Flow};
use formwork_definition::kind::role::Right;
use formwork_model::{id::RecordId, instance::Instance, name::Name};
use formwork_runtime::{
    command::{Request, repair::Repair},
    incident::Wanted,
};
use serde_json::{Map, Value as Json, json};

use super::{Part, has, incidents, nothing, reason, record, said, when};
use crate::{
    api::Answer,
    ask::Ask,
    error::Problem,
    page::{
        record::short,
        typed::Typed,
        view::{View, redirect},
    },
};

/// Incidents that are shown.
const INCIDENTS: usize = 20;

/// `GET /{book}/admin/instances/{object}/{id}`
pub(crate) async fn one(ask: Ask) -> Answer {
    show(&ask, StatusCode::OK, None, String::new()).await
}

/// `POST /{book}/admin/instances/{object}/{id}`: `do` is `move`, `cancel`, `task` or `work`, with a `reason`, the `rev`
/// that was seen, and what it needs.
pub(crate) async fn repair(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let (object, id) = named(&ask)?;
    let (view, sent) = (View::of(&ask), typed.clone());
    let to = ask.blocking(move |_| Ok(target(&view, &sent))).await?;
    let repair = read(&typed, to).ok_or_else(nothing)?;
    let done = async {
        let why = reason(&typed)?;
        if let Repair::Task { to, .. } = &repair {
            ask.check_asked(std::slice::from_ref(to))?;
        }
        let rev = typed.filled("rev").and_then(|rev| rev.parse().ok());
        ask.write(Request::Repair { object, id, rev, repair }, Some(why)).await
    };
    match done.await {
        Ok(_) => redirect(&format!("/{}/admin/instances/{object}/{id}?did=acted", ask.served.name)),
        Err(problem) if problem.is_ours() => Err(problem),
        Err(problem) => {
            let typed = typed.last("reason").unwrap_or_default().to_owned();
            show(&ask, problem.status(), Some(problem), typed).await
        }
    }
}

/// The record of the address, for whoever may set right what runs.
fn named(ask: &Ask) -> Result<(Name, RecordId), Problem> {
    let view = View::of(ask);
    if !has(&view, Right::Repairs) {
        return Err(nothing());
    }
    let object = ask.catalog.find_object(ask.call.path("object")).ok_or_else(nothing)?.name;
    let id = ask.call.path("id").parse().map_err(|_| nothing())?;
    Ok((object, id))
}

/// The node that something is moved to, or the login of whoever gets it, who may be named or chosen.
fn target(view: &View, typed: &Typed) -> Option<String> {
    let to = typed.filled("to")?;
    let person = matches!(typed.filled("do"), Some("task" | "work"));
    Some(if person { typed.key_of(view, "to", to, ("user", "login")) } else { to.to_owned() })
}

fn read(typed: &Typed, to: Option<String>) -> Option<Repair> {
    let mut input = Map::new();
    for (name, text) in [("flow", typed.filled("flow").map(str::to_owned)), ("to", to)] {
        input.extend(text.map(|text| (name.to_owned(), Json::from(text))));
    }
    for name in ["token", "task"] {
        let number = typed.filled(name).and_then(|text| text.parse::<u32>().ok());
        input.extend(number.map(|number| (name.to_owned(), Json::from(number))));
    }
    Repair::read(typed.filled("do")?, &input)
}

async fn show(ask: &Ask, status: StatusCode, refused: Option<Problem>, typed: String) -> Answer {
    let (object, id) = named(ask)?;
    ask.page("admin_instance", status, move |view| {
        let (found, catalog) = view.eyes().to_repair(object, id).map_err(|_| nothing())?;
        let about = record(view, (object, id));
        let flows: Vec<Json> = found.flows.iter().map(|instance| running(view, &catalog, instance)).collect();
        let open = if has(view, Right::Incidents) {
            let wanted = Wanted { record: Some((object, id)), limit: INCIDENTS, ..Wanted::default() };
            view.eyes().incidents(wanted)?
        } else {
            Vec::new()
        };
        let title = about["title"].as_str().unwrap_or_default().to_owned();
        let body = json!({
            "record": about, "flows": flows, "rev": found.rev, "typed": typed,
            "incidents": open.iter().map(|one| incidents::shown(view, one)).collect::<Vec<_>>(),
            "refused": refused.as_ref().map(|problem| said(view, problem)),
            "href": format!("{}/{object}/{id}", Part::Instances.href(view)), "find": format!("{}/find?object=user", view.root),
            "crumb": {"href": Part::Instances.href(view), "label": view.word("adm_instances")},
        });
        Part::Instances.frame(view, &title, body)
    })
    .await
}

fn running(view: &View, catalog: &Catalog, instance: &Instance) -> Json {
    let flow = catalog.flows.get(&instance.flow);
    let label = |node: Name| {
        let known = flow.and_then(|flow| flow.node(node));
        known.map_or_else(|| node.to_string(), |node| view.node_label(node).to_owned())
    };
    let tokens = instance.tokens.iter().map(|token| {
        let around = instance.scopes.iter().find(|scope| scope.id == token.scope).map(|scope| scope.node);
        let nodes = flow.map(|flow| targets(view, flow, around, token.node)).unwrap_or_default();
        json!({"token": token.id, "node": label(token.node), "since": when(view, token.since), "nodes": nodes})
    });
    let live = instance.approvals.iter().flat_map(|approval| approval.tasks()).filter(|task| task.is_live());
    let tasks =
        live.map(|task| json!({"task": task.id, "who": view.person(&task.login), "since": when(view, task.since)}));
    let works = instance.works.iter().map(|work| {
        let queue = catalog.queues.get(&work.queue);
        let queue = queue.map_or_else(|| work.queue.to_string(), |queue| view.say(&queue.label).to_owned());
        json!({
            "token": work.token, "queue": queue, "who": work.assignee.as_deref().map(|login| view.person(login)),
            "since": when(view, work.since),
        })
    });
    json!({
        "flow": instance.flow.as_str(),
        "label": flow.map_or_else(|| instance.flow.to_string(), |flow| view.say(&flow.label).to_owned()),
        "release": short(&instance.release), "draft": instance.draft, "tokens": tokens.collect::<Vec<_>>(),
        "tasks": tasks.collect::<Vec<_>>(), "works": works.collect::<Vec<_>>(),
    })
}

/// The nodes that a token can be moved to: those of its own graph.
fn targets(view: &View, flow: &Flow, around: Option<Name>, at: Name) -> Vec<Json> {
    let own = flow.nodes.values().filter(|node| node.parent == around);
    own.map(|node| json!({"value": node.name.as_str(), "label": view.node_label(node), "selected": node.name == at}))
        .collect()
}
