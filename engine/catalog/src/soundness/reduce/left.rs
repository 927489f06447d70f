//! What is left of a net when it has collapsed, as a net of its own that is explored.

use std::collections::BTreeMap;

use formwork_model::{name::Name, source::Span, text::Text};

use super::{GONE, Join, Reduced, Target, Way};
use crate::soundness::{
    explore::{Order, explore},
    net::{Gate, Move, Net, Spot},
};

impl Reduced<'_> {
    /// Whether every situation of what is left comes to the end; `false` also when there are more than `most`.
    pub(super) fn explore_what_is_left(&self, most: usize) -> bool {
        if !self.takes_what_was_left_out() {
            return false;
        }
        let Some(left) = Left::of(self) else { return false };
        let found = explore(&left.net, most, Order::Near);
        found.complete && found.problem.is_none()
    }

    /// Whether the moves that were left out are made in some run. Where nothing but joins takes tokens, whatever waits
    /// for one gets it; elsewhere there must be a way to the move that nothing but its own token is needed for.
    fn takes_what_was_left_out(&self) -> bool {
        let takes = |join: &Join| matches!(join, Join::First(..));
        let is_plain = self.ways.iter().flatten().flatten().all(|way| way.special.is_none());
        if is_plain && !self.joins.iter().flatten().any(takes) {
            return true;
        }
        let (mut met, mut open) = (vec![false; self.net.nodes.len()], vec![self.net.start]);
        while let Some(at) = open.pop() {
            let waits = self.net.nodes.get(at).is_none_or(|node| node.join.is_some());
            if waits || met.get_mut(at).is_none_or(|met| std::mem::replace(met, true)) {
                continue;
            }
            let plain = |m: &&Move| m.node == at && m.guard.is_none() && m.clears.is_empty();
            open.extend(self.net.moves.iter().filter(plain).flat_map(|m| &m.to));
        }
        self.left_out.iter().all(|(node, _)| met.get(*node) == Some(&true))
    }
}

/// The net in the making.
struct Left<'r> {
    reduced: &'r Reduced<'r>,
    /// What nodes are called that stand for no node.
    name: Name,
    net: Net,
    /// Where the nodes that are left are in it.
    places: BTreeMap<usize, usize>,
    /// The nodes by which tokens come to joins that tell their edges apart.
    edges: BTreeMap<Target, usize>,
    /// Where a token is that does nothing more but come to its end.
    gone: Option<usize>,
}

impl<'r> Left<'r> {
    fn of(reduced: &'r Reduced<'r>) -> Option<Self> {
        let name = reduced.net.nodes.get(reduced.net.start)?.name;
        let (places, edges) = (BTreeMap::new(), BTreeMap::new());
        let net =
            Net { nodes: Vec::new(), moves: Vec::new(), edges: Vec::new(), start: 0, withdraws: Vec::new(), slots: 0 };
        let mut left = Self { reduced, name, net, places, edges, gone: None };
        left.nodes();
        for (at, ways) in reduced.ways.iter().enumerate() {
            ways.iter().flatten().for_each(|way| left.way(at, way));
        }
        left.joins();
        left.net.lay_out();
        Some(left)
    }

    fn push(&mut self, like: usize, automatic: bool) -> usize {
        let name = self.reduced.net.nodes.get(like).map_or(self.name, |node| node.name);
        self.net.nodes.push(Spot { name, automatic, slot: 0, join: None, hanging: false });
        self.net.nodes.len() - 1
    }

    fn nodes(&mut self) {
        for at in (0..self.reduced.ways.len()).filter(|at| self.reduced.ways.get(*at).is_some_and(Option::is_some)) {
            // A start that was put in front chooses by itself.
            let automatic = self.reduced.net.nodes.get(at).is_none_or(|node| node.automatic);
            let place = self.push(at, automatic);
            self.places.insert(at, place);
        }
        self.net.start = self.places.get(&self.reduced.start).copied().unwrap_or_default();
        // What only ends may have waited for somebody before: such tokens can be many.
        if self.reduced.ways.iter().flatten().flatten().any(|way| way.comes_to(GONE)) {
            let gone = self.push(self.reduced.start, false);
            self.moves(gone, Vec::new(), None);
            self.gone = Some(gone);
        }
        for (join, edge) in self.told_apart() {
            let (Some(to), place) = (self.places.get(&join).copied(), self.push(edge, true)) else { continue };
            self.moves(place, vec![to], None);
            self.edges.insert((join, edge), place);
        }
    }

    /// The edges of joins that tell them apart.
    fn told_apart(&self) -> Vec<Target> {
        let mut all = Vec::new();
        for (at, join) in self.reduced.joins.iter().enumerate() {
            let gate = self.reduced.net.nodes.get(at).and_then(|node| node.join.as_ref());
            if let (Some(Join::All(_) | Join::Rounds), Some(gate)) = (join, gate) {
                all.extend(gate.edges.iter().map(|edge| (at, *edge)));
            }
        }
        all
    }

    fn moves(&mut self, node: usize, to: Vec<usize>, like: Option<&Move>) {
        let place = |at: &usize| self.places.get(at).copied();
        self.net.moves.push(Move {
            node,
            via: Text::default(),
            span: Span::default(),
            ends: to.is_empty(),
            to,
            clears: like.iter().flat_map(|like| &like.clears).filter_map(place).collect(),
            keeps: false,
            terminates: false,
            leaves: false,
            guard: like.and_then(|like| like.guard).and_then(|(at, holds)| Some((place(&at)?, holds))),
        });
    }

    fn way(&mut self, node: usize, way: &Way) {
        let Some(place) = self.places.get(&node).copied() else { return };
        let comes = |target: &Target| match target {
            (GONE, _) => self.gone,
            (to, _) => self.edges.get(target).or_else(|| self.places.get(to)).copied(),
        };
        let to = way.to.iter().filter_map(comes).collect();
        self.moves(place, to, way.special.and_then(|special| self.reduced.net.moves.get(special)));
    }

    fn joins(&mut self) {
        for (at, place) in &self.places {
            let still = self.reduced.joins.get(*at).is_some_and(Option::is_some);
            let gate = self.reduced.net.nodes.get(*at).and_then(|node| node.join.as_ref()).filter(|_| still);
            let (Some(gate), Some(spot)) = (gate, self.net.nodes.get_mut(*place)) else { continue };
            spot.join = Some(Gate {
                need: gate.need,
                rest: gate.rest,
                edges: gate.edges.iter().filter_map(|edge| self.edges.get(&(*at, *edge)).copied()).collect(),
                others: gate.others.iter().filter_map(|other| self.places.get(other).copied()).collect(),
            });
        }
    }
}
