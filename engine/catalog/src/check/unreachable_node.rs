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

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    text,
};

use crate::{
    flow::Flow,
    soundness::{Report, StructuralKind},
};

/// Reports nodes that no token can come to; inside such a node nothing more is reported.
pub(crate) fn check(flow: &Flow, report: &Report, out: &mut Diagnostics) {
    let lost = report.structure.iter().filter(|found| found.kind == StructuralKind::Unreachable);
    let lost: Vec<Name> = lost.map(|found| found.node).collect();
    for node in lost.iter().filter_map(|name| flow.node(*name)) {
        if node.parent.is_some_and(|parent| lost.contains(&parent)) {
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
