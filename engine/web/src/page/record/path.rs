//! The path of states: where a record has been, is, and may come to.

use std::collections::HashSet;

use formwork_catalog::{
    catalog::Catalog,
    flow::{Flow, NodeKind},
};
use formwork_model::{instance::Instance, name::Name, record::Record};
use formwork_store::table::history::Entry;
use serde_json::{Value as Json, json};

use super::past::passed;
use crate::page::{shown::tone_class, view::View};

/// The states of the main flow, in the order they are written; nothing when there are fewer than two.
pub(crate) fn path(view: &View, catalog: &Catalog, record: &Record, history: &[Entry]) -> Json {
    let main = catalog.main_flow(record.object).and_then(|flow| Some((flow, record.flow(flow.name)?)));
    let first = || record.flows.first().and_then(|instance| Some((catalog.flows.get(&instance.flow)?, instance)));
    let Some((flow, instance)) = main.or_else(first) else { return Json::Null };
    let been = passed(record, flow.name, history);
    let can = reachable(flow, instance);
    let stands = standing(instance);
    let states = flow.nodes.values().filter(|node| {
        node.parent.is_none()
            && matches!(
                node.kind,
                NodeKind::State { .. }
                    | NodeKind::Approval(_)
                    | NodeKind::End { .. }
                    | NodeKind::Each { .. }
                    | NodeKind::Scope { .. }
            )
    });
    let steps: Vec<Json> = states
        .map(|node| {
            let (now, end) = (stands.contains(&node.name), matches!(node.kind, NodeKind::End { .. }));
            let class = match (now, end, been.contains(&node.name), can.contains(&node.name)) {
                (true, true, ..) => "now end",
                (true, false, ..) => "now",
                (false, _, true, _) => "past",
                (false, _, false, true) => "",
                (false, _, false, false) => "gone",
            };
            let tone = if now { tone_class(view.tone_of(flow, node)) } else { "" };
            json!({"label": view.node_label(node), "class": class, "tone": tone, "now": now})
        })
        .collect();
    if steps.len() < 2 { Json::Null } else { Json::Array(steps) }
}

/// Where its tokens are, or where it ended.
pub(crate) fn standing(instance: &Instance) -> HashSet<Name> {
    if instance.tokens.is_empty() {
        return instance.outcome.into_iter().collect();
    }
    instance.tokens.iter().map(|token| token.node).collect()
}

/// Every node that a token can still come to.
pub(crate) fn reachable(flow: &Flow, instance: &Instance) -> HashSet<Name> {
    let mut found = HashSet::new();
    let mut open: Vec<Name> = instance.tokens.iter().map(|token| token.node).collect();
    while let Some(name) = open.pop() {
        let Some(node) = flow.node(name).filter(|_| found.insert(name)) else { continue };
        open.extend(node.targets());
        open.extend(node.inner_start());
        open.extend(node.parent);
    }
    found
}
