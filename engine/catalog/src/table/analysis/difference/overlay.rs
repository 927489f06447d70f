//! Two sets of boxes over each other: recursion by axis over elementary ranges, with the rows of both that are active.

use std::{collections::HashMap, rc::Rc};

use formwork_model::{name::Name, text, text::Text};

use super::{Answered, Region, Side, joint_axis};
use crate::table::{Hit, Table, analysis::axis::Axis, index::Bits};

/// Ranges of the axes from some depth on, and what differs there.
type Found = Rc<Vec<Part>>;

/// Ranges of the axes and what differs in them.
type Part = (Vec<(u32, u32)>, Rc<Outcome>);

/// What the two versions answer.
#[derive(Debug, PartialEq)]
pub(super) struct Outcome {
    before: Answered,
    now: Answered,
    proven: bool,
}

/// How many steps a search may take.
const BUDGET: usize = 4_000_000;

/// The two versions over each other.
pub(super) struct Overlay<'a> {
    before: Side<'a>,
    now: Side<'a>,
    pub(super) axes: Vec<Axis>,
    pub(super) names: Vec<Name>,
    /// Whether rows that say the same answer the same.
    alike: bool,
    memo: HashMap<(usize, Vec<u32>, Vec<u32>), Found>,
    budget: usize,
    /// Whether the budget sufficed.
    pub(super) complete: bool,
}

impl<'a> Overlay<'a> {
    pub(super) fn new(before: &'a Table, now: &'a Table) -> Self {
        let mut names: Vec<Name> = now.inputs.iter().map(|input| input.name).collect();
        names.extend(
            before.inputs.iter().map(|input| input.name).filter(|name| !names.contains(name)).collect::<Vec<_>>(),
        );
        let mut axes: Vec<Axis> =
            names.iter().enumerate().filter_map(|(at, name)| joint_axis(at, *name, before, now)).collect();
        let days: Vec<_> = before.rows.iter().chain(&now.rows).collect();
        axes.extend(Axis::of_days(names.len(), &days));
        let shared: Vec<Name> = now
            .outputs
            .iter()
            .map(|output| output.name)
            .filter(|name| before.outputs.iter().any(|output| output.name == *name))
            .collect();
        let defaults = |table: &Table| {
            let known = |name: &Name| table.outputs.iter().find(|output| output.name == *name);
            shared.iter().map(|name| known(name).and_then(|output| output.default.clone())).collect::<Vec<_>>()
        };
        let alike = before.hit == now.hit && defaults(before) == defaults(now);
        let mut classes = HashMap::new();
        let before = Side::new(before, &axes, &names, &shared, &mut classes);
        let now = Side::new(now, &axes, &names, &shared, &mut classes);
        Self { before, now, axes, names, alike, memo: HashMap::new(), budget: BUDGET, complete: true }
    }

    /// Every region with a difference.
    pub(super) fn search(&mut self) -> Vec<Part> {
        let all = |side: &Side<'_>| (0..side.class.len() as u32).collect::<Vec<u32>>();
        let (before, now) = (all(&self.before), all(&self.now));
        self.below(0, before, now).to_vec()
    }

    fn below(&mut self, depth: usize, mut before: Vec<u32>, mut now: Vec<u32>) -> Found {
        self.cut(depth, &mut before, true);
        self.cut(depth, &mut now, false);
        if self.alike && self.classes(&before, true) == self.classes(&now, false) {
            return Rc::default();
        }
        if depth == self.axes.len() {
            return self.compare(&before, &now);
        }
        let work = before.len() + now.len() + 1;
        self.complete &= self.budget >= work;
        self.budget = self.budget.saturating_sub(work);
        if !self.complete {
            return Rc::default();
        }
        let key = (depth, before, now);
        if let Some(known) = self.memo.get(&key) {
            return known.clone();
        }
        let found: Found = Rc::new(self.sweep(depth, &key.1, &key.2));
        if self.complete {
            self.memo.insert(key, found.clone());
        }
        found
    }

    /// `F`: what comes after a row that certainly hits does not count.
    fn cut(&self, depth: usize, rows: &mut Vec<u32>, before: bool) {
        let side = if before { &self.before } else { &self.now };
        if side.table.hit != Hit::First {
            return;
        }
        let fills = |row: &u32| {
            side.is_sure(*row)
                && side.spans.get(*row as usize).is_some_and(|spans| {
                    spans
                        .iter()
                        .zip(&self.axes)
                        .skip(depth)
                        .all(|(spans, axis)| matches!(&spans[..], [(0, high)] if *high >= last(axis, &self.names)))
                })
        };
        if let Some(at) = rows.iter().position(fills) {
            rows.truncate(at + 1);
        }
    }

