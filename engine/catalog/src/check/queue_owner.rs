//! `queue-owner`: a queue can't say who owns a record whose owner field must be filled in or is computed.
//!
//! # What it does
//! Looks at the owner field of every object whose flow has states with a queue.
//!
//! # Why it matters
//! While work waits for somebody nobody owns the record: its owner field is emptied. A required or computed
//! field would refuse that, and nothing could ever enter the queue.
//!
//! # Example
//! ```yaml
//! owner: agent
//! fields:
//!   agent: {type: user, required: true}
//! ```
//!
//! # Instead
//! ```yaml
//! owner: agent
//! fields:
//!   agent: {type: user}
//! ```

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    text,
};

use super::Linked;

/// Refuses states with a queue over objects whose owner can't be emptied.
pub(crate) fn check(linked: &Linked, out: &mut Diagnostics) {
    for (flow, _) in linked.flows.values() {
        let Some(object) = linked.objects.get(&flow.object) else { continue };
        let Some(owner) = object.owner.and_then(|owner| object.field(owner)) else { continue };
        if owner.required.is_none() && owner.is_input() && !owner.fixed {
            continue;
        }
        for node in flow.nodes.values().filter(|node| node.queue.is_some()) {
            let (node_name, field) = (node.name, owner.name);
            out.push(
                Diagnostic::error(
                    code!("queue-owner"),
                    node.span,
                    text!(
                        "work in `{node_name}` may have no owner, but `{field}` can't be emptied",
                        "`{node_name}` 中的任务可能没有负责人，但 `{field}` 不能清空"
                    ),
                )
                .related(owner.span, text!("the owner field is here", "负责人字段在这里")),
            );
        }
    }
}
