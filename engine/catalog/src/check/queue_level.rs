//! `queue-level`: work would be escalated to a queue that stands no higher.
//!
//! # What it does
//! Compares the `level` of every queue with that of its `next`.
//!
//! # Why it matters
//! Work that goes up must come to an end: with queues that point at each other it would go round for ever.
//!
//! # Example
//! ```yaml
//! queue: first_line
//! next: second_line    # which has no `level` either
//! ```
//!
//! # Instead
//! ```yaml
//! queue: second_line
//! level: 2
//! ```

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    text,
};

use super::Linked;

/// Refuses a `next` that is not above.
pub(crate) fn check(linked: &Linked, out: &mut Diagnostics) {
    for queue in linked.queues.values() {
        let Some(next) = queue.next.and_then(|next| linked.queues.get(&next)) else { continue };
        if next.level > queue.level {
            continue;
        }
        let (name, other, level, above) = (queue.name, next.name, queue.level, next.level);
        out.push(
            Diagnostic::error(
                code!("queue-level"),
                queue.span,
                text!(
                    "`{name}` of level {level} escalates to `{other}` of level {above}",
                    "第 {level} 级的 `{name}` 升迁到第 {above} 级的 `{other}`"
                ),
            )
            .help(text!("give `{other}` a higher `level`", "请为 `{other}` 设更高的 `level`"))
            .related(next.span, text!("the next queue is here", "下一队列在这里")),
        );
    }
}
