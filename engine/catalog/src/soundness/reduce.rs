//! Soundness without exploring: a structured net collapses to its first node.
//!
//! Rules, each of which keeps soundness: a node with one way on is where that way leads; a way back to the same
//! node, and a way twice, change nothing; a way that brings all tokens of an `all` join is the way behind it, and so
//! is one that brings nothing but tokens of a `chosen` or `reachable` join, when no other node brings any; a way
//! that ends everything may be left out where there is another one, for whoever can go on without it can go on; branches
//! of which a join takes the first ones and withdraws the others are the way behind it (`first`); whoever withdraws
//! everything else begins anew where he leads, and what ends by itself need not be withdrawn (`withdraw`). The net is sound when only the first node is left and each
//! of its ways leads to ends only. (That it is the *first* node matters: nets without any way to an end collapse too. And
//! ends stay as targets: a circle that sends a token to an end in every round must not collapse into a way back to
//! itself, it hoards tokens before the end.)
//!
//! Where something is left, it may be small enough to be explored (`left`). Then a node is replaced only by places that
//! the rest of the net can't tell from it: what withdraws it, waits for it or is open while it has a token does
//! so with them.

mod first;
mod left;
mod together;
mod withdraw;

use std::collections::BTreeSet;

use formwork_definition::kind::flow::Rest;

use super::net::{Move, Net};
use crate::flow::Need;

/// A token on its way: the node it goes to and, for joins that tell their edges apart, the node its edge comes from.
type Target = (usize, usize);

/// Where a token goes that is consumed.
const GONE: usize = usize::MAX;

/// A way on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    /// Where tokens go, sorted.
    to: Vec<Target>,
    /// The move it was, when that does more than send tokens on.
    special: Option<usize>,
}

impl Way {
    fn plain(mut to: Vec<Target>) -> Self {
        to.sort_unstable();
        Self { to, special: None }
    }

    fn comes_to(&self, node: usize) -> bool {
        self.to.iter().any(|(to, _)| *to == node)
    }
}

#[derive(Debug, Clone)]
struct Reduced<'n> {
    net: &'n Net,
    start: usize,
    /// The ways on of each node that is left.
    ways: Vec<Option<BTreeSet<Way>>>,
    /// The joins that are left.
    joins: Vec<Option<Join>>,
    /// What can tell a token in this node from one elsewhere: moves, and joins (counted from the last move on).
    seen: Vec<BTreeSet<usize>>,
    /// Whether what is left is to be explored: then no rule may count on what the others prove.
    explores: bool,
    /// A rule was used that holds only where tokens meet in joins alone.
    one_token: bool,
    /// Tokens came to ends side by side.
    side_by_side: bool,
    /// A node was replaced.
    replaced: bool,
    /// Nodes that nobody needs to withdraw any more.
    let_go: BTreeSet<usize>,
    /// The ways that withdraw everything else, and were left out, with their nodes.
    left_out: Vec<(usize, Way)>,
}

/// A join, as far as collapsing knows joins.
#[derive(Debug, Clone)]
enum Join {
    /// Waits for one token from each of these edges.
    All(Vec<usize>),
    /// Takes whatever has come when nothing more can come from these nodes.
    Rest(Vec<usize>),
    /// Takes so many, and withdraws every token that is in one of these nodes.
    First(usize, Vec<usize>),
    /// Takes so many, and leaves the others alone.
    Some,
    /// Takes so many in each round.
    Rounds,
}

/// Whether the net is sound for certain; `false` says nothing.
pub(super) fn is_sound(net: &Net) -> bool {
    let Some(mut reduced) = Reduced::new(net, false) else { return false };
    reduced.collapse();
    reduced.is_done()
}

/// Whether what is left of the net when it has collapsed is sound for certain, by looking at no more than `most` markings
/// of it; `false` says nothing.
pub(super) fn is_sound_where_left(net: &Net, most: usize) -> bool {
    let Some(mut reduced) = Reduced::new(net, true) else { return false };
    reduced.collapse();
    reduced.is_done() || reduced.explore_what_is_left(most)
}

/// Whether a token that comes here ends everything at once.
fn ends_all(net: &Net, node: usize) -> bool {
    let mut own = net.moves.iter().filter(|m| m.node == node).peekable();
    net.nodes.get(node).is_some_and(|spot| spot.automatic) && own.peek().is_some() && own.all(|m| m.terminates)
}

/// Whether a move does more than send tokens on.
fn is_special(found: &Move) -> bool {
    found.guard.is_some() || !found.clears.is_empty()
}

