//! Nodes of a flow, flattened: those inside scopes and `each` stand beside the others with their parent.

use std::collections::HashMap;

use formwork_definition::{
    kind::flow::{self as written, Node as Written, Pick, Rest},
    list::Many,
    map::{Map, WrittenName},
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    nearest::nearest,
    source::Span,
    text,
};
use formwork_script::shape::Shape;
use indexmap::IndexMap;

use crate::{
    flow::{Branch, Need, Node, NodeKind, Over},
    resolve::{
        Linker,
        action::resolve_action,
        cover,
        effect::{is_nothing, resolve_effects},
        expression::Want,
        kind::missing,
        label, name, unknown,
    },
    variables::{self, Variables},
};

/// One graph of a flow: the flow itself, or the inside of a scope or an `each`.
#[derive(Debug, Clone)]
pub(crate) struct Graph<'a> {
    pub object: Name,
    /// Which graph each node of the flow is in; `None` is the flow itself.
    pub all: &'a HashMap<Name, Option<Name>>,
    /// The node that holds this graph.
    pub parent: Option<Name>,
    /// What expressions see as `scope`.
    pub scope: Option<Vec<(Name, Shape)>>,
    /// What expressions see as `item`.
    pub item: Option<Shape>,
    /// Whether a name did not resolve: then the shape of the graph is not checked.
    pub broken: &'a std::cell::Cell<bool>,
}

impl Graph<'_> {
    /// In the order of [`variables::NODE`].
    pub(crate) fn variables(&self) -> Variables {
        let mut variables = variables::record(self.object);
        if let Some(scope) = &self.scope {
            variables.push(("scope", Shape::Map(scope.clone())));
        }
        if let Some(item) = &self.item {
            variables.push(("item", item.clone()));
        }
        variables
    }

    /// What the conditions of actions see: nothing was sent yet.
    pub(crate) fn record_variables(&self) -> Variables {
        self.variables()
    }

    /// The nodes an edge leads to, each in this graph.
    pub(crate) fn targets(&self, to: &[Sp<WrittenName>], out: &mut Diagnostics) -> Vec<Name> {
        to.iter().filter_map(|target| self.target(target, out)).collect()
    }

    /// A node of this graph.
    pub(crate) fn target(&self, written: &Sp<WrittenName>, out: &mut Diagnostics) -> Option<Name> {
        let target = self.anywhere(written, out)?;
        if self.all.get(&target) == Some(&self.parent) {
            return Some(target);
        }
        self.broken.set(true);
        out.push(
            Diagnostic::error(
                code!("target-outside-scope"),
                written.span,
                text!("node `{target}` is not in the same sub-graph", "节点 `{target}` 不在同一个子图里"),
            )
            .help(text!(
                "a token stays in its sub-graph; leave it by an action of the scope, or by its end",
                "令牌只在自己的子图里移动；用 scope 的动作或结束节点离开"
            )),
        );
        None
    }

    /// A node anywhere in the flow.
    pub(crate) fn anywhere(&self, written: &Sp<WrittenName>, out: &mut Diagnostics) -> Option<Name> {
        let target = name(written);
        if self.all.contains_key(&target) {
            return Some(target);
        }
        self.broken.set(true);
        let known = self.all.iter().filter(|(_, graph)| **graph == self.parent).map(|(name, _)| name.as_str());
        out.push(
            Diagnostic::error(
                code!("unknown-target"),
                written.span,
                text!("the flow has no node `{target}`", "流程里没有节点 `{target}`"),
            )
            .suggest(nearest(target.as_str(), known)),
        );
        None
    }
}

/// Resolves the nodes of a graph and of the graphs inside it.
pub(crate) fn resolve_nodes(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    nodes: &Map<Written>,
    resolved: &mut IndexMap<Name, Node>,
    out: &mut Diagnostics,
) {
    for (written, body) in nodes {
        let Some(kind) = kind(linker, graph, written, body, out) else {
            graph.broken.set(true);
            continue;
        };
        let node = Node {
            name: written.value,
            label: label::label(body.label.as_ref(), written.value),
            span: written.span,
            parent: graph.parent,
            incoming: Vec::new(),
            kind,
        };
        let inner = inside(graph, written.value, &node.kind);
        resolved.entry(written.value).or_insert(node);
        let nodes = [body.scope.as_ref().map(|scope| &scope.nodes), body.each.as_ref().map(|each| &each.nodes)];
        for nodes in nodes.into_iter().flatten() {
            resolve_nodes(linker, &inner, nodes, resolved, out);
        }
    }
}

