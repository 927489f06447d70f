//! Plans, impacts and differences as templates show them.

use formwork_catalog::{catalog::Catalog, compare::Difference, object::Field};
use formwork_model::{name::Name, text::Text};
use formwork_runtime::{
    impact::Impact,
    plan::{Fit, Plan, Standing},
};
use serde_json::{Value as Json, json};

use super::{
    definitions::{label_in, word_of_kind},
    place, record,
};
use crate::page::{record::short, view::View};

/// Differences from what is live or was, those of one definition together: each by what it is called in `to`, else now.
pub(crate) fn differences(view: &View, to: &Catalog, found: &[Difference]) -> Json {
    let mut groups: Vec<(&Difference, Vec<Json>)> = Vec::new();
    for one in found {
        let change = json!({"words": plain(view.say(&one.within(&|many, names| part(view, to, one, (many, names))))), "change": one.change.word()});
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
        let label = [to, &view.catalog].into_iter().find_map(|catalog| label_in(catalog, &one.kind, &one.name));
        json!({
            "kind": word_of_kind(view.language, &one.kind), "name": one.name, "file": one.file, "changes": changes,
            "label": label.map_or(&*one.name, |label| view.say(label)), "named": label.is_some(), "tone": tone,
        })
    });
    Json::Array(shown.collect())
}

/// What a field, node or column is called of which something differs.
fn part(view: &View, to: &Catalog, one: &Difference, (many, names): (&str, &[&str])) -> Option<Text> {
    let (name, which) = (Name::find(&one.name)?, Name::find(names.last()?)?);
    [to, &view.catalog].into_iter().find_map(|catalog| match (&*one.kind, many) {
        ("object", "fields") => {
            let mut fields = catalog.object(name)?.fields.as_slice();
            let mut found = None;
            for name in names {
                let field = fields.iter().find(|field| field.name == **name)?;
                (found, fields) = (Some(field), field.lines.as_slice());
            }
            found.map(|field| field.label.clone())
        }
        ("flow", "nodes") => catalog.flows.get(&name)?.node(which).map(|node| node.label.clone()),
        ("table", "inputs") => {
            catalog.tables.get(&name)?.inputs.iter().find(|input| input.name == which).map(|input| input.label.clone())
        }
        ("table", "outputs") => {
            let outputs = &catalog.tables.get(&name)?.outputs;
            outputs.iter().find(|output| output.name == which).map(|output| output.label.clone())
        }
        _ => None,
    })
}

/// A field, or one of the lines of a field.
fn field(fields: &[Field], name: Name) -> Option<&Field> {
    let own = fields.iter().find(|field| field.name == name);
    own.or_else(|| fields.iter().find_map(|field| field.lines.iter().find(|line| line.name == name)))
}

/// A message in which the names between marks have what they are called before them: `quote.review` is a node of a flow,
/// or a field of an object; `flow` is where a node alone belongs.
fn labelled(view: &View, message: &str, flow: Option<Name>) -> String {
    let told = message.split('`').enumerate().map(|(at, part)| {
        let label = (at % 2 == 1).then(|| called(view, part, flow)).flatten();
        let close = matches!(view.language, formwork_model::text::Language::Zh);
        match label {
            Some(label) if close => format!("{label}（{part}）"),
            Some(label) => format!("{label} ({part})"),
            None => part.to_owned(),
        }
    });
    told.collect()
}

fn called(view: &View, name: &str, flow: Option<Name>) -> Option<String> {
    let node = |flow: Name, node: &str| {
        let known = view.catalog.flows.get(&flow)?;
        Some((view.say(&known.label), view.node_label(known.node(Name::find(node)?)?)))
    };
    if let Some((whole, part)) = name.split_once('.') {
        let whole = Name::find(whole)?;
        let of_object = || {
            let object = view.catalog.object(whole)?;
            let last = Name::find(part.rsplit('.').next()?)?;
            Some((view.say(&object.label), view.say(&field(&object.fields, last)?.label)))
        };
        return node(whole, part).or_else(of_object).map(|(whole, part)| format!("{whole} · {part}"));
    }
    if let Some((_, node)) = flow.and_then(|flow| node(flow, name)) {
        return Some(node.to_owned());
    }
    let kinds = ["object", "flow", "table", "ledger"];
    kinds.iter().find_map(|kind| label_in(&view.catalog, kind, name)).map(|label| view.say(label).to_owned())
}

/// A plan: totals, what is taken away, what becomes of what runs.
pub(crate) fn plan(view: &View, to: &Catalog, plan: &Plan) -> Json {
    let totals = plan.totals();
    let standings: Vec<Json> = plan.standings.iter().map(|one| standing(view, one)).collect();
    json!({
        "differences": differences(view, to, &plan.differences),
        "destroys": plan.destroys.iter().map(|text| labelled(view, view.say(text), None)).collect::<Vec<_>>(),
        "running": totals.running, "map": totals.map, "stuck": totals.stuck, "half_signed": totals.half_signed,
        "drafts": totals.drafts, "standings": standings,
    })
}

fn standing(view: &View, standing: &Standing) -> Json {
    let at = &standing.place;
    let nodes = at.nodes.iter().map(|(node, _)| place(view, at.flow, Some(*node)).1).collect::<Vec<_>>();
    let why = match &standing.fit {
        Fit::Itself { .. } => None,
        Fit::Not(misfit) => Some(labelled(view, view.say(&misfit.words()), Some(at.flow))),
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
