//! The rules by which tokens move.

use formwork_definition::kind::flow::Rest;

use crate::{
    flow::Need,
    soundness::net::{Gate, Move, Net, Spot},
};

/// A count for every counter of a net.
pub(in crate::soundness) type Marking = Box<[u8]>;

/// A move of the net, by its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::soundness) struct Firing(pub(in crate::soundness) usize);

/// What can happen next: as long as an automatic node can go on, nothing else does.
pub(in crate::soundness) fn firings(net: &Net, marking: &[u8]) -> Vec<Firing> {
    let enabled = |found: &Move| {
        let spot = &net.nodes[found.node];
        let ready = match &spot.join {
            None => marking[spot.slot] > 0,
            Some(gate) => is_ready(net, marking, spot, gate),
        };
        ready && found.guard.is_none_or(|(node, holds)| has_token(net, marking, node) == holds)
    };
    // Ends come first of all, so that a circle of automatic nodes can't hoard tokens that are as good as gone.
    let rank = |found: &Move| match found.guard {
        _ if found.ends && net.nodes[found.node].automatic => 0,
        Some((_, false)) => 1,
        _ if net.nodes[found.node].automatic => 1,
        _ => 2,
    };
    let all: Vec<(u8, usize)> =
        net.moves.iter().enumerate().filter(|(_, found)| enabled(found)).map(|(at, found)| (rank(found), at)).collect();
    let first = all.iter().map(|(rank, _)| *rank).min();
    all.into_iter().filter(|(rank, _)| Some(*rank) == first).map(|(_, at)| Firing(at)).collect()
}

/// Counters that hold tokens, not memory.
fn tokens(spot: &Spot) -> impl Iterator<Item = usize> + use<> {
    let (arrived, held) = match &spot.join {
        None => (1, 0..0),
        Some(gate) if gate.has_memory() && gate.rest == Rest::Block => {
            let first = spot.slot + 2 + gate.edges.len();
            (1, first..first + gate.edges.len())
        }
        Some(gate) => (gate.arrivals(), 0..0),
    };
    (spot.slot..spot.slot + arrived).chain(held)
}

pub(super) fn has_token(net: &Net, marking: &[u8], node: usize) -> bool {
    tokens(&net.nodes[node]).any(|slot| marking[slot] > 0)
}

/// How many tokens are at a node.
pub(in crate::soundness) fn count(spot: &Spot, marking: &[u8]) -> u32 {
    tokens(spot).map(|slot| u32::from(marking[slot])).sum()
}

/// Whether no token is left.
pub(in crate::soundness) fn is_empty(net: &Net, marking: &[u8]) -> bool {
    (0..net.nodes.len()).all(|node| !has_token(net, marking, node))
}

fn is_ready(net: &Net, marking: &[u8], spot: &Spot, gate: &Gate) -> bool {
    let arrived = marking[spot.slot];
    match gate.need {
        Need::All => !gate.edges.is_empty() && tokens(spot).all(|slot| marking[slot] > 0),
        Need::Count(need) => {
            let fired = gate.has_memory() && marking[spot.slot + 1] > 0;
            !fired && u32::from(arrived) >= need.max(1)
        }
        Need::Chosen | Need::Reachable => arrived > 0 && !gate.others.iter().any(|node| has_token(net, marking, *node)),
    }
}

fn clear(net: &Net, marking: &mut [u8], node: usize) {
    let first = net.nodes[node].slot;
    let end = net.nodes.get(node + 1).map_or(net.slots, |next| next.slot);
    marking[first..end].fill(0);
}

/// Takes a token out and puts the next ones in.
pub(in crate::soundness) fn fire(net: &Net, marking: &mut [u8], firing: Firing) {
    let found = &net.moves[firing.0];
    let spot = &net.nodes[found.node];
    match &spot.join {
        None if found.keeps => {}
        None => marking[spot.slot] -= 1,
        Some(gate) => take(net, marking, found.node, gate),
    }
    found.clears.iter().for_each(|node| clear(net, marking, *node));
    if found.terminates || found.leaves {
        marking.fill(0);
    }
    for to in &found.to {
        arrive(net, marking, *to, Some(net.origin(found.node)));
    }
}

/// What a join takes when it lets one token through.
fn take(net: &Net, marking: &mut [u8], node: usize, gate: &Gate) {
    let slot = net.nodes[node].slot;
    match gate.need {
        Need::All => (slot..slot + gate.edges.len()).for_each(|edge| marking[edge] -= 1),
        Need::Chosen | Need::Reachable => marking[slot] = 0,
        Need::Count(need) => match gate.rest {
            Rest::Keep => marking[slot] -= u8::try_from(need.max(1)).unwrap_or(marking[slot]),
            Rest::Cancel => {
                marking[slot] = 0;
                gate.others.iter().for_each(|other| clear(net, marking, *other));
            }
            Rest::Absorb | Rest::Block => {
                marking[slot] = 0;
                marking[slot + 1] = 1;
                round_over(marking, slot, gate);
            }
        },
    }
}

/// A token comes to a node.
pub(in crate::soundness) fn arrive(net: &Net, marking: &mut [u8], node: usize, from: Option<usize>) {
    let spot = &net.nodes[node];
    let slot = spot.slot;
    let Some(gate) = &spot.join else {
        marking[slot] = marking[slot].saturating_add(1);
        return;
    };
    let edge = gate.edges.iter().position(|edge| Some(*edge) == from).unwrap_or(0);
    if gate.need == Need::All {
        marking[slot + edge] = marking[slot + edge].saturating_add(1);
    } else if !gate.has_memory() {
        marking[slot] = marking[slot].saturating_add(1);
    } else if gate.rest == Rest::Block && marking[slot + 2 + edge] > 0 {
        let held = slot + 2 + gate.edges.len() + edge;
        marking[held] = marking[held].saturating_add(1);
    } else {
        marking[slot + 2 + edge] = 1;
        if marking[slot + 1] == 0 {
            marking[slot] = marking[slot].saturating_add(1);
        }
        round_over(marking, slot, gate);
    }
}

/// When a join has fired and every edge has brought its token, the next round begins, with the tokens held for it.
fn round_over(marking: &mut [u8], slot: usize, gate: &Gate) {
    let edges = gate.edges.len();
    let seen = slot + 2..slot + 2 + edges;
    if marking[slot + 1] == 0 || marking[seen.clone()].contains(&0) {
        return;
    }
    marking[slot + 1] = 0;
    marking[seen].fill(0);
    if gate.rest != Rest::Block {
        return;
    }
    for edge in 0..edges {
        let held = slot + 2 + edges + edge;
        if marking[held] > 0 {
            marking[held] -= 1;
            marking[slot + 2 + edge] = 1;
            marking[slot] = marking[slot].saturating_add(1);
        }
    }
}
