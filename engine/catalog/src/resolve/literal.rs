//! Literals: read by the type of the place they stand in.

use formwork_definition::{literal::Data, spanned::Sp};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    source::Span,
    text,
    value::Value,
};
use serde_json::{Map as JsonMap, Value as Json};

use crate::parse_value::{BadKind, BadValue, ParseContext, parse_json, parse_text};

/// The value; `None` when it does not fit, which is then reported.
pub(crate) fn literal(
    data: &Sp<Data>,
    kind: &FieldType,
    context: &ParseContext,
    out: &mut Diagnostics,
) -> Option<Value> {
    let result = match &data.value {
        Data::Null => return Some(Value::Null),
        Data::Scalar(text) => parse_text(kind, text, context),
        Data::List(_) | Data::Map(_) => parse_json(kind, &to_json(&data.value), context),
    };
    result.map_err(|bad| out.push(bad_value(bad, data.span))).ok()
}

/// What is wrong with a value, as a diagnostic.
pub(crate) fn bad_value(bad: BadValue, at: Span) -> Diagnostic {
    let code = match bad.kind {
        BadKind::UnknownChoice => code!("unknown-choice"),
        BadKind::OutOfRange => code!("out-of-range"),
        BadKind::Malformed | BadKind::NotAnId => bad.code,
    };
    let problem = Diagnostic::error(code, at, bad.message);
    let near = bad.near;
    match bad.kind {
        BadKind::NotAnId => {
            problem.help(text!("definitions can't name records; use an expression", "定义里不能写死记录；请用表达式"))
        }
        _ => problem.suggest(near.as_deref()),
    }
}

/// YAML data as JSON; scalars are texts.
pub(crate) fn to_json(data: &Data) -> Json {
    match data {
        Data::Null => Json::Null,
        Data::Scalar(text) => Json::String(text.to_string()),
        Data::List(items) => Json::Array(items.iter().map(|item| to_json(&item.value)).collect()),
        Data::Map(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| (key.value.to_string(), to_json(&value.value)));
            Json::Object(pairs.collect::<JsonMap<_, _>>())
        }
    }
}

/// The place of the key `a.b` in nested mappings; the whole when it is not there.
pub(crate) fn place_of(data: &Sp<Data>, key: &str) -> Span {
    let mut parts = key.split('.');
    let Some(first) = parts.next() else { return data.span };
    let rest = parts.collect::<Vec<_>>().join(".");
    let pairs: Vec<&(Sp<std::sync::Arc<str>>, Sp<Data>)> = match &data.value {
        Data::Map(pairs) => pairs.iter().collect(),
        Data::List(items) => {
            let found = items.iter().map(|item| place_of(item, key)).find(|span| items.iter().all(|i| i.span != *span));
            return found.unwrap_or(data.span);
        }
        _ => return data.span,
    };
    if let Some((whole, _)) = pairs.iter().find(|(name, _)| &*name.value == key) {
        return whole.span;
    }
    for (name, value) in pairs {
        if &*name.value == first {
            return if rest.is_empty() { name.span } else { deeper(name.span, value, &rest) };
        }
        let inner = place_of(value, key);
        if inner != value.span {
            return inner;
        }
    }
    data.span
}

fn deeper(name: Span, value: &Sp<Data>, rest: &str) -> Span {
    let inner = place_of(value, rest);
    if inner == value.span { name } else { inner }
}
