//! A problem as people can act on it: the run, where it ends, who feeds whom, what to change.

use formwork_model::{name::Name, text, text::Text};

use super::{
    Kind, Step, Unsound,
    explore::{Explored, Problem, count},
    net::{Net, nearest},
};
use crate::flow::{Flow, Need};

/// The problem with its run, cause and suggestion.
pub(super) fn explain(flow: &Flow, net: &Net, found: &Explored, problem: &Problem) -> Unsound {
    let kind = found.kind(problem);
    let trace = match problem {
        Problem::Stuck { at } | Problem::Livelock { at } | Problem::PileUp { at, .. } => found.way_to(*at),
        Problem::NeverFires { .. } => Vec::new(),
    };
    let step = |found: &super::net::Move| {
        Some(Step { node: net.nodes.get(found.node)?.name, via: found.via.clone(), span: found.span })
    };
    let trace = trace.iter().filter_map(|firing| net.moves.get(firing.0).and_then(step)).collect();
    let mut marking: Vec<(Name, u32)> = Vec::new();
    for node in &net.nodes {
        let tokens = found.marking(problem).map_or(0, |marking| count(node, marking));
        match marking.iter_mut().find(|(name, _)| *name == node.name) {
            Some((_, known)) => *known += tokens,
            None => marking.push((node.name, tokens)),
        }
    }
    let node = blamed(net, found, problem);
    let never = node.filter(|_| kind == Kind::NeverFires).and_then(|node| net.nodes.get(node)).map(|node| node.name);
    marking.retain(|(name, tokens)| *tokens > 0 || Some(*name) == never);
    let cause = node.and_then(|node| Some((net.nodes.get(split(net, node, kind)?)?.name, net.nodes.get(node)?.name)));
    let suggestion = suggest(flow, net, kind, node, cause);
    Unsound { kind, trace, marking, cause, suggestion }
}

/// The node where it goes wrong: a join that waits, or where tokens pile up.
fn blamed(net: &Net, found: &Explored, problem: &Problem) -> Option<usize> {
    match problem {
        Problem::NeverFires { node } => Some(*node),
        Problem::PileUp { at, node } => Some(merge(net, found, *at).unwrap_or(*node)),
        Problem::Stuck { .. } | Problem::Livelock { .. } => {
            let marking = found.marking(problem)?;
            let waits = |node: &super::net::Spot| count(node, marking) > 0;
            let join = net.nodes.iter().position(|node| node.join.is_some() && waits(node));
            join.or_else(|| net.nodes.iter().position(waits))
        }
    }
}

/// The last node on the way where edges come together without a join: there the forked tokens should have met.
fn merge(net: &Net, found: &Explored, at: usize) -> Option<usize> {
    let way: Vec<usize> =
        found.way_to(at).iter().filter_map(|firing| net.moves.get(firing.0)).map(|m| m.node).collect();
    let incoming = |node: usize| {
        let mut from: Vec<usize> = net.moves.iter().filter(|m| m.to.contains(&node)).map(|m| m.node).collect();
        from.sort_unstable();
        from.dedup();
        from.len()
    };
    let forks = |node: usize| net.moves.iter().any(|m| m.node == node && m.to.len() > 1);
    way.into_iter().rev().find(|node| net.nodes[*node].join.is_none() && !forks(*node) && incoming(*node) > 1)
}

/// The node whose choice, or fork, does not fit.
fn split(net: &Net, node: usize, kind: Kind) -> Option<usize> {
    let chooses = |net: &Net, at: usize| net.moves.iter().filter(|m| m.node == at && !m.to.is_empty()).count() > 1;
    let forks = |net: &Net, at: usize| net.moves.iter().any(|m| m.node == at && m.to.len() > 1);
    let joins_all = net.nodes.get(node)?.join.as_ref().is_some_and(|gate| gate.need == Need::All);
    match kind {
        Kind::PileUp => nearest(net, node, forks),
        _ if joins_all => nearest(net, node, |net, at| chooses(net, at) || forks(net, at)),
        _ => nearest(net, node, forks).or_else(|| nearest(net, node, chooses)),
    }
}

fn suggest(flow: &Flow, net: &Net, kind: Kind, node: Option<usize>, cause: Option<(Name, Name)>) -> Text {
    let spot = node.and_then(|node| net.nodes.get(node));
    let at = spot.map_or(flow.start, |spot| spot.name);
    let gate = spot.and_then(|spot| spot.join.as_ref());
    match (kind, gate) {
        (Kind::Deadlock | Kind::Stranded, Some(gate)) if gate.need == Need::All => match cause {
            Some((split, _)) => text!(
                "`{split}` does not send a token along every edge of `{at}`: write `need: chosen` in `{at}`, or make `{at}` a `run` node if only one token comes",
                "`{split}` 不会向 `{at}` 的每条入口都发送令牌：将 `{at}` 改为 `need: chosen`；如果每次只来一个令牌，改为 `run` 节点"
            ),
            None => text!("write `need: chosen` in `{at}`", "将 `{at}` 改为 `need: chosen`"),
        },
        (Kind::Deadlock | Kind::Stranded, Some(_)) => text!(
            "tokens are left over at `{at}`: lower `need`, or write `rest: absorb` or `rest: cancel`",
            "`{at}` 有剩余令牌：减小 `need`，或设置 `rest: absorb`、`rest: cancel`"
        ),
        (Kind::Deadlock | Kind::Stranded | Kind::Livelock, _) => {
            text!("give `{at}` a way that leads to an end", "为 `{at}` 增加通向结束的路径")
        }
        (Kind::PileUp, _) => text!(
            "put a `join` with `need: all` before `{at}`, so that what was forked becomes one again",
            "在 `{at}` 之前放一个 `need: all` 的 `join`，把分叉的令牌合并为一个"
        ),
        (Kind::NeverFires, _) => text!(
            "no run comes to `{at}`: lead an edge to it that can be taken, or delete it",
            "没有任何运行会到达 `{at}`：增加可走的路径，或删除它"
        ),
    }
}
