//! Reading beyond the record: settings, decision tables, other records, ledgers, the calendar.

use std::sync::Arc;

use formwork_model::{code, code::Code, name::Name, record::Fields, text};
use jiff::{Timestamp, civil::Date};
use rhai::{Array, Dynamic, Engine, Map};
use rust_decimal::Decimal;

use crate::{
    convert::{dynamic_to_json, map_to_fields, val_to_dynamic},
    failure::Failure,
    frame::{self, Frame, Raised},
    handle::Handle,
    host::{Host, Outputs},
    val::{Span, Val},
};

/// How many records `find` gives when no limit is written.
pub(crate) const DEFAULT_LIMIT: usize = 1_000;

pub(super) fn register(engine: &mut Engine) {
    engine
        .register_fn("setting", |name: &str| frame::with(|frame| setting_value(frame.host, name)).map(val_to_dynamic))
        .register_fn("table", |name: &str| table(name, Map::new()))
        .register_fn("table", table)
        .register_fn("find", |object: &str, filter: Map| find(object, filter, None, DEFAULT_LIMIT))
        .register_fn("find", |object: &str, filter: Map, sort: &str| find(object, filter, Some(sort), DEFAULT_LIMIT))
        .register_fn("find", |object: &str, filter: Map, sort: &str, limit: i64| {
            find(object, filter, Some(sort), usize::try_from(limit).unwrap_or(0))
        })
        .register_fn("first", |object: &str, filter: Map| first(object, filter, None))
        .register_fn("first", |object: &str, filter: Map, sort: &str| first(object, filter, Some(sort)))
        .register_fn("count", |object: &str, filter: Map| {
            let filter = dynamic_to_json(&Dynamic::from_map(filter));
            looking(|frame| frame.host.count(known(object, code!("unknown-object"))?, &filter))
        })
        .register_fn("sum", |object: &str, field: &str, filter: Map| {
            let filter = dynamic_to_json(&Dynamic::from_map(filter));
            looking(|frame| {
                let object = known(object, code!("unknown-object"))?;
                frame.host.sum(object, known(field, code!("unknown-field"))?, &filter)
            })
        })
        .register_fn("balance", |ledger: &str, dimensions: Map| balance(ledger, dimensions, None))
        .register_fn("balance", |ledger: &str, dimensions: Map, at: Date| balance(ledger, dimensions, Some(at)))
        .register_fn("working_time", |from: Timestamp, to: Timestamp| {
            frame::with(|frame| frame.host.working_time(from, to, None).map(Span))
        })
        .register_fn("working_time", |from: Timestamp, to: Timestamp, calendar: &str| {
            looking(|frame| frame.host.working_time(from, to, Some(calendar)).map(Span))
        })
        .register_fn("add_working_time", |from: Timestamp, span: Span| {
            frame::with(|frame| frame.host.add_working_time(from, span.0, None))
        })
        .register_fn("add_working_time", |from: Timestamp, span: Span, calendar: &str| {
            looking(|frame| frame.host.add_working_time(from, span.0, Some(calendar)))
        })
        .register_fn("calendar_of", |login: &str| looking(|frame| frame.host.calendar_of(login)))
        .register_fn("calendar_of", |(): ()| String::new());
}

/// Reads, unless the time is used up.
fn looking<T>(body: impl FnOnce(&Frame<'_>) -> Result<T, Failure>) -> Result<T, Raised> {
    frame::with(|frame| {
        frame::check_time()?;
        body(frame)
    })
}

/// A name that some definition uses; otherwise a failure with `code`.
pub(super) fn known(name: &str, code: Code) -> Result<Name, Failure> {
    Name::find(name).ok_or_else(|| Failure::new(code, text!("there is no `{name}`", "没有 `{name}`")))
}

/// Named values of a map.
pub(super) fn fields(map: Map) -> Result<Fields, Failure> {
    map_to_fields(map)
        .map_err(|key| Failure::new(code!("unknown-field"), text!("`{key}` is no field name", "`{key}` 不是字段名")))
}

/// The value of a setting.
pub(crate) fn setting_value(host: &dyn Host, name: &str) -> Result<Val, Failure> {
    host.setting(known(name, code!("unknown-setting"))?).map(Val::from)
}

fn table(name: &str, inputs: Map) -> Result<Dynamic, Raised> {
    looking(|frame| {
        let inputs = fields(inputs)?;
        let one = |outputs: Fields| Val::Handle(Handle::Fixed(None, Arc::new(outputs)));
        Ok(match frame.host.table(known(name, code!("unknown-table"))?, frame.this, &inputs)? {
            Outputs::One(outputs) => one(outputs),
            Outputs::Many(rows) => Val::List(rows.into_iter().map(one).collect()),
        })
    })
    .map(val_to_dynamic)
}

fn find(object: &str, filter: Map, sort: Option<&str>, limit: usize) -> Result<Array, Raised> {
    let filter = dynamic_to_json(&Dynamic::from_map(filter));
    looking(|frame| {
        let object = known(object, code!("unknown-object"))?;
        let ids = frame.host.find(object, &filter, sort, limit)?;
        Ok(ids.into_iter().map(|id| Dynamic::from(Handle::Record(object, id))).collect())
    })
}

fn first(object: &str, filter: Map, sort: Option<&str>) -> Result<Dynamic, Raised> {
    Ok(find(object, filter, sort, 1)?.into_iter().next().unwrap_or(Dynamic::UNIT))
}

fn balance(ledger: &str, dimensions: Map, at: Option<Date>) -> Result<Decimal, Raised> {
    looking(|frame| {
        let dimensions = fields(dimensions)?;
        frame.host.balance(known(ledger, code!("unknown-ledger"))?, &dimensions, at)
    })
}
