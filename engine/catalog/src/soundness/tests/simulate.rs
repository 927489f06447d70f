//! A second implementation of the token rules, written for clarity: maps of names, no compression.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use formwork_definition::kind::flow::Rest;

use super::build::{Draft, Part};
use crate::flow::Need;

/// What simulating says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Good,
    /// From some situation the end can't be reached.
    Stuck,
    /// More tokens than such a small flow can have for another reason than growth.
    Unbounded,
    /// All is well, except that a node is never used.
    Unused,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct World {
    tokens: BTreeMap<String, u32>,
    /// By join and edge.
    waiting: BTreeMap<(String, String), u32>,
    rounds: BTreeMap<String, Round>,
    held: BTreeMap<(String, String), u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Round {
    fired: bool,
    seen: BTreeSet<String>,
    arrived: u32,
}

struct Rules<'a> {
    draft: &'a Draft,
    edges: BTreeMap<String, BTreeSet<String>>,
}

fn ways(part: &Part) -> Vec<Vec<String>> {
    match part {
        Part::State(actions) => actions.iter().map(|(_, to, _)| to.clone()).collect(),
        Part::Decide { every: false, branches } => branches.clone(),
        Part::Decide { every: true, branches } => (1..1usize << branches.len())
            .map(|mask| {
                branches
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| mask >> at & 1 == 1)
                    .flat_map(|(_, to)| to.clone())
                    .collect()
            })
            .collect(),
        Part::Join { to, .. } | Part::Run(to) => vec![to.clone()],
        Part::Scope { .. } | Part::End(_) => Vec::new(),
    }
}

