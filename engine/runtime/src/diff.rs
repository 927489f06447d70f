//! What changed, field by field.

use std::sync::Arc;

use formwork_model::{
    name::Name,
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

/// Takes a change back: what [`diff`] found is gone from the fields, and what it said they held is there again. Changes
/// of several commands are taken back from the newest on. Of lines the order is not kept; what is no field stays.
pub fn undo(fields: &mut Fields, change: &Change) {
    let (name, rest) = change.path.split_once('[').map_or((&*change.path, None), |(name, rest)| (name, Some(rest)));
    let Some(name) = Name::find(name) else { return };
    let Some((key, rest)) = rest.and_then(|rest| rest.split_once(']')) else {
        fields.set(name, change.old.clone());
        return;
    };
    let mut rows = fields.get(name).rows().to_vec();
    match (rest.strip_prefix('.').and_then(Name::find), &change.old) {
        (Some(field), old) => {
            for row in rows.iter_mut().filter(|row| row.key.to_string() == key) {
                row.fields.set(field, old.clone());
            }
        }
        (None, Value::Rows(gone)) => rows.extend(gone.iter().cloned()),
        (None, _) => rows.retain(|row| row.key.to_string() != key),
    }
    fields.set(name, Value::Rows(rows));
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

#[cfg(test)]
mod tests {
    use formwork_model::id::RecordId;
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn record(fields: Fields) -> Record {
        Record {
            object: Name::intern("order"),
            id: RecordId::from_bytes([0; 16]),
            rev: 1,
            number: None,
            created_at: Timestamp::UNIX_EPOCH,
            created_by: "ann".into(),
            updated_at: Timestamp::UNIX_EPOCH,
            updated_by: "ann".into(),
            fields,
            flows: Vec::new(),
            timers: Vec::new(),
            events: Vec::new(),
        }
    }

    fn simple() -> impl Strategy<Value = Value> {
        prop_oneof![Just(Value::Null), "[ab]{1,2}".prop_map(Value::text), any::<bool>().prop_map(Value::Bool)]
    }

    fn fields(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Fields> {
        prop::collection::vec((prop_oneof!["a", "b", "c"], value), 0..4).prop_map(|pairs| {
            let mut fields = Fields::new();
            for (name, value) in pairs {
                fields.set(Name::intern(&name), value);
            }
            fields
        })
    }

    /// Some fields and a field of lines, which always holds the rows in the order of their keys.
    fn whole() -> impl Strategy<Value = Fields> {
        let rows = prop::collection::btree_map(1u32..5, fields(simple()), 0..4);
        (fields(simple()), rows).prop_map(|(mut fields, rows)| {
            let rows = rows.into_iter().map(|(key, fields)| Row { key, fields }).collect();
            fields.set(Name::intern("lines"), Value::Rows(rows));
            fields
        })
    }

    fn sorted(mut fields: Fields) -> Vec<(Name, Value)> {
        let lines = Name::intern("lines");
        let mut rows = fields.get(lines).rows().to_vec();
        rows.sort_by_key(|row| row.key);
        fields.set(lines, Value::Rows(rows));
        let mut pairs: Vec<_> = fields
            .iter()
            .filter(|(_, value)| **value != Value::Null)
            .map(|(name, value)| (name, value.clone()))
            .collect();
        pairs.sort_by_key(|(name, _)| *name);
        pairs
    }

    proptest! {
        #[test]
        fn what_changed_taken_back_is_what_was(states in prop::collection::vec(whole(), 2..5)) {
            let mut changes = Vec::new();
            for pair in states.windows(2) {
                diff(Some(&record(pair[0].clone())), Some(&record(pair[1].clone())), &mut changes);
            }
            let mut fields = states[states.len() - 1].clone();
            for change in changes.iter().rev() {
                undo(&mut fields, change);
            }
            prop_assert_eq!(sorted(fields), sorted(states[0].clone()));
        }
    }
}
