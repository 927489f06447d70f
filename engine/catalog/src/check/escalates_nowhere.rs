//! `escalates-nowhere`: a clock has to do with escalations, and no queue of its object has a next one.
//!
//! # What it does
//! Looks for clocks with `restart: escalate`, or a mark with `escalate`, on objects whose records wait only in queues
//! without `next`. Where the queue is computed, every queue counts.
//!
//! # Why it matters
//! Work goes up to the next queue only: the mark would move nothing, and nobody would notice.
//!
//! # Example
//! ```yaml
//! queue: first_line
//! ```
//!
//! # Instead
//! ```yaml
//! queue: first_line
//! next: second_line
//! ```

use formwork_definition::kind::sla::Restart;
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    text,
};

use super::Linked;
use crate::{queue::InQueue, source::Source};

/// Refuses clocks whose escalation leads nowhere. Where nothing waits in a queue, `clock-without-queue` says so.
pub(crate) fn check(linked: &Linked, out: &mut Diagnostics) {
    for object in linked.objects.values() {
        let flows = linked.flows.values().map(|(flow, _)| flow).filter(|flow| flow.object == object.name);
        let queues: Vec<&InQueue> =
            flows.flat_map(|flow| flow.nodes.values()).filter_map(|node| node.queue.as_ref()).collect();
        if queues.is_empty() || queues.iter().any(|within| goes_up(linked, within)) {
            continue;
        }
        for clock in &object.sla {
            let marked = clock.marks.iter().any(|mark| mark.escalate.is_some());
            if !marked && !clock.restart.contains(&Restart::Escalate) {
                continue;
            }
            let (name, object) = (clock.name, object.name);
            let message = text!(
                "`{name}` has to do with escalations, but no queue of `{object}` has a `next`",
                "`{name}` 涉及升迁，但 `{object}` 的队列都没有 `next`"
            );
            out.push(
                Diagnostic::error(code!("escalates-nowhere"), clock.span, message).help(text!(
                    "give a queue its `next`, or leave the escalation out",
                    "请为队列写 `next`，或去掉升迁"
                )),
            );
        }
    }
}

/// Whether work that waits there can go up.
fn goes_up(linked: &Linked, within: &InQueue) -> bool {
    let has_next = |name: Name| linked.queues.get(&name).is_some_and(|queue| queue.next.is_some());
    match &within.name {
        Source::Literal(name) => name.as_text().and_then(Name::find).is_none_or(has_next),
        Source::Program(_) => linked.queues.values().any(|queue| queue.next.is_some()),
    }
}
