//! Branches of which a join takes the first tokens and withdraws the others.
//!
//! The nodes between a split and such a join are left as soon as enough tokens have come, and nothing is left behind in
//! them. When tokens go on one by one there, none gets out but through the join, and from everywhere one can come to it,
//! then whatever happens inside comes to the way behind the join, once for each time the split is passed. Every node inside
//! is met by some run: the split puts tokens on nodes that wait for somebody, so one can go to any node while the others
//! stand still.

use std::collections::BTreeSet;

use super::{GONE, Join, Reduced, Way};

impl Reduced<'_> {
    /// Replaces the branches before one such join by the way behind it; false when no join has such branches.
    pub(super) fn pass_first(&mut self) -> bool {
        for at in 0..self.joins.len() {
            let Some(Some(Join::First(need, others))) = self.joins.get(at).cloned() else { continue };
            if let Some((split, behind)) = self.branches(at, need, &others) {
                if let Some(Some(ways)) = self.ways.get_mut(split) {
                    ways.retain(|way| !way.to.iter().any(|(to, _)| *to == at || others.contains(to)));
                    ways.insert(behind);
                }
                for gone in others.into_iter().chain([at]) {
                    self.ways[gone] = None;
                    self.joins[gone] = None;
                }
                // Two passages of the split at once would share the withdrawal.
                self.one_token = true;
                return true;
            }
        }
        false
    }

    /// The one node that leads into the branches before a join, and the way behind the join; `None` when they are not such
    /// that it can be replaced.
    fn branches(&self, join: usize, need: usize, others: &[usize]) -> Option<(usize, Way)> {
        let is_inside = |node: usize| node == join || others.contains(&node);
        if is_inside(self.start) {
            return None;
        }
        // One by one, not out, and without another join on the way.
        let goes_on = |node: &usize| {
            let is_plain = self.joins.get(*node).is_some_and(Option::is_none);
            let ways = self.ways.get(*node).and_then(Option::as_ref);
            let one = |way: &Way| way.special.is_none() && matches!(&way.to[..], [(to, _)] if is_inside(*to));
            is_plain && self.seen(*node).is_empty() && ways.is_some_and(|ways| ways.iter().all(one))
        };
        let left: Vec<usize> =
            others.iter().copied().filter(|node| self.ways.get(*node).is_some_and(Option::is_some)).collect();
        if !left.iter().all(goes_on) || !self.all_come_to(join, &left) {
            return None;
        }
        let mut outside = self.ways.iter().enumerate().filter_map(|(at, ways)| Some((at, ways.as_ref()?)));
        let enters = |way: &Way| way.to.iter().any(|(to, _)| is_inside(*to));
        let leads_in = |ways: &BTreeSet<Way>| ways.iter().any(enters);
        let mut splits = outside.by_ref().filter(|(at, ways)| !is_inside(*at) && leads_in(ways));
        let (Some((split, ways)), None) = (splits.next(), splits.next()) else { return None };
        let rests = |to: usize| is_inside(to) && self.net.nodes.get(to).is_some_and(|node| !node.automatic);
        let whole =
            |way: &Way| way.special.is_none() && way.to.len() >= need && way.to.iter().all(|(to, _)| rests(*to));
        if !ways.iter().filter(|way| enters(way)).all(whole) || !self.seen(join).is_empty() {
            return None;
        }
        let behind = self.ways.get(join).and_then(Option::as_ref).filter(|ways| ways.len() == 1)?.first()?.clone();
        // A way behind that leads back inside would be no way behind.
        behind.to.iter().all(|(to, _)| *to == GONE || !is_inside(*to)).then_some((split, behind))
    }

    /// Whether from each of these nodes some way leads to the join.
    fn all_come_to(&self, join: usize, nodes: &[usize]) -> bool {
        let mut come = BTreeSet::from([join]);
        loop {
            let more: Vec<usize> = nodes
                .iter()
                .copied()
                .filter(|node| !come.contains(node))
                .filter(|node| {
                    let ways = self.ways.get(*node).and_then(Option::as_ref);
                    ways.is_some_and(|ways| ways.iter().any(|way| way.to.iter().any(|(to, _)| come.contains(to))))
                })
                .collect();
            if more.is_empty() {
                return nodes.iter().all(|node| come.contains(node));
            }
            come.extend(more);
        }
    }
}
