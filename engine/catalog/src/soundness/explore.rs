//! Every marking a net can get to, breadth first, with the way there.

mod token;

use std::collections::{HashMap, VecDeque};

use formwork_model::name::Name;

use super::{Kind, net::Net};
pub(super) use token::{Firing, Marking, arrive, count};
use token::{fire, firings};

/// More tokens than this in one place are not counted.
const MOST_TOKENS: u8 = 60;

/// Everything found in one net.
#[derive(Debug)]
pub(super) struct Explored {
    states: Vec<State>,
    pub(super) problem: Option<Problem>,
    /// A node that no run comes to, also when there is a worse problem.
    pub(super) unused: Option<Problem>,
    /// Every marking was seen.
    pub(super) complete: bool,
    /// The last token can be consumed.
    pub(super) completes: bool,
    /// A `terminate` can be reached.
    pub(super) terminates: bool,
    /// Nodes that wait for people and can hold two tokens.
    pub(super) doubled: Vec<usize>,
}

#[derive(Debug)]
struct State {
    marking: Marking,
    /// The marking before, and what fired.
    before: Option<(usize, Firing)>,
    /// Whether a token has come to an end on the way.
    ended: bool,
}

/// What is wrong, and in which state.
#[derive(Debug, Clone, Copy)]
pub(super) enum Problem {
    /// Nothing can go on.
    Stuck { at: usize },
    /// The end can't be reached any more.
    Livelock { at: usize },
    /// More and more tokens in this node.
    PileUp { at: usize, node: usize },
    /// No token comes to this node.
    NeverFires { node: usize },
}

impl Explored {
    /// The firings that lead to a state.
    pub(super) fn way_to(&self, at: usize) -> Vec<Firing> {
        let mut way = Vec::new();
        let mut state = self.states.get(at);
        while let Some((before, firing)) = state.and_then(|state| state.before) {
            way.push(firing);
            state = self.states.get(before);
        }
        way.reverse();
        way
    }

    pub(super) fn marking(&self, problem: &Problem) -> Option<&Marking> {
        match problem {
            Problem::Stuck { at } | Problem::Livelock { at } | Problem::PileUp { at, .. } => {
                self.states.get(*at).map(|state| &state.marking)
            }
            Problem::NeverFires { .. } => None,
        }
    }

    pub(super) fn kind(&self, problem: &Problem) -> Kind {
        match problem {
            Problem::Stuck { at } if self.states.get(*at).is_some_and(|state| state.ended) => Kind::Stranded,
            Problem::Stuck { .. } => Kind::Deadlock,
            Problem::Livelock { .. } => Kind::Livelock,
            Problem::PileUp { .. } => Kind::PileUp,
            Problem::NeverFires { .. } => Kind::NeverFires,
        }
    }
}

/// Whether the sub-graph `name` hangs in the state of `problem`.
pub(super) fn is_hanging(net: &Net, found: &Explored, problem: &Problem, name: Name) -> bool {
    let slot = net.hanging(name).and_then(|at| net.nodes.get(at)).map(|node| node.slot);
    slot.zip(found.marking(problem)).is_some_and(|(slot, marking)| marking.get(slot).is_some_and(|tokens| *tokens > 0))
}

struct Search<'a> {
    net: &'a Net,
    found: Explored,
    known: HashMap<Marking, usize>,
    /// Which state leads to which.
    edges: Vec<(usize, usize)>,
    fired: Vec<bool>,
    most: usize,
    order: Order,
}

/// Which markings are looked at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Those near the start: the first way found to a problem is a shortest one, and all markings are seen.
    Near,
    /// Those at the far end, until the first problem: many tokens on their way at once don't matter then. Which end is
    /// far is different for each number.
    Far(u64),
}

/// Explores at most `most` markings, from the start.
pub(super) fn explore(net: &Net, most: usize, order: Order) -> Explored {
    let mut first = vec![0u8; net.slots];
    token::arrive(net, &mut first, net.start, None);
    search(net, first.into(), most, order, true)
}

/// Explores at most `most` markings, from one where an instance stands. Nodes it does not come to are no problem.
pub(super) fn explore_from(net: &Net, first: Marking, most: usize) -> Explored {
    search(net, first, most, Order::Near, false)
}

fn search(net: &Net, first: Marking, most: usize, order: Order, whole: bool) -> Explored {
    let found = Explored {
        states: Vec::new(),
        problem: None,
        unused: None,
        complete: true,
        completes: false,
        terminates: false,
        doubled: Vec::new(),
    };
    let fired = vec![false; net.moves.len()];
    let mut search = Search { net, found, known: HashMap::new(), edges: Vec::new(), fired, most, order };
    search.run(first, whole);
    search.found
}

