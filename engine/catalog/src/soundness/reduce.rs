//! Soundness without exploring: a structured net collapses to its first node.
//!
//! Three rules, each of which keeps soundness: a node with one way on is where that way leads; a way back to the
//! same node, and a way twice, change nothing; a way that brings all tokens of an `all` join is the way behind it.
//! What can be withdrawn, guarded, or is looked at by another join is left alone. The net is sound when only the
//! first node is left and each of its ways leads to ends only; otherwise nothing is said. (That it is the *first*
//! node matters: nets without any way to an end collapse too. And ends stay as targets: a circle that sends a token
//! to an end in every round must not collapse into a way back to itself, it hoards tokens before the end.)

use std::collections::BTreeSet;

use super::net::Net;
use crate::flow::Need;

/// A token on its way: the node it goes to and, for joins, the node its edge comes from.
type Target = (usize, usize);

/// Where a token goes that is consumed.
const GONE: usize = usize::MAX;

struct Reduced {
    start: usize,
    /// The ways on of each node that is left; each is a sorted list of targets.
    ways: Vec<Option<BTreeSet<Vec<Target>>>>,
    /// Nodes that must not be replaced.
    fixed: Vec<bool>,
    /// The edges of joins that wait for all.
    edges: Vec<Option<Vec<usize>>>,
}

/// Whether the net is sound for certain; `false` says nothing.
pub(super) fn is_sound(net: &Net) -> bool {
    let plain = |gate: &super::net::Gate| gate.need == Need::All;
    let special = net.moves.iter().any(|m| m.keeps || m.terminates || m.guard.is_some() || !m.clears.is_empty())
        || net.nodes.iter().any(|node| node.hanging || node.join.as_ref().is_some_and(|gate| !plain(gate)));
    if special {
        return false;
    }
    let mut ways: Vec<Option<BTreeSet<Vec<Target>>>> = vec![Some(BTreeSet::new()); net.nodes.len()];
    for found in &net.moves {
        let mut targets: Vec<Target> = found.to.iter().map(|to| (*to, found.node)).collect();
        if targets.is_empty() {
            targets.push((GONE, 0));
        }
        targets.sort_unstable();
        if let Some(Some(ways)) = ways.get_mut(found.node) {
            ways.insert(targets);
        }
    }
    let edges = net.nodes.iter().map(|node| node.join.as_ref().map(|gate| gate.edges.clone())).collect();
    let fixed = (0..net.nodes.len()).map(|at| at == net.start).collect();
    let mut reduced = Reduced { start: net.start, ways, fixed, edges };
    // Two joins that feed each other could be replaced for ever: hence the bound.
    let rounds = 4 * net.moves.len() + 4 * net.nodes.len() + 16;
    for _ in 0..rounds {
        if !(reduced.simplify() || reduced.pass_joins() || reduced.skip_one()) {
            break;
        }
    }
    reduced.is_done()
}

impl Reduced {
    fn is_done(&self) -> bool {
        let others = self.ways.iter().enumerate().any(|(at, ways)| at != self.start && ways.is_some());
        let ways = self.ways.get(self.start).and_then(Option::as_ref);
        !others && ways.is_some_and(|ways| !ways.is_empty() && ways.iter().flatten().all(|(to, _)| *to == GONE))
    }

    /// Drops ways back to the same node.
    fn simplify(&mut self) -> bool {
        let mut changed = false;
        for (at, ways) in self.ways.iter_mut().enumerate() {
            if let Some(ways) = ways.as_mut().filter(|ways| ways.len() > 1) {
                let before = ways.len();
                ways.retain(|way| !matches!(&way[..], [(to, _)] if *to == at));
                changed |= ways.len() < before;
            }
        }
        changed
    }

    /// Replaces all tokens for a join by the one behind it.
    fn pass_joins(&mut self) -> bool {
        for join in 0..self.edges.len() {
            let Some(edges) = self.edges.get(join).cloned().flatten() else { continue };
            let Some(behind) = self.ways.get(join).cloned().flatten().and_then(|ways| ways.into_iter().next()) else {
                continue;
            };
            // A join that feeds itself would be replaced for ever.
            if behind.iter().any(|(to, _)| *to == join) {
                continue;
            }
            let complete = |way: &Vec<Target>| edges.iter().all(|edge| way.contains(&(join, *edge)));
            let mut changed = false;
            for ways in self.ways.iter_mut().flatten() {
                let found: Vec<Vec<Target>> = ways.iter().filter(|way| complete(way)).cloned().collect();
                for way in found {
                    ways.remove(&way);
                    let mut next = way;
                    for edge in &edges {
                        if let Some(at) = next.iter().position(|target| *target == (join, *edge)) {
                            next.remove(at);
                        }
                    }
                    next.extend(&behind);
                    next.sort_unstable();
                    ways.insert(next);
                    changed = true;
                }
            }
            if !self.is_target(join) && join != self.start {
                self.ways[join] = None;
                self.edges[join] = None;
                changed = true;
            }
            if changed {
                return true;
            }
        }
        false
    }

    fn is_target(&self, node: usize) -> bool {
        self.ways.iter().flatten().flatten().flatten().any(|(to, _)| *to == node)
    }

    /// Replaces one node that has one way on, and no join, by where it leads.
    fn skip_one(&mut self) -> bool {
        for at in 0..self.ways.len() {
            let single = self.ways.get(at).and_then(Option::as_ref).filter(|ways| ways.len() == 1);
            let Some(way) = single.and_then(|ways| ways.first()).cloned() else { continue };
            let is_plain = self.fixed.get(at) == Some(&false) && self.edges.get(at).is_some_and(Option::is_none);
            if !is_plain || way.iter().any(|(to, _)| *to == at) {
                continue;
            }
            self.ways[at] = None;
            for ways in self.ways.iter_mut().flatten() {
                let touches = |found: &Vec<Target>| found.iter().any(|(to, _)| *to == at);
                let (touched, mut kept): (BTreeSet<_>, BTreeSet<_>) =
                    std::mem::take(ways).into_iter().partition(touches);
                for found in touched {
                    let mut next: Vec<Target> = Vec::new();
                    for target in found {
                        if target.0 == at { next.extend(&way) } else { next.push(target) }
                    }
                    next.sort_unstable();
                    kept.insert(next);
                }
                *ways = kept;
            }
            return true;
        }
        false
    }
}
