//! Soundness without exploring: a structured net collapses to its first node.
//!
//! Rules, each of which keeps soundness: a node with one way on is where that way leads; a way back to the same
//! node, and a way twice, change nothing; a way that brings all tokens of an `all` join is the way behind it, and so
//! is one that brings nothing but tokens of a `chosen` or `reachable` join, when no other node brings any; a way
//! that ends everything may be left out where there is another one, for whoever can go on without it can go on; branches
//! of which a join takes the first ones and withdraws the others are the way behind it (`first`). What can be withdrawn
//! otherwise, or guarded, is left alone. The net is sound when only the first node is left and each
//! of its ways leads to ends only; otherwise nothing is said. (That it is the *first* node matters: nets without any
//! way to an end collapse too. And ends stay as targets: a circle that sends a token to an end in every round must
//! not collapse into a way back to itself, it hoards tokens before the end.)

mod first;

use std::collections::BTreeSet;

use formwork_definition::kind::flow::Rest;

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
    /// The joins that are left.
    joins: Vec<Option<Join>>,
    /// A `chosen` or `reachable` join was passed: then tokens must not meet but in joins.
    one_token: bool,
}

/// A join, as far as collapsing knows joins.
#[derive(Clone)]
enum Join {
    /// Waits for one token from each of these edges.
    All(Vec<usize>),
    /// Takes whatever has come when nothing more can come.
    Rest,
    /// Takes so many, and withdraws every token that is in one of these nodes.
    First(usize, Vec<usize>),
}

/// Whether the net is sound for certain; `false` says nothing.
pub(super) fn is_sound(net: &Net) -> bool {
    let Some(mut reduced) = Reduced::new(net) else { return false };
    // What is withdrawn is told by nodes: hence before any node is replaced.
    while reduced.pass_first(net) {}
    if reduced.joins.iter().any(|join| matches!(join, Some(Join::First(..)))) {
        return false;
    }
    // Two joins that feed each other could be replaced for ever: hence the bound.
    let rounds = 4 * net.moves.len() + 4 * net.nodes.len() + 16;
    for _ in 0..rounds {
        if !(reduced.simplify() || reduced.pass_joins() || reduced.skip_one()) {
            break;
        }
    }
    reduced.is_done()
}

/// Whether a token that comes here ends everything at once.
fn ends_all(net: &Net, node: usize) -> bool {
    let mut own = net.moves.iter().filter(|m| m.node == node).peekable();
    net.nodes.get(node).is_some_and(|spot| spot.automatic) && own.peek().is_some() && own.all(|m| m.terminates)
}

impl Reduced {
    /// The net to begin with; `None` when it has something that no rule knows.
    fn new(net: &Net) -> Option<Self> {
        let special = net.moves.iter().any(|m| m.keeps || m.leaves || m.guard.is_some() || !m.clears.is_empty())
            || net.nodes.iter().any(|node| node.hanging);
        if special {
            return None;
        }
        let mut joins = Vec::with_capacity(net.nodes.len());
        for node in &net.nodes {
            joins.push(match node.join.as_ref().map(|gate| (gate.need, gate.rest, gate)) {
                None => None,
                Some((Need::All, _, gate)) => Some(Join::All(gate.edges.clone())),
                Some((Need::Chosen | Need::Reachable, ..)) => Some(Join::Rest),
                Some((Need::Count(need), Rest::Cancel, gate)) => {
                    Some(Join::First(usize::try_from(need.max(1)).ok()?, gate.others.clone()))
                }
                Some((Need::Count(_), ..)) => return None,
            });
        }
        let last: Vec<bool> = (0..net.nodes.len()).map(|node| ends_all(net, node)).collect();
        let is_last = |node: usize| last.get(node).copied().unwrap_or(false);
        let mut ways: Vec<Option<BTreeSet<Vec<Target>>>> =
            (0..net.nodes.len()).map(|node| (!is_last(node)).then(BTreeSet::new)).collect();
        for found in net.moves.iter().filter(|m| !m.terminates && !m.to.iter().any(|to| is_last(*to))) {
            // By which edge a token comes matters to joins that count edges only.
            let edge = |to: usize| match joins.get(to) {
                Some(Some(Join::All(_))) => found.node,
                _ => 0,
            };
            let mut targets: Vec<Target> = found.to.iter().map(|to| (*to, edge(*to))).collect();
            if targets.is_empty() {
                targets.push((GONE, 0));
            }
            targets.sort_unstable();
            if let Some(Some(ways)) = ways.get_mut(found.node) {
                ways.insert(targets);
            }
        }
        if ways.iter().flatten().any(BTreeSet::is_empty) {
            return None;
        }
        let fixed = (0..net.nodes.len()).map(|at| at == net.start).collect();
        Some(Self { start: net.start, ways, fixed, joins, one_token: false })
    }

