//! Moves that withdraw everything else.
//!
//! When whatever can hold a token beside a node is withdrawn by an action there, the action leads to one and the same
//! situation, whenever it is taken: tokens where it leads, and none elsewhere. So the net comes to what it comes to
//! without the action, from its start and from that situation; and if it can end from everywhere without the action, it
//! can with it. Hence the action is left out, and the net begins with a choice of where. Tokens on their way to an end
//! may be left beside, but only where the action leads to none of its kind again: every round could leave one more.

use std::collections::BTreeSet;

use super::{GONE, Join, Reduced, Way, together::Together};

impl Reduced<'_> {
    /// Leaves out what withdraws everything else; false when there is no such move.
    pub(super) fn leave_out_withdrawals(&mut self) -> bool {
        let is_withdrawal = |way: &Way| {
            let found = way.special.and_then(|special| self.net.moves.get(special));
            found.is_some_and(|found| found.guard.is_none() && !found.clears.is_empty())
        };
        if !self.ways.iter().flatten().flatten().any(is_withdrawal) {
            return false;
        }
        let together = Together::of(self);
        let mut out: Vec<(usize, Way)> = Vec::new();
        for (node, ways) in self.ways.iter().enumerate().filter_map(|(at, ways)| Some((at, ways.as_ref()?))) {
            // Where there is nothing else to do, nobody could do without it.
            let all: Vec<&Way> = ways.iter().filter(|way| self.withdraws_all(node, way, &together)).collect();
            if all.len() < ways.len() {
                out.extend(all.into_iter().map(|way| (node, way.clone())));
            }
        }
        if out.is_empty() {
            return false;
        }
        let mut first = BTreeSet::from([Way::plain(vec![(self.start, 0)])]);
        for (node, way) in &out {
            if let Some(Some(ways)) = self.ways.get_mut(*node) {
                ways.remove(way);
            }
            first.insert(Way::plain(way.to.clone()));
        }
        self.left_out.extend(out);
        self.start = self.ways.len();
        self.ways.push(Some(first));
        self.joins.push(None);
        self.look_around();
        true
    }

    /// Leaves it out to withdraw what is on its way to an end and can do nothing else: it ends by itself, and nobody waits
    /// for it. And where nothing is left to withdraw, a move only sends tokens on. False when nothing was left out.
    pub(super) fn let_go(&mut self) -> bool {
        let ends = |way: &Way| way.special.is_none() && matches!(way.to[..], [(GONE, _)]);
        let is_ending = |node: &usize| {
            let ways = self.ways.get(*node).and_then(Option::as_ref);
            let is_plain = *node != self.start && self.joins.get(*node).is_some_and(Option::is_none);
            is_plain
                && ways.is_some_and(|ways| !ways.is_empty() && ways.iter().all(ends))
                && self.is_only_withdrawn(*node)
        };
        if let Some(node) = (0..self.ways.len()).find(is_ending) {
            self.let_go.insert(node);
            self.look_around();
            return true;
        }
        let withdraws = |special: usize| {
            self.net.moves.get(special).is_none_or(|found| {
                let is_left =
                    |node: &usize| !self.let_go.contains(node) && matches!(self.ways.get(*node), Some(Some(_)));
                found.guard.is_some() || found.clears.iter().any(is_left)
            })
        };
        let idle: Vec<usize> =
            self.ways.iter().flatten().flatten().filter_map(|way| way.special).filter(|at| !withdraws(*at)).collect();
        for ways in self.ways.iter_mut().flatten().filter(|_| !idle.is_empty()) {
            let (now_plain, mut kept): (BTreeSet<_>, BTreeSet<_>) =
                std::mem::take(ways).into_iter().partition(|way| way.special.is_some_and(|at| idle.contains(&at)));
            kept.extend(now_plain.into_iter().map(|way| Way { special: None, ..way }));
            *ways = kept;
        }
        self.look_around();
        !idle.is_empty()
    }

    /// Whether a token here can be withdrawn, and nothing else has to do with it.
    fn is_only_withdrawn(&self, node: usize) -> bool {
        let seen = self.seen(node);
        let withdraws = |by: &usize| {
            let found = self.net.moves.get(*by);
            found.is_some_and(|found| found.guard.is_none_or(|(guard, _)| guard != node))
        };
        !seen.is_empty() && seen.iter().all(withdraws)
    }

    /// Whether nothing but where it leads has a token after the move, whenever it is made.
    fn withdraws_all(&self, node: usize, way: &Way, together: &Together) -> bool {
        let found = way.special.and_then(|special| self.net.moves.get(special));
        let Some(found) = found.filter(|found| found.guard.is_none() && !found.clears.is_empty()) else {
            return false;
        };
        let remembers = |at: usize| matches!(self.joins.get(at), Some(Some(Join::Rounds)));
        let forgotten = (0..self.joins.len()).filter(|at| remembers(*at)).all(|at| found.clears.contains(&at));
        let mut others = together.with((node, 0)).map(|(other, _)| other);
        let is_withdrawn = |other: usize| other != node && found.clears.contains(&other);
        forgotten && others.all(|other| is_withdrawn(other) || (other == GONE && !self.leads_back(node, way)))
    }

    /// Whether a token can come to the node again by the way.
    fn leads_back(&self, node: usize, way: &Way) -> bool {
        let mut met: BTreeSet<usize> = BTreeSet::new();
        let mut open: Vec<usize> = way.to.iter().map(|(to, _)| *to).collect();
        while let Some(at) = open.pop() {
            if at == node {
                return true;
            }
            if met.insert(at) {
                let ways = self.ways.get(at).into_iter().flatten().flatten();
                let out = self.left_out.iter().filter(|(from, _)| *from == at).map(|(_, way)| way);
                open.extend(ways.chain(out).flat_map(|way| &way.to).map(|(to, _)| *to));
            }
        }
        false
    }
}
