//! Flows.

use std::{cell::Cell, collections::HashMap};

use formwork_definition::{
    kind::{
        Defined,
        flow::{Flow as Written, Node},
    },
    map::Map,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    source::Span,
    text,
};
use indexmap::IndexMap;

use crate::{
    flow::Flow,
    resolve::{Linker, graph::Graph, label, module, name, node::resolve_nodes, unknown},
};

/// The flow, and whether every name in its graph resolved, so that its shape can be checked.
pub(crate) fn resolve_flow(
    linker: &Linker<'_>,
    defined: &Defined<Written>,
    out: &mut Diagnostics,
) -> Option<(Flow, bool)> {
    let body = &defined.body;
    let object = name(&body.object);
    if !linker.names.objects.contains_key(&object) {
        out.push(unknown::object(body.object.span, object, linker.names));
        return None;
    }
    let broken = Cell::new(false);
    let mut all = HashMap::new();
    let mut places = HashMap::new();
    gather(&body.nodes, None, &mut all, &mut places, &broken, out);
    let graph = Graph {
        object,
        all: &all,
        parent: None,
        scope: None,
        item: None,
        in_queue: false,
        in_approval: false,
        broken: &broken,
    };
    let start = graph.target(&body.start, out);
    let mut nodes = IndexMap::new();
    resolve_nodes(linker, &graph, &body.nodes, &mut nodes, out);
    let edges: Vec<(Name, Name)> =
        nodes.values().flat_map(|node| node.targets().into_iter().map(|target| (node.name, target))).collect();
    for (from, to) in edges {
        if let Some(node) = nodes.get_mut(&to)
            && !node.incoming.contains(&from)
        {
            node.incoming.push(from);
        }
    }
    let flow = Flow {
        name: name(&body.flow),
        module: module(&defined.module),
        label: label::label(body.label.as_ref(), name(&body.flow)),
        span: body.flow.span,
        object,
        start: start.unwrap_or(name(&body.start)),
        nodes,
    };
    Some((flow, !broken.get()))
}

/// Which graph each node is in; names are unique in the whole flow.
fn gather(
    nodes: &Map<Node>,
    parent: Option<Name>,
    all: &mut HashMap<Name, Vec<Option<Name>>>,
    places: &mut HashMap<Name, Span>,
    broken: &Cell<bool>,
    out: &mut Diagnostics,
) {
    for (node, body) in nodes {
        if let Some(first) = places.get(&node.value) {
            broken.set(true);
            let name = node.value;
            out.push(
                Diagnostic::error(
                    code!("duplicate-node"),
                    node.span,
                    text!("another node of this flow is called `{name}`", "流程里已有节点 `{name}`"),
                )
                .related(*first, text!("the other one", "另一个在这里")),
            );
        } else {
            places.insert(node.value, node.span);
        }
        all.entry(node.value).or_default().push(parent);
        if let Some(scope) = &body.scope {
            gather(&scope.nodes, Some(node.value), all, places, broken, out);
        }
        if let Some(each) = &body.each {
            gather(&each.nodes, Some(node.value), all, places, broken, out);
        }
    }
}