    fn is_done(&self) -> bool {
        let others = self.ways.iter().enumerate().any(|(at, ways)| at != self.start && ways.is_some());
        let ways = self.ways.get(self.start).and_then(Option::as_ref);
        let ends = |way: &Vec<Target>| way.iter().all(|(to, _)| *to == GONE) && (way.len() == 1 || !self.one_token);
        !others && ways.is_some_and(|ways| !ways.is_empty() && ways.iter().all(ends))
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
        for at in 0..self.joins.len() {
            let Some(join) = self.joins.get(at).cloned().flatten() else { continue };
            let Some(behind) = self.ways.get(at).cloned().flatten().and_then(|ways| ways.into_iter().next()) else {
                continue;
            };
            // A join that feeds itself would be replaced for ever.
            if behind.iter().any(|(to, _)| *to == at) {
                continue;
            }
            let mut changed = match join {
                Join::All(edges) => self.pass_all(at, &edges, &behind),
                Join::Rest => self.pass_rest(at, &behind),
                // Passed before anything else.
                Join::First(..) => false,
            };
            if !self.is_target(at) && at != self.start {
                self.ways[at] = None;
                self.joins[at] = None;
                changed = true;
            }
            if changed {
                return true;
            }
        }
        false
    }

    /// Replaces one token from each edge.
    fn pass_all(&mut self, join: usize, edges: &[usize], behind: &[Target]) -> bool {
        let complete = |way: &Vec<Target>| edges.iter().all(|edge| way.contains(&(join, *edge)));
        let mut changed = false;
        for ways in self.ways.iter_mut().flatten() {
            let found: Vec<Vec<Target>> = ways.iter().filter(|way| complete(way)).cloned().collect();
            for way in found {
                ways.remove(&way);
                let mut next = way;
                for edge in edges {
                    if let Some(at) = next.iter().position(|target| *target == (join, *edge)) {
                        next.remove(at);
                    }
                }
                next.extend(behind);
                next.sort_unstable();
                ways.insert(next);
                changed = true;
            }
        }
        changed
    }

    /// Replaces the tokens of ways that lead nowhere else, when one node only has ways here.
    fn pass_rest(&mut self, join: usize, behind: &[Target]) -> bool {
        let comes = |way: &Vec<Target>| way.iter().any(|(to, _)| *to == join);
        let only = |way: &Vec<Target>| way.iter().all(|(to, _)| *to == join);
        let mut from = self.ways.iter().flatten().filter(|ways| ways.iter().any(comes));
        let (Some(ways), None) = (from.next(), from.next()) else { return false };
        if !ways.iter().filter(|way| comes(way)).all(only) {
            return false;
        }
        for ways in self.ways.iter_mut().flatten() {
            let before = ways.len();
            ways.retain(|way| !comes(way));
            if ways.len() < before {
                ways.insert(behind.to_vec());
            }
        }
        self.one_token = true;
        true
    }

    fn is_target(&self, node: usize) -> bool {
        self.ways.iter().flatten().flatten().flatten().any(|(to, _)| *to == node)
    }

    /// Replaces one node that has one way on, and no join, by where it leads.
    fn skip_one(&mut self) -> bool {
        for at in 0..self.ways.len() {
            let single = self.ways.get(at).and_then(Option::as_ref).filter(|ways| ways.len() == 1);
            let Some(way) = single.and_then(|ways| ways.first()).cloned() else { continue };
            let is_plain = self.fixed.get(at) == Some(&false) && self.joins.get(at).is_some_and(Option::is_none);
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
