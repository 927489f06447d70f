//! Joins: tokens wait on the node until enough have come.

use formwork_catalog::flow::{Flow, Need, Node, NodeKind};
use formwork_definition::kind::flow::Rest;
use formwork_model::{
    instance::{Instance, Join, Token},
    name::Name,
};

use crate::{
    decider::{Decider, Key},
    flow::{
        Queue,
        region::{between, reaches},
        scope::withdraw,
    },
    rejection::Refusal,
};

impl Decider<'_> {
    /// Lets the first join that can fire do so; says whether anything happened.
    pub(crate) fn fire_join(&self, key: Key, flow: &Flow, queue: &mut Queue) -> Result<bool, Refusal> {
        let outcome = self.instance(key, flow, |instance| {
            let mut places: Vec<(Name, u32)> = Vec::new();
            for token in &instance.tokens {
                let joins = matches!(flow.node(token.node).map(|node| &node.kind), Some(NodeKind::Join { .. }));
                if joins && !places.contains(&(token.node, token.scope)) {
                    places.push((token.node, token.scope));
                }
            }
            places.into_iter().find_map(|(name, scope)| {
                let node = flow.node(name)?;
                match memory(instance, node, scope) {
                    Some(at) => absorb(instance, node, scope, at).then_some(None),
                    None => gather(instance, flow, node, scope).map(|token| Some((node, token))),
                }
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

/// The place of a round that has let a token through and still waits for other edges.
fn memory(instance: &Instance, node: &Node, scope: u32) -> Option<usize> {
    instance.joins.iter().position(|join| join.node == Some(node.name) && join.scope == scope && join.fired)
}

/// Swallows one token that comes after the round at `at` has let one through; says whether it did.
fn absorb(instance: &mut Instance, node: &Node, scope: u32, at: usize) -> bool {
    let NodeKind::Join { rest, .. } = &node.kind else { return false };
    let has_come = |instance: &Instance, from: Option<Name>| {
        let join = instance.joins.get(at);
        join.is_some_and(|join| join.arrived.iter().any(|(edge, _)| Some(*edge) == from))
    };
    // `block`: a second token of an edge that has come belongs to the next round and waits.
    let late = instance.tokens.iter().position(|token| {
        token.node == node.name && token.scope == scope && (*rest == Rest::Absorb || !has_come(instance, token.from))
    });
    let Some(late) = late else { return false };
    let token = instance.tokens.remove(late);
    if let Some(join) = instance.joins.get_mut(at) {
        join.taken += 1;
        note_edge(join, token.from);
        if is_complete(join, node) {
            instance.joins.remove(at);
        }
    }
    true
}

/// Notes that the edge has brought a token.
fn note_edge(join: &mut Join, from: Option<Name>) {
    let Some(from) = from else { return };
    match join.arrived.iter_mut().find(|(edge, _)| *edge == from) {
        Some((_, tokens)) => *tokens += 1,
        None => join.arrived.push((from, 1)),
    }
}

/// Whether every edge has brought a token.
fn is_complete(join: &Join, node: &Node) -> bool {
    node.incoming.iter().all(|edge| join.arrived.iter().any(|(known, _)| known == edge))
}

/// Takes the tokens of one round away and gives the one that goes on, still on the join.
fn gather(instance: &mut Instance, flow: &Flow, node: &Node, scope: u32) -> Option<Token> {
    let NodeKind::Join { need, rest, .. } = &node.kind else { return None };
    let here = |token: &&Token| token.node == node.name && token.scope == scope;
    let waiting: Vec<Token> = instance.tokens.iter().filter(here).cloned().collect();
    let round = match need {
        Need::All => one_of_each(node, &waiting)?,
        Need::Count(n) => {
            let n = usize::try_from(*n).ok()?;
            let may_go = if *rest == Rest::Block { first_of_each(&waiting) } else { waiting };
            may_go.get(..n)?.to_vec()
        }
        Need::Chosen => chosen(instance, flow, node, scope, &waiting)?,
        Need::Reachable => {
            let away = |token: &&Token| token.scope == scope && token.node != node.name;
            if instance.tokens.iter().filter(away).any(|token| reaches(flow, token.node, node.name)) {
                return None;
            }
            waiting
        }
    };
    let first = round.first()?.clone();
    instance.tokens.retain(|token| !round.iter().any(|taken| taken.id == token.id));
    let splits = after_join(instance, flow, node, scope, &round);
    match rest {
        Rest::Keep => {}
        Rest::Cancel => cancel_rest(instance, flow, node, scope, &first),
        Rest::Absorb | Rest::Block if matches!(need, Need::Count(_)) => remember(instance, node, scope, &round),
        // The other needs leave nobody behind who could be late.
        Rest::Absorb | Rest::Block => {}
    }
    let token = Token { splits, ..first };
    instance.tokens.push(token.clone());
    Some(token)
}

/// Keeps in mind which edges are still to come in this round.
fn remember(instance: &mut Instance, node: &Node, scope: u32, round: &[Token]) {
    let taken = u32::try_from(round.len()).unwrap_or(u32::MAX);
    let mut join = Join { node: Some(node.name), scope, split: 0, arrived: Vec::new(), fired: true, taken };
    round.iter().for_each(|token| note_edge(&mut join, token.from));
    if !is_complete(&join, node) {
        instance.joins.push(join);
    }
}

fn one_of_each(node: &Node, waiting: &[Token]) -> Option<Vec<Token>> {
    node.incoming.iter().map(|from| waiting.iter().find(|token| token.from == Some(*from)).cloned()).collect()
}

/// `block`: what an edge brings after its first token belongs to the next round.
fn first_of_each(waiting: &[Token]) -> Vec<Token> {
    let is_first = |(i, token): &(usize, &Token)| !waiting.iter().take(*i).any(|known| known.from == token.from);
    waiting.iter().enumerate().filter(is_first).map(|(_, token)| token.clone()).collect()
}

fn share_a_split(a: &Token, b: &Token) -> bool {
    a.splits.iter().any(|split| b.splits.contains(split))
}

/// The tokens that came through one split, once none of its tokens can still come.
fn chosen(instance: &Instance, flow: &Flow, node: &Node, scope: u32, waiting: &[Token]) -> Option<Vec<Token>> {
    let region = between(flow, node.name);
    waiting.iter().find_map(|candidate| {
        let coming = instance
            .tokens
            .iter()
            .any(|token| token.scope == scope && region.contains(&token.node) && share_a_split(token, candidate));
        let same = |token: &&Token| token.id == candidate.id || share_a_split(token, candidate);
        (!coming).then(|| waiting.iter().filter(same).cloned().collect())
    })
}

/// The splits that are still open after the join: what all its tokens have in common, without those of which
/// nothing is left but what is late for this join.
fn after_join(instance: &Instance, flow: &Flow, node: &Node, scope: u32, round: &[Token]) -> Vec<u32> {
    let Some(first) = round.first() else { return Vec::new() };
    let is_common = |i: &usize| round.iter().all(|token| token.splits.get(*i) == first.splits.get(*i));
    let common = (0..first.splits.len()).take_while(is_common).count();
    let mut splits = first.splits.get(..common).unwrap_or_default().to_vec();
    if splits.is_empty() {
        return splits;
    }
    let region = between(flow, node.name);
    let beside = |token: &&Token| token.scope == scope && token.node != node.name && !region.contains(&token.node);
    let others: Vec<&Token> = instance.tokens.iter().filter(beside).collect();
    while splits.last().is_some_and(|split| !others.iter().any(|token| token.splits.contains(split))) {
        splits.pop();
    }
    splits
}

/// Withdraws the tokens that are on their way from the split to this join, or wait here.
fn cancel_rest(instance: &mut Instance, flow: &Flow, node: &Node, scope: u32, first: &Token) {
    let region = between(flow, node.name);
    let doomed: Vec<u32> = instance
        .tokens
        .iter()
        .filter(|token| token.scope == scope && (token.node == node.name || region.contains(&token.node)))
        .filter(|token| first.splits.is_empty() || share_a_split(token, first))
        .map(|token| token.id)
        .collect();
    withdraw(instance, &doomed);
}
