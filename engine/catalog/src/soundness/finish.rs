//! Whether an instance that stands somewhere in a flow can still come to its end.
//!
//! The same exploration as for a whole flow, begun at the marking of the instance instead of the start. Every open
//! sub-graph is looked at by itself; where one can hang, the level around it may withdraw it, and whether it will is
//! not known.

use formwork_model::{
    instance::{Instance, Join},
    name::Name,
    text,
    text::Text,
};

use super::{
    Inner, Kind, MAX_STATES, Seen, Soundness, Unsound, explain,
    explore::{Explored, Marking, Problem, arrive, explore_from},
    level,
    net::{Gate, Net},
};
use crate::flow::{Flow, Need, NodeKind};

/// What can become of an instance.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// Whatever people decide, it can come to its end.
    Safe,
    /// It can get stuck, in this way.
    Unsafe(Unsound),
    /// That can't be told.
    Unknown {
        /// Why.
        reason: Text,
    },
}

/// What can become of `instance` in `flow`, which need not be the flow it began in.
pub fn can_finish(flow: &Flow, instance: &Instance) -> Fate {
    let mut scopes: Vec<(u32, Option<Name>)> = vec![(0, None)];
    scopes.extend(instance.scopes.iter().filter(|scope| !scope.done).map(|scope| (scope.id, Some(scope.node))));
    let mut doubtful = None;
    // The outermost level last: what hangs outside hangs for certain.
    for (scope, node) in scopes.into_iter().rev() {
        match level_of(flow, instance, scope, node) {
            Fate::Safe => {}
            Fate::Unsafe(unsound) if node.is_none() => return Fate::Unsafe(unsound),
            Fate::Unsafe(_) => {
                let name = node.map_or("", Name::as_str);
                let reason = text!(
                    "what runs in `{name}` can get stuck; whether something around it withdraws it is not known",
                    "`{name}` 内部可能卡住；外层是否会撤回它无法判断"
                );
                doubtful = Some(reason);
            }
            Fate::Unknown { reason } => doubtful = Some(reason),
        }
    }
    doubtful.map_or(Fate::Safe, |reason| Fate::Unknown { reason })
}

fn level_of(flow: &Flow, instance: &Instance, scope: u32, node: Option<Name>) -> Fate {
    if let Some(stray) = stray(flow, instance, scope) {
        return Fate::Unsafe(stray);
    }
    let mut seen = Seen { most: MAX_STATES, doubled: Vec::new(), unused: None };
    let mut inner: Vec<(Name, Inner)> = Vec::new();
    for below in flow.nodes.values().filter(|below| below.parent == node && below.inner_start().is_some()) {
        match level(flow, Some(below.name), &mut seen) {
            Ok(known) => inner.push((below.name, known)),
            Err(verdict) => return unsound(*verdict),
        }
    }
    let net = match Net::new(flow, node, &inner) {
        Ok(net) => net,
        Err(reason) => return Fate::Unknown { reason },
    };
    let Some(first) = marking(&net, instance, scope) else {
        let reason = text!("a token stands on a node that the flow does not have", "有令牌位于流程中不存在的节点");
        return Fate::Unknown { reason };
    };
    let found = explore_from(&net, first, MAX_STATES);
    verdict(flow, &net, &found)
}

fn verdict(flow: &Flow, net: &Net, found: &Explored) -> Fate {
    match &found.problem {
        Some(problem @ (Problem::Stuck { .. } | Problem::Livelock { .. } | Problem::PileUp { .. })) => {
            Fate::Unsafe(explain::explain(flow, net, found, problem))
        }
        _ if found.complete => Fate::Safe,
        _ => Fate::Unknown {
            reason: text!("there are more than {MAX_STATES} situations from here", "后续状态超过 {MAX_STATES} 种"),
        },
    }
}

fn unsound(verdict: Soundness) -> Fate {
    match verdict {
        Soundness::Sound => Fate::Safe,
        Soundness::Unsound(unsound) => Fate::Unsafe(unsound),
        Soundness::Unknown { reason } => Fate::Unknown { reason },
    }
}

/// The counters of the net for the tokens of one scope; `None` when one stands where the net has no node.
fn marking(net: &Net, instance: &Instance, scope: u32) -> Option<Marking> {
    let mut marking = vec![0u8; net.slots];
    for join in instance.joins.iter().filter(|join| join.scope == scope && join.fired) {
        remember(net, &mut marking, join);
    }
    for token in instance.tokens.iter().filter(|token| token.scope == scope) {
        let at = net.find(token.node)?;
        let from = token.from.and_then(|from| net.find(from));
        arrive(net, &mut marking, at, from);
    }
    Some(marking.into())
}

/// A token that waits at a join of all edges and came along one that is not there: it is never counted.
fn stray(flow: &Flow, instance: &Instance, scope: u32) -> Option<Unsound> {
    let token = instance.tokens.iter().filter(|token| token.scope == scope).find(|token| {
        flow.node(token.node).is_some_and(|node| {
            let all = matches!(node.kind, NodeKind::Join { need: Need::All, .. });
            all && !token.from.is_some_and(|from| node.incoming.contains(&from))
        })
    })?;
    let (join, from) = (token.node, token.from.map_or("", Name::as_str));
    Some(Unsound {
        kind: Kind::Stranded,
        trace: Vec::new(),
        marking: vec![(join, 1)],
        cause: None,
        suggestion: text!(
            "no edge leads from `{from}` to `{join}` any more: say under `edges` of the mapping for which node its token counts",
            "已没有从 `{from}` 到 `{join}` 的路径：请在映射的 `edges` 中说明该令牌算作来自哪个节点"
        ),
    })
}

/// A round of a join that has let one through and waits for the other edges.
fn remember(net: &Net, marking: &mut [u8], join: &Join) {
    let Some(at) = join.node.and_then(|node| net.find(node)) else { return };
    let Some(node) = net.nodes.get(at) else { return };
    let Some(gate) = node.join.as_ref().filter(|gate: &&Gate| gate.has_memory()) else { return };
    if let Some(fired) = marking.get_mut(node.slot + 1) {
        *fired = 1;
    }
    for (from, _) in &join.arrived {
        let edge = net.find(*from).and_then(|from| gate.edges.iter().position(|edge| *edge == from));
        if let Some(seen) = edge.and_then(|edge| marking.get_mut(node.slot + 2 + edge)) {
            *seen = 1;
        }
    }
}
