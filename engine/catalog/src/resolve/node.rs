//! Nodes of a flow, flattened: those inside scopes and `each` stand beside the others with their parent.

use formwork_definition::{
    kind::flow::{self as written, Node as Written, Pick, Rest},
    list::Many,
    map::{Map, WrittenName},
    spanned::Sp,
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
    flow::{Branch, Draft, Need, Node, NodeKind},
    resolve::{
        Linker,
        action::resolve_action,
        approval, connector, cover,
        effect::{is_nothing, resolve_effects},
        expression::Want,
        graph::{Graph, inside},
        kind::{missing, resolve_tone},
        label, queue, subgraph,
        timer::resolve_timers,
        unknown, wait,
    },
};

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
        reserved_timers(body, out);
        let node = Node {
            name: written.value,
            label: label::label(body.label.as_ref(), written.value),
            span: written.span,
            parent: graph.parent,
            queue: body.queue.as_ref().and_then(|written| queue::in_queue(linker, graph, written, out)),
            incoming: Vec::new(),
            timers: resolve_timers(linker, graph, &body.timers, out),
            draft: draft(graph, body, &kind, out),
            tone: body.tone.as_ref().map(|tone| resolve_tone(tone.value)),
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

/// The one kind a node has.
fn kind(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &Sp<Name>,
    body: &Written,
    out: &mut Diagnostics,
) -> Option<NodeKind> {
    let kinds: Vec<(&str, Span)> = [
        body.approval.as_ref().map(|approval| ("approval", approval.span)),
        body.decide.as_ref().map(|decide| ("decide", decide.span)),
        body.join.as_ref().map(|join| ("join", join.span)),
        body.run.as_ref().map(|run| ("run", run.span)),
        body.call.as_ref().map(|call| ("call", call.span)),
        body.each.as_ref().map(|each| ("each", each.span)),
        body.scope.as_ref().map(|scope| ("scope", scope.span)),
        body.wait.as_ref().map(|wait| ("wait", wait.span)),
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
    if let Some(steps) = &body.approval {
        return Some(approval::approval(linker, graph, written, body, steps, out));
    }
    let to = |out: &mut Diagnostics| next(graph, written, word, body.to.as_ref(), out);
    if let Some(wait) = &body.wait {
        return wait::wait(linker, graph, written, wait, to(out), out);
    }
    if let Some(call) = &body.call {
        let failed = body.failed.as_ref().map(|failed| connector::failed(linker, graph, failed, out));
        let to = to(out);
        return Some(NodeKind::Call { call: connector::call(linker, graph, call, out)?, to, failed });
    }
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
        (_, _, _, Some(each), ..) => subgraph::each(linker, graph, written, each, to(out), out),
        (_, _, _, _, Some(scope), _) => subgraph::scope(linker, graph, written, scope, to(out), out),
        (.., Some(end)) => NodeKind::End { terminate: end.terminate.as_ref().is_some_and(|terminate| terminate.value) },
        _ => NodeKind::State {
            actions: {
                let graph = Graph { in_queue: body.queue.is_some(), ..graph.clone() };
                actions(linker, &graph, &body.actions, out)
            },
            enter: body
                .enter
                .as_ref()
                .map(|enter| resolve_effects(linker, graph.object, &enter.value, &graph.variables(), out)),
        },
    })
}

/// Timers that are called like one which the node sets by itself.
fn reserved_timers(body: &Written, out: &mut Diagnostics) {
    let own: &[&str] = match (&body.wait, &body.approval, &body.queue) {
        (Some(_), ..) => &["due"],
        (_, Some(_), _) => &["remind", "escalate", "limit"],
        (.., Some(_)) => &["accept"],
        _ => &[],
    };
    for (timer, _) in body.timers.iter().filter(|(timer, _)| own.contains(&timer.value.as_str())) {
        let name = timer.value;
        out.push(Diagnostic::error(
            code!("reserved-name"),
            timer.span,
            text!("the node has a timer `{name}` of its own", "该节点自己已有计时器 `{name}`"),
        ));
    }
}

/// Whether records on the node are drafts.
fn draft(graph: &Graph<'_>, body: &Written, kind: &NodeKind, out: &mut Diagnostics) -> Draft {
    let top = graph.parent.is_none();
    match &body.draft {
        None if top && matches!(kind, NodeKind::State { .. }) => Draft::UntilMoved,
        Some(draft) if draft.value && !top => {
            out.push(both(draft.span, "a record is no draft for what it does inside", "子图内的节点不能是草稿"));
            Draft::Never
        }
        Some(draft) if draft.value => Draft::Always,
        _ => Draft::Never,
    }
}

/// Keys that mean nothing for this kind of node.
fn misplaced(word: &str, body: &Written, out: &mut Diagnostics) {
    let state = word == "state";
    let first = body.actions.iter().next().map(|(action, _)| action.span);
    let timer = body.timers.iter().next().map(|(timer, _)| timer.span);
    let waits = matches!(word, "state" | "wait" | "each" | "scope" | "approval" | "call");
    let mut keys = vec![
        ("actions", first.filter(|_| !state && word != "approval")),
        ("queue", body.queue.as_ref().map(|queue| queue.span).filter(|_| !state)),
        ("enter", body.enter.as_ref().map(|enter| enter.span).filter(|_| !state)),
        ("timers", timer.filter(|_| !waits)),
        ("draft", body.draft.as_ref().map(|draft| draft.span).filter(|_| !state)),
        ("tone", body.tone.as_ref().map(|tone| tone.span).filter(|_| matches!(word, "decide" | "join" | "run"))),
        ("failed", body.failed.as_ref().map(|failed| failed.span).filter(|_| word != "call")),
        ("pick", body.pick.as_ref().map(|pick| pick.span).filter(|_| word != "decide")),
        (
            "to",
            body.to
                .as_ref()
                .and_then(|to| to.0.first())
                .map(|to| to.span)
                .filter(|_| matches!(word, "state" | "approval" | "decide" | "end")),
        ),
    ];
    if word != "approval" {
        keys.extend(approval::keys(body).into_iter().map(|(key, at)| (key, Some(at))));
    }
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

/// The actions of a state or a scope.
pub(crate) fn actions(
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
            (Some(_), Some(mark)) => {
                out.push(both(mark.span, "a branch has `when` or `else`, not both", "分支只能有 `when` 或 `else` 之一"))
            }
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

/// Keys that exclude each other, or need each other.
pub(crate) fn both(at: Span, en: &str, zh: &str) -> Diagnostic {
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
