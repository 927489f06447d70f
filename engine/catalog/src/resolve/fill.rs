//! What is filled in with a decision of an approval.
//!
//! ## What it does
//! Resolves the form and the required fields, and refuses those that the approval watches.
//!
//! ## Why it matters
//! A watched field that changes withdraws the approval: whoever decides would take back what they decide about.
//!
//! ## Example
//! ```yaml
//! approval: [{by: role(auditor), approve: {require: amount}}]
//! watch: amount   # error: [watched-decision]
//! ```
//!
//! ## Instead
//! Watch what the submitter answers for, and let the decision fill in a field of its own.

use formwork_definition::{kind::approval::Decision as Written, spanned::Sp};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    text,
};

use crate::{
    flow::approval::Decision,
    resolve::{Linker, action::form, graph::Graph, object::existing},
};

/// The decision; `watch` are the fields that withdraw the approval.
pub(crate) fn decision(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: Option<&Sp<Written>>,
    watch: &[Name],
    out: &mut Diagnostics,
) -> Decision {
    let Some(written) = written else { return Decision::default() };
    let refuse = |field: Name, at, out: &mut Diagnostics| {
        if watch.contains(&field) {
            let message = text!(
                "`{field}` is watched: filling it in would withdraw the approval",
                "`{field}` 是监视字段：填写它会撤回审批"
            );
            out.push(Diagnostic::error(code!("watched-decision"), at, message));
        }
    };
    let form = written.value.form.as_ref().and_then(|name| {
        let known = form(linker, graph.object, name, out)?;
        for field in linker.names.forms.get(&known).into_iter().flat_map(|form| &form.places) {
            refuse(*field, name.span, out);
        }
        Some(known)
    });
    let require = written.value.require.iter().filter_map(|name| {
        let field = existing(linker, graph.object, name, out)?;
        refuse(field, name.span, out);
        Some(field)
    });
    Decision { form, require: require.collect() }
}