impl Search<'_> {
    fn run(&mut self, first: Marking, whole: bool) {
        self.add(first, None, false);
        let mut open = VecDeque::from([0]);
        let mut stuck = None;
        while let Some(next) = if self.order == Order::Near { open.pop_front() } else { open.pop_back() } {
            let marking = self.found.states[next].marking.clone();
            let firings = firings(self.net, &marking);
            if firings.is_empty() && stuck.is_none() && !token::is_empty(self.net, &marking) {
                stuck = Some(Problem::Stuck { at: next });
            }
            let known = self.found.states.len();
            let all = firings.into_iter().all(|firing| self.step(next, &marking, firing));
            if !all || (stuck.is_some() && self.order != Order::Near) {
                self.found.complete = false;
                self.found.problem = self.found.problem.or(stuck);
                return;
            }
            open.extend(known..self.found.states.len());
            self.turn(&mut open, self.found.states.len() - known);
        }
        self.found.unused = if whole { self.never_fires() } else { None };
        self.found.problem = stuck.or_else(|| self.livelock()).or(self.found.unused);
    }

    /// Lets one of the newest states be the next one, another one for each order.
    fn turn(&mut self, open: &mut VecDeque<usize>, new: usize) {
        if let (Order::Far(turn @ 1..), Some(last)) = (&mut self.order, open.len().checked_sub(1)) {
            *turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let back = usize::try_from(*turn >> 33).unwrap_or_default().checked_rem(new).unwrap_or_default();
            open.swap(last, last - back);
        }
    }

    /// Adds the state after a firing; false when the search is over.
    fn step(&mut self, from: usize, marking: &Marking, firing: Firing) -> bool {
        let mut after = marking.to_vec();
        fire(self.net, &mut after, firing);
        let found = &self.net.moves[firing.0];
        self.fired[firing.0] = true;
        self.found.terminates |= found.terminates;
        self.found.completes |= !found.terminates && !found.leaves && token::is_empty(self.net, &after);
        let after: Marking = after.into();
        if let Some(known) = self.known.get(&after) {
            self.edges.push((from, *known));
            return true;
        }
        if self.found.states.len() >= self.most || after.iter().any(|tokens| *tokens > MOST_TOKENS) {
            return false;
        }
        let ended = self.found.states[from].ended || found.ends;
        let at = self.add(after, Some((from, firing)), ended);
        self.edges.push((from, at));
        match self.growth(at) {
            Some(node) => {
                self.found.problem = Some(Problem::PileUp { at, node });
                false
            }
            None => true,
        }
    }

    fn add(&mut self, marking: Marking, before: Option<(usize, Firing)>, ended: bool) -> usize {
        for (at, node) in self.net.nodes.iter().enumerate() {
            if !node.automatic && marking[node.slot] > 1 && !self.found.doubled.contains(&self.net.origin(at)) {
                self.found.doubled.push(self.net.origin(at));
            }
        }
        let at = self.found.states.len();
        self.known.insert(marking.clone(), at);
        self.found.states.push(State { marking, before, ended });
        at
    }

    /// The node that grows, when this state has all the tokens of one before it and more, and going the same way
    /// twice again gives as many again each time. (Covering alone is no proof: a join that waits for others, or a
    /// withdrawal, may stop the growth.)
    fn growth(&self, at: usize) -> Option<usize> {
        let marking = &self.found.states[at].marking;
        let total = |marking: &Marking| marking.iter().map(|tokens| u32::from(*tokens)).sum::<u32>();
        let (mut way, mut state) = (Vec::new(), &self.found.states[at]);
        while let Some((before, firing)) = state.before {
            way.push(firing);
            state = &self.found.states[before];
            let covers = total(&state.marking) < total(marking)
                && state.marking.iter().zip(marking.iter()).all(|(less, more)| less <= more);
            if covers && self.repeats(&state.marking, marking, way.iter().rev().copied()) {
                let grown = |node: &super::net::Spot| count(node, &state.marking) < count(node, marking);
                return self.net.nodes.iter().position(grown);
            }
        }
        None
    }

    fn repeats(&self, before: &Marking, after: &Marking, way: impl Iterator<Item = Firing> + Clone) -> bool {
        let growth: Vec<u8> = after.iter().zip(before.iter()).map(|(after, before)| after - before).collect();
        let mut now = after.to_vec();
        for _ in 0..2 {
            let last = now.clone();
            for firing in way.clone() {
                let marking: Marking = now.clone().into();
                if !firings(self.net, &marking).contains(&firing) {
                    return false;
                }
                fire(self.net, &mut now, firing);
            }
            let same = |((now, last), growth): ((&u8, &u8), &u8)| last.checked_add(*growth) == Some(*now);
            if !now.iter().zip(&last).zip(&growth).all(same) {
                return false;
            }
        }
        true
    }

    /// The first state from which no end can be reached, though every state goes on.
    fn livelock(&self) -> Option<Problem> {
        let mut back: Vec<Vec<usize>> = vec![Vec::new(); self.found.states.len()];
        for (from, to) in &self.edges {
            back[*to].push(*from);
        }
        let ends = self.found.states.iter().enumerate().filter(|(_, state)| token::is_empty(self.net, &state.marking));
        let mut open: Vec<usize> = ends.map(|(at, _)| at).collect();
        let mut good = vec![false; self.found.states.len()];
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut good[at], true) {
                open.extend(back[at].iter().filter(|from| !good[**from]));
            }
        }
        good.iter().position(|good| !good).map(|at| Problem::Livelock { at })
    }

    fn never_fires(&self) -> Option<Problem> {
        let fires = |at: usize| self.net.moves.iter().zip(&self.fired).any(|(found, fired)| found.node == at && *fired);
        let marked = |slot: usize| self.found.states.iter().any(|state| state.marking[slot] > 0);
        // Where people can do nothing, it is enough that a token comes.
        let idle = |at: usize| self.net.moves.iter().all(|found| found.node != at);
        // A scope that is closed whenever a token comes runs nothing.
        let opens = |at: usize, slot: usize| {
            let mut guards = self.net.moves.iter().filter(|found| found.node == at).filter_map(|found| found.guard);
            let is_open = |node: usize| {
                self.found.states.iter().any(|s| s.marking[slot] > 0 && token::has_token(self.net, &s.marking, node))
            };
            guards.next().is_none_or(|(node, _)| is_open(node))
        };
        let never = |(at, node): (usize, &super::net::Spot)| {
            let comes = fires(at) || (idle(at) && node.join.is_none() && marked(node.slot));
            let used = comes && opens(at, node.slot);
            !node.hanging && !used
        };
        self.net.nodes.iter().enumerate().find(|found| never(*found)).map(|(node, _)| Problem::NeverFires { node })
    }
}
