//! Cells of a decision table: what they say, and how they are written.

#[cfg(test)]
mod tests;

use formwork_model::{code, field_type::FieldType, text, text::Text, value::Value};

use crate::{
    parse_value::{BadValue, ParseContext, parse_text},
    source::Program,
};

/// What a row demands of one input.
///
/// A null input meets [`Cell::Any`] only (a [`Cell::Program`] decides for itself): null is no number that could
/// be too small, and no option that `not(…)` could let through.
#[derive(Debug, Clone)]
pub enum Cell {
    /// `-` or empty: anything.
    Any,
    /// One of these values.
    OneOf(Vec<Value>),
    /// A value within bounds; each bound says whether it belongs to the range. At least one is there.
    Range {
        /// Lower bound.
        low: Option<(Value, bool)>,
        /// Upper bound.
        high: Option<(Value, bool)>,
    },
    /// A value, but none of these.
    NoneOf(Vec<Value>),
    /// What an expression over `value` (the input) and `this` says.
    Program(Program),
}

/// What is wrong with a cell, under its own code.
fn bad(message: Text) -> BadValue {
    BadValue { code: code!("bad-cell"), ..BadValue::malformed(message) }
}

impl Cell {
    /// Whether `input` meets the cell; `None` when only running the expression can tell.
    pub fn meets(&self, input: &Value) -> Option<bool> {
        match self {
            Self::Any => Some(true),
            Self::Program(_) => None,
            _ if *input == Value::Null => Some(false),
            Self::OneOf(values) => Some(values.iter().any(|value| value.same(input))),
            Self::NoneOf(values) => Some(!values.iter().any(|value| value.same(input))),
            Self::Range { low, high } => {
                let above = low.as_ref().is_none_or(|(bound, closed)| {
                    input.compare(bound).is_some_and(|order| order.is_gt() || (*closed && order.is_eq()))
                });
                let below = || {
                    high.as_ref().is_none_or(|(bound, closed)| {
                        input.compare(bound).is_some_and(|order| order.is_lt() || (*closed && order.is_eq()))
                    })
                };
                Some(above && below())
            }
        }
    }
}

/// Reads a cell: `-`, `gold`, `gold, silver`, `[1..10)`, `1..10`, `1..<10`, `> 5`, `not(a, b)`. A value in double
/// quotes is taken as it stands. `= expression` is for the caller, who can compile it.
///
/// # Errors
/// When the text is no cell of the type, or a range that nothing can meet.
pub fn parse_cell(text: &str, kind: &FieldType, context: &ParseContext) -> Result<Cell, BadValue> {
    let text = text.trim();
    if text.is_empty() || text == "-" {
        return Ok(Cell::Any);
    }
    if let Some(inner) = call(text, "not") {
        return Ok(Cell::NoneOf(values(items(inner)?, kind, context)?));
    }
    if let Some((sign, bound)) = comparison(text) {
        return one_sided(kind, sign, bound, context);
    }
    if is_range_type(kind)
        && let Some((open, low, high, close)) = range(text)
    {
        let bound = |text: &str, closed: bool| literal(kind, text, context).map(|value| Some((value, closed)));
        return checked(kind, bound(low, open)?, bound(high, close)?);
    }
    Ok(Cell::OneOf(values(items(text)?, kind, context)?))
}

/// A cell written as a YAML list: one of its items.
///
/// # Errors
/// When an item does not fit the type.
pub fn parse_cell_list<'a>(
    items: impl IntoIterator<Item = &'a str>,
    kind: &FieldType,
    context: &ParseContext,
) -> Result<Cell, BadValue> {
    values(items, kind, context).map(Cell::OneOf)
}

fn values<'a>(
    items: impl IntoIterator<Item = &'a str>,
    kind: &FieldType,
    context: &ParseContext,
) -> Result<Vec<Value>, BadValue> {
    let values = items.into_iter().map(|item| literal(kind, item, context)).collect::<Result<Vec<_>, _>>()?;
    if values.is_empty() {
        let message =
            text!("an empty list meets nothing; write `-` for anything", "空列表不匹配任何值；任意值请写 `-`");
        return Err(bad(message));
    }
    Ok(values)
}

/// Texts and options have no order that a business means.
fn is_range_type(kind: &FieldType) -> bool {
    kind.is_number() || matches!(kind, FieldType::Date | FieldType::DateTime | FieldType::Duration)
}

