//! The regions are exactly the inputs for which two versions answer differently.

use formwork_model::{field_type::FieldType, text::Language};
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::table::{
    Hit,
    analysis::tests::{hits, inputs},
    sample::{hit, kinds, levels, of_rows, row, table},
};

/// What the table answers, so that answers of two versions can be compared.
fn answer(table: &Table, inputs: &[Value], day: Date) -> String {
    let met: Vec<u32> =
        (0..table.rows.len()).filter(|at| hits(&table.rows[*at], inputs, day)).map(|at| at as u32).collect();
    let met = match table.hit {
        Hit::First => met.into_iter().take(1).collect(),
        Hit::Unique => met.into_iter().take(2).collect(),
        _ => met,
    };
    let outputs = met.iter().map(|row| {
        table.rows[*row as usize].outputs.iter().map(|source| match source {
            Source::Literal(value) => value.clone(),
            Source::Program(_) => Value::Null,
        })
    });
    match table.answer(&met, outputs.map(Iterator::collect).collect()) {
        Ok(answer) => format!("{:?}", answer.outputs),
        Err(broken) => format!("{:?}", std::mem::discriminant(&broken)),
    }
}

fn agrees(before: &Table, now: &Table) -> Result<(), TestCaseError> {
    let found = differences(before, now);
    // The search of such small tables never stops early. A list that is full promises nothing about the rest.
    prop_assert!(!found.more || found.regions.len() == MAX_REGIONS);
    prop_assume!(!found.more);
    let mut hit = vec![false; found.regions.len()];
    for day in [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 3), date(2026, 1, 4), date(2027, 1, 1)] {
        for inputs in
            inputs().into_iter().map(|i| i.to_vec()).chain([vec![Value::Null, Value::text("gold"), Value::Null]])
        {
            let by_name = |name: Name| match name.as_str() {
                "a" => inputs[0].clone(),
                "b" => inputs[1].clone(),
                _ => inputs[2].clone(),
            };
            let region = found.region_of(&by_name, day);
            let (a, b) = (answer(before, &inputs, day), answer(now, &inputs, day));
            prop_assert_eq!(region.is_some(), a != b, "{:?} on {}: {} and {}", inputs, day, a, b);
            if let Some(region) = region {
                hit[region] = true;
                prop_assert!(found.regions[region].proven);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn regions_agree_with_trying_everything(
        (hit, before, now) in (hit(), prop::collection::vec(row(), 0..8), prop::collection::vec(row(), 0..8))
    ) {
        agrees(&of_rows(hit, &kinds(), before), &of_rows(hit, &kinds(), now))?;
    }

    #[test]
    fn an_edited_row_is_found(
        (hit, rows, at, new) in (hit(), prop::collection::vec(row(), 1..10), any::<prop::sample::Index>(), row())
    ) {
        let mut edited = rows.clone();
        let place = at.index(edited.len());
        edited[place] = new;
        agrees(&of_rows(hit, &kinds(), rows), &of_rows(hit, &kinds(), edited))?;
    }
}

#[test]
fn a_moved_bound_is_one_readable_region() {
    let kinds = [FieldType::Integer, levels()];
    let before = table(Hit::First, &kinds, "< 10 | - | 0\n< 20 | gold | 1\n- | - | 2");
    let now = table(Hit::First, &kinds, "< 10 | - | 0\n< 15 | gold | 1\n- | - | 2");
    let found = differences(&before, &now);
    let [region] = found.regions.as_slice() else { panic!("{:?}", found.regions) };
    let words: Vec<String> =
        region.inputs.iter().map(|(name, words)| format!("{name} {}", words.get(Language::En))).collect();
    assert_eq!(words, ["a >= 15 and < 20", "b is gold"]);
    assert_eq!((region.before.rows.as_slice(), region.now.rows.as_slice()), (&[2][..], &[3][..]));
    assert_eq!((region.before.outputs.en.as_str(), region.now.outputs.en.as_str()), ("out = 1", "out = 2"));
    assert!(differences(&before, &before).regions.is_empty());
}

#[test]
fn an_expression_makes_a_difference_possible_not_proven() {
    let kinds = [FieldType::Integer];
    let with = |rows: &str, text: &str| {
        let mut table = table(Hit::First, &kinds, rows);
        table.rows[0].cells[0] = Cell::Program(crate::soundness::tests::program(text));
        table.build_index();
        table
    };
    let before = with("- | 1\n< 5 | 2\n- | 3", "value > 3");
    let found = differences(&before, &with("- | 1\n< 5 | 2\n- | 4", "value > 3"));
    let sides: Vec<_> =
        found.regions.iter().map(|r| (r.proven, r.before.outputs.en.as_str(), r.now.outputs.en.as_str())).collect();
    assert_eq!(sides, [(false, "1 or 3", "1 or 4")]);
    assert!(differences(&before, &with("- | 1\n< 5 | 2\n- | 3", "value > 3")).regions.is_empty());
    assert!(!differences(&before, &with("- | 1\n< 5 | 2\n- | 3", "value > 4")).regions.is_empty());
}

#[test]
fn a_changed_row_among_thousands_is_found_at_once() {
    let rows = |changed: i64| -> String {
        (0..4000)
            .map(|n| {
                format!("[{n}..{n}] | {} | {}\n", ["gold", "silver"][n % 2], if n == 1234 { changed } else { n as i64 })
            })
            .collect()
    };
    let kinds = [FieldType::Integer, levels()];
    let found = differences(&table(Hit::First, &kinds, &rows(1)), &table(Hit::First, &kinds, &rows(2)));
    assert!(!found.more);
    assert_eq!(found.regions.len(), 1);
}

#[test]
fn columns_that_come_and_go_are_said() {
    let one = table(Hit::First, &[FieldType::Integer], "< 5 | 1\n- | 2");
    let two = table(Hit::First, &[FieldType::Integer, levels()], "< 5 | gold | 1\n- | - | 2");
    let found = differences(&one, &two);
    assert_eq!(
        found.columns.iter().map(|text| text.en.as_str()).collect::<Vec<_>>(),
        ["the input `b` is compared too"]
    );
    assert_eq!(found.regions.len(), 1, "{:?}", found.regions);
}