/// The graph inside a node.
fn inside<'a>(graph: &Graph<'a>, name: Name, kind: &NodeKind) -> Graph<'a> {
    let mut inner = Graph { parent: Some(name), ..graph.clone() };
    match kind {
        NodeKind::Scope { data, .. } => {
            let shapes = data.iter().map(|(name, source)| {
                (*name, match source {
                    crate::source::Source::Program(program) => program.result.clone(),
                    crate::source::Source::Literal(value) => literal_shape(value),
                })
            });
            let mut scope = graph.scope.clone().unwrap_or_default();
            for (name, shape) in shapes {
                scope.retain(|(known, _)| *known != name);
                scope.push((name, shape));
            }
            inner.scope = Some(scope);
        }
        NodeKind::Each { over, open, .. } => {
            let item = match over {
                Over::List(program) => match &program.result {
                    Shape::List(item) => (**item).clone(),
                    _ => Shape::Any,
                },
                Over::Count(_) => Shape::Int,
                Over::Nothing => Shape::Any,
            };
            inner.item = Some(if open.is_some() { Shape::Any } else { item });
        }
        _ => {}
    }
    inner
}

fn literal_shape(value: &formwork_model::value::Value) -> Shape {
    use formwork_model::value::Value;
    match value {
        Value::Bool(_) => Shape::Bool,
        Value::Int(_) => Shape::Int,
        Value::Decimal(_) => Shape::Decimal,
        Value::Text(_) => Shape::Text,
        _ => Shape::Any,
    }
}

