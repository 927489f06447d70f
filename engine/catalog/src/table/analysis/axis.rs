//! One column as finitely many atoms.

use formwork_model::{field_type::FieldType, text, text::Text, value::Value};
use rust_decimal::Decimal;

use super::Example;
use crate::table::{Cell, Input, Row, domain::Step};

/// Ranges of atoms, ascending and apart. Empty: nothing.
pub(super) type Spans = Box<[(u32, u32)]>;

/// A column as atoms, numbered from 0.
#[derive(Debug)]
pub(super) struct Axis {
    /// Position of the input; the number of inputs for the days.
    pub(super) input: usize,
    marks: Marks,
    /// For every raw rank, how many atoms come before it; one more entry at the end.
    before: Vec<u32>,
    step: Option<Step>,
}

#[derive(Debug)]
enum Marks {
    /// Bounds in order. Raw rank 2i is the space before bound i, 2i + 1 the bound.
    Bounds(Vec<Value>),
    /// All there is: options, or false and true. The raw rank is the position.
    Closed(Vec<Value>),
    /// Raw rank 0 is any other value.
    Open(Vec<Value>),
}

impl Axis {
    pub(super) fn of_input(at: usize, input: &Input, cells: &[Cell]) -> Self {
        let step = Step::of(&input.kind);
        let mut values: Vec<Value> = Vec::new();
        for cell in cells {
            match cell {
                Cell::OneOf(items) | Cell::NoneOf(items) => values.extend(items.iter().cloned()),
                Cell::Range { low, high } => values.extend(low.iter().chain(high).map(|(value, _)| value.clone())),
                Cell::Any | Cell::Program(_) => {}
            }
        }
        if let Some(options) = input.kind.choices() {
            let options = options.iter().map(|option| Value::text(option.name.as_str())).collect();
            return Self::new(at, Marks::Closed(options), None, (None, None));
        }
        if input.kind == FieldType::Boolean {
            return Self::new(at, Marks::Closed(vec![Value::Bool(false), Value::Bool(true)]), None, (None, None));
        }
        let ordered = input.kind.is_number() || step.is_some();
        if ordered {
            values.extend(input.min.iter().chain(&input.max).cloned());
        }
        values.sort_by(|a, b| a.compare(b).unwrap_or(std::cmp::Ordering::Equal));
        values.dedup_by(|a, b| a.same(b));
        if ordered {
            Self::new(at, Marks::Bounds(values), step, (input.min.as_ref(), input.max.as_ref()))
        } else {
            Self::new(at, Marks::Open(values), None, (None, None))
        }
    }

    /// The days on which rows hold; `None` when no row is dated.
    pub(super) fn of_dates(at: usize, rows: &[Row]) -> Option<Self> {
        let mut days: Vec<_> = rows.iter().flat_map(|row| [row.from, row.to]).flatten().collect();
        if days.is_empty() {
            return None;
        }
        days.sort_unstable();
        days.dedup();
        let first = rows.iter().map(|row| row.from).min().flatten().map(Value::Date);
        let last = match rows.iter().any(|row| row.to.is_none()) {
            true => None,
            false => rows.iter().filter_map(|row| row.to).max().map(Value::Date),
        };
        let days = days.into_iter().map(Value::Date).collect();
        Some(Self::new(at, Marks::Bounds(days), Some(Step::Day), (first.as_ref(), last.as_ref())))
    }

    /// The days on which rows of several tables hold, from the first day there is to the last: before a table begins
    /// and after it has run out it answers too.
    pub(super) fn of_days(at: usize, rows: &[&Row]) -> Option<Self> {
        let mut days: Vec<_> = rows.iter().flat_map(|row| [row.from, row.to]).flatten().collect();
        if days.is_empty() {
            return None;
        }
        days.sort_unstable();
        days.dedup();
        let days = days.into_iter().map(Value::Date).collect();
        Some(Self::new(at, Marks::Bounds(days), Some(Step::Day), (None, None)))
    }

    /// The atom that a value lies in; `None` when the axis has no place for it.
    pub(super) fn atom_of(&self, value: &Value) -> Option<u32> {
        let raw = match &self.marks {
            Marks::Bounds(bounds) => {
                match bounds.binary_search_by(|bound| bound.compare(value).unwrap_or(std::cmp::Ordering::Less)) {
                    Ok(at) => 2 * at + 1,
                    Err(at) => 2 * at,
                }
            }
            Marks::Closed(values) => values.iter().position(|known| known.same(value))?,
            Marks::Open(values) => values
                .binary_search_by(|known| known.compare(value).unwrap_or(std::cmp::Ordering::Less))
                .map_or(0, |at| at + 1),
        };
        self.atoms(raw, raw).map(|(atom, _)| atom)
    }

