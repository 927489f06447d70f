//! Text and JSON to values of a field's type, and values back to JSON.
//!
//! One set of rules for literals in YAML, cells of a CSV, parameters of a request and JSON bodies. The type of
//! the place decides what a text means: `0.10` is a text in a text field and exactly 0.10 in a decimal field.
//! An empty text is [`Value::Null`] everywhere. Line items are not read here: they have fields of their own.

mod json;
mod length;
mod number;
mod place;
#[cfg(test)]
mod tests;
mod time;
mod words;

pub use json::{parse_json, render_json};
pub use length::parse_length;
pub use time::{parse_date, parse_duration};

use formwork_model::{
    code,
    code::Code,
    field_type::{Choice, FieldType},
    nearest::nearest,
    text,
    text::Text,
    value::Value,
};
use jiff::tz::TimeZone;

/// What a text can mean depends on this beside the type.
#[derive(Debug, Clone)]
pub struct ParseContext {
    /// The book's zone: dates and times without an offset are in it.
    pub zone: TimeZone,
}

/// Why a text or JSON value does not fit the type.
#[derive(Debug, Clone, PartialEq)]
pub struct BadValue {
    /// `bad-value`; in a cell of a decision table `bad-cell`.
    pub code: Code,
    /// What kind of mistake it is.
    pub kind: BadKind,
    /// What is wrong, and what would be right.
    pub message: Text,
    /// The option that was probably meant.
    pub near: Option<String>,
}

/// The kinds of mistake that callers treat differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadKind {
    /// It can't be read as the type at all.
    Malformed,
    /// It can be read, and is too great, too small or too long.
    OutOfRange,
    /// No option of the choice.
    UnknownChoice,
    /// A reference that is no record id: the runtime looks it up by number, title or unique key.
    NotAnId,
}

/// The greatest length of a text, in characters.
pub const MAX_TEXT: usize = 1_000_000;

/// The greatest length of a `json` value, in bytes of compact text.
pub const MAX_JSON: usize = 64 * 1024;

impl BadValue {
    pub(crate) fn malformed(message: Text) -> Self {
        Self { code: code!("bad-value"), kind: BadKind::Malformed, message, near: None }
    }

    fn out_of_range(message: Text) -> Self {
        Self { kind: BadKind::OutOfRange, ..Self::malformed(message) }
    }

    fn expected(kind: &FieldType, found: &str) -> Self {
        let (word, found) = (kind.word(), shown(found));
        Self::malformed(text!("`{found}` is no {word}", "`{found}` 不是有效的 {word} 值"))
    }
}

/// Reads `text` as a value of the type.
///
/// Texts are trimmed. Money is rounded half up to the currency's digits, decimals to their scale. `percent`
/// takes `8.5` and `8.5%`; `boolean` takes `true`, `false`, `yes`, `no`, `是`, `否`; `date` takes `2026-03-01`,
/// `2026/3/1` and `20260301`; `datetime` takes RFC 3339, or `2026-03-01T09:00` in the book's zone; `duration`
/// takes `1h30m`, `2d` and `PT4H`; `choice` takes a name or a label. Lists are separated by commas.
///
/// # Errors
/// When the text can't be read as the type.
pub fn parse_text(kind: &FieldType, text: &str, context: &ParseContext) -> Result<Value, BadValue> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match kind {
        FieldType::Text | FieldType::User | FieldType::Department => words::line(text),
        FieldType::LongText => words::lines(text),
        FieldType::Phone => words::phone(text),
        FieldType::Email => words::email(text),
        FieldType::Url => words::url(text),
        FieldType::Integer => number::integer(text).map(Value::Int),
        FieldType::Decimal { scale } => number::decimal(text, *scale).map(Value::Decimal),
        FieldType::Money { currency } => number::decimal(text, Some(currency.digits())).map(Value::Decimal),
        FieldType::Percent => number::percent(text).map(Value::Decimal),
        FieldType::Boolean => boolean(text),
        FieldType::Date => parse_date(text).map(Value::Date),
        FieldType::DateTime => time::instant(text, context).map(Value::Instant),
        FieldType::Duration => parse_duration(text).map(Value::Seconds),
        FieldType::Choice(options) => choice(options, text),
        FieldType::Choices(options) => list(text, |item| choice(options, item)),
        FieldType::Ref(_) => reference(text),
        FieldType::Refs(_) => list(text, reference),
        FieldType::Region => place::region(text),
        FieldType::Geo => place::geo(text),
        FieldType::Json => json::json_text(text),
        FieldType::File | FieldType::Files => Err(BadValue::malformed(text!(
            "a file is uploaded, or given as `{{sha256, name, media, size}}`",
            "文件需要上传，或以 `{{sha256, name, media, size}}` 给出"
        ))),
        FieldType::Lines => Err(json::lines_elsewhere()),
    }
}

fn boolean(text: &str) -> Result<Value, BadValue> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "是" => Ok(Value::Bool(true)),
        "false" | "no" | "否" => Ok(Value::Bool(false)),
        _ => {
            let found = shown(text);
            Err(BadValue::malformed(text!(
                "`{found}` is neither `true` nor `false`",
                "`{found}` 既不是 `true`（是）也不是 `false`（否）"
            )))
        }
    }
}

fn choice(options: &[Choice], text: &str) -> Result<Value, BadValue> {
    let by_name = options.iter().find(|option| option.name == text);
    let by_label =
        || options.iter().find(|option| option.label.zh == text || option.label.en.eq_ignore_ascii_case(text));
    if let Some(option) = by_name.or_else(by_label) {
        return Ok(Value::Text(option.name.as_str().into()));
    }
    let candidates = options.iter().flat_map(|o| [o.name.as_str(), o.label.zh.as_str(), o.label.en.as_str()]);
    let near = nearest(text, candidates.filter(|candidate| !candidate.is_empty())).map(str::to_owned);
    let known = options.iter().take(12).map(|option| option.name.as_str()).collect::<Vec<_>>().join(", ");
    let found = shown(text);
    let message = text!("`{found}` is no option; options are {known}", "没有选项 `{found}`；可选：{known}");
    Err(BadValue { kind: BadKind::UnknownChoice, near, ..BadValue::malformed(message) })
}

fn reference(text: &str) -> Result<Value, BadValue> {
    text.parse().map(Value::Ref).map_err(|_| {
        let found = shown(text);
        let message = text!("`{found}` is no record id", "`{found}` 不是记录 ID");
        BadValue { kind: BadKind::NotAnId, ..BadValue::malformed(message) }
    })
}

/// A list in one text: separated by `,`, `，`, `;`, `；` or `、`; repeated items count once.
fn list(text: &str, item: impl Fn(&str) -> Result<Value, BadValue>) -> Result<Value, BadValue> {
    let mut items = Vec::new();
    for part in text.split([',', '，', ';', '；', '、']).map(str::trim).filter(|part| !part.is_empty()) {
        push_new(&mut items, item(part)?);
    }
    Ok(if items.is_empty() { Value::Null } else { Value::List(items) })
}

fn push_new(items: &mut Vec<Value>, item: Value) {
    if item != Value::Null && !items.contains(&item) {
        items.push(item);
    }
}

/// The beginning of what was found, for messages.
fn shown(text: &str) -> String {
    let mut out: String = text.chars().take(40).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if text.chars().nth(40).is_some() {
        out.push('…');
    }
    out
}
