//! Nanoseconds per evaluation of decision tables, hit rows included, against the targets:
//! `cargo run --release -p formwork-catalog --example tables`.

use std::{convert::Infallible, hint::black_box, time::Instant};

use formwork_catalog::{
    parse_value::ParseContext,
    source::{Program, Source},
    table::{Cell, Hit, Index, Input, Output, Row, Table, analysis::analyse, parse_cell},
};
use formwork_model::{field_type::FieldType, name::Name, source::Span, text::Text, value::Value};
use jiff::{
    civil::{Date, date},
    tz::TimeZone,
};
use rust_decimal::Decimal;

const DECIMAL: FieldType = FieldType::Decimal { scale: None };

fn cell(text: &str, kind: &FieldType) -> Cell {
    parse_cell(text, kind, &ParseContext { zone: TimeZone::UTC }).unwrap_or(Cell::Any)
}

fn table(hit: Hit, kinds: &[FieldType], rows: usize, cells: impl Fn(usize) -> Vec<String>) -> Table {
    let column = |at: usize| Name::intern(&format!("c{at}"));
    let input = |(at, kind): (usize, &FieldType)| Input {
        name: column(at),
        label: Text::default(),
        kind: kind.clone(),
        value: None,
        min: None,
        max: None,
    };
    let row = |n: usize| Row {
        name: None,
        span: Span::default(),
        cells: cells(n).iter().zip(kinds).map(|(text, kind)| cell(text, kind)).collect(),
        outputs: vec![Source::Literal(Value::Int(n as i64))],
        from: None,
        to: None,
    };
    let mut table = Table {
        name: column(0),
        module: column(0),
        label: Text::default(),
        span: Span::default(),
        object: None,
        owner: None,
        hit,
        inputs: kinds.iter().enumerate().map(input).collect(),
        outputs: vec![Output { name: column(9), label: Text::default(), kind: FieldType::Integer, default: None }],
        date: None,
        rows: (0..rows).map(row).collect(),
        index: Index::default(),
    };
    table.build_index();
    table
}

fn never(_: &Program, _: &Value) -> Result<bool, Infallible> {
    Ok(true)
}

/// The mean over many inputs, in nanoseconds, and how many of them hit.
fn measure(table: &Table, day: Date, inputs: &[Vec<Value>]) -> (f64, usize) {
    let mut hits = 0;
    let rounds = 200_000 / inputs.len() + 1;
    let start = Instant::now();
    for _ in 0..rounds {
        for input in inputs {
            let Ok(rows) = table.hits(black_box(input), day, &mut never);
            hits += usize::from(!black_box(rows).is_empty());
        }
    }
    let runs = rounds * inputs.len();
    (start.elapsed().as_nanos() as f64 / runs as f64, hits / rounds)
}

fn report(what: &str, target: f64, table: &Table, inputs: &[Vec<Value>]) {
    let (nanoseconds, hits) = measure(table, date(2026, 3, 1), inputs);
    let verdict = if nanoseconds <= target { "ok" } else { "TOO SLOW" };
    println!("{what:<46} {nanoseconds:>8.0} ns  target {target:>6} ns  {verdict}  ({hits}/{} hit)", inputs.len());
    let start = Instant::now();
    let found = analyse(table);
    println!(
        "{:<46} {:>8.1} ms  {} gaps, {} overlaps, {} dead rows{}",
        "  analysed in",
        start.elapsed().as_micros() as f64 / 1000.0,
        found.gaps.len(),
        found.overlaps.len(),
        found.dead.len(),
        if found.unknown.is_some() { ", in part unknown" } else { "" }
    );
}

fn number(n: usize) -> Value {
    Value::Decimal(Decimal::new(n as i64, 1))
}

fn main() {
    let inputs = |make: &dyn Fn(usize) -> Vec<Value>| (0..997).map(|n| make(n * 7919)).collect::<Vec<_>>();

    let small = table(Hit::First, &[DECIMAL, FieldType::Text, DECIMAL], 10, |n| {
        vec![format!(">= {}", 90 - 10 * n), ["gold", "silver", "-"][n % 3].into(), "-".into()]
    });
    let make = |n: usize| vec![number(n % 1000), Value::text(["gold", "silver", "bronze"][n % 3]), number(n % 50)];
    report("10 rows, ranges and texts, F", 1000.0, &small, &inputs(&make));

    let equal = table(Hit::Unique, &[FieldType::Text, FieldType::Text, FieldType::Integer], 1000, |n| {
        vec![format!("region {}", n % 10), format!("product {}", n / 10 % 10), format!("{}", n / 100)]
    });
    let make = |n: usize| {
        vec![
            Value::text(format!("region {}", n % 10)),
            Value::text(format!("product {}", n / 10 % 10)),
            Value::Int((n / 100 % 10) as i64),
        ]
    };
    report("1,000 rows, equality in three columns, U", 2000.0, &equal, &inputs(&make));

    let ranges = table(Hit::Unique, &[DECIMAL, DECIMAL], 8000, |n| {
        vec![format!("{}..<{}", n % 80, n % 80 + 1), format!("{}..<{}", n / 80, n / 80 + 1)]
    });
    let make = |n: usize| vec![number(n % 800), number(n / 800 % 1000)];
    report("8,000 rows, ranges in two columns, U", 5000.0, &ranges, &inputs(&make));

    let one_sided = table(Hit::First, &[DECIMAL, DECIMAL, FieldType::Text, DECIMAL], 8000, |n| {
        let kind = ["a", "b", "c", "-"][n % 4].to_owned();
        vec![format!(">= {}", 8000 - n), format!("> {}", n * 31 % 8000), kind, format!("< {}", n * 17 % 8000)]
    });
    let make = |n: usize| {
        vec![number(n * 3 % 90_000), number(n % 80_000), Value::text(["a", "b", "x"][n % 3]), number(n * 7 % 80_000)]
    };
    report("8,000 rows, one-sided ranges in four columns, F", 5000.0, &one_sided, &inputs(&make));

    let pricing = table(Hit::Unique, &[FieldType::Text, FieldType::Text, DECIMAL, FieldType::Date], 8000, |n| {
        let quantity = n / 1000;
        vec![
            format!("product {}", n % 100),
            format!("region {}", n / 100 % 10),
            if quantity == 7 { ">= 700".into() } else { format!("{}..<{}", quantity * 100, quantity * 100 + 100) },
            ">= 2026-01-01".into(),
        ]
    });
    let make = |n: usize| {
        vec![
            Value::text(format!("product {}", n % 100)),
            Value::text(format!("region {}", n / 100 % 10)),
            number(n % 9000),
            Value::Date(date(2026, 3, 1)),
        ]
    };
    report("8,000 rows, price list, U", 5000.0, &pricing, &inputs(&make));
}
