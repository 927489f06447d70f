//! Rows that meet each other: overlaps, and rows that earlier ones cover.
//!
//! On every axis the rows are sorted by where they begin and by where they end, with the set of the first 64, 128,
//! 192, … rows kept as bitsets. "Every row that meets row i" is then an intersection of a few bitsets an axis,
//! about n/64 words each, instead of n comparisons.

use super::{Boxes, Dead, Findings, MAX_OVERLAPS, Overlap, axis::Spans, cover::Cover, differ};
use crate::table::{Hit, Table, index::Bits};

/// What all rows together may cost when unions of rows are looked at, and what one may.
const BUDGET: (usize, usize) = (800_000, 60_000);

/// Rows sorted by a key, with sets of the first of them.
struct Sorted {
    order: Vec<(u32, u32)>,
    /// Entry q has the first 64·q rows.
    first: Vec<Bits>,
}

impl Sorted {
    fn new(mut order: Vec<(u32, u32)>, rows: usize) -> Self {
        order.sort_unstable();
        let mut first = vec![Bits::new(rows)];
        let mut so_far = Bits::new(rows);
        for chunk in order.chunks_exact(64) {
            chunk.iter().for_each(|(_, row)| so_far.set(*row as usize));
            first.push(so_far.clone());
        }
        Self { order, first }
    }

    /// Writes the rows with a key below `key` into `out`.
    fn below(&self, key: u32, out: &mut Bits) {
        let count = self.order.partition_point(|(known, _)| *known < key);
        out.clear();
        if let Some(known) = self.first.get(count / 64) {
            out.add(known);
        }
        let rest = self.order.get(count / 64 * 64..count).unwrap_or_default();
        rest.iter().for_each(|(_, row)| out.set(*row as usize));
    }
}

/// The hulls of all rows on one axis.
struct Side<'a> {
    spans: &'a [Spans],
    low: Sorted,
    high: Sorted,
}

struct Pairs<'a> {
    sides: Vec<Side<'a>>,
    /// Rows that something can meet.
    alive: Bits,
    scratch: Bits,
}

fn hull(spans: &Spans) -> Option<(u32, u32)> {
    Some((spans.first()?.0, spans.last()?.1))
}

impl<'a> Pairs<'a> {
    fn new(boxes: &'a Boxes) -> Self {
        let mut alive = Bits::new(boxes.rows);
        let is_alive = |row: usize| boxes.axes.iter().all(|(_, spans)| spans.get(row).is_some_and(|s| !s.is_empty()));
        (0..boxes.rows).filter(|row| is_alive(*row)).for_each(|row| alive.set(row));
        let side = |spans: &'a Vec<Spans>| {
            let hulls = || spans.iter().zip(0u32..).filter_map(|(spans, row)| Some((hull(spans)?, row)));
            let low = Sorted::new(hulls().map(|((low, _), row)| (low, row)).collect(), boxes.rows);
            let high = Sorted::new(hulls().map(|((_, high), row)| (high, row)).collect(), boxes.rows);
            Side { spans, low, high }
        };
        let sides = boxes.axes.iter().map(|(_, spans)| side(spans)).collect();
        Self { sides, alive, scratch: Bits::new(boxes.rows) }
    }

    /// Rows whose hulls begin no later than `row`'s key range says and end no earlier: by `(first, last)` of each
    /// axis, every row with low ≤ last and high ≥ first.
    fn reaching(&mut self, row: usize, range: impl Fn((u32, u32)) -> (u32, u32)) -> Bits {
        let mut found = self.alive.clone();
        for side in &self.sides {
            let Some((first, last)) = side.spans.get(row).and_then(hull).map(&range) else { continue };
            side.low.below(last.saturating_add(1), &mut self.scratch);
            found.intersect(&self.scratch);
            side.high.below(first, &mut self.scratch);
            found.remove(&self.scratch);
        }
        found
    }

    /// Whether the boxes meet, exactly.
    fn meet(&self, a: usize, b: usize) -> bool {
        self.on_every_side(a, b, |a, b| a.iter().any(|x| b.iter().any(|y| x.0 <= y.1 && y.0 <= x.1)))
    }

    /// Whether box `a` lies within box `b`, exactly.
    fn within(&self, a: usize, b: usize) -> bool {
        self.on_every_side(a, b, |a, b| a.iter().all(|x| b.iter().any(|y| y.0 <= x.0 && x.1 <= y.1)))
    }

    fn on_every_side(&self, a: usize, b: usize, holds: impl Fn(&Spans, &Spans) -> bool) -> bool {
        self.sides.iter().all(|side| match (side.spans.get(a), side.spans.get(b)) {
            (Some(a), Some(b)) => holds(a, b),
            _ => false,
        })
    }
}

