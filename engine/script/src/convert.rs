//! Between stored values, script values, Rhai's dynamic values and JSON.

use std::sync::Arc;

use formwork_model::{
    name::Name,
    record::{Fields, Row},
    value::Value,
};
use jiff::{Timestamp, civil::Date};
use rhai::{Array, Dynamic, Map};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use serde_json::{Map as JsonMap, Value as Json};

pub use crate::coerce::{coerce, coerce_value};
use crate::{
    handle::Handle,
    val::{Months, Span, Val},
};

/// The value as Rhai holds it.
pub fn val_to_dynamic(val: Val) -> Dynamic {
    match val {
        Val::Unit => Dynamic::UNIT,
        Val::Bool(b) => b.into(),
        Val::Int(n) => n.into(),
        Val::Dec(d) => Dynamic::from_decimal(d),
        Val::Text(text) => (&*text).into(),
        Val::Date(date) => Dynamic::from(date),
        Val::Instant(instant) => Dynamic::from(instant),
        Val::Span(span) => Dynamic::from(span),
        Val::Months(months) => Dynamic::from(months),
        Val::Handle(handle) => Dynamic::from(handle),
        Val::List(items) => Dynamic::from_array(items.into_iter().map(val_to_dynamic).collect::<Array>()),
        Val::Other(dynamic) => dynamic,
    }
}

/// The value Rhai holds, as ours.
pub fn dynamic_to_val(dynamic: Dynamic) -> Val {
    let dynamic = dynamic.flatten();
    if dynamic.is_unit() {
        return Val::Unit;
    }
    if let Ok(b) = dynamic.as_bool() {
        return Val::Bool(b);
    }
    if let Ok(n) = dynamic.as_int() {
        return Val::Int(n);
    }
    if let Ok(d) = dynamic.as_decimal() {
        return Val::Dec(d);
    }
    if let Ok(text) = dynamic.as_immutable_string_ref() {
        return Val::text(text.as_str());
    }
    if let Ok(c) = dynamic.as_char() {
        return Val::text(c.to_string());
    }
    if dynamic.is_array() {
        return Val::List(dynamic.into_array().unwrap_or_default().into_iter().map(dynamic_to_val).collect());
    }
    custom_to_val(dynamic)
}

fn custom_to_val(dynamic: Dynamic) -> Val {
    if dynamic.is::<Handle>() {
        dynamic.try_cast::<Handle>().map_or(Val::Unit, Val::Handle)
    } else if dynamic.is::<Date>() {
        dynamic.try_cast::<Date>().map_or(Val::Unit, Val::Date)
    } else if dynamic.is::<Timestamp>() {
        dynamic.try_cast::<Timestamp>().map_or(Val::Unit, Val::Instant)
    } else if dynamic.is::<Span>() {
        dynamic.try_cast::<Span>().map_or(Val::Unit, Val::Span)
    } else if dynamic.is::<Months>() {
        dynamic.try_cast::<Months>().map_or(Val::Unit, Val::Months)
    } else {
        Val::Other(dynamic)
    }
}

/// The value as JSON, as filters and `json` fields want it: dates, instants, ids and fractions are
/// strings, durations are seconds.
pub fn val_to_json(val: &Val) -> Json {
    match val {
        Val::Unit => Json::Null,
        Val::Bool(b) => Json::Bool(*b),
        Val::Int(n) | Val::Span(Span(n)) | Val::Months(Months(n)) => Json::from(*n),
        Val::Dec(d) => decimal_to_json(*d),
        Val::Text(text) => Json::String(text.to_string()),
        Val::Date(date) => Json::String(date.to_string()),
        Val::Instant(instant) => Json::String(instant.to_string()),
        Val::Handle(Handle::Record(_, id)) => Json::String(id.to_string()),
        Val::Handle(Handle::Row(_, id, field, key)) => Json::String(format!("{id}/{field}/{key}")),
        Val::Handle(Handle::Fixed(_, fields)) => fields_to_json(fields),
        Val::List(items) => Json::Array(items.iter().map(val_to_json).collect()),
        Val::Other(dynamic) => match dynamic.read_lock::<Map>() {
            Some(map) => Json::Object(
                map.iter().map(|(key, value)| (key.to_string(), dynamic_to_json(value))).collect::<JsonMap<_, _>>(),
            ),
            None => Json::Null,
        },
    }
}

