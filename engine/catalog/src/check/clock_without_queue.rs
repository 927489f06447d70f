//! `clock-without-queue`: a clock begins anew with an escalation, and no record of its object waits in a queue.
//!
//! # What it does
//! Looks for clocks with `restart: escalate` on objects of which no flow has a state with a queue.
//!
//! # Why it matters
//! Only work in a queue is escalated: the clock would never begin anew, and nobody would notice.
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

/// Refuses clocks that wait for an escalation that can't be.
pub(crate) fn check(linked: &Linked, out: &mut Diagnostics) {
    for object in linked.objects.values() {
        let mut flows = linked.flows.values().map(|(flow, _)| flow).filter(|flow| flow.object == object.name);
        if flows.any(|flow| flow.nodes.values().any(|node| node.queue.is_some())) {
            continue;
        }
        for clock in object.sla.iter().filter(|clock| clock.restart.contains(&Restart::Escalate)) {
            let (name, object) = (clock.name, object.name);
            out.push(
                Diagnostic::error(
                    code!("clock-without-queue"),
                    clock.span,
                    text!(
                        "`{name}` begins anew with an escalation, but no `{object}` waits in a queue",
                        "`{name}` 在升迁时重新计时，但没有 `{object}` 在队列中等待"
                    ),
                )
                .help(text!(
                    "put a `queue` on a state, or leave `restart` out",
                    "请在状态上写 `queue`，或去掉 `restart`"
                )),
            );
        }
    }
}
