//! Which part of a region no box covers: recursion by axis over elementary ranges, with the rows that are active.

use std::{collections::HashMap, rc::Rc};

use super::{Boxes, axis::Spans};
use crate::table::index::Bits;

/// A part of the region, one range an axis.
type Part = Vec<(u32, u32)>;

/// More gaps than this are not told apart at any level.
const MOST: usize = 16;

/// One search.
pub(super) struct Cover<'a> {
    boxes: &'a Boxes,
    /// The region, by axis.
    region: Vec<Spans>,
    /// The axes in the order they are cut: first those where rows take little.
    order: &'a [usize],
    memo: HashMap<(usize, Vec<u32>), Rc<Vec<Part>>>,
    budget: usize,
    /// Whether the budget sufficed.
    pub(super) complete: bool,
    /// Whether parts were left out.
    pub(super) more: bool,
}

impl<'a> Cover<'a> {
    /// A search in the whole space.
    pub(super) fn of_everything(boxes: &'a Boxes, budget: usize) -> Self {
        let all = |len: u32| len.checked_sub(1).map(|last| (0, last)).into_iter().collect();
        Self::of_region(boxes, boxes.axes.iter().map(|(axis, _)| all(axis.len())).collect(), budget)
    }

    /// A search in the box of one row.
    pub(super) fn of_row(boxes: &'a Boxes, row: usize, budget: usize) -> Self {
        let spans = |spans: &Vec<Spans>| spans.get(row).cloned().unwrap_or_default();
        Self::of_region(boxes, boxes.axes.iter().map(|(_, found)| spans(found)).collect(), budget)
    }

    fn of_region(boxes: &'a Boxes, region: Vec<Spans>, budget: usize) -> Self {
        Self { boxes, region, order: &boxes.order, memo: HashMap::new(), budget, complete: true, more: false }
    }

    /// The parts of the region that none of `rows` covers, ranges in the order of the axes.
    pub(super) fn gaps(&mut self, rows: Vec<u32>) -> Vec<Part> {
        if self.region.iter().any(|spans| spans.is_empty()) {
            return Vec::new();
        }
        let found = self.search(0, rows);
        let in_order = |part: &Part| {
            let mut ranges: Vec<(usize, (u32, u32))> = self.order.iter().copied().zip(part.iter().copied()).collect();
            ranges.sort_unstable();
            ranges.into_iter().map(|(_, range)| range).collect()
        };
        found.iter().map(in_order).collect()
    }

    /// What the search has cost of `budget`.
    pub(super) fn spent(&self, budget: usize) -> usize {
        budget.saturating_sub(self.budget)
    }

    fn spend(&mut self, work: usize) -> bool {
        self.complete &= self.budget >= work;
        self.budget = self.budget.saturating_sub(work);
        self.complete
    }

    fn spans(&self, at: usize, row: u32) -> &[(u32, u32)] {
        self.boxes.axes.get(at).and_then(|(_, spans)| spans.get(row as usize)).map_or(&[], |spans| &spans[..])
    }

    /// Whether `row` takes all of the region on every axis from `depth` on.
    fn fills(&self, depth: usize, row: u32) -> bool {
        self.order.iter().skip(depth).all(|at| {
            let taken = self.spans(*at, row);
            let within = |range: &(u32, u32)| taken.iter().any(|(low, high)| *low <= range.0 && range.1 <= *high);
            self.region.get(*at).is_some_and(|region| region.iter().all(within))
        })
    }

    /// Parts over the axes from `depth` on.
    fn search(&mut self, depth: usize, rows: Vec<u32>) -> Rc<Vec<Part>> {
        if rows.is_empty() {
            let first = |at: &usize| self.region.get(*at).and_then(|spans| spans.first()).copied().unwrap_or((0, 0));
            return Rc::new(vec![self.order.iter().skip(depth).map(first).collect()]);
        }
        let Some(at) = self.order.get(depth).copied() else { return Rc::default() };
        if !self.spend(rows.len()) || rows.iter().any(|row| self.fills(depth, *row)) {
            return Rc::default();
        }
        let key = (depth, rows);
        if let Some(known) = self.memo.get(&key) {
            return known.clone();
        }
        let found = Rc::new(self.sweep(depth, at, &key.1));
        if self.complete {
            self.memo.insert(key, found.clone());
        }
        found
    }

    /// Walks along one axis from one elementary range to the next, keeping the set of active rows.
    fn sweep(&mut self, depth: usize, at: usize, rows: &[u32]) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let mut last: Option<(u32, Rc<Vec<Part>>, usize)> = None;
        for (low, high) in self.region.get(at).cloned().unwrap_or_default() {
            let mut events = self.events(at, rows, (low, high));
            events.push((high + 1, usize::MAX));
            if !self.spend(events.len()) {
                return parts;
            }
            events.sort_unstable();
            let mut active = Bits::new(rows.len());
            let mut from = low;
            for (place, which) in events {
                if place > from {
                    let inner: Vec<u32> = active.iter().filter_map(|local| rows.get(local).copied()).collect();
                    let found = self.search(depth + 1, inner);
                    let joins = last.as_ref().is_some_and(|(end, same, _)| *end == from && *same == found);
                    let begin = if let (true, Some((_, _, begin))) = (joins, &last) { *begin } else { parts.len() };
                    if joins {
                        parts
                            .iter_mut()
                            .skip(begin)
                            .for_each(|part| part.first_mut().into_iter().for_each(|r| r.1 = place - 1));
                    } else {
                        parts.extend(found.iter().map(|rest| {
                            std::iter::once((from, place - 1)).chain(rest.iter().copied()).collect::<Part>()
                        }));
                    }
                    last = Some((place, found, begin));
                    from = place;
                    if parts.len() >= MOST || !self.complete {
                        self.more |= parts.len() >= MOST;
                        parts.truncate(MOST);
                        return parts;
                    }
                }
                active.toggle(which);
            }
        }
        parts
    }

    /// Where rows begin and end within a range, by their position in `rows`.
    fn events(&self, at: usize, rows: &[u32], (low, high): (u32, u32)) -> Vec<(u32, usize)> {
        let mut events = Vec::with_capacity(2 * rows.len() + 1);
        for (local, row) in rows.iter().enumerate() {
            for (first, last) in self.spans(at, *row).iter().filter(|(first, last)| *first <= high && *last >= low) {
                events.push(((*first).max(low), local));
                events.push(((*last).min(high) + 1, local));
            }
        }
        events
    }
}
