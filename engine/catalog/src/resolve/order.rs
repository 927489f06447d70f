//! The order in which a record's values are computed: what a value reads comes first.

use std::collections::HashMap;

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    source::Span,
    text,
};
use formwork_script::program::Read;
use petgraph::{algo::tarjan_scc, graph::DiGraph};

use crate::{
    object::{Computed, Object},
    resolve::reads::{Tables, of_computed},
};

/// A value of a record: a field, or a field of its lines.
type Value = (Option<Name>, Name);

/// Sorts `computed`; a cycle is reported once, with every place on it.
pub(crate) fn order(object: &mut Object, tables: &Tables, out: &mut Diagnostics) {
    let computed = std::mem::take(&mut object.computed);
    let mut graph: DiGraph<usize, ()> = DiGraph::new();
    let nodes: Vec<_> = (0..computed.len()).map(|i| graph.add_node(i)).collect();
    let by_value: HashMap<Value, usize> = computed.iter().enumerate().map(|(i, c)| ((c.lines, c.field), i)).collect();
    for (i, value) in computed.iter().enumerate() {
        for read in values(object, value, tables) {
            if let Some(j) = by_value.get(&read)
                && let (Some(from), Some(to)) = (nodes.get(i), nodes.get(*j))
            {
                graph.update_edge(*from, *to, ());
            }
        }
    }
    let mut order = Vec::with_capacity(computed.len());
    // Tarjan gives a component after everything it reaches, so what is read comes first.
    for component in tarjan_scc(&graph) {
        let mut members: Vec<usize> = component.iter().filter_map(|node| graph.node_weight(*node).copied()).collect();
        members.sort_unstable();
        let own = component.first().is_some_and(|node| graph.contains_edge(*node, *node));
        if members.len() > 1 || own {
            report(object, &computed, &members, out);
        }
        order.extend(members);
    }
    let mut slots: Vec<Option<Computed>> = computed.into_iter().map(Some).collect();
    object.computed = order.into_iter().filter_map(|i| slots.get_mut(i).and_then(Option::take)).collect();
}

fn report(object: &Object, computed: &[Computed], members: &[usize], out: &mut Diagnostics) {
    let places: Vec<(String, Span)> = members
        .iter()
        .filter_map(|i| computed.get(*i))
        .map(|value| match value.lines {
            Some(lines) => (format!("{lines}.{}", value.field), span(object, value)),
            None => (value.field.to_string(), span(object, value)),
        })
        .collect();
    let names: Vec<&str> = places.iter().map(|(name, _)| name.as_str()).collect();
    let cycle = names.join("`, `");
    let Some((_, at)) = places.first() else { return };
    let mut problem = Diagnostic::error(
        code!("computed-cycle"),
        *at,
        text!("computed fields read each other: `{cycle}`", "计算字段相互依赖：`{cycle}`"),
    );
    for (name, at) in places.iter().skip(1) {
        problem = problem.related(*at, text!("`{name}` is part of the cycle", "`{name}` 在这个循环里"));
    }
    out.push(problem);
}

fn span(object: &Object, value: &Computed) -> Span {
    let outer = object.field(value.lines.unwrap_or(value.field));
    let field = match value.lines {
        Some(_) => outer.and_then(|lines| lines.line(value.field)),
        None => outer,
    };
    field.map_or(object.span, |field| field.span)
}

/// The values of the same record that a computed value reads.
fn values(object: &Object, value: &Computed, tables: &Tables) -> Vec<Value> {
    let mut values = Vec::new();
    for read in of_computed(value, tables) {
        gather(object, read, value.lines, &mut values);
    }
    values
}

fn gather(object: &Object, read: &Read, lines: Option<Name>, values: &mut Vec<Value>) {
    let Some(first) = read.path.first().copied() else { return };
    match (read.root.as_str(), lines) {
        ("this", Some(lines)) => values.push((Some(lines), first)),
        ("this", None) | ("parent", Some(_)) => match read.path.get(1).copied() {
            Some(second) if object.field(first).is_some_and(|field| !field.lines.is_empty()) => {
                values.push((Some(first), second));
            }
            None if object.field(first).is_some_and(|field| !field.lines.is_empty()) => {
                let all = object.field(first).into_iter().flat_map(|field| &field.lines);
                // The lines as a whole: they count, but a line that counts its siblings reads none of
                // their values.
                if lines.is_none() {
                    values.extend(all.map(|line| (Some(first), line.name)));
                }
            }
            _ => values.push((None, first)),
        },
        _ => {}
    }
}