    fn new(input: usize, marks: Marks, step: Option<Step>, (min, max): (Option<&Value>, Option<&Value>)) -> Self {
        let mut axis = Self { input, marks, before: Vec::new(), step };
        let count = match &axis.marks {
            Marks::Bounds(bounds) => 2 * bounds.len() + 1,
            Marks::Closed(values) => values.len(),
            Marks::Open(values) => values.len() + 1,
        };
        let low = min.and_then(|min| axis.raw(min)).unwrap_or(0);
        let high = max.and_then(|max| axis.raw(max)).unwrap_or(count.saturating_sub(1));
        let (mut before, mut atoms) = (Vec::with_capacity(count + 1), 0);
        for raw in 0..count {
            before.push(atoms);
            atoms += u32::from((low..=high).contains(&raw) && axis.has_values(raw));
        }
        before.push(atoms);
        axis.before = before;
        axis
    }

    /// Whether any value of the type lies in the atom.
    fn has_values(&self, raw: usize) -> bool {
        match (&self.marks, self.step) {
            (Marks::Bounds(bounds), Some(step)) if raw > 0 && raw.is_multiple_of(2) => {
                match (bounds.get(raw / 2 - 1), bounds.get(raw / 2)) {
                    (Some(low), Some(high)) => step.any_between(low, high),
                    _ => true,
                }
            }
            _ => true,
        }
    }

    fn raw(&self, value: &Value) -> Option<usize> {
        match &self.marks {
            Marks::Bounds(bounds) => bounds
                .binary_search_by(|b| b.compare(value).unwrap_or(std::cmp::Ordering::Less))
                .ok()
                .map(|at| 2 * at + 1),
            Marks::Closed(values) => values.iter().position(|known| known.same(value)),
            Marks::Open(values) => values
                .binary_search_by(|known| known.compare(value).unwrap_or(std::cmp::Ordering::Less))
                .ok()
                .map(|at| at + 1),
        }
    }

    /// How many atoms there are.
    pub(super) fn len(&self) -> u32 {
        self.before.last().copied().unwrap_or(0)
    }

    pub(super) fn is_all(&self, spans: &Spans) -> bool {
        matches!(&spans[..], [(0, high)] if high + 1 == self.len())
    }

    fn atoms(&self, low: usize, high: usize) -> Option<(u32, u32)> {
        let (first, end) = (self.before.get(low)?, self.before.get(high + 1)?);
        (first < end).then(|| (*first, end - 1))
    }

    fn everything(&self) -> Spans {
        self.len().checked_sub(1).map(|last| (0, last)).into_iter().collect()
    }

    /// What a cell takes of the axis; an expression is taken to hold.
    pub(super) fn spans(&self, cell: &Cell) -> Spans {
        match cell {
            Cell::Any | Cell::Program(_) => self.everything(),
            Cell::OneOf(values) => self.points(values),
            Cell::NoneOf(values) => {
                let (mut next, mut spans) = (0, Vec::new());
                for (low, high) in self.points(values) {
                    if next < low {
                        spans.push((next, low - 1));
                    }
                    next = high + 1;
                }
                if next < self.len() {
                    spans.push((next, self.len() - 1));
                }
                spans.into()
            }
            Cell::Range { low, high } => self.between(
                low.as_ref().map(|(value, closed)| (value, *closed)),
                high.as_ref().map(|(value, closed)| (value, *closed)),
            ),
        }
    }

    /// The days on which a row holds.
    pub(super) fn days(&self, row: &Row) -> Spans {
        let (from, to) = (row.from.map(Value::Date), row.to.map(Value::Date));
        self.between(from.as_ref().map(|day| (day, true)), to.as_ref().map(|day| (day, true)))
    }

    fn between(&self, low: Option<(&Value, bool)>, high: Option<(&Value, bool)>) -> Spans {
        let end = self.before.len().saturating_sub(2);
        let from = low.map_or(Some(0), |(value, closed)| Some(self.raw(value)? + usize::from(!closed)));
        let to = high.map_or(Some(end), |(value, closed)| self.raw(value)?.checked_sub(usize::from(!closed)));
        match (from, to) {
            (Some(from), Some(to)) if from <= to => self.atoms(from, to).into_iter().collect(),
            _ => Spans::default(),
        }
    }

