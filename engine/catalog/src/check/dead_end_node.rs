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

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    text,
};

use crate::{
    flow::{Flow, Node, NodeKind},
    soundness::{Report, StructuralKind},
};

/// Reports the nodes where a token is stuck; of a chain of them only the last ones.
pub(crate) fn check(flow: &Flow, report: &Report, out: &mut Diagnostics) {
    let stuck = report.structure.iter().filter(|found| found.kind == StructuralKind::NoWayOut);
    let stuck: Vec<&Node> = stuck.filter_map(|found| flow.node(found.node)).collect();
    // A node that only leads to stuck nodes is their consequence; where they form a circle, the first is named.
    let last: Vec<&Node> = stuck.iter().copied().filter(|node| node.targets().is_empty()).collect();
    let named = if last.is_empty() { stuck.first().copied().into_iter().collect() } else { last };
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
