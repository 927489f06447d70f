//! A roll-up that a release adds or changes counts what is there already.

use std::{collections::HashMap, ops::ControlFlow};

use formwork_catalog::object::{Measure, Object, RollUp};
use formwork_model::{id::RecordId, name::Name, record::Record, value::Value};
use formwork_store::{
    key::Key,
    store::{Order, Transaction, View},
    table::{index, meta, record},
};

use super::every_record;
use crate::{
    decider::field_of,
    query::{self, Asking, matches_with},
    rejection::Refusal,
    release::Release,
    task::Hours,
};

/// Fills the roll-ups of `object` that are not as the book remembers them, and says which.
pub(super) fn fill(
    transaction: &mut dyn Transaction,
    release: &Release,
    object: &Object,
) -> Result<Vec<Name>, Refusal> {
    let mut filled = Vec::new();
    for field in &object.fields {
        let Some(roll_up) = &field.roll_up else { continue };
        let key = format!("filled {} {}", object.name, field.name);
        let signature = signature(roll_up);
        if meta::text(transaction.view(), &key)?.as_deref() == Some(&signature) {
            continue;
        }
        transaction.put(meta::key(&key), signature.into_bytes());
        let values = values(transaction, release, roll_up)?;
        let table = release.number(object.name)?;
        for mut holder in every_record(transaction, release, object.name, table)? {
            let value = values.get(&holder.id).cloned().unwrap_or_else(|| nothing(roll_up));
            let value = formwork_script::convert::coerce_value(value, &field.kind)?;
            if *holder.fields.get(field.name) != value {
                holder.fields.set(field.name, value);
                transaction.put(record::key(table, holder.id), record::encode(&holder, &release.symbols)?);
            }
        }
        filled.push(field.name);
    }
    Ok(filled)
}

/// What a roll-up is, as the book remembers it.
pub(crate) fn signature(roll_up: &RollUp) -> String {
    format!("{} {} {:?} {:?}", roll_up.from, roll_up.by, roll_up.measure, roll_up.filter)
}

/// One holder's value, taken anew from the records that refer to it.
pub(crate) fn value_of(
    view: &dyn View,
    release: &Release,
    roll_up: &RollUp,
    holder: RecordId,
) -> Result<Value, Refusal> {
    let mut total = nothing(roll_up);
    let Some(from) = release.catalog.object(roll_up.from) else { return Ok(total) };
    let by = |index: &&formwork_catalog::object::Index| index.lines.is_none() && index.fields == [roll_up.by];
    let Some(by) = from.indexes.iter().find(by) else { return Ok(total) };
    let prefix = index::prefix(release.number(from.name)?, release.number(by.name)?, &[&Value::Ref(holder)]);
    let mut ids = Vec::new();
    view.scan(&prefix, &Key::prefix_end(&prefix), Order::Forward, &mut |key, _| {
        ids.extend(index::id_of(key));
        ControlFlow::Continue(())
    })?;
    let asking = asking(release);
    for id in ids {
        let Some(record) = query::load(view, release, from.name, id)? else { continue };
        if counts(view, release, roll_up, &record, &asking)? {
            add(roll_up, &record, &mut total);
        }
    }
    Ok(total)
}

fn asking(release: &Release) -> Asking {
    let zone = release.catalog.book.zone.clone();
    Asking::by_engine(zone, Hours::of(release))
}

fn counts(
    view: &dyn View,
    release: &Release,
    roll_up: &RollUp,
    record: &Record,
    asking: &Asking,
) -> Result<bool, Refusal> {
    let mut through = |object: Name, id: RecordId, field: Name| {
        let found = query::load(view, release, object, id)?;
        Ok(found.map_or(Value::Null, |record| field_of(&record, field)))
    };
    match &roll_up.filter {
        Some(filter) => matches_with(filter, record, asking, &mut through),
        None => Ok(true),
    }
}

/// What a roll-up holds when there is nothing to roll up.
fn nothing(roll_up: &RollUp) -> Value {
    match roll_up.measure {
        Measure::Count | Measure::Sum(_) => Value::Int(0),
        Measure::Min(_) | Measure::Max(_) => Value::Null,
    }
}

fn values(
    transaction: &dyn Transaction,
    release: &Release,
    roll_up: &RollUp,
) -> Result<HashMap<RecordId, Value>, Refusal> {
    let asking = asking(release);
    let mut values: HashMap<RecordId, Value> = HashMap::new();
    for from in every_record(transaction, release, roll_up.from, release.number(roll_up.from)?)? {
        let Some(holder) = from.fields.get(roll_up.by).as_ref_id() else { continue };
        if counts(transaction.view(), release, roll_up, &from, &asking)? {
            let value = values.entry(holder).or_insert_with(|| nothing(roll_up));
            add(roll_up, &from, value);
        }
    }
    Ok(values)
}

fn add(roll_up: &RollUp, from: &Record, total: &mut Value) {
    let number = |value: &Value| value.as_decimal().unwrap_or_default();
    match roll_up.measure {
        Measure::Count => *total = Value::Decimal(number(total) + rust_decimal::Decimal::ONE),
        Measure::Sum(of) => *total = Value::Decimal(number(total) + number(&field_of(from, of))),
        Measure::Min(of) | Measure::Max(of) => {
            let value = field_of(from, of);
            let least = matches!(roll_up.measure, Measure::Min(_));
            let better = value.compare(total).is_some_and(|order| if least { order.is_lt() } else { order.is_gt() });
            if !matches!(value, Value::Null) && (matches!(total, Value::Null) || better) {
                *total = value;
            }
        }
    }
}