impl<'n> Reduced<'n> {
    /// The net to begin with; `None` when it has something that no rule knows.
    fn new(net: &'n Net, explores: bool) -> Option<Self> {
        if net.nodes.iter().any(|node| node.hanging) {
            return None;
        }
        let mut joins = Vec::with_capacity(net.nodes.len());
        for node in &net.nodes {
            joins.push(match node.join.as_ref().map(|gate| (gate.need, gate.rest, gate)) {
                None => None,
                Some((Need::All, _, gate)) => Some(Join::All(gate.edges.clone())),
                Some((Need::Chosen | Need::Reachable, _, gate)) => Some(Join::Rest(gate.others.clone())),
                Some((Need::Count(need), Rest::Cancel, gate)) => {
                    Some(Join::First(usize::try_from(need.max(1)).ok()?, gate.others.clone()))
                }
                Some((Need::Count(_), Rest::Keep, _)) => Some(Join::Some),
                Some((Need::Count(_), ..)) => Some(Join::Rounds),
            });
        }
        let last: Vec<bool> = (0..net.nodes.len()).map(|node| ends_all(net, node)).collect();
        let is_last = |node: usize| last.get(node).copied().unwrap_or(false);
        let mut ways: Vec<Option<BTreeSet<Way>>> =
            (0..net.nodes.len()).map(|node| (!is_last(node)).then(BTreeSet::new)).collect();
        let goes_on = |m: &Move| !m.terminates && !m.leaves && !m.to.iter().any(|to| is_last(*to));
        for (at, found) in net.moves.iter().enumerate().filter(|(_, m)| goes_on(m)) {
            // By which edge a token comes matters to joins that tell their edges apart only.
            let edge = |to: usize| match joins.get(to) {
                Some(Some(Join::All(_) | Join::Rounds)) => found.node,
                _ => 0,
            };
            let mut targets: Vec<Target> = found.to.iter().map(|to| (*to, edge(*to))).collect();
            // A token that stays is one that comes back.
            targets.extend((found.keeps && !found.clears.contains(&found.node)).then_some((found.node, 0)));
            if targets.is_empty() {
                targets.push((GONE, 0));
            }
            if let Some(Some(ways)) = ways.get_mut(found.node) {
                ways.insert(Way { special: is_special(found).then_some(at), ..Way::plain(targets) });
            }
        }
        let (start, seen) = (net.start, Vec::new());
        let mut reduced = Self {
            net,
            start,
            ways,
            joins,
            seen,
            explores,
            one_token: false,
            side_by_side: false,
            replaced: false,
            let_go: BTreeSet::new(),
            left_out: Vec::new(),
        };
        reduced.look_around();
        Some(reduced)
    }

    /// Finds out anew what can tell tokens apart by where they are.
    fn look_around(&mut self) {
        let mut seen = vec![BTreeSet::new(); self.ways.len()];
        let mut note = |node: usize, by: usize| {
            if let Some(seen) = seen.get_mut(node) {
                seen.insert(by);
            }
        };
        for special in self.ways.iter().flatten().flatten().filter_map(|way| way.special) {
            let Some(found) = self.net.moves.get(special) else { continue };
            found.clears.iter().filter(|node| !self.let_go.contains(node)).for_each(|node| note(*node, special));
            found.guard.iter().for_each(|(node, _)| note(*node, special));
        }
        for (at, join) in self.joins.iter().enumerate() {
            if let (true, Some(Join::Rest(others) | Join::First(_, others))) = (self.explores, join) {
                others.iter().for_each(|node| note(*node, self.net.moves.len() + at));
            }
        }
        self.seen = seen;
    }

    fn seen(&self, node: usize) -> BTreeSet<usize> {
        self.seen.get(node).cloned().unwrap_or_default()
    }

    /// Applies the rules as long as one fits.
    fn collapse(&mut self) {
        // What is withdrawn is told by nodes: hence before any node is replaced.
        while self.leave_out_withdrawals() || (!self.explores && self.pass_first()) {}
        // Two joins that feed each other could be replaced for ever: hence the bound.
        let rounds = 4 * self.net.moves.len() + 4 * self.net.nodes.len() + 16;
        for _ in 0..rounds {
            let changed = self.simplify() || self.pass_joins() || self.skip_one();
            if !(changed || self.leave_out_withdrawals() || self.let_go()) {
                break;
            }
        }
    }

    fn is_done(&self) -> bool {
        let others = self.ways.iter().enumerate().any(|(at, ways)| at != self.start && ways.is_some());
        let ways = self.ways.get(self.start).and_then(Option::as_ref);
        let ends = |way: &Way| way.special.is_none() && way.to.iter().all(|(to, _)| *to == GONE);
        let met = self.one_token && self.side_by_side;
        !others && !met && ways.is_some_and(|ways| !ways.is_empty() && ways.iter().all(ends))
    }

