//! Questions about edges: what leads to a join, and which split it belongs to.

use std::collections::HashSet;

use formwork_catalog::flow::{Flow, Node, NodeKind};
use formwork_definition::kind::flow::Pick;
use formwork_model::name::Name;

/// Whether a token on `from` could get to `to` in the same sub-graph.
pub(crate) fn reaches(flow: &Flow, from: Name, to: Name) -> bool {
    met_from(flow, from, &[to]).contains(&to)
}

/// The nodes between the split that `join` belongs to and `join`: the last split that every way to `join` passes.
/// All nodes that lead to `join` when there is no such split. The soundness check has the same notion.
pub(crate) fn between(flow: &Flow, join: Name) -> HashSet<Name> {
    let leads = |from: Name, walls: &[Name]| met_from(flow, from, walls).contains(&join);
    let Some(split) = split_of(flow, join) else {
        return flow.nodes.keys().copied().filter(|node| *node != join && leads(*node, &[join])).collect();
    };
    met_from(flow, split, &[join, split])
        .into_iter()
        .filter(|node| *node != join && *node != split && leads(*node, &[join, split]))
        .collect()
}

/// The last node that can send out several tokens and that every way from the start to `join` passes.
fn split_of(flow: &Flow, join: Name) -> Option<Name> {
    let parent = flow.node(join)?.parent;
    let start = match parent.and_then(|parent| flow.node(parent)) {
        Some(parent) => parent.inner_start()?,
        None => flow.start,
    };
    let dominates = |at: Name, node: Name| {
        at != node && (at == start || !(node == start || met_from(flow, start, &[at]).contains(&node)))
    };
    let splits: Vec<Name> = flow
        .nodes
        .values()
        .filter(|node| node.parent == parent && can_fork(node) && dominates(node.name, join))
        .map(|node| node.name)
        .collect();
    splits.iter().copied().max_by_key(|at| splits.iter().filter(|other| dominates(**other, *at)).count())
}

fn can_fork(node: &Node) -> bool {
    if node.exits().iter().any(|exit| exit.to.len() > 1) {
        return true;
    }
    match &node.kind {
        NodeKind::Decide { pick, branches, otherwise } => {
            (*pick == Pick::Every && branches.len() > 1)
                || branches.iter().any(|branch| branch.to.len() > 1)
                || otherwise.as_ref().is_some_and(|to| to.len() > 1)
        }
        NodeKind::Call { to, failed, .. } => to.len() > 1 || failed.as_ref().is_some_and(|failed| failed.to.len() > 1),
        NodeKind::Join { to, .. }
        | NodeKind::Run { to, .. }
        | NodeKind::Each { to, .. }
        | NodeKind::Scope { to, .. }
        | NodeKind::Wait { to, .. } => to.len() > 1,
        NodeKind::Approval(approval) => approval.exits().any(|exit| exit.to.len() > 1),
        NodeKind::State { .. } | NodeKind::End { .. } => false,
    }
}

/// Nodes met from `from` without going on at a wall; `from` itself only when a circle leads back.
fn met_from(flow: &Flow, from: Name, walls: &[Name]) -> HashSet<Name> {
    let mut met = HashSet::new();
    let mut open: Vec<Name> = flow.node(from).map(Node::targets).unwrap_or_default();
    while let Some(name) = open.pop() {
        if met.insert(name) && !walls.contains(&name) {
            open.extend(flow.node(name).map(Node::targets).unwrap_or_default());
        }
    }
    met
}
