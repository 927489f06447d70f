//! Plans, impacts and differences of tables as JSON, as every face shows them.

use formwork_catalog::{
    compare::{Change, Difference},
    soundness::{Fate, Unsound},
    table::analysis::{Answered, Difference as TableDifference, Region},
};
use formwork_model::{id::RecordId, name::Name, source::Sources};
use serde_json::{Value as Json, json};

use super::{Fit, Plan, Standing};
use crate::{
    book::KeptRelease,
    impact::{Impact, TableUse, by_use},
};

/// A plan. `sources` are the files of the release that would go live, for places in traces.
pub fn plan(plan: &Plan, sources: &Sources) -> Json {
    let totals = plan.totals();
    json!({
        "from": plan.from,
        "to": plan.to,
        "differences": plan.differences.iter().map(difference).collect::<Vec<_>>(),
        "destroys": plan.destroys,
        "running": totals.running,
        "map": totals.map,
        "stuck": totals.stuck,
        "half_signed": totals.half_signed,
        "drafts": totals.drafts,
        "standings": plan.standings.iter().map(|one| standing(one, sources)).collect::<Vec<_>>(),
    })
}

fn difference(difference: &Difference) -> Json {
    let (from, to) = match &difference.change {
        Change::Changed { from, to } => (Some(from), Some(to)),
        Change::Added | Change::Removed => (None, None),
    };
    json!({
        "file": difference.file,
        "kind": difference.kind,
        "name": difference.name,
        "path": difference.path,
        "change": difference.change.word(),
        "from": from,
        "to": to,
        "words": difference.words,
    })
}

fn standing(standing: &Standing, sources: &Sources) -> Json {
    let place = &standing.place;
    let nodes: Vec<Json> =
        place.nodes.iter().map(|(node, tokens)| json!({"node": node.as_str(), "tokens": tokens})).collect();
    let (fits, moves, why_not, fate) = match &standing.fit {
        Fit::Itself { nodes, fate } => {
            let nodes: Vec<&str> = nodes.iter().map(|name| name.as_str()).collect();
            (true, nodes, None, self::fate(fate, sources))
        }
        Fit::Not(misfit) => (false, Vec::new(), Some(misfit.words()), Json::Null),
    };
    json!({
        "object": place.object.as_str(),
        "flow": place.flow.as_str(),
        "release": place.release,
        "draft": place.draft,
        "nodes": nodes,
        "signed": place.signed,
        "count": standing.count,
        "examples": records(standing.examples.iter().map(|id| (place.object, *id))),
        "fits": fits,
        "moves_to": moves,
        "why_not": why_not,
        "finish": fate,
    })
}

fn fate(fate: &Fate, sources: &Sources) -> Json {
    match fate {
        Fate::Safe => json!({"verdict": "safe"}),
        Fate::Unknown { reason } => json!({"verdict": "unknown", "reason": reason}),
        Fate::Unsafe(Unsound { trace, marking, suggestion, .. }) => json!({
            "verdict": "unsafe",
            "trace": trace.iter().map(|step| json!({
                "node": step.node.as_str(), "via": step.via, "at": sources.locate(step.span),
            })).collect::<Vec<_>>(),
            "ends_at": marking.iter().map(|(node, tokens)| json!({"node": node.as_str(), "tokens": tokens})).collect::<Vec<_>>(),
            "suggestion": suggestion,
        }),
    }
}

fn records(records: impl Iterator<Item = (Name, RecordId)>) -> Vec<Json> {
    records.map(|(object, id)| json!({"object": object.as_str(), "id": id.to_string()})).collect()
}

/// An impact.
pub fn impact(impact: &Impact) -> Json {
    let groups: Vec<Json> = impact
        .groups
        .iter()
        .map(|group| {
            let examples: Vec<Json> = group
                .examples
                .iter()
                .map(|one| {
                    let record =
                        one.record.map(|(object, id)| json!({"object": object.as_str(), "id": id.to_string()}));
                    json!({"seq": one.seq, "at": one.at.to_string(), "kind": one.kind, "record": record})
                })
                .collect();
            json!({"cause": group.cause, "effect": group.effect, "count": group.count, "examples": examples})
        })
        .collect();
    json!({
        "decided": impact.decided,
        "changed": impact.changed,
        "undecided": impact.undecided,
        "before": impact.before,
        "drifted": impact.drifted,
        "drifts": impact.drifts,
        "groups": groups,
    })
}

/// The difference of two versions of a table, with what recorded decisions say about it when they were asked.
pub fn table(difference: &TableDifference, used: Option<&TableUse>) -> Json {
    let nothing = TableUse { regions: vec![(0, Vec::new()); difference.regions.len()], ..TableUse::default() };
    let regions: Vec<Json> = by_use(difference, used.unwrap_or(&nothing))
        .into_iter()
        .map(|(found, count, examples)| region(found, used.map(|_| count), examples))
        .collect();
    json!({
        "columns": difference.columns,
        "regions": regions,
        "more": difference.more,
        "evaluated": used.map(|used| used.evaluated),
        "changed": used.map(|used| used.changed),
    })
}

fn region(region: &Region, count: Option<u64>, examples: &[(Name, RecordId)]) -> Json {
    let answered = |answered: &Answered| json!({"rows": answered.rows, "outputs": answered.outputs});
    json!({
        "inputs": region.inputs.iter().map(|(name, words)| json!({"input": name.as_str(), "is": words})).collect::<Vec<_>>(),
        "days": region.days,
        "before": answered(&region.before),
        "now": answered(&region.now),
        "proven": region.proven,
        "count": count,
        "examples": records(examples.iter().copied()),
    })
}

/// A kept release.
pub fn kept(kept: &KeptRelease) -> Json {
    let activations: Vec<Json> = kept
        .activations
        .iter()
        .map(
            |entry| json!({"seq": entry.seq, "at": entry.at.to_string(), "actor": entry.actor, "reason": entry.reason}),
        )
        .collect();
    json!({"release": kept.hash, "live": kept.live, "activations": activations, "running": kept.running})
}
