//! How deep effects may set off other effects: a created record that creates a record, an action that takes an
//! action. And what to call a loop.

use std::cell::Cell;

use formwork_model::{code, text};

use crate::{
    decider::Decider,
    rejection::{Kind, Refusal, Rejection},
};

/// The greatest depth. Twice as much still fits the 2 MB of a thread's stack in a debug build.
const DEPTH: u32 = 64;

/// How many of the last firings are looked at to name a loop, and how many of them are named.
const LAST: usize = 60;
const NAMED: usize = 6;

/// How deep the command is now.
#[derive(Debug, Default)]
pub(crate) struct Depth(Cell<u32>);

impl Decider<'_> {
    /// Runs `effects` one level deeper; `what` names the loop when that is too deep.
    pub(crate) fn deeper<T>(
        &self,
        what: impl FnOnce() -> String,
        effects: impl FnOnce() -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let depth = self.depth.0.get();
        if depth >= DEPTH {
            let what = self.loop_at(what());
            return Err(Rejection::new(
                Kind::Limit,
                code!("step-budget"),
                text!(
                    "effects set off effects more than {DEPTH} deep; it seems to loop at {what}",
                    "连锁执行超过 {DEPTH} 层，似乎在 {what} 处循环"
                ),
            )
            .into());
        }
        self.depth.0.set(depth + 1);
        let result = effects();
        self.depth.0.set(depth);
        result
    }

    /// `what`, with what fired last: that is what goes round.
    pub(crate) fn loop_at(&self, what: String) -> String {
        let fired = self.fired.borrow();
        let mut last: Vec<&str> = Vec::new();
        for fired in fired.iter().rev().take(LAST) {
            if !last.contains(&&*fired.what) && last.len() < NAMED {
                last.push(&fired.what);
            }
        }
        last.reverse();
        if last.is_empty() { what } else { format!("{what} ({})", last.join(", ")) }
    }
}