/// The one kind a node has.
fn kind(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &Sp<Name>,
    body: &Written,
    out: &mut Diagnostics,
) -> Option<NodeKind> {
    let kinds: Vec<(&str, Span)> = [
        body.decide.as_ref().map(|decide| ("decide", decide.span)),
        body.join.as_ref().map(|join| ("join", join.span)),
        body.run.as_ref().map(|run| ("run", run.span)),
        body.each.as_ref().map(|each| ("each", each.span)),
        body.scope.as_ref().map(|scope| ("scope", scope.span)),
        body.end.as_ref().map(|end| ("end", end.span)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let [(first, _), (second, at), ..] = kinds.as_slice() {
        out.push(Diagnostic::error(
            code!("node-kinds"),
            *at,
            text!("a node is `{first}` or `{second}`, not both", "节点只能是 `{first}` 或 `{second}` 之一"),
        ));
        return None;
    }
    let word = kinds.first().map_or("state", |(word, _)| *word);
    misplaced(word, body, out);
    let to = |out: &mut Diagnostics| next(graph, written, word, body.to.as_ref(), out);
    Some(match (&body.decide, &body.join, &body.run, &body.each, &body.scope, &body.end) {
        (Some(decide), ..) => self::decide(linker, graph, written, body, decide, out),
        (_, Some(join), ..) => NodeKind::Join {
            need: need(&join.need, out),
            rest: join.rest.as_ref().map_or(Rest::Keep, |rest| rest.value),
            to: to(out),
        },
        (_, _, Some(run), ..) => {
            if is_nothing(&run.value) {
                out.push(missing(written.span, "set", "the node does nothing", "这个节点什么也不做"));
            }
            let effects = resolve_effects(linker, graph.object, &run.value, &graph.variables(), out);
            NodeKind::Run { effects, to: to(out) }
        }
        (_, _, _, Some(each), ..) => self::each(linker, graph, written, each, to(out), out),
        (_, _, _, _, Some(scope), _) => self::scope(linker, graph, written, scope, to(out), out),
        (.., Some(end)) => NodeKind::End { terminate: end.terminate.as_ref().is_some_and(|terminate| terminate.value) },
        _ => NodeKind::State {
            actions: actions(linker, graph, &body.actions, out),
            enter: body
                .enter
                .as_ref()
                .map(|enter| resolve_effects(linker, graph.object, &enter.value, &graph.variables(), out)),
        },
    })
}

/// Keys that mean nothing for this kind of node.
fn misplaced(word: &str, body: &Written, out: &mut Diagnostics) {
    let state = word == "state";
    let first = body.actions.iter().next().map(|(action, _)| action.span);
    let keys = [
        ("actions", first.filter(|_| !state)),
        ("enter", body.enter.as_ref().map(|enter| enter.span).filter(|_| !state)),
        ("pick", body.pick.as_ref().map(|pick| pick.span).filter(|_| word != "decide")),
        (
            "to",
            body.to
                .as_ref()
                .and_then(|to| to.0.first())
                .map(|to| to.span)
                .filter(|_| matches!(word, "state" | "decide" | "end")),
        ),
    ];
    for (key, at) in keys {
        if let Some(at) = at {
            out.push(Diagnostic::error(
                code!("key-not-applicable"),
                at,
                text!("`{key}` means nothing for a `{word}` node", "`{key}` 对 `{word}` 节点没有意义"),
            ));
        }
    }
}

fn next(
    graph: &Graph<'_>,
    written: &Sp<Name>,
    word: &str,
    to: Option<&Many<Sp<WrittenName>>>,
    out: &mut Diagnostics,
) -> Vec<Name> {
    match to.filter(|to| !to.is_empty()) {
        Some(to) => graph.targets(&to.0, out),
        None => {
            graph.broken.set(true);
            let why = format!("a {word} node goes on to another");
            out.push(missing(written.span, "to", &why, "这个节点必须有下一个节点"));
            Vec::new()
        }
    }
}

fn actions(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    actions: &Map<written::Action>,
    out: &mut Diagnostics,
) -> Vec<crate::flow::Action> {
    actions.iter().map(|(name, action)| resolve_action(linker, graph, name, action, out)).collect()
}

fn decide(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &Sp<Name>,
    body: &Written,
    decide: &Sp<Vec<written::Branch>>,
    out: &mut Diagnostics,
) -> NodeKind {
    let variables = graph.variables();
    let (mut branches, mut otherwise) = (Vec::new(), None);
    for branch in &decide.value {
        let to = graph.targets(&branch.to.0, out);
        match (&branch.when, branch.otherwise.as_ref().filter(|otherwise| otherwise.value)) {
            (Some(when), None) => {
                branches.push(Branch { when: linker.expression(when, &variables, Want::Truth, out), to });
            }
            (None, Some(mark)) => {
                if otherwise.replace(to).is_some() {
                    out.push(both(mark.span, "there is more than one `else`", "`else` 只能有一个"));
                }
            }
            (Some(_), Some(mark)) => out.push(both(mark.span, "a branch has `when` or `else`, not both", "分支只能有 `when` 或 `else` 之一")),
            (None, None) => {
                let at = branch.to.iter().next().map_or(decide.span, |to| to.span);
                out.push(missing(at, "when", "a branch has `when` or `else: true`", "分支需要 `when` 或 `else: true`"));
            }
        }
    }
    if otherwise.is_none() && !cover::covers(linker, graph.object, &branches) {
        let node = written.value;
        out.push(
            Diagnostic::error(
                code!("decide-without-else"),
                written.span,
                text!(
                    "when no branch of `{node}` holds, the token can't go on",
                    "当 `{node}` 的分支都不成立时，令牌无处可去"
                ),
            )
            .help(text!("add `{{else: true, to: …}}`", "加上 `{{else: true, to: …}}`")),
        );
    }
    let pick = body.pick.as_ref().map_or(Pick::First, |pick| pick.value);
    NodeKind::Decide { pick, branches, otherwise }
}

fn both(at: Span, en: &str, zh: &str) -> Diagnostic {
    Diagnostic::error(code!("key-not-applicable"), at, text!("{en}", "{zh}"))
}

fn need(written: &Sp<String>, out: &mut Diagnostics) -> Need {
    match written.value.trim() {
        "all" => Need::All,
        "chosen" => Need::Chosen,
        "reachable" => Need::Reachable,
        word => match word.parse::<u32>() {
            Ok(n @ 1..=1000) => Need::Count(n),
            _ => {
                out.push(unknown::word(written.span, word, &["all", "chosen", "reachable", "a number from 1"]));
                Need::All
            }
        },
    }
}

fn each(
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
            out.push(both(count.span, "an `each` has `over` or `count`, not both", "`each` 只能有 `over` 或 `count` 之一"));
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
        out.push(unknown::word(rest.span, if rest.value == Rest::Absorb { "absorb" } else { "block" }, &["cancel", "keep"]));
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

fn scope(
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
