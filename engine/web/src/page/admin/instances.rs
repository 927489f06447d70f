//! What runs: found by object, flow and node, and moved to the live release.

use std::sync::Arc;

use axum::http::StatusCode;
use formwork_definition::kind::role::Right;
use formwork_model::{id::RecordId, name::Name, text};
use formwork_runtime::{
    book::{Running, Sought},
    migration::{Mapping, migrate_all},
    plan,
};
use serde_json::{Value as Json, json};

use super::{Part, has, nothing, place, record, said, told, when};
use crate::{
    api::Answer,
    ask::Ask,
    error::Problem,
    page::{record::short, typed::Typed, view::View},
};

/// Instances of a page.
const PAGE: usize = 50;

/// What is looked for, as it was typed.
#[derive(Debug, Clone, Default)]
struct Wanted {
    object: String,
    flow: String,
    node: String,
    release: String,
    after: String,
    /// Whether everything that runs is counted by where it stands, which reads all of it.
    count: bool,
}

/// `GET /{book}/admin/instances?object=&flow=&node=&release=&after=&count=`
pub(crate) async fn list(ask: Ask) -> Answer {
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    let text = |name: &str| typed.filled(name).unwrap_or_default().to_owned();
    let wanted = Wanted {
        object: text("object"),
        flow: text("flow"),
        node: text("node"),
        release: text("release"),
        after: text("after"),
        count: typed.filled("count").is_some(),
    };
    show(&ask, StatusCode::OK, wanted, None).await
}

/// `POST /{book}/admin/instances/migrate`: everything that runs by an earlier release is moved to the live one, or
/// only tried (`dry_run`).
pub(crate) async fn migrate(ask: Ask) -> Answer {
    // Whoever only repairs moves nothing to another release.
    if !has(&View::of(&ask), Right::Releases) {
        return Err(nothing());
    }
    let dry_run = Typed::read(&ask.call.body).filled("dry_run").is_some();
    let (to, actor) = (ask.catalog.release.to_string(), ask.actor.clone());
    let moved = ask.patiently(move |book| migrate_all(book, &to, &Arc::new(Mapping::default()), &actor, dry_run)).await;
    let status = moved.as_ref().map_or_else(Problem::status, |_| StatusCode::OK);
    let told = move |view: &View| match &moved {
        Ok(migrated) => {
            let (moved, refused) = (migrated.moved, migrated.refused);
            let text = if dry_run {
                if moved + refused == 0 {
                    text!(
                        "Everything runs by the live release: nothing would move",
                        "所有流程均按当前版本运行，无需迁移"
                    )
                } else {
                    text!("{moved} would move, {refused} would not", "可迁移 {moved} 个，不能迁移 {refused} 个")
                }
            } else {
                text!("{moved} moved, {refused} not", "已迁移 {moved} 个，未迁移 {refused} 个")
            };
            let examples: Vec<Json> = migrated
                .examples
                .iter()
                .map(|(object, id, why)| {
                    json!({"record": record(view, (*object, *id)), "why": told::plain(view.say(&why.message))})
                })
                .collect();
            json!({"text": view.say(&text), "examples": examples, "dry_run": dry_run})
        }
        Err(problem) => json!({"problems": said(view, problem)}),
    };
    show(&ask, status, Wanted::default(), Some(Box::new(told))).await
}

type Told = Box<dyn Fn(&View) -> Json + Send>;

async fn show(ask: &Ask, status: StatusCode, wanted: Wanted, told: Option<Told>) -> Answer {
    ask.page("admin_instances", status, move |view| {
        Part::Instances.open(view)?;
        let mut body = page(view, &wanted)?;
        body["migrated"] = json!(told.map(|told| told(view)));
        Part::Instances.frame(view, view.word("adm_instances"), body)
    })
    .await
}

