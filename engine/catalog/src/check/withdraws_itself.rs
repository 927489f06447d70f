//! `withdraws-itself`: a flow changes by its own timers what its approval watches, and comes back to it by itself.
//!
//! # What it does
//! Looks at the timers that fire while an approval waits: its own, and those of scopes around it that repeat. When one sets
//! a field that the approval watches, and `withdrawn` leads back to the approval through nodes that go on by themselves,
//! that is a warning. A value that is written down counts only where something on the way back sets the field otherwise.
//! What is set on the way to an approval never withdraws it: it did not wait yet.
//!
//! # Why it matters
//! Whoever is asked loses the task each time before the time is over, and nobody is there to end it.
//!
//! # Example
//! ```yaml
//! review:
//!   approval: [{by: boss}]
//!   watch: rate
//!   timers: {daily: {after: 1d, set: {rate: = rate_of(today())}}}
//!   withdrawn: {to: review}
//! ```
//!
//! # Instead
//! Lead `withdrawn` to somebody who looks at what has changed.

use std::collections::BTreeSet;

use formwork_definition::kind::approval::Then;
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    text,
};

use super::Linked;
use crate::{
    effect::Effects,
    flow::{
        Flow, Node, NodeKind,
        approval::{Approval, Exit},
    },
    source::Source,
    timer::Timer,
};

/// Warns of approvals that their own flow withdraws again and again.
pub(crate) fn check(linked: &Linked, out: &mut Diagnostics) {
    for (flow, _) in linked.flows.values() {
        for node in flow.nodes.values() {
            if let Some(approval) = node.approval()
                && let Some(withdrawn) = &approval.withdrawn
            {
                check_node(flow, node, (approval, withdrawn), out);
            }
        }
    }
}

fn check_node(flow: &Flow, node: &Node, (approval, withdrawn): (&Approval, &Exit), out: &mut Diagnostics) {
    let back = way_back(flow, node, withdrawn);
    if !back.contains(&node.name) {
        return;
    }
    for timer in firing(flow, node) {
        let written = timer.effects.set.iter().filter(|(field, _)| approval.watch.contains(field));
        for (field, source) in written {
            let is_set = |effects: &Effects| effects.set.iter().any(|(set, _)| set == field);
            let otherwise = || {
                is_set(&withdrawn.effects) || back.iter().any(|at| flow.node(*at).is_some_and(|at| sets(at, &is_set)))
            };
            if matches!(source, Source::Literal(_)) && !otherwise() {
                continue;
            }
            let (at, by) = (node.name, timer.name);
            let message = text!(
                "timer `{by}` sets `{field}`, which `{at}` watches, and `withdrawn` comes back to `{at}` by itself: it can go round for ever",
                "计时器 `{by}` 会设置 `{at}` 监视的 `{field}`，而 `withdrawn` 又自动回到 `{at}`：可能无限循环"
            );
            out.push(
                Diagnostic::warning(code!("withdraws-itself"), timer.span, message)
                    .help(text!(
                        "let somebody act on the way back, or watch only what people change",
                        "请在返回途中安排人工操作，或只监视由人修改的字段"
                    ))
                    .related(withdrawn.span, text!("comes back from here", "由此返回")),
            );
        }
    }
}

/// The timers that fire while a token waits on the node and stays there, however often it comes.
fn firing<'a>(flow: &'a Flow, node: &'a Node) -> impl Iterator<Item = &'a Timer> {
    let around = std::iter::successors(node.parent, |at| flow.node(*at)?.parent).filter_map(|at| flow.node(at));
    let repeated = around.flat_map(|scope| &scope.timers).filter(|timer| timer.every.is_some());
    node.timers.iter().chain(repeated).filter(|timer| timer.to.is_empty())
}

/// The nodes that a withdrawn approval may come to without anybody acting.
fn way_back(flow: &Flow, approval: &Node, withdrawn: &Exit) -> BTreeSet<Name> {
    let (mut open, mut reached) = (withdrawn.to.clone(), BTreeSet::new());
    while let Some(at) = open.pop() {
        let Some(node) = flow.node(at).filter(|_| reached.insert(at)) else { continue };
        if at != approval.name {
            open.extend(by_itself(flow, node));
        }
    }
    reached
}

/// Where a token goes on to from the node without anybody acting.
fn by_itself(flow: &Flow, node: &Node) -> Vec<Name> {
    let mut to: Vec<Name> = node.timers.iter().flat_map(|timer| timer.to.clone()).chain(node.inner_start()).collect();
    match &node.kind {
        NodeKind::Decide { .. }
        | NodeKind::Run { .. }
        | NodeKind::Join { .. }
        | NodeKind::Wait { .. }
        | NodeKind::Call { .. } => {
            to.extend(node.targets());
        }
        NodeKind::Approval(approval) => match approval.limit {
            Some((_, Then::Approve)) => to.extend(&approval.approved.to),
            Some((_, Then::Reject)) => to.extend(&approval.rejected.to),
            Some((_, Then::Escalate)) | None => {}
        },
        NodeKind::End { .. } => {
            let around = node.parent.and_then(|parent| flow.node(parent));
            if let Some(NodeKind::Scope { to: next, .. } | NodeKind::Each { to: next, .. }) =
                around.map(|node| &node.kind)
            {
                to.extend(next);
            }
        }
        NodeKind::State { .. } | NodeKind::Each { .. } | NodeKind::Scope { .. } => {}
    }
    to
}

/// Whether what happens at the node by itself is such effects.
fn sets(node: &Node, is: &impl Fn(&Effects) -> bool) -> bool {
    let own = match &node.kind {
        NodeKind::Run { effects, .. } => is(effects),
        NodeKind::State { enter, .. } => enter.as_ref().is_some_and(is),
        _ => false,
    };
    own || node.timers.iter().any(|timer| !timer.to.is_empty() && is(&timer.effects))
}