fn call<'a>(text: &'a str, function: &str) -> Option<&'a str> {
    text.strip_prefix(function)?.trim_start().strip_prefix('(')?.strip_suffix(')')
}

fn comparison(text: &str) -> Option<(&str, &str)> {
    let sign = ["<=", ">=", "<", ">", "≤", "≥"].into_iter().find(|sign| text.starts_with(sign))?;
    Some((sign, text.strip_prefix(sign)?.trim()))
}

fn one_sided(kind: &FieldType, sign: &str, bound: &str, context: &ParseContext) -> Result<Cell, BadValue> {
    if !is_range_type(kind) {
        let word = kind.word();
        return Err(bad(text!(
            "a {word} is not greater or less than another; put it in double quotes if it is meant as it stands",
            "{word} 不能比较大小；如果就是这段文字，请加双引号"
        )));
    }
    let bound = literal(kind, bound, context)?;
    Ok(match sign {
        "<" => Cell::Range { low: None, high: Some((bound, false)) },
        "<=" | "≤" => Cell::Range { low: None, high: Some((bound, true)) },
        ">" => Cell::Range { low: Some((bound, false)), high: None },
        _ => Cell::Range { low: Some((bound, true)), high: None },
    })
}

/// `[1..10]`, `(1..10]`, `1..10`, `1..<10`: whether each end belongs to it, and the ends.
fn range(text: &str) -> Option<(bool, &str, &str, bool)> {
    let (open, rest) = match (text.strip_prefix('['), text.strip_prefix('(')) {
        (Some(rest), _) => (Some(true), rest),
        (_, Some(rest)) => (Some(false), rest),
        _ => (None, text),
    };
    let (close, rest) = match (rest.strip_suffix(']'), rest.strip_suffix(')')) {
        (Some(rest), _) => (Some(true), rest),
        (_, Some(rest)) => (Some(false), rest),
        _ => (None, rest),
    };
    let (low, high) = rest.split_once("..")?;
    match (open, close) {
        (Some(open), Some(close)) => Some((open, low.trim(), high.trim(), close)),
        (None, None) => match high.strip_prefix('<') {
            Some(high) => Some((true, low.trim(), high.trim(), false)),
            None => Some((true, low.trim(), high.trim(), true)),
        },
        _ => None,
    }
}

/// A range that something can meet.
fn checked(kind: &FieldType, low: Option<(Value, bool)>, high: Option<(Value, bool)>) -> Result<Cell, BadValue> {
    if let (Some((a, a_closed)), Some((b, b_closed))) = (&low, &high) {
        let order = a.compare(b);
        let between = || super::domain::Step::of(kind).is_none_or(|step| step.any_between(a, b));
        let met = match order {
            Some(std::cmp::Ordering::Less) => *a_closed || *b_closed || between(),
            Some(std::cmp::Ordering::Equal) => *a_closed && *b_closed,
            _ => false,
        };
        if !met {
            return Err(bad(text!("nothing lies between `{a}` and `{b}`", "`{a}` 与 `{b}` 之间没有任何值")));
        }
    }
    Ok(Cell::Range { low, high })
}

/// The parts between commas that are not inside double quotes.
fn items(text: &str) -> Result<Vec<&str>, BadValue> {
    let (mut parts, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' | '，' if !quoted => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    if quoted {
        return Err(bad(text!("a double quote is not closed", "双引号没有配对")));
    }
    Ok(parts)
}

fn literal(kind: &FieldType, text: &str, context: &ParseContext) -> Result<Value, BadValue> {
    let text = text.trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let value = parse_text(kind, text, context).map_err(|bad| BadValue { code: code!("bad-cell"), ..bad })?;
    if value.is_empty() {
        return Err(bad(text!("a value is missing", "缺少值")));
    }
    // Rounding would move the bound: `> 0.004` is not `> 0.00`.
    if let FieldType::Money { .. } | FieldType::Decimal { scale: Some(_) } = kind {
        let exact = parse_text(&FieldType::Decimal { scale: None }, text, context)?;
        if !exact.same(&value) {
            return Err(bad(text!(
                "`{exact}` has more digits than the column keeps",
                "`{exact}` 的小数位数超过该列的精度"
            )));
        }
    }
    Ok(value)
}
