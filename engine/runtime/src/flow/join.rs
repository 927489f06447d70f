//! Joins: tokens wait on the node until enough have come.

use formwork_catalog::flow::{Flow, Need, Node, NodeKind};
use formwork_definition::kind::flow::Rest;
use formwork_model::{
    instance::{Instance, Join, Token},
    name::Name,
};

use crate::{
    decider::{Decider, Key},
    flow::{Queue, scope::withdraw},
    rejection::Refusal,
};

impl Decider<'_> {
    /// Lets the first join that can fire do so; says whether anything happened.
    pub(crate) fn fire_join(&self, key: Key, flow: &Flow, queue: &mut Queue) -> Result<bool, Refusal> {
        let outcome = self.instance(key, flow, |instance| {
            let mut places: Vec<(Name, u32)> = Vec::new();
            for token in &instance.tokens {
                if matches!(flow.node(token.node).map(|node| &node.kind), Some(NodeKind::Join { .. })) && !places.contains(&(token.node, token.scope)) {
                    places.push((token.node, token.scope));
                }
            }
            places.into_iter().find_map(|(name, scope)| {
                let node = flow.node(name)?;
                if absorb(instance, node, scope) {
                    return Some(None);
                }
                gather(instance, flow, node, scope).map(|token| Some((node, token)))
            })
        })?;
        match outcome {
            None => Ok(false),
            Some(None) => Ok(true),
            Some(Some((node, token))) => {
                if let NodeKind::Join { to, .. } = &node.kind {
                    self.emit(key, flow, &token, to, false, queue)?;
                }
                Ok(true)
            }
        }
    }
}

/// Swallows tokens that come to a join that has already let one through; says whether it did.
fn absorb(instance: &mut Instance, node: &Node, scope: u32) -> bool {
    let Some(at) = instance.joins.iter().position(|join| join.node == Some(node.name) && join.scope == scope && join.fired) else { return false };
    let NodeKind::Join { rest, .. } = &node.kind else { return false };
    let arrived: Vec<Name> = instance.joins.get(at).map(|join| join.arrived.iter().map(|(name, _)| *name).collect()).unwrap_or_default();
    // `block`: a second token of an edge that has come belongs to the next round and waits.
    let late = instance.tokens.iter().position(|token| {
        token.node == node.name && token.scope == scope && (*rest == Rest::Absorb || token.from.is_some_and(|from| !arrived.contains(&from)))
    });
    let Some(late) = late else { return false };
    let token = instance.tokens.remove(late);
    if let Some(join) = instance.joins.get_mut(at) {
        join.taken += 1;
        if let Some(from) = token.from {
            join.arrived.push((from, 1));
        }
        if usize::try_from(join.taken).is_ok_and(|taken| taken >= node.incoming.len()) {
            instance.joins.remove(at);
        }
    }
    true
}

/// Takes the tokens of one round away and gives the one that goes on, still on the join.
fn gather(instance: &mut Instance, flow: &Flow, node: &Node, scope: u32) -> Option<Token> {
    let NodeKind::Join { need, rest, .. } = &node.kind else { return None };
    let waiting: Vec<Token> = instance.tokens.iter().filter(|token| token.node == node.name && token.scope == scope).cloned().collect();
    let round = match need {
        Need::All => one_of_each(node, &waiting)?,
        Need::Count(n) => {
            let n = usize::try_from(*n).ok()?;
            waiting.get(..n)?.to_vec()
        }
        Need::Chosen => chosen(instance, node, scope, &waiting)?,
        Need::Reachable => {
            let coming = instance.tokens.iter().any(|token| token.scope == scope && token.node != node.name && reaches(flow, token.node, node.name));
            if coming {
                return None;
            }
            waiting
        }
    };
    let first = round.first()?.clone();
    instance.tokens.retain(|token| !round.iter().any(|taken| taken.id == token.id));
    let splits = after_join(&round, node.incoming.len());
    match rest {
        Rest::Keep => {}
        Rest::Cancel => cancel_rest(instance, flow, node, scope, &first),
        Rest::Absorb | Rest::Block if round.len() < node.incoming.len() => instance.joins.push(Join {
            node: Some(node.name),
            scope,
            split: 0,
            arrived: round.iter().filter_map(|token| token.from.map(|from| (from, 1))).collect(),
            fired: true,
            taken: u32::try_from(round.len()).unwrap_or(u32::MAX),
        }),
        Rest::Absorb | Rest::Block => {}
    }
    let token = Token { splits, ..first };
    instance.tokens.push(token.clone());
    Some(token)
}

fn one_of_each(node: &Node, waiting: &[Token]) -> Option<Vec<Token>> {
    node.incoming.iter().map(|from| waiting.iter().find(|token| token.from == Some(*from)).cloned()).collect()
}

/// The tokens of the first split of which nothing is left elsewhere.
fn chosen(instance: &Instance, node: &Node, scope: u32, waiting: &[Token]) -> Option<Vec<Token>> {
    waiting.iter().find_map(|candidate| {
        let Some(split) = candidate.splits.last() else { return Some(vec![candidate.clone()]) };
        let outside = instance.tokens.iter().any(|token| token.scope == scope && token.node != node.name && token.splits.contains(split));
        (!outside).then(|| waiting.iter().filter(|token| token.splits.contains(split)).cloned().collect())
    })
}

/// The splits that are still open after the join: what all have in common, without the split it closes.
fn after_join(round: &[Token], edges: usize) -> Vec<u32> {
    let Some(first) = round.first() else { return Vec::new() };
    let common = (0..first.splits.len()).take_while(|i| round.iter().all(|token| token.splits.get(*i) == first.splits.get(*i))).count();
    let mut splits = first.splits.get(..common).unwrap_or_default().to_vec();
    if edges > 1 {
        splits.pop();
    }
    splits
}

/// Withdraws the tokens of the same split, or, without one, those that could still come.
fn cancel_rest(instance: &mut Instance, flow: &Flow, node: &Node, scope: u32, first: &Token) {
    let doomed: Vec<u32> = instance
        .tokens
        .iter()
        .filter(|token| token.scope == scope)
        .filter(|token| match first.splits.last() {
            Some(split) => token.splits.contains(split),
            None => token.node == node.name || reaches(flow, token.node, node.name),
        })
        .map(|token| token.id)
        .collect();
    withdraw(instance, &doomed);
}

/// Whether a token on `from` could get to `to` in the same sub-graph.
pub(crate) fn reaches(flow: &Flow, from: Name, to: Name) -> bool {
    let mut seen = vec![from];
    let mut at = 0;
    while let Some(name) = seen.get(at).copied() {
        at += 1;
        for target in flow.node(name).map(Node::targets).unwrap_or_default() {
            if target == to {
                return true;
            }
            if !seen.contains(&target) {
                seen.push(target);
            }
        }
    }
    false
}
