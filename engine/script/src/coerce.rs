//! What a script gave, as a value of a field's type.

use std::sync::Arc;

use formwork_model::{
    code,
    field_type::{Choice, FieldType},
    name::Name,
    record::Row,
    text,
    value::{FileRef, Geo, Value},
};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};

use crate::{
    convert::{named_values, val_to_json},
    failure::Failure,
    handle::Handle,
    val::{Span, UNKNOWN_OBJECT, Val},
};

/// Rounds half up, away from zero.
pub(crate) fn round(d: Decimal, digits: u32) -> Decimal {
    d.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// Rounded, with exactly so many digits after the point: nothing in money is `0.00`.
fn to_scale(d: Decimal, digits: u32) -> Decimal {
    let mut d = round(d, digits);
    d.rescale(digits);
    d
}

/// The value as a field of type `field` stores it: whole numbers become decimals, decimals are rounded
/// half up to the field's digits, choices are checked, dates are read from `2026-01-31`.
///
/// # Errors
/// `type-mismatch` or `unknown-choice` when it does not fit.
pub fn coerce(val: Val, field: &FieldType) -> Result<Value, Failure> {
    if val.is_unit() || matches!(&val, Val::Text(text) if text.is_empty()) {
        return Ok(Value::Null);
    }
    let fitted = match field {
        FieldType::Choice(options) => return choice(&val, options, field),
        FieldType::Choices(options) => return list(val, field, |item| choice(&item, options, field)),
        FieldType::Refs(object) => return list(val, field, |item| coerce(item, &FieldType::Ref(*object))),
        FieldType::Files => return list(val, field, |item| coerce(item, &FieldType::File)),
        FieldType::Ref(object) => reference(&val, *object),
        FieldType::Lines => rows(&val),
        FieldType::Json => Some(Value::Json(val_to_json(&val).to_string().into())),
        FieldType::Geo => geo(&val),
        FieldType::File => file(&val),
        FieldType::User => user(&val),
        field if field.is_text() => {
            if let Val::Text(text) = &val {
                Some(Value::Text(text.clone()))
            } else {
                None
            }
        }
        field => plain(&val, field),
    };
    fitted.ok_or_else(|| mismatch(&val, field))
}

/// As [`coerce`], for a value that was already stored or sent.
///
/// # Errors
/// As [`coerce`].
pub fn coerce_value(value: Value, field: &FieldType) -> Result<Value, Failure> {
    match (&value, field) {
        (Value::Rows(_), FieldType::Lines)
        | (Value::Json(_), FieldType::Json)
        | (Value::File(_), FieldType::File)
        | (Value::Geo(_), FieldType::Geo) => Ok(value),
        _ => coerce(Val::from(value), field),
    }
}

fn mismatch(val: &Val, field: &FieldType) -> Failure {
    let (given, wanted) = (word(val), field.word());
    Failure::new(
        code!("type-mismatch"),
        text!("this is {given}, but {wanted} is needed", "这里得到的是 {given}，需要的是 {wanted}"),
    )
}

/// The word of the language for the kind of a value.
pub(crate) fn word(val: &Val) -> &'static str {
    match val {
        Val::Unit => "()",
        Val::Bool(_) => "boolean",
        Val::Int(_) => "integer",
        Val::Dec(_) => "decimal",
        Val::Text(_) => "text",
        Val::Date(_) => "date",
        Val::Instant(_) => "datetime",
        Val::Span(_) | Val::Months(_) => "duration",
        Val::Handle(Handle::Record(..)) => "record",
        Val::Handle(Handle::Row(..)) => "line",
        Val::Handle(Handle::Fixed(..)) => "named values",
        Val::List(_) => "list",
        Val::Other(other) if other.is_map() => "named values",
        Val::Other(_) => "something else",
    }
}