    /// Drops ways back to the same node, and counts tokens that come to ends at once as one.
    fn simplify(&mut self) -> bool {
        let mut changed = false;
        for (at, ways) in self.ways.iter_mut().enumerate() {
            let Some(ways) = ways.as_mut() else { continue };
            let is_back = |way: &Way| way.special.is_none() && matches!(&way.to[..], [(to, _)] if *to == at);
            if ways.len() > 1 && ways.iter().any(is_back) {
                ways.retain(|way| !is_back(way));
                changed = true;
            }
            let gone = |way: &&Way| way.to.iter().filter(|(to, _)| *to == GONE).count() > 1;
            while let Some(mut way) = ways.iter().find(gone).cloned() {
                ways.remove(&way);
                way.to.dedup_by(|a, b| a.0 == GONE && b.0 == GONE);
                ways.insert(way);
                (self.side_by_side, changed) = (true, true);
            }
        }
        changed
    }

    /// Replaces all tokens for a join by the one behind it.
    fn pass_joins(&mut self) -> bool {
        for at in 0..self.joins.len() {
            let Some(join) = self.joins.get(at).cloned().flatten() else { continue };
            let single = self.ways.get(at).and_then(Option::as_ref).filter(|ways| ways.len() == 1);
            let Some(behind) = single.and_then(|ways| ways.first()).cloned() else { continue };
            // A join that feeds itself would be replaced for ever.
            if behind.comes_to(at) {
                continue;
            }
            let mut changed = match join {
                Join::All(edges) => self.pass_all(at, &edges, &behind.to),
                Join::Rest(_) if !self.explores => self.pass_rest(at, &behind.to),
                // `First` is passed before anything else.
                Join::Rest(_) | Join::First(..) | Join::Some | Join::Rounds => false,
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
        let complete = |way: &Way| edges.iter().all(|edge| way.to.contains(&(join, *edge)));
        let mut changed = false;
        for ways in self.ways.iter_mut().flatten() {
            let found: Vec<Way> = ways.iter().filter(|way| complete(way)).cloned().collect();
            for way in found {
                ways.remove(&way);
                let mut to = way.to;
                for edge in edges {
                    if let Some(at) = to.iter().position(|target| *target == (join, *edge)) {
                        to.remove(at);
                    }
                }
                to.extend(behind);
                ways.insert(Way { special: way.special, ..Way::plain(to) });
                changed = true;
            }
        }
        changed
    }

    /// Replaces the tokens of ways that lead nowhere else, when one node only has ways here.
    fn pass_rest(&mut self, join: usize, behind: &[Target]) -> bool {
        let only = |way: &Way| way.special.is_none() && way.to.iter().all(|(to, _)| *to == join);
        let mut from = self.ways.iter().flatten().filter(|ways| ways.iter().any(|way| way.comes_to(join)));
        let (Some(ways), None) = (from.next(), from.next()) else { return false };
        if !ways.iter().filter(|way| way.comes_to(join)).all(only) {
            return false;
        }
        for ways in self.ways.iter_mut().flatten() {
            let before = ways.len();
            ways.retain(|way| !way.comes_to(join));
            if ways.len() < before {
                ways.insert(Way::plain(behind.to_vec()));
            }
        }
        self.one_token = true;
        true
    }

    fn is_target(&self, node: usize) -> bool {
        self.ways.iter().flatten().flatten().any(|way| way.comes_to(node))
    }

    /// Replaces one node that has one way on, and no join, by where it leads.
    fn skip_one(&mut self) -> bool {
        for at in 0..self.ways.len() {
            let single = self.ways.get(at).and_then(Option::as_ref).filter(|ways| ways.len() == 1);
            let Some(way) = single.and_then(|ways| ways.first()).filter(|way| way.special.is_none()).cloned() else {
                continue;
            };
            let is_plain = at != self.start && self.joins.get(at).is_some_and(Option::is_none);
            if !is_plain || way.comes_to(at) || !way.to.iter().all(|(to, _)| self.is_alike(at, *to)) {
                continue;
            }
            self.ways[at] = None;
            self.replaced = true;
            for ways in self.ways.iter_mut().flatten() {
                let (touched, mut kept): (BTreeSet<_>, BTreeSet<_>) =
                    std::mem::take(ways).into_iter().partition(|found| found.comes_to(at));
                for found in touched {
                    let mut next: Vec<Target> = Vec::new();
                    for target in found.to {
                        if target.0 == at { next.extend(&way.to) } else { next.push(target) }
                    }
                    kept.insert(Way { special: found.special, ..Way::plain(next) });
                }
                *ways = kept;
            }
            return true;
        }
        false
    }

    /// Whether nothing can tell a token in `node` from one that has gone on to `to` at once.
    fn is_alike(&self, node: usize, to: usize) -> bool {
        let (mut here, there) = (self.seen(node), self.seen(to));
        match self.joins.get(to).and_then(Option::as_ref).filter(|_| self.explores) {
            // In which order tokens come makes a difference to these.
            Some(Join::First(..) | Join::Rounds) => return false,
            // It waits for those that come from there, so it makes no difference when they do.
            Some(Join::Rest(_)) if !here.remove(&(self.net.moves.len() + to)) => return false,
            _ => {}
        }
        here == there
    }
}
