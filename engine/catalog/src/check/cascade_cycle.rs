//! `cascade-cycle`: deleting a record could delete records that lead back to it.
//!
//! # What it does
//! Follows `on_delete: cascade` from object to object and reports circles. A `tree` over one object is no circle.
//!
//! # Why it matters
//! Nobody could foresee what a deletion takes with it.
//!
//! # Example
//! ```yaml
//! # order:   {invoice: {type: ref, to: invoice, on_delete: cascade}}
//! # invoice: {order: {type: ref, to: order, on_delete: cascade}}
//! ```
//!
//! # Instead
//! Let one of the references `restrict` or `clear`.

use formwork_definition::kind::field::OnDelete;
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    source::Span,
    text,
};
use petgraph::algo::tarjan_scc;

use super::{Graph, Linked};

/// Reports circles of cascading references.
pub(crate) fn check(linked: &Linked, out: &mut Diagnostics) {
    let mut graph: Graph<Name> = Graph::default();
    let mut edges: Vec<(Name, Name, Name, Span)> = Vec::new();
    for object in linked.objects.values() {
        for field in object.fields.iter().filter(|field| field.on_delete == OnDelete::Cascade) {
            if let FieldType::Ref(to) = field.kind
                && !(field.tree && to == object.name)
            {
                graph.add_edge(object.name, to, ());
                edges.push((object.name, to, field.name, field.span));
            }
        }
    }
    for component in tarjan_scc(&graph) {
        let mut inside: Vec<_> =
            edges.iter().filter(|(from, to, ..)| component.contains(from) && component.contains(to)).collect();
        inside.sort_by_key(|(.., span)| *span);
        let Some((from, _, field, at)) = inside.first() else { continue };
        let mut problem = Diagnostic::error(
            code!("cascade-cycle"),
            *at,
            text!("deleting cascades in a circle through `{from}.{field}`", "删除会沿 `{from}.{field}` 循环级联"),
        )
        .help(text!("let one of the references restrict or clear", "让其中一个引用改为 restrict 或 clear"));
        for (from, _, field, at) in inside.iter().skip(1) {
            problem = problem.related(*at, text!("`{from}.{field}` is on the circle", "`{from}.{field}` 在环上"));
        }
        out.push(problem);
    }
}
