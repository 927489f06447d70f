//! JSON to values and back.

use std::sync::Arc;

use formwork_model::{
    field_type::FieldType,
    text,
    value::{FileRef, Value},
};
use serde_json::{Map, Value as Json, json};

use super::{BadValue, MAX_JSON, ParseContext, number, parse_text, place, push_new, words};

/// Reads a JSON value as a value of the type.
///
/// A string is read like any text ([`parse_text`]); `null` is [`Value::Null`]. Decimals come as strings or as
/// numbers. A JSON number with a point or an exponent has been through a 64-bit float on its way here, so it is
/// taken by its shortest text and refused when more than 15 digits of it would be kept. A `json` field takes
/// anything of at most 64 KiB.
///
/// # Errors
/// When the value does not fit the type.
pub fn parse_json(kind: &FieldType, json: &Json, context: &ParseContext) -> Result<Value, BadValue> {
    match (kind, json) {
        (_, Json::Null) => Ok(Value::Null),
        (FieldType::Json, json) => any(json),
        (FieldType::Lines, _) => Err(lines_elsewhere()),
        (kind, Json::String(text)) => parse_text(kind, text, context),
        (FieldType::Boolean, Json::Bool(b)) => Ok(Value::Bool(*b)),
        (FieldType::Integer, Json::Number(n)) => number::integer(&n.to_string()).map(Value::Int),
        (FieldType::Duration, Json::Number(n)) => number::integer(&n.to_string()).map(Value::Seconds),
        (FieldType::Decimal { scale }, Json::Number(n)) => number::json_decimal(n, *scale).map(Value::Decimal),
        (FieldType::Money { currency }, Json::Number(n)) => {
            number::json_decimal(n, Some(currency.digits())).map(Value::Decimal)
        }
        (FieldType::Percent, Json::Number(n)) => number::json_decimal(n, None).map(Value::Decimal),
        (FieldType::Choices(options), Json::Array(items)) => {
            list(items, |item| parse_json(&FieldType::Choice(options.clone()), item, context))
        }
        (FieldType::Refs(to), Json::Array(items)) => {
            list(items, |item| parse_json(&FieldType::Ref(*to), item, context))
        }
        (FieldType::Files, Json::Array(items)) => list(items, |item| parse_json(&FieldType::File, item, context)),
        (FieldType::File, Json::Object(parts)) => file(parts),
        (FieldType::Geo, Json::Object(parts)) => geo(parts),
        (kind, json) => Err(unfit(kind, json)),
    }
}

fn unfit(kind: &FieldType, json: &Json) -> BadValue {
    let word = kind.word();
    let (en, zh) = match json {
        Json::Bool(_) => ("true or false", "布尔值"),
        Json::Number(_) => ("a number", "数字"),
        Json::Array(_) => ("a list", "列表"),
        _ => ("an object", "对象"),
    };
    BadValue::malformed(text!("{en} is no {word}", "{zh}不能作为 {word}"))
}

pub(super) fn lines_elsewhere() -> BadValue {
    BadValue::malformed(text!(
        "line items are given as a list of objects, one a line",
        "明细行以对象列表给出，每行一个对象"
    ))
}

fn list(items: &[Json], item: impl Fn(&Json) -> Result<Value, BadValue>) -> Result<Value, BadValue> {
    let mut values = Vec::with_capacity(items.len().min(64));
    for found in items {
        push_new(&mut values, item(found)?);
    }
    Ok(if values.is_empty() { Value::Null } else { Value::List(values) })
}

/// A `json` value written as a text: it must be JSON itself.
pub(super) fn json_text(text: &str) -> Result<Value, BadValue> {
    if text.len() > 4 * MAX_JSON {
        return Err(too_much());
    }
    let json: Json = serde_json::from_str(text).map_err(|_| BadValue::expected(&FieldType::Json, text))?;
    if json.is_null() { Ok(Value::Null) } else { any(&json) }
}

fn any(json: &Json) -> Result<Value, BadValue> {
    let text = json.to_string();
    if text.len() > MAX_JSON { Err(too_much()) } else { Ok(Value::Json(text.into())) }
}

fn too_much() -> BadValue {
    BadValue::out_of_range(text!("more than 64 KiB of JSON", "JSON 超过 64 KiB"))
}

fn geo(parts: &Map<String, Json>) -> Result<Value, BadValue> {
    let bad = || BadValue::malformed(text!("a place is `{{lat, lon}}`", "坐标应为 `{{lat, lon}}`"));
    let degrees = |key: &str| match parts.get(key) {
        Some(Json::Number(n)) => number::json_decimal(n, Some(7)),
        Some(Json::String(text)) => number::decimal(text.trim(), None),
        _ => Err(bad()),
    };
    let point = place::point(degrees("lat")?, degrees("lon")?)?;
    if parts.len() == 2 { Ok(point) } else { Err(bad()) }
}

fn file(parts: &Map<String, Json>) -> Result<Value, BadValue> {
    let bad = || {
        BadValue::malformed(text!(
            "a file is `{{sha256, name, media, size}}` as the upload answered it",
            "文件应为上传时返回的 `{{sha256, name, media, size}}`"
        ))
    };
    let string = |key: &str| parts.get(key).and_then(Json::as_str).ok_or_else(bad);
    let (sha256, name, media) = (string("sha256")?, string("name")?.trim(), string("media")?);
    let size = parts.get("size").and_then(Json::as_u64).ok_or_else(bad)?;
    let hash_ok = sha256.len() == 64 && sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let name_ok = (1..=255).contains(&name.chars().count())
        && !name.contains(['/', '\\'])
        && !matches!(name, "." | "..")
        && words::line(name).is_ok();
    let token =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    // Parameters such as `; charset=utf-8` are allowed, and plain.
    let (essence, parameters) = media.split_once(';').unwrap_or((media, ""));
    let media_ok = media.len() <= 127
        && essence.trim_end().split_once('/').is_some_and(|(left, right)| token(left) && token(right))
        && parameters.bytes().all(|b| (b' '..=b'~').contains(&b));
    if !(hash_ok && name_ok && media_ok && parts.len() == 4) {
        return Err(bad());
    }
    let file = FileRef { sha256: sha256.to_owned(), name: name.to_owned(), media: media.to_owned(), size };
    Ok(Value::File(Arc::new(file)))
}

/// The value as JSON, which [`parse_json`] reads back: integers and durations (in seconds) are numbers,
/// decimals are strings that keep their digits (`"1054.00"`), a line has its key as `key`.
pub fn render_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Int(n) | Value::Seconds(n) => json!(n),
        Value::Text(text) => Json::String(text.to_string()),
        Value::Decimal(_) | Value::Date(_) | Value::Instant(_) | Value::Ref(_) => Json::String(value.to_string()),
        Value::List(items) => items.iter().map(render_json).collect(),
        Value::Rows(rows) => rows
            .iter()
            .map(|row| {
                let key = std::iter::once(("key".to_owned(), json!(row.key)));
                let fields = row.fields.iter().map(|(name, value)| (name.to_string(), render_json(value)));
                Json::Object(key.chain(fields).collect())
            })
            .collect(),
        Value::File(file) => {
            json!({"sha256": file.sha256, "name": file.name, "media": file.media, "size": file.size})
        }
        Value::Geo(geo) => json!({"lat": geo.lat.to_string(), "lon": geo.lon.to_string()}),
        Value::Json(text) => serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_string())),
    }
}
