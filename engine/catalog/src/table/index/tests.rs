//! The index finds exactly what comparing every row finds.

use std::convert::Infallible;

use formwork_model::{field_type::FieldType, value::Value};
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;
use crate::table::{
    Outputs,
    sample::{hit, kinds, of_rows, row, table, value},
};

fn never(_: &Program, _: &Value) -> Result<bool, Infallible> {
    Ok(true)
}

fn naive(table: &Table, inputs: &[Value], day: Date) -> Vec<u32> {
    let hits = table.rows.iter().enumerate().filter(|(_, row)| {
        row.cells.iter().zip(inputs).all(|(cell, input)| cell.meets(input) != Some(false))
            && row.from.is_none_or(|from| from <= day)
            && row.to.is_none_or(|to| day <= to)
    });
    let limit = match table.hit {
        Hit::First => 1,
        Hit::Unique => 2,
        _ => usize::MAX,
    };
    hits.map(|(at, _)| at as u32).take(limit).collect()
}

fn input(column: usize) -> impl Strategy<Value = Value> {
    prop_oneof![12 => value(column), 1 => Just(Value::Null), 1 => Just(Value::text("stranger"))]
}

proptest! {
    #[test]
    fn indexed_and_naive_agree(
        rows in prop::collection::vec(row(), 0..150),
        cases in prop::collection::vec(((input(0), input(1), input(2)), 1i8..7), 1..8),
        hit in hit(),
    ) {
        let mut table = of_rows(hit, &kinds(), rows);
        for ((a, b, c), day) in cases {
            let (inputs, day) = ([a, b, c], date(2026, 1, day));
            let expected = naive(&table, &inputs, day);
            let Ok(found) = table.hits(&inputs, day, &mut never);
            prop_assert_eq!(&found, &expected);
            let outputs = |rows: &[u32]| rows.iter().map(|row| vec![Value::Int(i64::from(row % 3))]).collect::<Vec<_>>();
            let indexed = table.answer(&found, outputs(&found));
            let index = std::mem::take(&mut table.index);
            let Ok(found) = table.hits(&inputs, day, &mut never);
            prop_assert_eq!(indexed, table.answer(&found, outputs(&found)));
            table.index = index;
            for row in 0..table.rows.len() as u32 {
                let Ok(miss) = table.why_not(row, &inputs, day, &mut never);
                // A search that may stop early says nothing about the rows behind.
                if !matches!(hit, Hit::First | Hit::Unique) {
                    prop_assert_eq!(found.contains(&row), miss.is_none());
                }
            }
        }
    }
}

#[test]
fn a_row_that_missed_names_the_first_column_it_failed_in() {
    let table = table(Hit::First, &kinds(), "1..5 | gold | - | 1\n- | silver | > 2 | 2");
    let inputs = [Value::Int(3), Value::text("silver"), Value::Int(1)];
    let why = |row| table.why_not(row, &inputs, date(2026, 1, 1), &mut never);
    assert_eq!(why(0), Ok(Some(Miss::Input(table.inputs[1].name))));
    assert_eq!(why(1), Ok(Some(Miss::Input(table.inputs[2].name))));
}

#[test]
fn numbers_of_any_size_and_scale_find_their_place() {
    let rows: String = (0..40).map(|n| format!("{}..<{} | {n}\n", n * 10, n * 10 + 10)).collect();
    let table = table(Hit::First, &[FieldType::Decimal { scale: None }], &rows);
    let at = |text: &str| {
        let Ok(found) = table.hits(&[Value::Decimal(text.parse().unwrap())], date(2026, 1, 1), &mut never);
        found
    };
    assert_eq!(at("0"), [0]);
    assert_eq!(at("9.9999999999999999999999"), [0]);
    assert_eq!(at("-0.0000000000000000000001"), [] as [u32; 0]);
    assert_eq!(at("10.000"), [1]);
    assert_eq!(at("399.5"), [39]);
    assert_eq!(at("400"), [] as [u32; 0]);
    assert_eq!(at("79228162514264337593543950335"), [] as [u32; 0]);
    assert_eq!(at("-79228162514264337593543950335"), [] as [u32; 0]);
    let Ok(found) = table.hits(&[Value::Int(10)], date(2026, 1, 1), &mut never);
    assert_eq!(found, [1]);
}

#[test]
fn the_memory_of_a_range_column_grows_with_n_log_n() {
    let rows: String = (0..2000).map(|n| format!("> {n} | {n}\n")).collect();
    let table = table(Hit::Collect, &[FieldType::Integer], &rows);
    let bytes: usize = table.index.columns.iter().map(Column::bytes).sum();
    assert!(bytes < 2000 * 300, "{bytes}");
    let Ok(found) = table.hits(&[Value::Int(500)], date(2026, 1, 1), &mut never);
    assert_eq!(found.len(), 500);
    let outputs = found.iter().map(|row| vec![Value::Int(i64::from(*row))]).collect();
    assert!(matches!(table.answer(&found, outputs).unwrap().outputs, Outputs::List(list) if list.len() == 500));
}

#[test]
fn expressions_run_only_for_rows_whose_other_cells_are_met() {
    let rows: String = (0..40).map(|n| format!("- | {n}..{} | 1\n", n + 1)).collect();
    let mut table = table(Hit::Collect, &[FieldType::Text, FieldType::Integer], &rows);
    for row in &mut table.rows {
        row.cells[0] = Cell::Program(crate::soundness::tests::program("value == \"x\""));
    }
    table.build_index();
    let mut runs = 0;
    let mut test = |program: &Program, value: &Value| {
        runs += 1;
        assert_eq!(&*program.text, "value == \"x\"");
        if *value == Value::text("error") { Err("failed") } else { Ok(*value == Value::text("x")) }
    };
    let mut hits = |text: &str| table.hits(&[Value::text(text), Value::Int(7)], date(2026, 1, 1), &mut test);
    assert_eq!(hits("x"), Ok(vec![6, 7]));
    assert_eq!(hits("y"), Ok(vec![]));
    assert_eq!(hits("error"), Err("failed"));
    assert_eq!(runs, 5);
    table.hit = Hit::First;
    let mut runs = 0;
    let found = table.hits(&[Value::text("x"), Value::Int(7)], date(2026, 1, 1), &mut |_, _| {
        runs += 1;
        Ok::<_, Infallible>(true)
    });
    assert_eq!((found, runs), (Ok(vec![6]), 1));
}