impl<'a> Rules<'a> {
    fn new(draft: &'a Draft) -> Self {
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, part) in &draft.parts {
            for to in ways(part).into_iter().flatten() {
                edges.entry(to).or_default().insert(from.clone());
            }
        }
        Self { draft, edges }
    }

    fn part(&self, name: &str) -> &Part {
        &self.draft.parts.iter().find(|(known, _)| known == name).unwrap().1
    }

    fn arrive(&self, world: &mut World, to: &str, from: &str) {
        let Part::Join { need, rest, .. } = self.part(to) else {
            *world.tokens.entry(to.into()).or_default() += 1;
            return;
        };
        let edge = (to.to_owned(), from.to_owned());
        if !matches!((need, rest), (Need::Count(_), Rest::Absorb | Rest::Block)) {
            *world.waiting.entry(edge).or_default() += 1;
            return;
        }
        let round = world.rounds.entry(to.into()).or_default();
        if *rest == Rest::Block && round.seen.contains(from) {
            *world.held.entry(edge).or_default() += 1;
            return;
        }
        round.seen.insert(from.into());
        if !round.fired {
            round.arrived += 1;
        }
        self.next_round(world, to);
    }

    fn next_round(&self, world: &mut World, join: &str) {
        let round = world.rounds.entry(join.into()).or_default();
        if !round.fired || round.seen != self.edges[join] {
            return;
        }
        *round = Round::default();
        for edge in &self.edges[join] {
            let key = (join.to_owned(), edge.clone());
            if let Some(held) = world.held.get_mut(&key) {
                *held -= 1;
                let round = world.rounds.entry(join.into()).or_default();
                round.seen.insert(edge.clone());
                round.arrived += 1;
                if world.held[&key] == 0 {
                    world.held.remove(&key);
                }
            }
        }
    }

    fn can_come(&self, world: &World, join: &str) -> bool {
        let mut met: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = self.edges.get(join).into_iter().flatten().map(String::as_str).collect();
        while let Some(at) = open.pop().filter(|_| true) {
            if at != join && met.insert(at) {
                open.extend(self.edges.get(at).into_iter().flatten().map(String::as_str));
            }
        }
        met.into_iter().any(|at| self.count(world, at) > 0)
    }

    fn count(&self, world: &World, name: &str) -> u32 {
        let of = |map: &BTreeMap<(String, String), u32>| {
            map.iter().filter(|((join, _), _)| join == name).map(|(_, n)| n).sum::<u32>()
        };
        world.tokens.get(name).copied().unwrap_or(0)
            + of(&world.waiting)
            + of(&world.held)
            + world.rounds.get(name).map_or(0, |round| round.arrived)
    }

    fn total(&self, world: &World) -> u32 {
        self.draft.parts.iter().map(|(name, _)| self.count(world, name)).sum()
    }

    /// Every world after one step of the join, if it can let a token through.
    fn fire_join(&self, world: &World, name: &str) -> Option<World> {
        let Part::Join { need, rest, to } = self.part(name) else { return None };
        let mut next = world.clone();
        let waiting: u32 = world.waiting.iter().filter(|((join, _), _)| join == name).map(|(_, n)| n).sum();
        let edges = self.edges.get(name)?;
        match (need, rest) {
            (Need::All, _) => {
                for edge in edges {
                    let count = next.waiting.get_mut(&(name.to_owned(), edge.clone())).filter(|count| **count > 0)?;
                    *count -= 1;
                }
            }
            (Need::Count(need), Rest::Absorb | Rest::Block) => {
                let round = next.rounds.entry(name.into()).or_default();
                if round.fired || round.arrived < *need {
                    return None;
                }
                round.fired = true;
                round.arrived = 0;
                self.next_round(&mut next, name);
            }
            (Need::Count(need), _) => {
                if waiting < *need {
                    return None;
                }
                let mut left = *need;
                for ((join, _), count) in &mut next.waiting {
                    if join == name {
                        let taken = left.min(*count);
                        (*count, left) = (*count - taken, left - taken);
                    }
                }
            }
            _ => {
                if waiting == 0 || self.can_come(world, name) {
                    return None;
                }
                next.waiting.retain(|(join, _), _| join != name);
            }
        }
        self.send(&mut next, to, name);
        Some(next)
    }

    fn send(&self, world: &mut World, to: &[String], from: &str) {
        to.iter().for_each(|to| self.arrive(world, to, from));
        // Which edge a token of a counting join came by does not matter any more.
        world.waiting.retain(|_, count| *count > 0);
        world.tokens.retain(|_, count| *count > 0);
        world.rounds.retain(|_, round| *round != Round::default());
    }

    fn steps(&self, world: &World) -> Vec<(String, World)> {
        let (mut ends, mut automatic, mut by_people) = (Vec::new(), Vec::new(), Vec::new());
        for (name, part) in &self.draft.parts {
            if let Some(next) = self.fire_join(world, name) {
                automatic.push((name.clone(), next));
            }
            if world.tokens.get(name).is_none_or(|count| *count == 0) {
                continue;
            }
            let mut taken = world.clone();
            *taken.tokens.get_mut(name).unwrap() -= 1;
            match part {
                Part::State(actions) => {
                    for (_, to, cancel) in actions {
                        let mut next = taken.clone();
                        for gone in cancel {
                            next.tokens.remove(gone);
                            next.rounds.remove(gone);
                            next.waiting.retain(|(join, _), _| join != gone);
                            next.held.retain(|(join, _), _| join != gone);
                        }
                        self.send(&mut next, to, name);
                        by_people.push((name.clone(), next));
                    }
                }
                Part::End(terminate) => {
                    let mut next = if *terminate { World::default() } else { taken };
                    self.send(&mut next, &[], name);
                    ends.push((name.clone(), next));
                }
                part => {
                    for to in ways(part) {
                        let mut next = taken.clone();
                        self.send(&mut next, &to, name);
                        automatic.push((name.clone(), next));
                    }
                }
            }
        }
        [ends, automatic, by_people].into_iter().find(|steps| !steps.is_empty()).unwrap_or_default()
    }
}

/// Tries every run.
pub(super) fn simulate(draft: &Draft) -> Answer {
    let rules = Rules::new(draft);
    let mut first = World::default();
    rules.arrive(&mut first, &draft.start, "");
    let mut known: HashMap<World, usize> = HashMap::from([(first.clone(), 0)]);
    let mut back: Vec<Vec<usize>> = vec![Vec::new()];
    let mut good: Vec<usize> = Vec::new();
    let (mut open, mut used) = (VecDeque::from([(0, first)]), BTreeSet::new());
    while let Some((at, world)) = open.pop_front() {
        if rules.total(&world) == 0 {
            good.push(at);
        }
        for (by, next) in rules.steps(&world) {
            used.insert(by);
            if rules.total(&next) > 24 || known.len() > 6_000 {
                return Answer::Unbounded;
            }
            let count = known.len();
            let to = *known.entry(next.clone()).or_insert(count);
            if to == count {
                back.push(Vec::new());
                open.push_back((to, next));
            }
            back[to].push(at);
        }
    }
    let mut can_end = vec![false; known.len()];
    while let Some(at) = good.pop() {
        if !std::mem::replace(&mut can_end[at], true) {
            good.extend(&back[at]);
        }
    }
    if can_end.contains(&false) {
        return Answer::Stuck;
    }
    if used.len() == draft.parts.len() { Answer::Good } else { Answer::Unused }
}