/// A Rhai value as JSON; see [`val_to_json`].
pub fn dynamic_to_json(dynamic: &Dynamic) -> Json {
    val_to_json(&dynamic_to_val(dynamic.clone()))
}

fn decimal_to_json(d: Decimal) -> Json {
    match d.to_i64() {
        Some(whole) if d.fract().is_zero() => Json::from(whole),
        _ => Json::String(d.normalize().to_string()),
    }
}

fn fields_to_json(fields: &Fields) -> Json {
    let mut pairs: Vec<_> = fields.iter().collect();
    pairs.sort_by_key(|(name, _)| *name);
    Json::Object(
        pairs.into_iter().map(|(name, value)| (name.to_string(), val_to_json(&Val::from(value.clone())))).collect(),
    )
}

/// JSON as a script sees it.
pub fn json_to_val(json: &Json) -> Val {
    match json {
        Json::Null => Val::Unit,
        Json::Bool(b) => Val::Bool(*b),
        Json::Number(number) => match number.as_i64() {
            Some(n) => Val::Int(n),
            None => {
                let text = number.to_string();
                text.parse().or_else(|_| Decimal::from_scientific(&text)).map_or(Val::Unit, Val::Dec)
            }
        },
        Json::String(text) => Val::text(text),
        Json::Array(items) => Val::List(items.iter().map(json_to_val).collect()),
        Json::Object(pairs) => {
            let mut map = Map::new();
            for (key, value) in pairs {
                map.insert(key.as_str().into(), val_to_dynamic(json_to_val(value)));
            }
            Val::Other(Dynamic::from_map(map))
        }
    }
}

/// What a script gives to be stored. A list of maps becomes rows whose values keep their types.
pub(crate) fn val_to_value(val: Val) -> Value {
    let rows = |items: &[Val]| {
        let row = |(key, item): (u32, &Val)| {
            let Val::Other(dynamic) = item else { return None };
            let map = dynamic.read_lock::<Map>()?.clone();
            Some(Row { key, fields: map_to_fields(map).ok()? })
        };
        (1..).zip(items).map(row).collect::<Option<Vec<_>>>().filter(|rows| !rows.is_empty())
    };
    match &val {
        Val::List(items) => rows(items).map_or_else(|| val.clone().into_value(), Value::Rows),
        _ => val.into_value(),
    }
}

/// The entries of a Rhai map as fields. Keys that are no names of the release are answered as the error.
/// A list of maps becomes rows.
pub(crate) fn map_to_fields(map: Map) -> Result<Fields, String> {
    let mut fields = Fields::with_capacity(map.len());
    for (key, value) in map {
        let name = Name::new(&key).map_err(|_| key.to_string())?;
        fields.set(name, dynamic_to_value(value)?);
    }
    Ok(fields)
}

fn dynamic_to_value(dynamic: Dynamic) -> Result<Value, String> {
    let dynamic = dynamic.flatten();
    let rows = dynamic.read_lock::<Array>().is_some_and(|items| !items.is_empty() && items.iter().all(Dynamic::is_map));
    if !rows {
        return Ok(dynamic_to_val(dynamic).into_value());
    }
    let mut out = Vec::new();
    for (key, item) in (1..).zip(dynamic.into_array().unwrap_or_default()) {
        let map = item.try_cast::<Map>().unwrap_or_default();
        out.push(Row { key, fields: map_to_fields(map)? });
    }
    Ok(Value::Rows(out))
}

/// Named values: the fields of a fixed handle, or the entries of a map.
pub(crate) fn named_values(val: &Val) -> Option<Arc<Fields>> {
    match val {
        Val::Handle(Handle::Fixed(_, fields)) => Some(fields.clone()),
        Val::Other(dynamic) => {
            let map = dynamic.read_lock::<Map>()?.clone();
            map_to_fields(map).ok().map(Arc::new)
        }
        _ => None,
    }
}
