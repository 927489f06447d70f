//! Which places can hold tokens at the same time.
//!
//! Pairs, from the start on: the targets of one way are together, and what is together with all that a node takes is
//! together with where it sends tokens, unless it is withdrawn. Places that are together need not be in any run; places
//! that some run brings together are.

use std::collections::{BTreeMap, BTreeSet};

use super::{GONE, Join, Reduced, Target, Way};

/// Pairs of places; a place with itself is one that can hold two tokens.
pub(super) struct Together {
    with: BTreeMap<Target, BTreeSet<Target>>,
}

impl Together {
    pub(super) fn of(reduced: &Reduced<'_>) -> Self {
        let mut found = Self { with: BTreeMap::from([((reduced.start, 0), BTreeSet::new())]) };
        while found.spread(reduced) {}
        found
    }

    /// What can hold a token while `place` does.
    pub(super) fn with(&self, place: Target) -> impl Iterator<Item = Target> + '_ {
        self.with.get(&place).into_iter().flatten().copied()
    }

    fn spread(&mut self, reduced: &Reduced<'_>) -> bool {
        let mut changed = false;
        for (node, ways) in reduced.ways.iter().enumerate().filter_map(|(at, ways)| Some((at, ways.as_ref()?))) {
            let taken = taken(reduced, node);
            let mut beside: Option<BTreeSet<Target>> = None;
            for place in &taken {
                let Some(with) = self.with.get(place) else {
                    beside = None;
                    break;
                };
                beside = Some(beside.map_or_else(|| with.clone(), |known| &known & with));
            }
            let Some(beside) = beside.filter(|_| !taken.is_empty()) else { continue };
            for way in ways {
                changed |= self.fire(reduced, node, way, &beside);
            }
        }
        changed
    }

    /// Notes what is together behind a way; says whether anything of it is new.
    fn fire(&mut self, reduced: &Reduced<'_>, node: usize, way: &Way, beside: &BTreeSet<Target>) -> bool {
        let found = way.special.and_then(|special| reduced.net.moves.get(special));
        let withdrawn = |at: usize| {
            // Nothing is there when such a join goes on, or is left afterwards; its nodes are those of the whole net.
            let by_join = match reduced.joins.get(node) {
                Some(Some(Join::Rest(others) | Join::First(_, others))) => {
                    (reduced.explores || !reduced.replaced) && others.contains(&at)
                }
                _ => false,
            };
            by_join || found.is_some_and(|found| found.clears.contains(&at))
        };
        let to: Vec<Target> = way.to.iter().map(|target| place(reduced, *target)).collect();
        let stays: Vec<Target> = beside.iter().copied().filter(|(at, _)| !withdrawn(*at)).collect();
        let mut changed = false;
        for (i, place) in to.iter().enumerate() {
            let others = to.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, other)| *other);
            let all: Vec<Target> = others.chain(stays.iter().copied()).collect();
            changed |= !self.with.contains_key(place);
            self.with.entry(*place).or_default();
            for other in all {
                changed |= self.with.entry(*place).or_default().insert(other);
                changed |= self.with.entry(other).or_default().insert(*place);
            }
        }
        changed
    }
}

/// What holds a token on its way there: joins that count hold all of them in one place.
fn place(reduced: &Reduced<'_>, target: Target) -> Target {
    match reduced.joins.get(target.0) {
        Some(Some(Join::Rounds)) => (target.0, 0),
        _ if target.0 == GONE => (GONE, 0),
        _ => target,
    }
}

/// What a node takes when it goes on, one token of each.
fn taken(reduced: &Reduced<'_>, node: usize) -> Vec<Target> {
    match reduced.joins.get(node) {
        Some(Some(Join::All(edges))) => edges.iter().map(|edge| (node, *edge)).collect(),
        _ => vec![(node, 0)],
    }
}