fn plain(val: &Val, field: &FieldType) -> Option<Value> {
    Some(match (field, val) {
        (FieldType::Boolean, Val::Bool(b)) => Value::Bool(*b),
        (FieldType::Integer, Val::Int(n)) => Value::Int(*n),
        (FieldType::Integer, Val::Dec(d)) if d.fract().is_zero() => Value::Int(d.to_i64()?),
        (FieldType::Decimal { .. } | FieldType::Money { .. } | FieldType::Percent, val) => {
            let d = match val {
                Val::Int(n) => Decimal::from(*n),
                Val::Dec(d) => *d,
                _ => return None,
            };
            Value::Decimal(match field {
                FieldType::Decimal { scale: Some(digits) } => to_scale(d, *digits),
                FieldType::Money { currency } => to_scale(d, currency.digits()),
                _ => d,
            })
        }
        (FieldType::Date, Val::Date(date)) => Value::Date(*date),
        (FieldType::Date, Val::Text(text)) => Value::Date(text.parse().ok()?),
        (FieldType::DateTime, Val::Instant(instant)) => Value::Instant(*instant),
        (FieldType::DateTime, Val::Text(text)) => Value::Instant(text.parse().ok()?),
        (FieldType::Duration, Val::Span(Span(seconds)) | Val::Int(seconds)) => Value::Seconds(*seconds),
        _ => return None,
    })
}

fn choice(val: &Val, options: &[Choice], field: &FieldType) -> Result<Value, Failure> {
    let Val::Text(text) = val else { return Err(mismatch(val, field)) };
    if options.iter().any(|option| option.name == **text) {
        return Ok(Value::Text(text.clone()));
    }
    let known = options.iter().map(|option| option.name.as_str()).collect::<Vec<_>>().join(", ");
    Err(Failure::new(
        code!("unknown-choice"),
        text!("`{text}` is no option; there are: {known}", "没有选项 `{text}`，可选：{known}"),
    ))
}

fn list(val: Val, field: &FieldType, each: impl Fn(Val) -> Result<Value, Failure>) -> Result<Value, Failure> {
    match val {
        Val::List(items) if items.is_empty() => Ok(Value::Null),
        Val::List(items) => items.into_iter().map(each).collect::<Result<_, _>>().map(Value::List),
        val => Err(mismatch(&val, field)),
    }
}

fn reference(val: &Val, object: Name) -> Option<Value> {
    match val {
        Val::Handle(Handle::Record(of, id)) if *of == object || *of == UNKNOWN_OBJECT => Some(Value::Ref(*id)),
        Val::Text(text) => Some(Value::Ref(text.parse().ok()?)),
        _ => None,
    }
}

fn user(val: &Val) -> Option<Value> {
    match val {
        Val::Text(login) => Some(Value::Text(login.clone())),
        Val::Handle(Handle::Fixed(_, fields)) => match fields.get(Name::intern("login")) {
            Value::Text(login) => Some(Value::Text(login.clone())),
            _ => None,
        },
        _ => None,
    }
}

fn rows(val: &Val) -> Option<Value> {
    let Val::List(items) = val else { return None };
    let rows = (1..)
        .zip(items)
        .map(|(key, item)| Some(Row { key, fields: Arc::unwrap_or_clone(named_values(item)?) }))
        .collect::<Option<Vec<_>>>()?;
    Some(if rows.is_empty() { Value::Null } else { Value::Rows(rows) })
}

fn geo(val: &Val) -> Option<Value> {
    let fields = named_values(val)?;
    let degree = |name, most| {
        let d = fields.get(Name::intern(name)).as_decimal()?;
        (d.abs() <= Decimal::from(most)).then(|| round(d, 7))
    };
    Some(Value::Geo(Geo { lat: degree("lat", 90)?, lon: degree("lon", 180)? }))
}

fn file(val: &Val) -> Option<Value> {
    let fields = named_values(val)?;
    let part = |name| fields.get(Name::intern(name)).as_text().map(str::to_owned);
    let Value::Int(size) = fields.get(Name::intern("size")) else { return None };
    Some(Value::File(Arc::new(FileRef {
        sha256: part("sha256")?,
        name: part("name")?,
        media: part("media").unwrap_or_default(),
        size: u64::try_from(*size).ok()?,
    })))
}