    fn classes(&self, rows: &[u32], before: bool) -> Vec<u32> {
        let side = if before { &self.before } else { &self.now };
        rows.iter().filter_map(|row| side.class.get(*row as usize).copied()).collect()
    }

    fn compare(&self, before: &[u32], now: &[u32]) -> Found {
        let (old, old_sure, old_mark) = self.before.answer(before);
        let (new, new_sure, new_mark) = self.now.answer(now);
        let proven = old_sure && new_sure;
        if old_mark == new_mark && old_sure == new_sure {
            return Rc::default();
        }
        Rc::new(vec![(Vec::new(), Rc::new(Outcome { before: old, now: new, proven }))])
    }

    /// Walks along one axis from one elementary range to the next.
    fn sweep(&mut self, depth: usize, before: &[u32], now: &[u32]) -> Vec<Part> {
        let end = self.axes.get(depth).map_or(0, |axis| last(axis, &self.names)) + 1;
        let mut events = self.events(depth, before, now);
        events.push((end, usize::MAX));
        events.sort_unstable();
        let mut active = Bits::new(before.len() + now.len());
        let mut low = 0;
        let mut parts: Vec<Part> = Vec::new();
        let mut open: Option<(u32, usize, Found)> = None;
        for (next, which) in events {
            if next == low {
                active.toggle(which);
                continue;
            }
            let (mut a, mut b) = (Vec::new(), Vec::new());
            for local in active.iter() {
                match local.checked_sub(before.len()) {
                    None => a.extend(before.get(local)),
                    Some(local) => b.extend(now.get(local)),
                }
            }
            self.budget = self.budget.saturating_sub(1 + a.len() + b.len());
            let found = self.below(depth + 1, a, b);
            match &open {
                // The same as in the range before: one region, not two.
                Some((end, first, same)) if *end == low && *same == found => {
                    let first = *first;
                    parts.iter_mut().skip(first).for_each(|(part, _)| {
                        if let Some(range) = part.first_mut() {
                            range.1 = next - 1;
                        }
                    });
                    open = Some((next, first, found));
                }
                _ => {
                    let first = parts.len();
                    parts.extend(found.iter().map(|(rest, outcome)| {
                        let part = std::iter::once((low, next - 1)).chain(rest.iter().copied()).collect();
                        (part, outcome.clone())
                    }));
                    open = Some((next, first, found));
                }
            }
            low = next;
            active.toggle(which);
            if !self.complete {
                break;
            }
        }
        parts
    }

    /// Where rows begin and end on an axis, by their position in `before`, then in `now`.
    fn events(&self, depth: usize, before: &[u32], now: &[u32]) -> Vec<(u32, usize)> {
        let mut events = Vec::with_capacity(2 * (before.len() + now.len()) + 1);
        let sides = before.iter().map(|row| (&self.before, row)).chain(now.iter().map(|row| (&self.now, row)));
        for (local, (side, row)) in sides.enumerate() {
            for (low, high) in spans(side, *row, depth) {
                events.push((*low, local));
                events.push((high + 1, local));
            }
        }
        events
    }

    /// A region in words.
    pub(super) fn region(&self, ranges: Vec<(u32, u32)>, outcome: Rc<Outcome>) -> Region {
        let mut inputs = Vec::new();
        let mut days = None;
        for (axis, range) in self.axes.iter().zip(&ranges) {
            let words = in_words(axis, *range, &self.names);
            match (self.names.get(axis.input), words) {
                (_, None) => {}
                (Some(name), Some(words)) => inputs.push((*name, words)),
                (None, Some(words)) => days = Some(words),
            }
        }
        let Outcome { before, now, proven } = &*outcome;
        Region { inputs, days, before: before.clone(), now: now.clone(), proven: *proven, ranges }
    }
}

/// The last place of an axis: null for an input, the last atom for the days.
fn last(axis: &Axis, names: &[Name]) -> u32 {
    if axis.input < names.len() { axis.len() } else { axis.len().saturating_sub(1) }
}

fn spans<'s>(side: &'s Side<'_>, row: u32, depth: usize) -> &'s [(u32, u32)] {
    side.spans.get(row as usize).and_then(|spans| spans.get(depth)).map_or(&[], |spans| &spans[..])
}

fn in_words(axis: &Axis, (low, high): (u32, u32), names: &[Name]) -> Option<Text> {
    if axis.input >= names.len() || high < axis.len() {
        return axis.describe((low, high));
    }
    if low == axis.len() {
        return Some(text!("is empty", "为空"));
    }
    if low == 0 {
        return None;
    }
    axis.describe((low, high - 1)).map(|Text { en, zh }| text!("{en} or empty", "{zh} 或为空"))
}
