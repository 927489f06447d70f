//! Every run of a flow, tried in the decision function itself.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    ops::ControlFlow,
    sync::Arc,
};

use formwork_model::{
    clock::Clock as _,
    id::{CommandId, RecordId},
    instance::Instance,
    name::Name,
};
use formwork_runtime::{
    changes::Changes,
    command::{Actor, Command, Input, Request},
    decide::decide,
    rejection::Refusal,
    release::Release,
};
use formwork_store::{
    embedded::Embedded,
    error::Error,
    store::{Each, Order, View},
};
use jiff::Timestamp;

use super::net::{Net, Part};
use crate::runtime::world::World;

/// What a flow comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Answer {
    /// From everywhere it can still end.
    Sound,
    /// Nothing goes on, and no token has come to an end.
    Deadlock,
    /// Nothing goes on, and some tokens have come to an end.
    Stranded,
    /// It goes on for ever without an end.
    Livelock,
    /// More and more tokens.
    PilesUp,
    /// All is well, but a node is never used.
    Unused,
}

/// More situations are not tried.
const MOST_STATES: usize = 160;
/// A flow of a dozen nodes that has so many tokens has ever more.
const MOST_TOKENS: usize = 12;

/// The keys and values of one situation.
#[derive(Debug, Clone)]
struct Keys(BTreeMap<Vec<u8>, Vec<u8>>);

impl View for Keys {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.0.get(key).cloned())
    }

    fn scan(&self, start: &[u8], end: &[u8], order: Order, each: Each<'_>) -> Result<(), Error> {
        if start >= end {
            return Ok(());
        }
        let mut range = self.0.range(start.to_vec()..end.to_vec());
        while let Some((key, value)) = if order == Order::Forward { range.next() } else { range.next_back() } {
            if each(key, value) == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }
}

/// What one command came to.
struct Step {
    keys: Keys,
    instance: Instance,
    record: RecordId,
    /// Nodes that a token went through, in order.
    through: Vec<usize>,
    ended: bool,
}

struct Explorer<'a> {
    net: &'a Net,
    release: Arc<Release>,
    now: Timestamp,
    commands: u64,
}

struct State {
    keys: Keys,
    instance: Instance,
    record: RecordId,
}

/// What the flow comes to: one answer, or both ways of getting stuck when there are both; `None` when it is too large, or
/// one command comes through one choice twice (both times it would choose alike, and the check takes them to be free).
pub(super) fn explore(net: &Net) -> Option<Vec<Answer>> {
    let world = World::over(Arc::new(Embedded::memory().unwrap()), net.catalog());
    let mut base = BTreeMap::new();
    let copied = world.book.read(|view| {
        Ok(view.scan(&[], &[0xFF; 64], Order::Forward, &mut |key, value| {
            base.insert(key.to_vec(), value.to_vec());
            ControlFlow::Continue(())
        })?)
    });
    copied.unwrap();
    let mut explorer = Explorer { net, release: world.book.release(), now: world.clock.now(), commands: 0 };
    explorer.run(Keys(base))
}

