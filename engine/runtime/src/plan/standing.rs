//! Where instances stand, and what moving them would mean.

use std::sync::Arc;

use formwork_catalog::{
    catalog::Catalog,
    soundness::{Fate, can_finish},
};
use formwork_model::{
    approval::{End, Step, StepState},
    id::RecordId,
    instance::Instance,
    name::Name,
    record::Record,
};

use crate::migration::{Mapping, Misfit};

/// Where an instance stands: instances in one place have one fate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The object.
    pub object: Name,
    /// The flow.
    pub flow: Name,
    /// The release that decides it.
    pub release: Arc<str>,
    /// Whether it is a draft, which follows the newest release.
    pub draft: bool,
    /// The nodes with a token, and how many.
    pub nodes: Vec<(Name, u32)>,
    /// Who has signed at a node where more signatures are needed.
    pub signed: Vec<Arc<str>>,
    /// All that makes a difference for what can follow: scopes, edges that brought a token to a join.
    shape: String,
}

impl Place {
    /// The places of the record's running instances.
    pub(crate) fn of(record: &Record) -> impl Iterator<Item = Self> + '_ {
        record.flows.iter().filter(|instance| instance.is_live()).map(|instance| {
            let mut nodes: Vec<(Name, u32)> = Vec::new();
            for token in &instance.tokens {
                match nodes.iter_mut().find(|(node, _)| *node == token.node) {
                    Some((_, count)) => *count += 1,
                    None => nodes.push((token.node, 1)),
                }
            }
            nodes.sort_unstable();
            Self {
                object: record.object,
                flow: instance.flow,
                release: instance.release.as_str().into(),
                draft: instance.draft,
                nodes,
                signed: signed(instance),
                shape: shape(instance),
            }
        })
    }
}

/// Who has approved where more have to.
fn signed(instance: &Instance) -> Vec<Arc<str>> {
    let counts = |step: &&Step| !matches!(step.state, StepState::Undone | StepState::Dropped);
    let open = instance.approvals.iter().filter(|approval| approval.is_open());
    let ends = open.flat_map(|approval| approval.steps.iter().filter(counts)).flat_map(|step| &step.tasks);
    let ends = ends.filter_map(|task| task.end.as_ref()).filter(|end| end.how == End::Approved);
    let mut signed: Vec<Arc<str>> = ends.map(|end| end.by.clone()).collect();
    signed.sort_unstable();
    signed.dedup();
    signed
}

/// Tokens with the node they came from and the nodes around them, and what joins remember, without numbers.
fn shape(instance: &Instance) -> String {
    let around = |mut scope: u32| {
        let mut path = String::new();
        while let Some(found) = instance.scopes.iter().find(|known| known.id == scope) {
            path = format!("{}/{path}", found.node);
            scope = found.parent;
        }
        path
    };
    let mut parts: Vec<String> = instance
        .tokens
        .iter()
        .map(|token| format!("{}{}<{}", around(token.scope), token.node, token.from.map_or("", Name::as_str)))
        .collect();
    let open = instance.approvals.iter().filter(|approval| approval.is_open());
    parts.extend(open.map(|approval| {
        let steps: Vec<&str> = approval.steps.iter().map(|step| step.name.as_str()).collect();
        format!("{}?{}", approval.node, steps.join(","))
    }));
    parts.extend(instance.joins.iter().map(|join| {
        let arrived: Vec<&str> = join.arrived.iter().map(|(from, _)| from.as_str()).collect();
        format!("{}{}={}", around(join.scope), join.node.map_or("", Name::as_str), arrived.join(","))
    }));
    parts.sort_unstable();
    parts.join(" ")
}

/// Instances that stand in one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Where.
    pub place: Place,
    /// How many.
    pub count: u64,
    /// Some of their records.
    pub examples: Vec<RecordId>,
    /// Whether they fit into the other release.
    pub fit: Fit,
}

/// Whether an instance fits into the other release.
#[derive(Debug, Clone, PartialEq)]
pub enum Fit {
    /// It does.
    Itself {
        /// Where it would stand, when that is elsewhere.
        nodes: Vec<Name>,
        /// Whether it can come to its end there.
        fate: Fate,
    },
    /// It does not, and why.
    Not(Misfit),
}

/// What moving the instances of one place would mean, by one of them.
pub(crate) fn judge(
    place: Place,
    count: u64,
    examples: Vec<RecordId>,
    sample: &Record,
    to: &Catalog,
    mapping: &Mapping,
) -> Standing {
    let flow = to.flows.get(&place.flow).filter(|flow| flow.object == place.object);
    let fit = match (flow, sample.flow(place.flow)) {
        (Some(flow), Some(instance)) => {
            let mut moved = instance.clone();
            match mapping.apply(&mut moved, flow) {
                Ok(_) => {
                    let mut nodes: Vec<Name> = moved.tokens.iter().map(|token| token.node).collect();
                    nodes.sort_unstable();
                    nodes.dedup();
                    let same = nodes.iter().eq(place.nodes.iter().map(|(node, _)| node));
                    let fate = can_finish(flow, &moved);
                    Fit::Itself { nodes: if same { Vec::new() } else { nodes }, fate }
                }
                Err(misfit) => Fit::Not(misfit),
            }
        }
        _ => Fit::Not(Misfit::NoFlow),
    };
    Standing { place, count, examples, fit }
}