/// Adds overlaps and dead rows; whether everything was decided.
pub(super) fn find(table: &Table, boxes: &Boxes, findings: &mut Findings) -> bool {
    let mut pairs = Pairs::new(boxes);
    let mut budget = BUDGET.0;
    let mut complete = true;
    let alive = pairs.alive.clone();
    for row in alive.iter() {
        let mut meeting = pairs.reaching(row, |hull| hull);
        if !findings.more_overlaps {
            overlaps(table, boxes, &pairs, row, &meeting, findings);
        }
        if table.hit == Hit::First {
            meeting.keep_below(row);
            complete &= dead(boxes, &mut pairs, row, &meeting, &mut budget, findings);
        }
    }
    complete
}

fn overlaps(table: &Table, boxes: &Boxes, pairs: &Pairs<'_>, row: usize, meeting: &Bits, findings: &mut Findings) {
    for other in meeting.iter().filter(|other| *other > row) {
        let (Some(a), Some(b)) = (table.rows.get(row), table.rows.get(other)) else { continue };
        let differ = differ(a, b);
        if (table.hit == Hit::Any && differ == Some(false)) || !pairs.meet(row, other) {
            continue;
        }
        if findings.overlaps.len() >= MAX_OVERLAPS {
            findings.more_overlaps = true;
            return;
        }
        let proven = boxes.sure.get(row) == Some(&true) && boxes.sure.get(other) == Some(&true);
        findings.overlaps.push(Overlap { rows: (row as u32, other as u32), proven, differ });
    }
}

/// Whether earlier rows take all that `row` could meet; answers whether that was decided.
fn dead(
    boxes: &Boxes,
    pairs: &mut Pairs<'_>,
    row: usize,
    meeting: &Bits,
    budget: &mut usize,
    findings: &mut Findings,
) -> bool {
    // Rows whose hull has this row's hull inside: they begin no later and end no earlier.
    let mut around = pairs.reaching(row, |(low, high)| (high, low));
    around.keep_below(row);
    let sure = |other: &usize| boxes.sure.get(*other) == Some(&true);
    if let Some(other) = around.iter().filter(sure).find(|other| pairs.within(row, *other)) {
        findings.dead.push(Dead { row: row as u32, covered_by: vec![other as u32] });
        return true;
    }
    // Even to list the rows costs something; a table where all rows meet has too many of them.
    let allowed = BUDGET.1.min(*budget);
    let count = meeting.count();
    *budget = budget.saturating_sub(count);
    if count > allowed {
        return false;
    }
    let earlier: Vec<u32> =
        meeting.iter().filter(sure).filter(|other| pairs.meet(row, *other)).map(|other| other as u32).collect();
    if earlier.len() < 2 {
        return true;
    }
    let mut cover = Cover::of_row(boxes, row, allowed);
    let open = !cover.gaps(earlier.clone()).is_empty();
    *budget = budget.saturating_sub(cover.spent(allowed));
    if !open && cover.complete {
        findings.dead.push(Dead { row: row as u32, covered_by: needed(boxes, row, earlier) });
    }
    open || cover.complete
}

/// Leaves out rows that are not needed to cover `row`, when there are few.
fn needed(boxes: &Boxes, row: usize, mut rows: Vec<u32>) -> Vec<u32> {
    const FEW: usize = 12;
    let mut at = if rows.len() > FEW { rows.len() } else { 0 };
    while at < rows.len() {
        let left = rows.remove(at);
        let mut cover = Cover::of_row(boxes, row, BUDGET.1);
        if !cover.gaps(rows.clone()).is_empty() || !cover.complete {
            rows.insert(at, left);
            at += 1;
        }
    }
    rows
}
