//! `clock-without-queue`: a clock has to do with escalations, and no record of its object waits in a queue.
//!
//! # What it does
//! Looks for clocks with `restart: escalate`, or a mark with `escalate`, on objects of which no flow has a state with
//! a queue.
//!
//! # Why it matters
//! Only work in a queue is escalated: the clock would never begin anew, the mark would move nothing, and nobody would
//! notice.
//!
//! # Example
//! ```yaml
//! nodes:
//!   open: {actions: {solve: {to: solved}}}
//! ```
//!
//! # Instead
//! ```yaml
//! nodes:
//!   open: {queue: first_line, actions: {solve: {to: solved}}}
//! ```

use formwork_definition::kind::sla::Restart;
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    text,
};

use super::Linked;

/// Refuses clocks that wait for, or make, an escalation that can't be.
pub(crate) fn check(linked: &Linked, out: &mut Diagnostics) {
    for object in linked.objects.values() {
        let mut flows = linked.flows.values().map(|(flow, _)| flow).filter(|flow| flow.object == object.name);
        if flows.any(|flow| flow.nodes.values().any(|node| node.queue.is_some())) {
            continue;
        }
        for clock in &object.sla {
            let (name, object) = (clock.name, object.name);
            let message = if clock.restart.contains(&Restart::Escalate) {
                text!(
                    "`{name}` begins anew with an escalation, but no `{object}` waits in a queue",
                    "`{name}` 在升迁时重新计时，但没有 `{object}` 在队列中等待"
                )
            } else if clock.marks.iter().any(|mark| mark.escalate.is_some()) {
                text!(
                    "`{name}` escalates, but no `{object}` waits in a queue",
                    "`{name}` 会升迁任务，但没有 `{object}` 在队列中等待"
                )
            } else {
                continue;
            };
            out.push(Diagnostic::error(code!("clock-without-queue"), clock.span, message).help(text!(
                "put a `queue` on a state, or leave the escalation out",
                "请在状态上写 `queue`，或去掉升迁"
            )));
        }
    }
}
