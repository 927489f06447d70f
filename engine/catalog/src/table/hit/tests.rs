//! One small table a policy.

use super::*;
use crate::table::sample::{levels, table};

fn answer(hit: &str, rows: &[u32], outputs: &[i64]) -> Result<Answer, Broken> {
    let table = table(Hit::parse(hit).unwrap(), &[], "");
    table.answer(rows, outputs.iter().map(|n| vec![Value::Int(*n)]).collect())
}

fn one(rows: &[u32], n: i64) -> Result<Answer, Broken> {
    Ok(Answer { rows: rows.to_vec(), outputs: Outputs::One(vec![Value::Int(n)]) })
}

fn list(rows: &[u32], values: &[i64]) -> Result<Answer, Broken> {
    let outputs = Outputs::List(values.iter().map(|n| vec![Value::Int(*n)]).collect());
    Ok(Answer { rows: rows.to_vec(), outputs })
}

#[test]
fn every_policy_answers_as_dmn_says() {
    assert_eq!(answer("U", &[4], &[7]), one(&[4], 7));
    assert_eq!(answer("U", &[1, 4], &[7, 7]), Err(Broken::Several(1, 4)));
    assert_eq!(answer("A", &[1, 4], &[7, 7]), one(&[1, 4], 7));
    assert_eq!(answer("A", &[1, 4, 5], &[7, 7, 8]), Err(Broken::Disagree(1, 5, Name::intern("out"))));
    assert_eq!(answer("P", &[1, 4, 5], &[7, 9, 9]), one(&[4], 9));
    assert_eq!(answer("F", &[4], &[7]), one(&[4], 7));
    assert_eq!(answer("R", &[1, 4], &[9, 7]), list(&[1, 4], &[9, 7]));
    assert_eq!(answer("C", &[1, 4], &[9, 7]), list(&[1, 4], &[9, 7]));
    assert_eq!(answer("O", &[1, 4, 6], &[7, 9, 8]), list(&[4, 6, 1], &[9, 8, 7]));
    assert_eq!(answer("C+", &[1, 4], &[7, 9]), one(&[1, 4], 16));
    assert_eq!(answer("C<", &[1, 4], &[7, 9]), one(&[1, 4], 7));
    assert_eq!(answer("C>", &[1, 4], &[7, 9]), one(&[1, 4], 9));
    assert_eq!(answer("C#", &[1, 4], &[7, 9]), one(&[1, 4], 2));
    assert_eq!(answer("C+", &[1, 4], &[i64::MAX, 1]), Err(Broken::Sum(Name::intern("out"))));
}

#[test]
fn without_a_row_the_defaults_answer() {
    for policy in ["U", "A", "P", "F"] {
        assert_eq!(answer(policy, &[], &[]), Err(Broken::NoRow), "{policy}");
    }
    for policy in ["R", "O", "C"] {
        assert_eq!(answer(policy, &[], &[]), list(&[], &[]), "{policy}");
    }
    assert_eq!(answer("C+", &[], &[]), one(&[], 0));
    assert_eq!(answer("C#", &[], &[]), one(&[], 0));
    assert_eq!(answer("C<", &[], &[]).unwrap().outputs, Outputs::One(vec![Value::Null]));
    for policy in ["U", "F", "C+", "C>", "C"] {
        let mut table = table(Hit::parse(policy).unwrap(), &[], "");
        table.outputs[0].default = Some(Value::Int(5));
        let expected = if policy == "C" { list(&[], &[5]) } else { one(&[], 5) };
        assert_eq!(table.answer(&[], vec![]), expected, "{policy}");
    }
}

#[test]
fn the_order_of_the_options_is_the_priority() {
    let mut table = table(Hit::Priority, &[], "");
    table.outputs[0].kind = levels();
    let found = table.answer(&[0, 1, 2], ["bronze", "gold", "silver"].map(|level| vec![Value::text(level)]).to_vec());
    assert_eq!(found.unwrap().outputs, Outputs::One(vec![Value::text("gold")]));
}
