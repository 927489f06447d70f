//! Questions about edges only.

use std::collections::{HashMap, HashSet};

use formwork_definition::kind::flow::Rest;
use formwork_model::name::Name;

use super::{Net, structural};
use crate::{
    flow::{Flow, Node, NodeKind},
    soundness::{Structural, StructuralKind},
};

/// Nodes that nothing leads to, and nodes that lead nowhere though nothing can withdraw their token.
pub(in crate::soundness) fn structure(flow: &Flow) -> Vec<Structural> {
    let mut met: HashSet<Name> = HashSet::new();
    let mut open = vec![flow.start];
    while let Some(name) = open.pop() {
        if let Some(node) = flow.node(name).filter(|_| met.insert(name)) {
            open.extend(node.targets());
            open.extend(node.inner_start());
        }
    }
    let mut found: Vec<Structural> = Vec::new();
    for node in flow.nodes.values().filter(|node| !met.contains(&node.name)) {
        found.push(structural(node, StructuralKind::Unreachable));
    }
    if can_be_emptied(flow) {
        return found;
    }
    let withdrawn: HashSet<Name> =
        flow.nodes.values().flat_map(Node::exits).flat_map(|exit| exit.cancel.iter().copied()).collect();
    let mut out: HashSet<Name> = HashSet::new();
    loop {
        let before = out.len();
        for node in flow.nodes.values() {
            let leaves = matches!(node.kind, NodeKind::End { .. })
                || withdrawn.contains(&node.name)
                || node.parent.is_some_and(|parent| is_left(flow, parent))
                || node.targets().iter().any(|target| out.contains(target))
                // A sub-graph, `run` or `join` without `to` consumes the token.
                || (node.targets().is_empty() && !matches!(node.kind, NodeKind::State { .. }));
            if leaves {
                out.insert(node.name);
            }
        }
        if out.len() == before {
            break;
        }
    }
    let stuck = flow.nodes.values().filter(|node| met.contains(&node.name) && !out.contains(&node.name));
    found.extend(stuck.map(|node| structural(node, StructuralKind::NoWayOut)));
    found
}

/// Whether something can withdraw any token: then a node without a way out is decided by exploring.
fn can_be_emptied(flow: &Flow) -> bool {
    flow.nodes.values().any(|node| match &node.kind {
        NodeKind::End { terminate } => *terminate,
        NodeKind::Join { rest, .. } | NodeKind::Each { rest, .. } => *rest == Rest::Cancel,
        _ => false,
    })
}

/// Whether the sub-graph of `name`, or one around it, can be left as a whole.
fn is_left(flow: &Flow, name: Name) -> bool {
    let mut at = flow.node(name);
    while let Some(node) = at {
        let left = match &node.kind {
            NodeKind::Scope { open_while, .. } => {
                open_while.is_some() || node.exits().iter().any(|exit| !exit.to.is_empty())
            }
            NodeKind::Each { .. } => node.exits().iter().any(|exit| !exit.to.is_empty()),
            _ => false,
        };
        let withdrawn = || {
            let cancels = |other: &Node| other.exits().iter().any(|exit| exit.cancel.contains(&node.name));
            flow.nodes.values().any(cancels)
        };
        if left || withdrawn() {
            return true;
        }
        at = node.parent.and_then(|parent| flow.node(parent));
    }
    false
}

fn edges(net: &Net) -> HashMap<usize, Vec<usize>> {
    let mut edges: HashMap<usize, Vec<usize>> = net.edges.iter().cloned().enumerate().collect();
    for found in &net.moves {
        edges.entry(found.node).or_default().extend(&found.to);
    }
    edges
}

/// Nodes met from `from` without passing `wall`; `from` itself only when a circle leads back.
fn met_from(edges: &HashMap<usize, Vec<usize>>, from: &[usize], wall: &[usize]) -> HashSet<usize> {
    let mut met = HashSet::new();
    let mut open: Vec<usize> = from.iter().flat_map(|at| edges.get(at).into_iter().flatten().copied()).collect();
    while let Some(at) = open.pop() {
        if met.insert(at) && !wall.contains(&at) {
            open.extend(edges.get(&at).into_iter().flatten().filter(|next| !met.contains(next)));
        }
    }
    met
}

/// Nodes from which a token can come to `join` without passing it.
pub(in crate::soundness) fn reaching(net: &Net, join: usize) -> Vec<usize> {
    let edges = edges(net);
    (0..net.nodes.len()).filter(|at| *at != join && met_from(&edges, &[*at], &[join]).contains(&join)).collect()
}

/// Nodes between the split that `join` belongs to and `join`; all that reach it when there is no such split.
pub(in crate::soundness) fn between(net: &Net, join: usize) -> Vec<usize> {
    let Some(split) = nearest(net, join, |net, at| net.moves.iter().any(|m| m.node == at && m.to.len() > 1)) else {
        return reaching(net, join);
    };
    let edges = edges(net);
    let inside = met_from(&edges, &[split], &[join, split]);
    let back = |at: &usize| met_from(&edges, &[*at], &[join, split]).contains(&join);
    (0..net.nodes.len()).filter(|at| *at != join && *at != split && inside.contains(at)).filter(back).collect()
}

/// The last node with the property that every way from the start to `node` passes.
pub(in crate::soundness) fn nearest(net: &Net, node: usize, is: impl Fn(&Net, usize) -> bool) -> Option<usize> {
    let edges = edges(net);
    let dominates = |at: usize, node: usize| {
        at != node && (at == net.start || !(node == net.start || met_from(&edges, &[net.start], &[at]).contains(&node)))
    };
    let found: Vec<usize> = (0..net.nodes.len()).filter(|at| is(net, *at) && dominates(*at, node)).collect();
    found.iter().copied().max_by_key(|at| found.iter().filter(|other| dominates(**other, *at)).count())
}
