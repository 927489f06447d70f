//! `automatic-loop`: a circle of nodes that go on by themselves.
//!
//! # What it does
//! Looks for circles of `decide`, `run` and `join` nodes without a state, a wait or a sub-graph between them.
//! When no node on the circle changes anything, it is an error: what was decided once is decided the same way
//! for ever. When one does, it is a warning: the step budget of a command bounds the circle.
//!
//! # Why it matters
//! Automatic nodes run to rest inside one commit. A circle that never rests fails every command that enters it.
//!
//! # Example
//! ```yaml
//! check: {decide: [{when: this.amount > 5, to: again}, {else: true, to: done}]}
//! again: {join: {need: 1}, to: check}
//! ```
//!
//! # Instead
//! Put a state into the circle, or let a `run` node change what the `decide` node looks at.

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    text,
};
use petgraph::algo::tarjan_scc;

use super::Graph;
use crate::flow::{Flow, Node, NodeKind};

/// Reports circles of automatic nodes.
pub(crate) fn check(flow: &Flow, out: &mut Diagnostics) {
    let automatic =
        |node: &Node| matches!(node.kind, NodeKind::Decide { .. } | NodeKind::Run { .. } | NodeKind::Join { .. });
    let mut graph: Graph<Name> = Graph::default();
    for node in flow.nodes.values().filter(|node| automatic(node)) {
        graph.add_node(node.name);
        for target in node.targets() {
            if flow.node(target).is_some_and(automatic) {
                graph.add_edge(node.name, target, ());
            }
        }
    }
    for component in tarjan_scc(&graph) {
        let own = component.first().is_some_and(|name| graph.contains_edge(*name, *name));
        if component.len() > 1 || own {
            report(flow, &component, out);
        }
    }
}

fn report(flow: &Flow, component: &[Name], out: &mut Diagnostics) {
    let mut nodes: Vec<&Node> = flow.nodes.values().filter(|node| component.contains(&node.name)).collect();
    nodes.sort_by_key(|node| node.span);
    let Some(first) = nodes.first() else { return };
    let names = nodes.iter().map(|node| node.name.as_str()).collect::<Vec<_>>().join("`, `");
    let changes = nodes.iter().any(|node| matches!(&node.kind, NodeKind::Run { effects, .. } if !effects.is_empty()));
    let message = text!("`{names}` lead in a circle without waiting anywhere", "`{names}` 构成一个中间没有等待的环");
    let mut problem = if changes {
        Diagnostic::warning(code!("automatic-loop"), first.span, message)
            .help(text!("a command that goes round too often is refused", "循环次数过多的命令会被拒绝"))
    } else {
        Diagnostic::error(code!("automatic-loop"), first.span, message).help(text!(
            "put a state into the circle, or change something on it",
            "在环里加一个状态节点，或在环里改变数据"
        ))
    };
    for node in nodes.iter().skip(1) {
        problem = problem.related(node.span, text!("on the circle", "在环上"));
    }
    out.push(problem);
}
