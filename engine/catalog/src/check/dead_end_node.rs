//! `dead-end-node`: a token at this node can never come to an end.
//!
//! # What it does
//! Looks for nodes from which no `end` can be reached, and from which nothing can withdraw the token either
//! (`cancel`, a scope that is left or closed, `rest: cancel`, a parallel `end: {terminate: true}`).
//!
//! # Why it matters
//! The record would hang there for ever, open in every list, with nothing anybody could do.
//!
//! # Example
//! ```yaml
//! won: {}
//! ```
//!
//! # Instead
//! ```yaml
//! won: {end: {}}
//! ```

use std::collections::HashSet;

use formwork_definition::kind::flow::{Pick, Rest};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    text,
};

use crate::flow::{Flow, Node, NodeKind};

/// Reports the nodes where a token is stuck; of a chain of them only the last ones.
pub(crate) fn check(flow: &Flow, out: &mut Diagnostics) {
    if terminated(flow) {
        return;
    }
    let mut ends: HashSet<Name> = withdrawn(flow);
    loop {
        let more: Vec<Name> = flow
            .nodes
            .values()
            .filter(|node| !ends.contains(&node.name))
            .filter(|node| matches!(node.kind, NodeKind::End { .. }) || node.targets().iter().any(|to| ends.contains(to)))
            .map(|node| node.name)
            .collect();
        if more.is_empty() {
            break;
        }
        ends.extend(more);
    }
    let stuck: Vec<&Node> = flow.nodes.values().filter(|node| !ends.contains(&node.name)).collect();
    // A node that only leads to stuck nodes is their consequence; where they form a circle, the first is named.
    let last: Vec<&&Node> = stuck.iter().filter(|node| node.targets().is_empty()).collect();
    let named = if last.is_empty() { stuck.first().into_iter().collect() } else { last };
    for node in named {
        let name = node.name;
        let help = match node.kind {
            NodeKind::State { .. } => text!(
                "give it an action with `to`, or make it an end: `{name}: {{end: {{}}}}`",
                "给它一个带 `to` 的动作，或改成结束节点：`{name}: {{end: {{}}}}`"
            ),
            _ => text!("lead it to an `end` node", "让它通向一个结束节点"),
        };
        out.push(
            Diagnostic::error(
                code!("dead-end-node"),
                node.span,
                text!("a token at `{name}` can never come to an end", "令牌停在 `{name}` 后永远无法结束"),
            )
            .help(help),
        );
    }
}

/// Whether tokens run in parallel and one of them can end them all.
fn terminated(flow: &Flow) -> bool {
    let ends = flow.nodes.values().any(|node| matches!(node.kind, NodeKind::End { terminate: true }));
    ends && flow.nodes.values().any(|node| match &node.kind {
        NodeKind::Decide { pick, branches, otherwise } => {
            *pick == Pick::Every
                || branches.iter().any(|branch| branch.to.len() > 1)
                || otherwise.as_ref().is_some_and(|to| to.len() > 1)
        }
        NodeKind::Join { to, .. } | NodeKind::Run { to, .. } | NodeKind::Each { to, .. } | NodeKind::Scope { to, .. } => {
            to.len() > 1
        }
        NodeKind::State { actions, .. } => actions.iter().any(|action| action.to.len() > 1),
        NodeKind::End { .. } => false,
    })
}

/// Nodes whose tokens something withdraws.
fn withdrawn(flow: &Flow) -> HashSet<Name> {
    let mut nodes: HashSet<Name> = HashSet::new();
    let mut cancels_all = false;
    for node in flow.nodes.values() {
        let leaves = node.actions().iter().any(|action| !action.to.is_empty());
        let inner = match &node.kind {
            NodeKind::Scope { open_while, .. } => open_while.is_some() || leaves,
            NodeKind::Each { need, rest, .. } => need.is_some() && *rest == Rest::Cancel,
            NodeKind::Join { rest, .. } => {
                cancels_all |= *rest == Rest::Cancel;
                false
            }
            _ => false,
        };
        if inner {
            nodes.extend(flow.nodes.values().filter(|other| other.parent == Some(node.name)).map(|other| other.name));
        }
        nodes.extend(node.actions().iter().flat_map(|action| action.cancel.iter().copied()));
    }
    if cancels_all {
        nodes.extend(flow.nodes.keys().copied());
    }
    nodes
}
