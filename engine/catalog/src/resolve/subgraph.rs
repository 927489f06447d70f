//! `each` and `scope`: nodes with a graph inside.

use formwork_definition::{
    kind::flow::{self as written, Rest},
    map::WrittenName,
    spanned::Sp,
};
use formwork_model::{diagnostic::Diagnostics, field_type::FieldType, name::Name};

use crate::{
    flow::{NodeKind, Over},
    resolve::{
        Linker,
        expression::Want,
        graph::Graph,
        kind::missing,
        name,
        node::{actions, both},
        unknown,
    },
};

/// An `each` node.
pub(crate) fn each(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &Sp<Name>,
    each: &Sp<written::Each>,
    to: Vec<Name>,
    out: &mut Diagnostics,
) -> NodeKind {
    let variables = graph.variables();
    let integer = FieldType::Integer;
    let over = match (&each.over, &each.count) {
        (Some(over), None) => Over::List(linker.expression(over, &variables, Want::List, out)),
        (None, Some(count)) => Over::Count(linker.expression(count, &variables, Want::Field(&integer), out)),
        (Some(_), Some(count)) => {
            out.push(both(
                count.span,
                "an `each` has `over` or `count`, not both",
                "`each` 只能有 `over` 或 `count` 之一",
            ));
            Over::Nothing
        }
        (None, None) => {
            if each.open.is_none() {
                out.push(missing(written.span, "over", "one of over, count, open", "需要 over、count、open 之一"));
            }
            Over::Nothing
        }
    };
    let need = each.need.as_ref().filter(|need| &*need.text != "all");
    let rest = each.rest.as_ref();
    if let Some(rest) = rest.filter(|rest| matches!(rest.value, Rest::Absorb | Rest::Block)) {
        out.push(unknown::word(
            rest.span,
            if rest.value == Rest::Absorb { "absorb" } else { "block" },
            &["cancel", "keep"],
        ));
    }
    let inner = Graph { parent: Some(written.value), ..graph.clone() };
    NodeKind::Each {
        over,
        open: each.open.as_ref().map(name),
        need: need.map(|need| linker.expression(need, &variables, Want::Field(&integer), out)),
        rest: rest.map_or(Rest::Cancel, |rest| rest.value),
        start: start(&inner, &each.start, out),
        to,
    }
}

/// The first node of a sub-graph; a placeholder when it does not exist.
fn start(inner: &Graph<'_>, written: &Sp<WrittenName>, out: &mut Diagnostics) -> Name {
    inner.target(written, out).unwrap_or(name(written))
}

/// A `scope` node.
pub(crate) fn scope(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &Sp<Name>,
    scope: &Sp<written::Scope>,
    to: Vec<Name>,
    out: &mut Diagnostics,
) -> NodeKind {
    let variables = graph.variables();
    let inner = Graph { parent: Some(written.value), ..graph.clone() };
    let open_while = scope.open_while.as_ref().and_then(|node| graph.anywhere(node, out));
    if let Some(closed) = scope.closed.as_ref().filter(|_| scope.open_while.is_none()) {
        out.push(both(closed.span, "`closed` means nothing without `while`", "没有 `while` 时 `closed` 没有意义"));
    }
    let mut data = Vec::new();
    for (value, val) in &scope.data {
        let source = linker.source(val, &FieldType::Json, &variables, out);
        data.extend(source.map(|source| (value.value, source)));
    }
    NodeKind::Scope {
        mutex: scope.mutex.as_ref().map(name),
        open_while,
        closed: scope.closed.as_ref().and_then(|node| graph.target(node, out)),
        data,
        actions: actions(linker, graph, &scope.actions, out),
        start: start(&inner, &scope.start, out),
        to,
    }
}
