//! What changed, field by field.

use std::sync::Arc;

use formwork_model::{
    record::{Fields, Record, Row},
    value::Value,
};
use formwork_store::table::history::Change;

use crate::decider::state_of;

/// Every field in which two states of a record differ, in the order of their paths.
pub(crate) fn diff(before: Option<&Record>, now: Option<&Record>, out: &mut Vec<Change>) {
    let Some(record) = now.or(before) else { return };
    let mut push = |path: Arc<str>, old: Value, new: Value| {
        out.push(Change { object: record.object, id: record.id, path, old, new });
    };
    match (before, now) {
        (None, Some(now)) => {
            push("created".into(), Value::Null, now.number.as_deref().map_or(Value::Bool(true), Value::text))
        }
        (Some(_), None) => push("deleted".into(), Value::Null, Value::Bool(true)),
        _ => {}
    }
    let empty = Fields::new();
    let (old, new) = (before.map_or(&empty, |r| &r.fields), now.map_or(&empty, |r| &r.fields));
    let mut names: Vec<_> = old.iter().chain(new.iter()).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let (old, new) = (old.get(name), new.get(name));
        match (old, new) {
            _ if old == new => {}
            (Value::Rows(_), _) | (_, Value::Rows(_)) => diff_rows(name.as_str(), old.rows(), new.rows(), &mut push),
            _ => push(name.as_str().into(), old.clone(), new.clone()),
        }
    }
    let (from, to) = (before.map(state_of).unwrap_or_default(), now.map(state_of).unwrap_or_default());
    if from != to {
        push("state".into(), Value::text(from), Value::text(to));
    }
}

fn diff_rows(path: &str, old: &[Row], new: &[Row], push: &mut dyn FnMut(Arc<str>, Value, Value)) {
    for row in new {
        match old.iter().find(|known| known.key == row.key) {
            None => push(format!("{path}[{}]", row.key).into(), Value::Null, Value::Rows(vec![row.clone()])),
            Some(known) => {
                let mut names: Vec<_> = known.fields.iter().chain(row.fields.iter()).map(|(name, _)| name).collect();
                names.sort_unstable();
                names.dedup();
                for name in names {
                    let (old, new) = (known.fields.get(name), row.fields.get(name));
                    if old != new {
                        push(format!("{path}[{}].{name}", row.key).into(), old.clone(), new.clone());
                    }
                }
            }
        }
    }
    for row in old.iter().filter(|row| !new.iter().any(|known| known.key == row.key)) {
        push(format!("{path}[{}]", row.key).into(), Value::Rows(vec![row.clone()]), Value::Null);
    }
}
