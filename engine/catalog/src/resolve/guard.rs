//! Simple guards: a field of `this` compared with something written down.

use formwork_model::{name::Name, value::Value};
use rust_decimal::Decimal;

/// `this.FIELD OP LITERAL`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Guard {
    /// The field.
    pub field: Name,
    /// How it is compared.
    pub op: Op,
    /// With what.
    pub with: Value,
}

/// How a guard compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// Reads a guard; `None` when the text is anything more complicated.
pub(crate) fn parse(text: &str) -> Option<Guard> {
    let text = strip(text);
    if let Some(field) = text.strip_prefix('!').map(str::trim).and_then(field) {
        return Some(Guard { field, op: Op::Ne, with: Value::Bool(true) });
    }
    if let Some(field) = field(text) {
        return Some(Guard { field, op: Op::Eq, with: Value::Bool(true) });
    }
    let ops = [("==", Op::Eq), ("!=", Op::Ne), ("<=", Op::Le), (">=", Op::Ge), ("<", Op::Lt), (">", Op::Gt)];
    let (sign, op) = ops.into_iter().find(|(sign, _)| text.contains(sign))?;
    let (left, right) = text.split_once(sign)?;
    Some(Guard { field: field(left.trim())?, op, with: literal(right.trim())? })
}

fn strip(text: &str) -> &str {
    let text = text.trim();
    match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) if !inner.contains(['(', ')']) => strip(inner),
        _ => text,
    }
}

fn field(text: &str) -> Option<Name> {
    let name = text.strip_prefix("this.")?;
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    plain.then(|| Name::find(name)).flatten()
}

fn literal(text: &str) -> Option<Value> {
    match text {
        "true" => return Some(Value::Bool(true)),
        "false" => return Some(Value::Bool(false)),
        _ => {}
    }
    if let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return (!inner.contains(['"', '\\'])).then(|| Value::text(inner));
    }
    text.parse::<Decimal>().ok().map(Value::Decimal)
}