impl Explorer<'_> {
    fn run(&mut self, base: Keys) -> Option<Vec<Answer>> {
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut states: Vec<(bool, Instance)> = Vec::new();
        let mut back: Vec<Vec<usize>> = Vec::new();
        let mut used: BTreeSet<usize> = BTreeSet::new();
        let mut open: VecDeque<(usize, State)> = VecDeque::new();
        let create = |values| Request::Create { object: Name::intern("net"), values };
        let first = self.all(&base, &create)?;
        let mut coming: Vec<(Option<usize>, Step)> = first.into_iter().map(|step| (None, step)).collect();
        let mut stuck: Vec<Answer> = Vec::new();
        loop {
            for (from, step) in coming.drain(..) {
                if step.instance.tokens.len() > MOST_TOKENS {
                    return Some(if stuck.is_empty() { vec![Answer::PilesUp] } else { stuck });
                }
                used.extend(step.through.iter().copied());
                used.extend(
                    step.instance.tokens.iter().map(|token| at(token.node)).filter(|node| !self.is_join(*node)),
                );
                let ended = step.ended || from.is_some_and(|from| states[from].0);
                let name = canonical(&step.instance);
                let to = *known.entry(name).or_insert(states.len());
                if to == states.len() {
                    states.push((ended, step.instance.clone()));
                    back.push(Vec::new());
                    open.push_back((to, State { keys: step.keys, instance: step.instance, record: step.record }));
                }
                back[to].extend(from);
            }
            if states.len() > MOST_STATES {
                return None;
            }
            let Some((at, state)) = open.pop_front() else { break };
            if !state.instance.is_live() {
                continue;
            }
            let steps = self.steps(&state)?;
            let how = if states[at].0 { Answer::Stranded } else { Answer::Deadlock };
            if steps.is_empty() && !stuck.contains(&how) {
                stuck.push(how);
            }
            coming.extend(steps.into_iter().map(|step| (Some(at), step)));
        }
        Some(if stuck.is_empty() { vec![self.judge(&states, &back, &used)] } else { stuck })
    }

    fn judge(&self, states: &[(bool, Instance)], back: &[Vec<usize>], used: &BTreeSet<usize>) -> Answer {
        let mut good = vec![false; states.len()];
        let mut open: Vec<usize> = (0..states.len()).filter(|at| !states[*at].1.is_live()).collect();
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut good[at], true) {
                open.extend(&back[at]);
            }
        }
        if good.contains(&false) {
            Answer::Livelock
        } else if used.len() < self.net.parts.len() {
            Answer::Unused
        } else {
            Answer::Sound
        }
    }

    fn is_join(&self, node: usize) -> bool {
        matches!(self.net.parts[node].0, Part::Join { .. })
    }

    /// Everything people can do in a situation, with every way the choices behind it can go.
    fn steps(&mut self, state: &State) -> Option<Vec<Step>> {
        let flow = self.release.catalog.flows[&Name::intern("net")].clone();
        let mut steps = Vec::new();
        let mut tried = BTreeSet::new();
        for token in state.instance.tokens.iter().filter(|token| !token.held) {
            for action in flow.nodes[&token.node].actions() {
                // Of tokens that stand together, with the same past, one is enough.
                if !tried.insert((token.node, token.scope, token.splits.clone(), token.from, action.name)) {
                    continue;
                }
                let (id, action, token) = (state.record, action.name, Some(token.id));
                let act = |input| Request::Act { object: flow.object, id, rev: None, action, token, input };
                steps.extend(self.all(&state.keys, &act)?);
            }
        }
        Some(steps)
    }

    /// Carries out one request with every way the choices can go; `None` when one choice comes twice.
    fn all(&mut self, keys: &Keys, request: &dyn Fn(Input) -> Request) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        let mut open: Vec<BTreeMap<usize, i64>> = vec![BTreeMap::new()];
        while let Some(chosen) = open.pop() {
            let mut input = Input::new();
            for by in 0..super::net::CHOICES {
                let value = chosen.get(&by).copied().or_else(|| self.net.values(by).first().copied()).unwrap_or(0);
                input.insert(format!("p{by}"), value.into());
            }
            let step = self.carry_out(keys, request(input))?;
            let visited: Vec<usize> = step.through.iter().filter_map(|node| self.net.choice(*node)).collect();
            let distinct: BTreeSet<usize> = visited.iter().copied().collect();
            if distinct.len() < visited.len() {
                return None;
            }
            match distinct.into_iter().find(|by| !chosen.contains_key(by)) {
                Some(by) => open.extend(self.net.values(by).into_iter().map(|value| {
                    let mut next = chosen.clone();
                    next.insert(by, value);
                    next
                })),
                None => steps.push(step),
            }
        }
        Some(steps)
    }

    /// One command in the decision function. `None` when it goes round by itself without end.
    fn carry_out(&mut self, keys: &Keys, request: Request) -> Option<Step> {
        self.commands += 1;
        let mut command = Command::new(Actor::new("tester", []), request);
        command.id = CommandId::from_bytes((u128::from(self.commands) << 64 | 0x5eed).to_be_bytes());
        let changes = match decide(keys, &self.release, &command, self.now) {
            Ok(changes) => changes,
            Err(Refusal::Rejected(rejection)) if rejection.problems[0].code.as_str() == "step-budget" => return None,
            Err(other) => panic!("{other:?}\n{}", self.net),
        };
        let (through, ended) = way(&changes);
        let record = changes.outcome.record.clone().unwrap();
        let instance = record.flows[0].clone();
        let mut keys = keys.clone();
        for (key, value) in changes.writes {
            match value {
                Some(value) => keys.0.insert(key, value),
                None => keys.0.remove(&key),
            };
        }
        Some(Step { keys, instance, record: record.id, through, ended })
    }
}

fn at(node: Name) -> usize {
    number(node.as_str())
}

fn number(node: &str) -> usize {
    node.trim_start_matches('n').parse().unwrap()
}

/// The nodes that tokens went through, and whether one came to an end, from the history entry.
fn way(changes: &Changes) -> (Vec<usize>, bool) {
    let (mut through, mut ended) = (Vec::new(), false);
    for fired in &changes.entry.fired {
        let words: Vec<&str> = fired.what.split(' ').collect();
        match words[..] {
            ["flow", "net", node, "->", ..] => through.push(number(node)),
            ["flow", "net", "ends", "at", node] => {
                through.push(number(node));
                ended = true;
            }
            _ => {}
        }
    }
    (through, ended)
}

/// What matters of a situation for what can come: tokens in their order, without the numbers they happen to have.
fn canonical(instance: &Instance) -> String {
    let scope = |id: u32| instance.scopes.iter().position(|scope| scope.id == id).map_or(0, |at| at + 1);
    let tokens: Vec<_> =
        instance.tokens.iter().map(|token| (token.node, scope(token.scope), token.from, token.held)).collect();
    let holder = |id: u32| instance.tokens.iter().position(|token| token.id == id);
    let scopes: Vec<_> = instance
        .scopes
        .iter()
        .map(|known| (known.node, scope(known.parent), holder(known.token), known.done))
        .collect();
    let joins: Vec<_> = instance
        .joins
        .iter()
        .map(|join| {
            let arrived: BTreeSet<Name> = join.arrived.iter().map(|(from, _)| *from).collect();
            (join.node, scope(join.scope), arrived, join.fired)
        })
        .collect();
    // A split matters by who came through it, and only if several did.
    let splits: BTreeSet<u32> = instance.tokens.iter().flat_map(|token| token.splits.iter().copied()).collect();
    let groups: BTreeSet<Vec<usize>> = splits
        .into_iter()
        .map(|split| (0..tokens.len()).filter(|at| instance.tokens[*at].splits.contains(&split)).collect())
        .filter(|group: &Vec<usize>| group.len() > 1)
        .collect();
    format!("{tokens:?} {scopes:?} {joins:?} {groups:?} {:?}", instance.is_live())
}
