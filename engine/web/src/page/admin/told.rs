//! Plans, impacts and differences as templates show them.

use formwork_catalog::compare::Difference;
use formwork_model::name::Name;
use formwork_runtime::{
    impact::Impact,
    plan::{Fit, Plan, Standing},
};
use serde_json::{Value as Json, json};

use super::{place, record};
use crate::page::{record::short, view::View};

/// Differences, those of one definition together.
pub(crate) fn differences(view: &View, found: &[Difference]) -> Json {
    let mut groups: Vec<(&Difference, Vec<Json>)> = Vec::new();
    for one in found {
        let change = json!({"words": plain(view.say(&one.words)), "change": one.change.word()});
        match groups.iter_mut().find(|(first, _)| first.file == one.file) {
            Some((_, changes)) => changes.push(change),
            None => groups.push((one, vec![change])),
        }
    }
    let shown = groups.into_iter().map(|(one, changes)| {
        let whole = one.path.is_empty();
        let tone = match one.change.word() {
            "added" if whole => "tone-good",
            "removed" if whole => "tone-bad",
            _ => "tone-live",
        };
        json!({"kind": one.kind, "name": one.name, "file": one.file, "changes": changes, "tone": tone})
    });
    Json::Array(shown.collect())
}

/// A plan: totals, what is taken away, what becomes of what runs.
pub(crate) fn plan(view: &View, plan: &Plan) -> Json {
    let totals = plan.totals();
    let standings: Vec<Json> = plan.standings.iter().map(|one| standing(view, one)).collect();
    json!({
        "differences": differences(view, &plan.differences),
        "destroys": plan.destroys.iter().map(|text| plain(view.say(text))).collect::<Vec<_>>(),
        "running": totals.running, "map": totals.map, "stuck": totals.stuck, "half_signed": totals.half_signed,
        "drafts": totals.drafts, "standings": standings,
    })
}

fn standing(view: &View, standing: &Standing) -> Json {
    let at = &standing.place;
    let nodes = at.nodes.iter().map(|(node, _)| place(view, at.flow, Some(*node)).1).collect::<Vec<_>>();
    let why = match &standing.fit {
        Fit::Itself { .. } => None,
        Fit::Not(misfit) => Some(plain(view.say(&misfit.words()))),
    };
    let examples: Vec<Json> = standing.examples.iter().map(|id| record(view, (at.object, *id))).collect();
    json!({
        "object": object(view, at.object), "flow": place(view, at.flow, None).0, "nodes": view.joined(nodes.into_iter()),
        "release": short(&at.release), "draft": at.draft, "count": standing.count, "fits": why.is_none(), "why": why,
        "examples": examples,
        "find": format!(
            "{}?flow={}&node={}", super::Part::Instances.href(view), at.flow,
            at.nodes.first().map_or("", |(node, _)| node.as_str()),
        ),
    })
}

/// What recorded commands come to under another release.
pub(crate) fn impact(view: &View, impact: &Impact) -> Json {
    let groups: Vec<Json> = impact
        .groups
        .iter()
        .map(|group| {
            let records = group.examples.iter().filter_map(|one| one.record).map(|key| record(view, key));
            json!({
                "cause": plain(view.say(&group.cause)), "effect": plain(view.say(&group.effect)), "count": group.count,
                "examples": records.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({"decided": impact.decided, "changed": impact.changed, "undecided": impact.undecided, "groups": groups})
}

/// What an object is called.
pub(crate) fn object(view: &View, name: Name) -> String {
    view.catalog.object(name).map_or_else(|| name.to_string(), |known| view.say(&known.label).to_owned())
}

/// A message without the marks around names.
pub(crate) fn plain(message: &str) -> String {
    message.replace('`', "")
}
