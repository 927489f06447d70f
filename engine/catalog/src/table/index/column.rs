//! One column of the index: its ranks, and the rows of each rank.

use formwork_model::value::Value;
use jiff::civil::Date;

use super::{
    bits::Bits,
    ranks::{NOWHERE, Ranks},
};
use crate::table::{Cell, Row};

/// A column that at least one row restricts.
#[derive(Debug)]
pub(super) struct Column {
    /// Position of its input; the number of inputs for the dates of the rows.
    at: usize,
    ranks: Ranks,
    /// Words: rows of every rank at 0, rows of rank r at r. Otherwise a segment tree: root 1, children 2i and 2i+1.
    nodes: Vec<Node>,
    /// Position of the leaf of rank 0 in a segment tree.
    leaves: usize,
    /// The lowest and the highest rank of each row; 1 and 0 when it meets several ranges.
    spans: Vec<(u32, u32)>,
}

#[derive(Debug)]
enum Node {
    Few(Vec<u32>),
    Many { rows: Bits, count: usize },
}

impl Default for Node {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Column {
    /// The index of an input column; `None` when no row restricts it by values.
    pub(super) fn of_input(rows: &[Row], at: usize) -> Option<Self> {
        let cells: Vec<&Cell> = rows.iter().map(|row| row.cells.get(at).unwrap_or(&Cell::Any)).collect();
        let mut values: Vec<&Value> = Vec::new();
        for cell in &cells {
            match cell {
                Cell::OneOf(items) => values.extend(items),
                Cell::Range { low, high } => values.extend(low.iter().chain(high).map(|(value, _)| value)),
                Cell::Any | Cell::NoneOf(_) | Cell::Program(_) => {}
            }
        }
        let ordered = cells.iter().any(|cell| matches!(cell, Cell::Range { .. }));
        let mut column = Self::new(at, rows.len(), Ranks::new(&values, ordered)?);
        for (row, cell) in cells.into_iter().enumerate() {
            match cell {
                Cell::OneOf(items) => column.insert(row, items.iter().map(|item| (item, item))),
                Cell::Range { low, high } => {
                    let (low, high) = (low.as_ref(), high.as_ref());
                    let span = column.ranks.span(low.map(|(v, c)| (v, *c)), high.map(|(v, c)| (v, *c)));
                    column.insert_spans(row, &[span]);
                }
                Cell::Any | Cell::NoneOf(_) | Cell::Program(_) => column.insert_everywhere(row),
            }
        }
        column.pack(rows.len());
        Some(column)
    }

    /// The index of the rows' dates; `None` when no row has any.
    pub(super) fn of_dates(rows: &[Row], at: usize) -> Option<Self> {
        let days: Vec<Value> = rows.iter().flat_map(|row| [row.from, row.to]).flatten().map(Value::Date).collect();
        let mut column = Self::new(at, rows.len(), Ranks::new(&days.iter().collect::<Vec<_>>(), true)?);
        for (row, found) in rows.iter().enumerate() {
            let (from, to) = (found.from.map(Value::Date), found.to.map(Value::Date));
            let span = column.ranks.span(from.as_ref().map(|v| (v, true)), to.as_ref().map(|v| (v, true)));
            column.insert_spans(row, &[span]);
        }
        column.pack(rows.len());
        Some(column)
    }

    fn new(at: usize, rows: usize, ranks: Ranks) -> Self {
        let count = ranks.count();
        let (leaves, nodes) = match &ranks {
            Ranks::Words(_) => (0, count),
            _ => (count.next_power_of_two(), 2 * count.next_power_of_two()),
        };
        let mut empty = Vec::new();
        empty.resize_with(nodes, Node::default);
        Self { at, ranks, nodes: empty, leaves, spans: Vec::with_capacity(rows) }
    }

    fn insert<'v>(&mut self, row: usize, items: impl Iterator<Item = (&'v Value, &'v Value)>) {
        let spans: Vec<_> = items.map(|(low, high)| self.ranks.span(Some((low, true)), Some((high, true)))).collect();
        self.insert_spans(row, &spans);
    }

    fn insert_everywhere(&mut self, row: usize) {
        self.push(usize::from(self.leaves != 0), row);
        self.spans.push((0, NOWHERE));
    }

