//! Small tables for tests: random ones, and ones from text.

use formwork_model::{
    field_type::{Choice, FieldType, Tone},
    name::Name,
    source::Span,
    text::Text,
    value::Value,
};
use jiff::{civil::Date, tz::TimeZone};
use proptest::prelude::*;

use super::{Cell, Hit, Index, Input, Output, Row, Table, parse_cell};
use crate::{parse_value::ParseContext, source::Source};

/// The options of every `choice` in these tests.
pub(super) const LEVELS: &[&str] = &["gold", "silver", "bronze"];

pub(super) fn levels() -> FieldType {
    let option = |name: &&str| Choice { name: Name::intern(name), label: Text::same(*name), tone: Tone::Neutral };
    FieldType::Choice(LEVELS.iter().map(option).collect())
}

/// A table from its inputs' types and its cells, one line a row, columns separated by `|`; the last is the output.
pub(super) fn table(hit: Hit, kinds: &[FieldType], rows: &str) -> Table {
    let context = ParseContext { zone: TimeZone::UTC };
    let row = |line: &str| {
        let mut parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let output = parts.pop().unwrap();
        let cells = parts.iter().zip(kinds).map(|(text, kind)| parse_cell(text, kind, &context).unwrap()).collect();
        let outputs = vec![Source::Literal(Value::Int(output.parse().unwrap()))];
        Row { span: Span::default(), name: None, cells, outputs, from: None, to: None }
    };
    let rows = rows.lines().filter(|line| !line.trim().is_empty()).map(row).collect();
    of_rows(hit, kinds, rows)
}

/// A table with inputs `a`, `b`, … and one integer output `out`.
pub(super) fn of_rows(hit: Hit, kinds: &[FieldType], rows: Vec<Row>) -> Table {
    let input = |(kind, letter): (&FieldType, char)| Input {
        name: Name::intern(&letter.to_string()),
        label: Text::default(),
        kind: kind.clone(),
        value: None,
        min: None,
        max: None,
    };
    let inputs = kinds.iter().zip('a'..).map(input).collect();
    let output = Output { name: Name::intern("out"), label: Text::default(), kind: FieldType::Integer, default: None };
    let mut table = Table {
        name: Name::intern("sample"),
        module: Name::intern("test"),
        label: Text::default(),
        span: Span::default(),
        object: None,
        owner: None,
        hit,
        inputs,
        outputs: vec![output],
        date: None,
        rows,
        index: Index::default(),
    };
    table.build_index();
    table
}

/// The types of the columns of random tables.
pub(super) fn kinds() -> Vec<FieldType> {
    vec![FieldType::Integer, levels(), FieldType::Decimal { scale: None }]
}

/// A value of the column, from so few that rows meet often.
pub(super) fn value(column: usize) -> BoxedStrategy<Value> {
    match column {
        0 => (0i64..7).prop_map(Value::Int).boxed(),
        1 => prop::sample::select(LEVELS).prop_map(Value::text).boxed(),
        // Scales differ on purpose: 1 and 1.00 are one value.
        _ => (0i64..14, 0u32..3)
            .prop_map(|(n, scale)| {
                let mut number = rust_decimal::Decimal::new(n * 5, 1);
                number.rescale(scale.max(number.normalize().scale()));
                Value::Decimal(number)
            })
            .boxed(),
    }
}

fn range(column: usize) -> BoxedStrategy<Cell> {
    let bound = || prop::option::of((value(column), any::<bool>()));
    (bound(), bound()).prop_filter_map("no range", |(low, high)| sorted(low, high)).boxed()
}

fn sorted(low: Option<(Value, bool)>, high: Option<(Value, bool)>) -> Option<Cell> {
    match (&low, &high) {
        (None, None) => None,
        (Some((a, _)), Some((b, _))) if a.compare(b)?.is_gt() => Some(Cell::Range { low: high, high: low }),
        _ => Some(Cell::Range { low, high }),
    }
}

pub(super) fn cell(column: usize) -> BoxedStrategy<Cell> {
    let list = move || prop::collection::vec(value(column), 1..3);
    let lists = prop_oneof![
        2 => Just(Cell::Any),
        4 => list().prop_map(Cell::OneOf),
        1 => list().prop_map(Cell::NoneOf),
    ];
    if column == 1 { lists.boxed() } else { prop_oneof![1 => lists, 1 => range(column)].boxed() }
}

fn day() -> impl Strategy<Value = Option<Date>> {
    prop::option::weighted(0.2, (1i8..6).prop_map(|day| jiff::civil::date(2026, 1, day)))
}

pub(super) fn row() -> impl Strategy<Value = Row> {
    (cell(0), cell(1), cell(2), day(), day(), 0i64..3).prop_map(|(a, b, c, from, to, out)| Row {
        span: Span::default(),
        cells: vec![a, b, c],
        outputs: vec![Source::Literal(Value::Int(out))],
        from,
        to,
    })
}

pub(super) fn hit() -> impl Strategy<Value = Hit> {
    const ALL: &[&str] = &["U", "A", "P", "F", "R", "O", "C", "C+", "C<", "C>", "C#"];
    prop::sample::select(ALL).prop_map(|letters| Hit::parse(letters).unwrap())
}
