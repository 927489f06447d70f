//! `never-holds`: a step of an approval is never asked, or a branch never taken, because its condition can't hold.
//!
//! # What it does
//! Looks at conditions that compare fields of the record with written values, joined by `&&`: whether any value satisfies
//! all that is said of one field. Conditions that say more are taken to be possible, and `false` to be meant.
//!
//! # Why it matters
//! Somebody believes that this step is asked for the cases the condition names, and those cases pass without it.
//!
//! # Example
//! ```yaml
//! approval: [{by: seller}, {by: director, when: this.amount < 5 && this.amount > 10}]
//! ```
//!
//! # Instead
//! ```yaml
//! approval: [{by: seller}, {by: director, when: this.amount < 5 || this.amount > 10}]
//! ```

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    text,
};

use super::Linked;
use crate::{
    flow::{Flow, NodeKind},
    resolve::cover,
    source::Program,
};

/// Warns of steps and branches whose condition can't hold.
pub(crate) fn check(linked: &Linked, out: &mut Diagnostics) {
    for (flow, _) in linked.flows.values() {
        let object = linked.objects.get(&flow.object);
        for when in conditions(flow) {
            let kind_of = |field| object.and_then(|object| object.kind_of(field)).cloned();
            if cover::never_holds(&when.text, kind_of) {
                let message = text!("this can never hold", "该条件不可能成立");
                out.push(Diagnostic::warning(code!("never-holds"), when.origin.span(), message));
            }
        }
    }
}

/// The conditions of steps and branches.
fn conditions(flow: &Flow) -> impl Iterator<Item = &Program> {
    flow.nodes.values().flat_map(|node| {
        let steps = node.approval().into_iter().flat_map(|approval| &approval.steps);
        let branches = match &node.kind {
            NodeKind::Decide { branches, .. } => branches.as_slice(),
            _ => &[],
        };
        steps.filter_map(|step| step.when.as_ref()).chain(branches.iter().map(|branch| &branch.when))
    })
}
