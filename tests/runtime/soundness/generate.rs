//! Flows of a dozen nodes: built from blocks that fit together, then spoilt in a few places.

use formwork_catalog::flow::Need;
use formwork_definition::kind::flow::Rest;

use super::net::{Act, BRANCHES, CHOICES, Net, Part};

/// xorshift64*: the same seed, the same flow.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) as usize % n
    }

    /// True in `percent` of the cases.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

/// Node 0 is the start, node 1 the end.
pub(super) fn net(random: &mut Random) -> Net {
    let nodes = 4 + random.below(6);
    let mut builder = Builder { net: Net::default(), random, nodes, choices: 0 };
    builder.push(Part::Run(Vec::new()), None);
    let terminate = builder.random.chance(10);
    let end = builder.push(Part::End { terminate }, None);
    let first = builder.block(end, None);
    builder.net.parts[0].0 = Part::State(vec![act(vec![first])]);
    for _ in 0..builder.random.below(7) {
        builder.spoil();
    }
    builder.net
}

struct Builder<'a> {
    net: Net,
    random: &'a mut Random,
    /// How many nodes there shall be, more or less.
    nodes: usize,
    choices: usize,
}

fn act(to: Vec<usize>) -> Act {
    Act { to, cancel: Vec::new() }
}

impl Builder<'_> {
    fn push(&mut self, part: Part, parent: Option<usize>) -> usize {
        self.net.parts.push((part, parent));
        self.net.parts.len() - 1
    }

    /// A part of a flow that leads to `next`; gives its first node.
    fn block(&mut self, next: usize, parent: Option<usize>) -> usize {
        if self.net.parts.len() >= self.nodes {
            return self.push(Part::State(vec![act(vec![next])]), parent);
        }
        match self.random.below(20) {
            0..3 => self.push(Part::State(vec![act(vec![next])]), parent),
            3..6 => {
                let second = self.block(next, parent);
                self.block(second, parent)
            }
            6..8 => {
                let (a, b) = (self.block(next, parent), self.block(next, parent));
                self.push(Part::State(vec![act(vec![a]), act(vec![b])]), parent)
            }
            8..10 => self.choice(next, next, false, parent),
            10..14 => self.fork(next, parent),
            14..16 => {
                let need = self.random.pick(&[Need::Chosen, Need::Reachable]);
                let join = self.push(Part::Join { need, rest: Rest::Keep, to: vec![next] }, parent);
                self.choice(join, join, true, parent)
            }
            16..18 => {
                let head = self.push(Part::Run(Vec::new()), parent);
                let check = self.push(Part::State(vec![act(vec![next]), act(vec![head])]), parent);
                let body = self.block(check, parent);
                self.net.parts[head].0 = Part::Run(vec![body]);
                head
            }
            _ => self.scope(next, parent),
        }
    }

    fn choice(&mut self, a: usize, b: usize, every: bool, parent: Option<usize>) -> usize {
        if self.choices == CHOICES {
            return self.push(Part::State(vec![act(vec![a])]), parent);
        }
        let by = self.choices;
        self.choices += 1;
        let mut branches = vec![vec![self.block(a, parent)], vec![self.block(b, parent)]];
        if self.random.chance(25) && branches.len() < BRANCHES {
            branches.push(vec![self.block(b, parent)]);
        }
        let otherwise = self.random.chance(50).then(|| vec![self.block(b, parent)]);
        self.push(Part::Decide { by, every, branches, otherwise }, parent)
    }

    fn fork(&mut self, next: usize, parent: Option<usize>) -> usize {
        let count = Need::Count(1 + self.random.below(2) as u32);
        let need = self.random.pick(&[Need::All, Need::All, Need::Chosen, Need::Reachable, count]);
        let rest = match need {
            Need::Count(_) => self.random.pick(&[Rest::Absorb, Rest::Cancel, Rest::Block, Rest::Keep]),
            _ => Rest::Keep,
        };
        let join = self.push(Part::Join { need, rest, to: vec![next] }, parent);
        let branches = 2 + usize::from(self.random.chance(25));
        let mut inside: Vec<Vec<usize>> = Vec::new();
        let mut to = Vec::new();
        for _ in 0..branches {
            let from = self.net.parts.len();
            to.push(self.block(join, parent));
            inside.push((from..self.net.parts.len()).filter(|at| self.net.parts[*at].1 == parent).collect());
        }
        if self.random.chance(40) {
            self.withdrawal(join, next, &inside);
        }
        let part = if self.random.chance(50) { Part::Run(to) } else { Part::State(vec![act(to)]) };
        self.push(part, parent)
    }

    /// An action in one branch that withdraws the others, and the join.
    fn withdrawal(&mut self, join: usize, next: usize, branches: &[Vec<usize>]) {
        let by = self.random.below(branches.len());
        let states: Vec<usize> =
            branches[by].iter().copied().filter(|at| matches!(self.net.parts[*at].0, Part::State(_))).collect();
        if states.is_empty() {
            return;
        }
        let at = self.random.pick(&states);
        let others = branches.iter().enumerate().filter(|(branch, _)| *branch != by).flat_map(|(_, nodes)| nodes);
        let cancel = others.copied().chain([join]).collect();
        let to = if self.random.chance(15) { Vec::new() } else { vec![next] };
        if let Part::State(acts) = &mut self.net.parts[at].0 {
            acts.push(Act { to, cancel });
        }
    }

    fn scope(&mut self, next: usize, parent: Option<usize>) -> usize {
        let blank = Part::Scope { start: 0, to: vec![next], leave: Vec::new(), open_while: None, closed: None };
        let scope = self.push(blank, parent);
        let terminate = self.random.chance(5);
        let end = self.push(Part::End { terminate }, Some(scope));
        let first = self.block(end, Some(scope));
        let leave = if self.random.chance(30) { vec![act(vec![next])] } else { Vec::new() };
        self.net.parts[scope].0 = Part::Scope { start: first, to: vec![next], leave, open_while: None, closed: None };
        scope
    }

    /// Another node of the same graph.
    fn neighbour(&mut self, of: usize) -> usize {
        let parent = self.net.parts[of].1;
        let near: Vec<usize> = (1..self.net.parts.len()).filter(|at| self.net.parts[*at].1 == parent).collect();
        if near.is_empty() { of } else { self.random.pick(&near) }
    }

    /// One small change, as somebody in a hurry would make it.
    fn spoil(&mut self) {
        let at = self.random.below(self.net.parts.len());
        let (near, any) = (self.neighbour(at), self.random.below(self.net.parts.len()));
        let top = self.net.parts[at].1.is_none();
        let (coin, number) = (self.random.chance(50), self.random.below(3) as u32);
        let need = self.random.pick(&[Need::All, Need::Count(1 + number), Need::Chosen, Need::Reachable]);
        let rest = self.random.pick(&[Rest::Keep, Rest::Absorb, Rest::Cancel, Rest::Block]);
        match &mut self.net.parts[at].0 {
            Part::State(acts) => match self.random.below(5) {
                0 => acts[0].to = vec![near],
                1 => add(&mut acts[0].to, near),
                2 => acts[0].cancel.push(any),
                3 if acts.len() > 1 => drop(acts.pop()),
                _ => acts.push(act(vec![near])),
            },
            Part::Decide { branches, every, .. } => match self.random.below(3) {
                0 => *every = !*every,
                1 => branches[0] = vec![near],
                _ => add(&mut branches[0], near),
            },
            Part::Join { need: known, rest: left, .. } => {
                if coin {
                    *known = need;
                }
                *left = if matches!(known, Need::Count(_)) { rest } else { Rest::Keep };
            }
            Part::Run(to) => add(to, near),
            Part::Scope { leave, open_while, closed, .. } => match self.random.below(3) {
                0 if near != at => {
                    *open_while = Some(near);
                    *closed = (coin && top).then_some(1);
                }
                1 => leave.push(act(vec![near])),
                _ => leave.push(Act { to: vec![near], cancel: vec![any] }),
            },
            Part::End { terminate } => *terminate = coin,
        }
    }
}

fn add(to: &mut Vec<usize>, node: usize) {
    if !to.contains(&node) {
        to.push(node);
    }
}
