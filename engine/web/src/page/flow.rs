//! The picture of a flow, as it is for one record: where it has been, where it stands, where it can still come to, in
//! the release that decides it. Drawn by the server as SVG.

pub(crate) mod picture;

use std::collections::HashSet;

use axum::http::StatusCode;
use formwork_catalog::{catalog::Catalog, flow::Flow};
use formwork_model::{instance::Instance, name::Name, record::Record, text};
use formwork_store::table::history::Entry;
use serde_json::{Value as Json, json};

use super::{
    edit::known,
    record::{moves, reachable, short, standing},
    view::View,
};
use crate::{api::Answer, ask::Ask, error::Problem};

/// How many entries are looked through for moves.
const ENTRIES: usize = 500;

/// What a record has made of a flow.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    /// Nodes that hold a token, or where it ended.
    pub(crate) now: HashSet<Name>,
    /// Nodes it has been on.
    pub(crate) past: HashSet<Name>,
    /// Edges it has taken.
    pub(crate) taken: HashSet<(Name, Name)>,
    /// Nodes it can still come to.
    pub(crate) possible: HashSet<Name>,
}

/// `GET /{book}/{object}/{id}/flow`
pub(crate) async fn flow(ask: Ask) -> Answer {
    let (object, id) = (ask.call.path("object").to_owned(), ask.call.path("id").to_owned());
    ask.page("flow", StatusCode::OK, move |view| {
        let (object, id) = known(view, &object, &id)?;
        let record = view.eyes().get(object.name, id)?.record;
        page(view, &record)
    })
    .await
}

fn page(view: &View, record: &Record) -> Result<Json, Problem> {
    let catalog = view.book.catalog_of(record)?;
    let history = view.eyes().history(record.object, record.id, None, ENTRIES)?;
    let label = catalog.object(record.object).map_or(record.object.as_str(), |object| view.say(&object.label));
    let title = view.title(record.object, record.id);
    let pictures: Vec<Json> = record
        .flows
        .iter()
        .filter_map(|instance| Some((catalog.flows.get(&instance.flow)?, instance)))
        .map(|(flow, instance)| drawn(view, &catalog, record, (flow, instance), &history))
        .collect();
    let href = view.record_href(record.object, record.id);
    let body = json!({
        "list": {"href": view.list_href(record.object), "label": label},
        "record": {"href": href, "number": record.number.as_deref().unwrap_or(&title)}, "pictures": pictures,
    });
    view.frame(record.object.as_str(), &title, body)
}

fn drawn(
    view: &View,
    catalog: &Catalog,
    record: &Record,
    (flow, instance): (&Flow, &Instance),
    history: &[Entry],
) -> Json {
    let mut traces = Traces { now: standing(instance), possible: reachable(flow, instance), ..Traces::default() };
    for (from, to) in moves(record, flow.name, history) {
        traces.past.insert(from);
        traces.past.extend(to.iter().copied());
        traces.taken.extend(to.into_iter().map(|to| (from, to)));
    }
    let mut shown = picture::draw(view, flow, &traces);
    if let Json::Object(shown) = &mut shown {
        let (release, latest) = (short(&catalog.release), short(&view.catalog.release));
        let pinned = (release != latest).then(|| {
            view.say(&text!("release {release}, latest is {latest}", "版本 {release}，最新为 {latest}")).to_owned()
        });
        shown.insert("label".into(), json!(view.say(&flow.label)));
        shown.insert("release".into(), json!(pinned));
    }
    shown
}