    fn points(&self, values: &[Value]) -> Spans {
        let point = |value: &Value| self.raw(value).and_then(|raw| self.atoms(raw, raw));
        let mut points: Vec<(u32, u32)> = values.iter().filter_map(point).collect();
        points.sort_unstable();
        points.dedup();
        // Neighbours become one range, so that `a, b` over two options is everything.
        points.dedup_by(|next, last| {
            let touches = last.1 + 1 == next.0;
            if touches {
                last.1 = next.1;
            }
            touches
        });
        points.into()
    }

    /// The raw rank of an atom.
    fn raw_of(&self, atom: u32) -> usize {
        self.before.partition_point(|before| *before <= atom).saturating_sub(1)
    }

    /// A value in the range.
    pub(super) fn example(&self, (atom, _): (u32, u32)) -> Example {
        let raw = self.raw_of(atom);
        match &self.marks {
            Marks::Closed(values) => values.get(raw).cloned().map_or(Example::Anything, Example::Value),
            Marks::Open(values) => match raw.checked_sub(1).and_then(|at| values.get(at)) {
                Some(value) => Example::Value(value.clone()),
                None => Example::AnyOther,
            },
            Marks::Bounds(bounds) if raw % 2 == 1 => {
                bounds.get(raw / 2).cloned().map_or(Example::Anything, Example::Value)
            }
            Marks::Bounds(bounds) => {
                let low = (raw / 2).checked_sub(1).and_then(|at| bounds.get(at));
                self.inside(low, bounds.get(raw / 2)).map_or(Example::AnyOther, Example::Value)
            }
        }
    }

    /// A value strictly between two bounds.
    fn inside(&self, low: Option<&Value>, high: Option<&Value>) -> Option<Value> {
        if let Some(step) = self.step {
            return match (low, high) {
                (Some(low), _) => step.next(low, true),
                (None, high) => step.next(high?, false),
            };
        }
        let number = |value: Option<&Value>| value.and_then(Value::as_decimal);
        let found = match (number(low), number(high)) {
            (Some(low), Some(high)) => low.checked_add(high)?.checked_div(Decimal::TWO)?,
            (Some(low), None) => low.checked_add(Decimal::ONE)?,
            (None, Some(high)) => high.checked_sub(Decimal::ONE)?,
            (None, None) => return None,
        };
        Some(Value::Decimal(found.normalize()))
    }

    /// The range in words; `None` when it is the whole axis.
    pub(super) fn describe(&self, (low, high): (u32, u32)) -> Option<Text> {
        if low == 0 && high + 1 == self.len() {
            return None;
        }
        let (low, high) = (self.raw_of(low), self.raw_of(high));
        let bounds = match &self.marks {
            Marks::Bounds(bounds) => bounds,
            Marks::Closed(values) => return Some(listed(values.get(low..=high).unwrap_or_default(), false)),
            Marks::Open(values) => {
                let values = values.get(low.saturating_sub(1)..high).unwrap_or_default();
                return Some(listed(values, low == 0));
            }
        };
        if low == high && low % 2 == 1 {
            return bounds.get(low / 2).map(|value| text!("= {value}", "= {value}"));
        }
        let from = match low % 2 {
            1 => bounds.get(low / 2).map(|value| format!(">= {value}")),
            _ => (low / 2).checked_sub(1).and_then(|at| bounds.get(at)).map(|value| format!("> {value}")),
        };
        let to =
            bounds.get(high / 2).map(|value| if high % 2 == 1 { format!("<= {value}") } else { format!("< {value}") });
        Some(match (from, to) {
            (Some(from), Some(to)) => text!("{from} and {to}", "{from} 且 {to}"),
            (one, other) => Text::same(one.or(other).unwrap_or_default()),
        })
    }
}

fn listed(values: &[Value], other: bool) -> Text {
    let mut words: Vec<String> = values.iter().take(5).map(Value::to_string).collect();
    if values.len() > 5 {
        words.push("…".to_owned());
    }
    let words = words.join(", ");
    match (other, values.is_empty()) {
        (true, true) => text!("is any other value", "为其他值"),
        (true, false) => text!("is {words} or any other value", "为 {words} 或其他值"),
        _ => text!("is {words}", "为 {words}"),
    }
}
