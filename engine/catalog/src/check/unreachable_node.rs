//! `unreachable-node`: no token can ever come to a node.
//!
//! # What it does
//! Follows every edge from the first node, into scopes and `each`, and reports nodes that are never met.
//!
//! # Why it matters
//! A step that is never reached looks like a rule that is enforced, and is not.
//!
//! # Example
//! ```yaml
//! nodes:
//!   draft:  {actions: {submit: {to: done}}}
//!   review: {actions: {approve: {to: done}}}
//!   done:   {end: {}}
//! ```
//!
//! # Instead
//! Lead an edge to it (`submit: {to: review}`), or delete it.

use std::collections::HashSet;

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    text,
};

use crate::flow::Flow;

/// Reports nodes that no token can come to; inside such a node nothing more is reported.
pub(crate) fn check(flow: &Flow, out: &mut Diagnostics) {
    let mut met: HashSet<Name> = HashSet::new();
    let mut open = vec![flow.start];
    while let Some(name) = open.pop() {
        if !met.insert(name) {
            continue;
        }
        if let Some(node) = flow.node(name) {
            open.extend(node.targets());
            open.extend(node.inner_start());
        }
    }
    for node in flow.nodes.values().filter(|node| !met.contains(&node.name)) {
        if node.parent.is_some_and(|parent| !met.contains(&parent)) {
            continue;
        }
        let name = node.name;
        out.push(
            Diagnostic::error(
                code!("unreachable-node"),
                node.span,
                text!("nothing leads to node `{name}`", "没有任何路径通向节点 `{name}`"),
            )
            .help(text!("lead an edge to it, or delete it", "加一条通向它的路径，或删除它")),
        );
    }
}