    fn insert_spans(&mut self, row: usize, spans: &[(u32, u32)]) {
        for (low, high) in spans.iter().filter(|(low, high)| low <= high && *high != NOWHERE) {
            if self.leaves == 0 {
                self.push(*low as usize, row);
                continue;
            }
            let (mut from, mut until) = (*low as usize + self.leaves, *high as usize + self.leaves + 1);
            while from < until {
                if from % 2 == 1 {
                    self.push(from, row);
                    from += 1;
                }
                if until % 2 == 1 {
                    until -= 1;
                    self.push(until, row);
                }
                from /= 2;
                until /= 2;
            }
        }
        self.spans.push(match spans {
            [(low, high)] if *high != NOWHERE => (*low, *high),
            _ => (1, 0),
        });
    }

    /// Adds a row to a node, once: `a, a` is one value.
    fn push(&mut self, node: usize, row: usize) {
        if let Some(Node::Few(rows)) = self.nodes.get_mut(node)
            && rows.last() != Some(&(row as u32))
        {
            rows.push(row as u32);
        }
    }

    /// Turns long lists into bitsets, which then are the smaller of the two.
    fn pack(&mut self, rows: usize) {
        for node in &mut self.nodes {
            if let Node::Few(list) = node
                && list.len() > rows / 32
            {
                let mut bits = Bits::new(rows);
                list.iter().for_each(|row| bits.set(*row as usize));
                *node = Node::Many { rows: bits, count: list.len() };
            }
        }
    }

    /// What the rows take in memory.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let node = |node: &Node| match node {
            Node::Few(rows) => 4 * rows.len(),
            Node::Many { .. } => self.spans.len() / 8,
        };
        self.nodes.iter().map(|found| size_of::<Node>() + node(found)).sum()
    }

    /// Where the rows of this evaluation are.
    pub(super) fn path(&self, inputs: &[Value], day: Date) -> Path<'_> {
        let rank = match inputs.get(self.at) {
            Some(value) => self.ranks.rank(value),
            None => self.ranks.rank(&Value::Date(day)),
        };
        let leaf = match rank {
            NOWHERE => usize::from(self.leaves != 0),
            rank => rank as usize + self.leaves,
        };
        let mut path = Path { column: self, rank, leaf, count: 0 };
        path.count = path.nodes().map(Node::count).sum();
        path
    }
}

impl Node {
    fn count(&self) -> usize {
        match self {
            Self::Few(rows) => rows.len(),
            Self::Many { count, .. } => *count,
        }
    }

    fn has(&self, row: u32) -> bool {
        match self {
            Self::Few(rows) => rows.binary_search(&row).is_ok(),
            Self::Many { rows, .. } => rows.get(row as usize),
        }
    }
}

/// The nodes that hold the rows of one rank.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'a> {
    column: &'a Column,
    rank: u32,
    leaf: usize,
    /// How many rows there are; one that lists a value twice may count twice.
    pub(super) count: usize,
}

impl<'a> Path<'a> {
    fn nodes(&self) -> impl Iterator<Item = &'a Node> + use<'a> {
        let (tree, nodes) = (self.column.leaves != 0, &self.column.nodes);
        let up = move |at: &usize| match (tree, *at) {
            (true, 0 | 1) | (false, 0) => None,
            (true, at) => Some(at / 2),
            (false, _) => Some(0),
        };
        std::iter::successors(Some(self.leaf), up).filter_map(|at| nodes.get(at)).filter(|node| node.count() > 0)
    }

    pub(super) fn collect(&self, out: &mut Vec<u32>) {
        for node in self.nodes() {
            match node {
                Node::Few(rows) => out.extend(rows),
                Node::Many { rows, .. } => out.extend(rows.iter().map(|row| row as u32)),
            }
        }
    }

    pub(super) fn union(&self, out: &mut Bits) {
        for node in self.nodes() {
            match node {
                Node::Few(rows) => rows.iter().for_each(|row| out.set(*row as usize)),
                Node::Many { rows, .. } => out.add(rows),
            }
        }
    }

    pub(super) fn may_meet(&self, row: u32) -> bool {
        match self.column.spans.get(row as usize) {
            Some((low, high)) if low <= high => *low <= self.rank && self.rank <= *high,
            _ => self.nodes().any(|node| node.has(row)),
        }
    }
}
