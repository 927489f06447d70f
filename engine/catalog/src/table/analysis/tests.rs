//! The analysis says what trying every input says.

use formwork_model::{
    field_type::{Currency, FieldType},
    text::Language,
};
use jiff::civil::date;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::table::{
    Hit,
    sample::{LEVELS, kinds, levels, of_rows, row, table},
};

/// Every input that matters to the random tables: all bounds in them are multiples of a half.
pub(super) fn inputs() -> Vec<[Value; 3]> {
    let mut all = Vec::new();
    for a in -1..8 {
        for level in LEVELS {
            for quarters in -1..30 {
                all.push([Value::Int(a), Value::text(level), Value::Decimal(Decimal::new(quarters * 25, 2))]);
            }
        }
    }
    all
}

fn days(table: &Table) -> Vec<Date> {
    let first = table.rows.iter().map(|row| row.from).min().flatten();
    let last = table.rows.iter().map(|row| row.to).collect::<Option<Vec<_>>>().and_then(|days| days.into_iter().max());
    let all = [date(2025, 12, 31)].into_iter().chain((1..8).map(|day| date(2026, 1, day)));
    all.filter(|day| first.is_none_or(|f| f <= *day) && last.is_none_or(|l| *day <= l)).collect()
}

pub(super) fn hits(row: &Row, inputs: &[Value], day: Date) -> bool {
    row.cells.iter().zip(inputs).all(|(cell, input)| cell.meets(input) == Some(true))
        && row.from.is_none_or(|from| from <= day)
        && row.to.is_none_or(|to| day <= to)
}

struct Tried {
    uncovered: bool,
    overlaps: Vec<(u32, u32)>,
    dead: Vec<u32>,
}

