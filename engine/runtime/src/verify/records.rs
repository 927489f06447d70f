//! Records, their index and unique-key entries, their references, and the roll-ups over them.

use std::{collections::HashMap, ops::ControlFlow};

use formwork_catalog::object::{Field, Measure, Object};
use formwork_model::{field_type::FieldType, id::RecordId, name::Name, record::Record, text, value::Value};
use formwork_store::{
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::{Order, View},
    table::{history, index, record, timer, unique},
};
use rust_decimal::Decimal;

use super::{Verdict, tasks, told_there};
use crate::{
    decider::field_of,
    query::{self, Asking, matches_with},
    rejection::Refusal,
    release::Release,
    task::Hours,
};

pub(super) fn verify(
    view: &dyn View,
    release: &Release,
    object: &Object,
    verdict: &mut Verdict,
) -> Result<(), Refusal> {
    let table = release.number(object.name)?;
    let mut expected: HashMap<Name, u64> = HashMap::new();
    let mut revisions = revisions(view, table)?;
    let (start, end) = record::range(table);
    let mut failure = None;
    view.scan(&start, &end, Order::Forward, &mut |key, bytes| {
        verdict.records += 1;
        let read = record::id_of(key).and_then(|id| record::decode(object.name, id, bytes, &release.symbols));
        let revision = record::id_of(key).ok().and_then(|id| revisions.remove(&id)).flatten();
        let checked = match read {
            Ok(record) => {
                verify_revision(&record, revision, verdict);
                verify_record(view, release, object, &record, &mut expected, verdict)
            }
            Err(error) => {
                let name = object.name;
                let id = record::id_of(key).map(|id| id.to_string()).unwrap_or_default();
                verdict.find(text!("{name} {id} can't be read: {error}", "{name} {id} 无法读取：{error}"));
                Ok(())
            }
        };
        match checked {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(error) = failure {
        return Err(error.into());
    }
    for (id, _) in revisions.into_iter().filter(|(_, rev)| rev.is_some_and(|rev| rev > 0)) {
        let name = object.name;
        verdict.find(text!(
            "{name} {id} is gone, and its history does not say so",
            "{name} {id} 已不存在，但历史中没有删除记录"
        ));
    }
    for name in object.indexes.iter().map(|index| index.name).chain(object.uniques.iter().map(|unique| unique.name)) {
        let found = count_keys(view, table, release.number(name)?)?;
        verdict.keys += found;
        let wanted = expected.get(&name).copied().unwrap_or_default();
        if found != wanted {
            let object = object.name;
            verdict.find(text!(
                "index {object}.{name} has {found} entries, the records make {wanted}",
                "索引 {object}.{name} 有 {found} 项，按记录应为 {wanted} 项"
            ));
        }
    }
    for field in object.fields.iter().filter(|field| field.roll_up.is_some()) {
        verify_roll_up(view, release, object, field, verdict)?;
    }
    Ok(())
}

/// The revision that the history leaves each record of a table at: 0 when it was deleted, `None` where it was not noted.
fn revisions(view: &dyn View, table: u16) -> Result<HashMap<RecordId, Option<u64>>, Error> {
    let prefix = Key::new(KeyKind::RecordHistory).u16(table).into_vec();
    let mut revisions = HashMap::new();
    view.scan(&prefix, &Key::prefix_end(&prefix), Order::Forward, &mut |key, value| {
        let id = KeyReader::new(key, KeyKind::RecordHistory).and_then(|mut place| {
            place.u16()?;
            place.id()
        });
        // The last entry of a record comes last.
        if let Ok(id) = id {
            revisions.insert(id, history::rev_of(value));
        }
        ControlFlow::Continue(())
    })?;
    Ok(revisions)
}

/// A value that was there before, and is put back, is sealed as well as the one that belongs there.
fn verify_revision(record: &Record, revision: Option<u64>, verdict: &mut Verdict) {
    if let Some(last) = revision.filter(|last| *last != record.rev) {
        let (name, id, rev) = (record.object, record.id, record.rev);
        verdict.find(text!(
            "{name} {id} is at revision {rev}, its history leaves it at {last}: another value was put in its place",
            "{name} {id} 的版本为 {rev}，而历史记录的版本为 {last}：该处的值已被替换"
        ));
    }
}

fn verify_record(
    view: &dyn View,
    release: &Release,
    object: &Object,
    record: &Record,
    expected: &mut HashMap<Name, u64>,
    verdict: &mut Verdict,
) -> Result<(), Error> {
    let table = release.number(object.name)?;
    let (name, id) = (object.name, record.id);
    for by in &object.indexes {
        for key in release.index_keys(object, by, record)? {
            *expected.entry(by.name).or_default() += 1;
            if view.get(&key)?.is_none() {
                let index = by.name;
                verdict.find(text!("{name} {id} is missing in index {index}", "{name} {id} 未列入索引 {index}"));
            }
        }
    }
    for key in &object.uniques {
        let Some(place) = release.unique_key_of(object, key, record)? else { continue };
        *expected.entry(key.name).or_default() += 1;
        let holder = match unique::holder_at(view, &place) {
            Err(Error::Damaged(_)) => None,
            read => read?,
        };
        if holder != Some(id) {
            let unique = key.name;
            verdict.find(text!(
                "{name} {id} is not the holder of its unique key {unique}",
                "{name} {id} 不是唯一键 {unique} 的持有者"
            ));
        }
    }
    tasks::verify_record(view, release, table, record, verdict)?;
    for key in timer::keys(table, id, &record.timers) {
        if view.get(&key)?.is_none() {
            verdict
                .find(text!("{name} {id} has a timer that nobody waits for", "{name} {id} 有一个计时器未排入时间表"));
        }
    }
    for timer in record.timers.iter().filter(|timer| !record.has_owner(timer.owner)) {
        let timer = timer.name;
        verdict.find(text!("{name} {id} has a timer {timer} without a token", "{name} {id} 的计时器 {timer} 没有令牌"));
    }
    super::queues::verify_record(view, release, record, verdict)?;
    super::files::verify_record(view, record, verdict)?;
    for field in &object.fields {
        verify_references(view, release, record, field, record.fields.get(field.name), verdict)?;
        for row in record.fields.get(field.name).rows() {
            for line in &field.lines {
                verify_references(view, release, record, line, row.fields.get(line.name), verdict)?;
            }
        }
    }
    Ok(())
}

fn verify_references(
    view: &dyn View,
    release: &Release,
    record: &Record,
    field: &Field,
    value: &Value,
    verdict: &mut Verdict,
) -> Result<(), Error> {
    let (FieldType::Ref(to) | FieldType::Refs(to)) = &field.kind else { return Ok(()) };
    let ids: Vec<RecordId> = match value {
        Value::Ref(id) => vec![*id],
        Value::List(items) => items.iter().filter_map(Value::as_ref_id).collect(),
        _ => Vec::new(),
    };
    for id in ids {
        if view.get(&record::key(release.number(*to)?, id))?.is_none() {
            let (object, from, name) = (record.object, record.id, field.name);
            verdict.find(text!(
                "{object} {from} refers in {name} to {to} {id}, which is gone",
                "{object} {from} 的 {name} 引用了不存在的 {to} {id}"
            ));
        }
    }
    Ok(())
}

fn count_keys(view: &dyn View, table: u16, number: u16) -> Result<u64, Error> {
    let mut n = 0;
    for prefix in [index::prefix(table, number, &[]), unique::key(table, number, &[])] {
        view.scan(&prefix, &Key::prefix_end(&prefix), Order::Forward, &mut |_, _| {
            n += 1;
            ControlFlow::Continue(())
        })?;
    }
    Ok(n)
}

/// Sums and counts are taken anew over all records that are rolled up.
fn verify_roll_up(
    view: &dyn View,
    release: &Release,
    holder: &Object,
    field: &Field,
    verdict: &mut Verdict,
) -> Result<(), Refusal> {
    let Some(roll_up) = &field.roll_up else { return Ok(()) };
    if matches!(roll_up.measure, Measure::Min(_) | Measure::Max(_)) {
        return Ok(());
    }
    let zone = release.catalog.book.zone.clone();
    let asking = Asking::by_engine(zone, Hours::of(release));
    let mut sums: HashMap<RecordId, Decimal> = HashMap::new();
    let (start, end) = record::range(release.number(roll_up.from)?);
    let mut failure: Option<Refusal> = None;
    view.scan(&start, &end, Order::Forward, &mut |key, bytes| {
        let mut add = || -> Result<(), Refusal> {
            let record = record::decode(roll_up.from, record::id_of(key)?, bytes, &release.symbols)?;
            let Some(id) = record.fields.get(roll_up.by).as_ref_id() else { return Ok(()) };
            let mut through = |object: Name, id: RecordId, field: Name| {
                Ok(query::load(view, release, object, id)?.map_or(Value::Null, |record| field_of(&record, field)))
            };
            let counts = match &roll_up.filter {
                Some(filter) => matches_with(filter, &record, &asking, &mut through)?,
                None => true,
            };
            if counts {
                *sums.entry(id).or_default() += match roll_up.measure {
                    Measure::Sum(of) => field_of(&record, of).as_decimal().unwrap_or_default(),
                    _ => Decimal::ONE,
                };
            }
            Ok(())
        };
        match told_there(add(), ()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(refusal) => {
                failure = Some(refusal);
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(refusal) = failure {
        return Err(refusal);
    }
    for (id, sum) in sums {
        let kept = told_there(query::load(view, release, holder.name, id).map_err(Refusal::from), None)?
            .map(|record| field_of(&record, field.name).as_decimal().unwrap_or_default());
        if kept.is_some_and(|kept| kept != sum) {
            let (object, name, kept) = (holder.name, field.name, kept.unwrap_or_default());
            verdict.find(text!(
                "{object} {id}: {name} is {kept}, the records sum to {sum}",
                "{object} {id}：{name} 为 {kept}，按记录合计为 {sum}"
            ));
        }
    }
    Ok(())
}