fn page(view: &View, wanted: &Wanted) -> Result<Json, Problem> {
    let named = |text: &str| (!text.is_empty()).then(|| Name::find(text));
    // A name that nothing has finds nothing.
    let all = [named(&wanted.object), named(&wanted.flow), named(&wanted.node)];
    let unknown = all.contains(&Some(None));
    let [object, flow, node] = all.map(Option::flatten);
    let after = wanted.after.split_once('.').and_then(|(object, id)| Some((Name::find(object)?, id.parse().ok()?)));
    let release = (!wanted.release.is_empty()).then(|| wanted.release.clone());
    let sought = Sought { object, flow, node, release, after, limit: PAGE + 1 };
    let mut found = if unknown { Vec::new() } else { view.eyes().running(&sought)? };
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let here = Part::Instances.href(view);
    let next = found.last().filter(|_| more).map(|last| format!("{here}?{}", behind(wanted, last.record)));
    let rows: Vec<Json> = found.iter().map(|running| row(view, running)).collect();
    let counted = if wanted.count {
        let mut made = plan::plan(&view.book, &view.catalog, &view.catalog, &Mapping::default())?;
        let about = |asked: Option<Name>, own: Name| asked.is_none_or(|asked| asked == own);
        made.standings.retain(|one| about(object, one.place.object) && about(flow, one.place.flow));
        let mut told = told::plan(view, &view.catalog, &made);
        // Whoever asks for it wants to see it.
        told["open"] = json!(true);
        Some(told)
    } else {
        None
    };
    Ok(json!({
        "rows": rows, "next": next, "counted": counted, "href": here,
        "objects": options(view.catalog.objects.values().map(|one| (one.name, view.say(&one.label))), &wanted.object),
        "flows": options(view.catalog.flows.values().map(|one| (one.name, view.say(&one.label))), &wanted.flow),
        "nodes": nodes(view, wanted), "release": wanted.release, "migrates": has(view, Right::Releases),
    }))
}

fn options<'a>(all: impl Iterator<Item = (Name, &'a str)>, chosen: &str) -> Vec<Json> {
    all.map(|(name, label)| json!({"value": name.as_str(), "label": label, "selected": name == *chosen})).collect()
}

/// The nodes of the chosen flow; of every flow when none is chosen.
fn nodes(view: &View, wanted: &Wanted) -> Vec<Json> {
    let flows = view.catalog.flows.values().filter(|flow| wanted.flow.is_empty() || flow.name == *wanted.flow.as_str());
    let mut seen: Vec<Json> = Vec::new();
    for (flow, node) in flows.flat_map(|flow| flow.nodes.values().map(move |node| (flow, node))) {
        let label = if wanted.flow.is_empty() {
            format!("{} · {}", view.say(&flow.label), view.node_label(node))
        } else {
            view.node_label(node).to_owned()
        };
        seen.push(json!({"value": node.name.as_str(), "label": label, "selected": node.name == *wanted.node.as_str()}));
    }
    seen
}

/// The query of the page behind a record.
fn behind(wanted: &Wanted, (object, id): (Name, RecordId)) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    let pairs =
        [("object", &wanted.object), ("flow", &wanted.flow), ("node", &wanted.node), ("release", &wanted.release)];
    for (name, text) in pairs.into_iter().filter(|(_, text)| !text.is_empty()) {
        out.append_pair(name, text);
    }
    out.append_pair("after", &format!("{object}.{id}")).finish()
}

fn row(view: &View, running: &Running) -> Json {
    let nodes: Vec<Json> = running
        .nodes
        .iter()
        .map(|(node, since)| json!({"label": place(view, running.flow, Some(*node)).1, "since": when(view, *since)}))
        .collect();
    let (object, id) = running.record;
    let own = has(view, Right::Repairs).then(|| format!("{}/{object}/{id}", Part::Instances.href(view)));
    json!({
        "record": record(view, running.record), "own": own, "flow": place(view, running.flow, None).0, "nodes": nodes,
        "release": short(&running.release), "draft": running.draft,
        "earlier": !running.draft && *running.release != *view.catalog.release,
    })
}