fn try_everything(table: &Table) -> Tried {
    let rows = table.rows.len();
    let mut meets = vec![vec![false; rows]; rows];
    let (mut counts, mut uncovered) = (vec![false; rows], false);
    for day in days(table) {
        for inputs in inputs() {
            let met: Vec<usize> = (0..rows).filter(|row| hits(&table.rows[*row], &inputs, day)).collect();
            uncovered |= met.is_empty();
            if let Some(first) = met.first() {
                counts[*first] = true;
            }
            for a in &met {
                met.iter().for_each(|b| meets[*a][*b] = true);
            }
        }
    }
    let pairs = (0..rows).flat_map(|a| (a + 1..rows).map(move |b| (a, b)));
    let overlaps = pairs.filter(|(a, b)| meets[*a][*b]).map(|(a, b)| (a as u32, b as u32)).collect();
    Tried { uncovered, overlaps, dead: (0..rows).filter(|row| !counts[*row]).map(|row| row as u32).collect() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn findings_agree_with_trying_everything(rows in prop::collection::vec(row(), 0..12)) {
        let table = of_rows(Hit::First, &kinds(), rows);
        let tried = try_everything(&table);
        let found = analyse(&table);
        prop_assert_eq!(&found.unknown, &None);
        prop_assert_eq!(!found.gaps.is_empty(), tried.uncovered && !days(&table).is_empty());
        let mut overlaps: Vec<_> = found.overlaps.iter().map(|overlap| overlap.rows).collect();
        overlaps.sort_unstable();
        prop_assert_eq!(overlaps, tried.overlaps);
        let dead: Vec<u32> = found.dead.iter().map(|dead| dead.row).collect();
        prop_assert_eq!(dead, tried.dead);
        for gap in &found.gaps {
            let inputs: Vec<Value> = gap.example.iter().map(|(_, example)| match example {
                Example::Value(value) => value.clone(),
                _ => Value::text("gold"),
            }).collect();
            let day = gap.day.unwrap_or(date(2026, 1, 3));
            let hit = table.rows.iter().position(|row| {
                let free = gap.example.iter().zip(&row.cells).all(|((_, example), cell)| {
                    *example != Example::Anything || matches!(cell, Cell::Any)
                });
                free && hits(row, &inputs, day)
            });
            prop_assert_eq!(hit, None, "{:?}", gap);
        }
        for dead in &found.dead {
            prop_assert!(dead.covered_by.iter().all(|by| *by < dead.row));
        }
    }
}

fn gaps(kinds: &[FieldType], rows: &str) -> Vec<String> {
    let found = analyse(&table(Hit::First, kinds, rows));
    found.gaps.iter().map(|gap| gap.description.get(Language::En).to_owned()).collect()
}

#[test]
fn integers_days_and_cents_have_neighbours_and_decimals_do_not() {
    let rows = "< 1 | 0\n[1..3] | 1\n[4..6] | 2\n> 6 | 3";
    assert_eq!(gaps(&[FieldType::Integer], rows), [] as [&str; 0]);
    assert_eq!(gaps(&[FieldType::Decimal { scale: None }], rows), ["`a` > 3 and < 4"]);
    let money = FieldType::Money { currency: Currency::CNY };
    assert_eq!(gaps(&[money], "<= 100 | 0\n>= 100.01 | 1"), [] as [&str; 0]);
    assert_eq!(gaps(&[FieldType::Date], "<= 2026-01-31 | 0\n>= 2026-02-01 | 1"), [] as [&str; 0]);
}

#[test]
fn gaps_are_merged_and_come_with_an_input() {
    let kinds = [FieldType::Integer, levels()];
    let rows = "< 5 | gold | 1\n>= 10 | - | 2\n< 5 | silver | 3\n7 | gold | 4";
    let found = analyse(&table(Hit::Unique, &kinds, rows));
    let texts: Vec<&str> = found.gaps.iter().map(|gap| gap.description.get(Language::En)).collect();
    assert_eq!(
        texts,
        ["`a` < 5, `b` is bronze", "`a` >= 5 and < 7", "`a` = 7, `b` is silver, bronze", "`a` > 7 and < 10"]
    );
    assert!(found.gaps.iter().all(|gap| gap.proven));
    assert_eq!(found.gaps[1].example[0].1, Example::Value(Value::Int(5)));
}

#[test]
fn a_text_has_any_other_value_and_bounds_end_the_domain() {
    assert_eq!(gaps(&[FieldType::Text], "a | 1\nb | 2"), ["`a` is any other value"]);
    assert_eq!(gaps(&[FieldType::Text], "a | 1\nnot(a) | 2"), [] as [&str; 0]);
    assert_eq!(gaps(&[FieldType::Boolean], "true | 1"), ["`a` is false"]);
    assert_eq!(gaps(&[levels()], "gold, silver | 1\nbronze | 2"), [] as [&str; 0]);
    let mut bounded = table(Hit::First, &[FieldType::Integer], "[0..10] | 1\n> 100 | 2");
    bounded.inputs[0].min = Some(Value::Int(0));
    bounded.inputs[0].max = Some(Value::Int(100));
    let found = analyse(&bounded);
    assert_eq!(found.gaps[0].description.get(Language::En), "`a` > 10 and <= 100");
    assert_eq!(found.dead, [Dead { row: 1, covered_by: vec![] }]);
    assert_eq!(gaps(&[FieldType::Text], ""), ["any input"]);
}

#[test]
fn a_row_is_dead_when_earlier_ones_cover_it_together() {
    let found = analyse(&table(Hit::First, &[FieldType::Integer], "< 5 | 1\n> 20 | 2\n[5..9] | 3\n[3..7] | 4\n- | 5"));
    assert_eq!(found.dead, [Dead { row: 3, covered_by: vec![0, 2] }]);
    let overlap = Overlap { rows: (0, 3), proven: true, differ: Some(true) };
    assert!(found.overlaps.contains(&overlap));
    let same = analyse(&table(Hit::Any, &[FieldType::Integer], "< 5 | 1\n- | 1\n> 7 | 2"));
    assert_eq!(same.overlaps.iter().map(|o| o.rows).collect::<Vec<_>>(), [(1, 2)]);
}

#[test]
fn a_table_too_large_to_decide_says_so_and_returns_soon() {
    let rows: String = (0..400)
        .map(|n| format!("> {} | > {} | > {} | > {} | 1\n", n * 37 % 401, n * 91 % 401, n * 53 % 401, n * 17 % 401))
        .collect();
    let found = analyse(&table(Hit::First, &vec![FieldType::Integer; 4], &rows));
    assert!(!found.gaps.is_empty());
}

/// The cell of the row becomes an expression.
fn with_expression(mut table: Table, row: usize) -> Table {
    table.rows[row].cells[0] = Cell::Program(crate::soundness::tests::program("value > 3"));
    table.build_index();
    table
}

#[test]
fn an_expression_makes_gaps_and_overlaps_possible_not_proven() {
    let kinds = [FieldType::Integer];
    let found = analyse(&with_expression(table(Hit::Unique, &kinds, "< 5 | 1\n- | 2"), 1));
    assert_eq!(found.gaps.iter().map(|gap| gap.proven).collect::<Vec<_>>(), [false]);
    assert_eq!(found.overlaps, [Overlap { rows: (0, 1), proven: false, differ: Some(true) }]);
    let two = [FieldType::Integer, FieldType::Boolean];
    let found = analyse(&with_expression(table(Hit::First, &two, "- | true | 1\n< 5 | false | 2"), 0));
    assert_eq!(found.gaps[0].description.get(Language::En), "`a` >= 5, `b` is false");
    assert!(found.gaps[0].proven);
    // What an expression may leave over is not taken away from later rows.
    let found = analyse(&with_expression(table(Hit::First, &kinds, "- | 1\n< 5 | 2\n- | 3"), 0));
    assert_eq!(found.dead, []);
}
