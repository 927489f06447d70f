//! Integers, decimals, money and percent: exact, never through a binary fraction.

use formwork_model::{field_type::FieldType, text};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Number;

use super::{BadValue, shown};

/// A whole number; `12.00` is one, `12.5` is not.
pub(super) fn integer(text: &str) -> Result<i64, BadValue> {
    if let Ok(n) = text.parse() {
        return Ok(n);
    }
    let found = shown(text);
    let number = exact(text).ok_or_else(|| BadValue::expected(&FieldType::Integer, text))?;
    if !number.fract().is_zero() {
        return Err(BadValue::malformed(text!("`{found}` is no whole number", "`{found}` 不是整数")));
    }
    i64::try_from(number.trunc())
        .map_err(|_| BadValue::out_of_range(text!("`{found}` has more than 64 bits", "`{found}` 超出 64 位整数范围")))
}

/// A decimal, rounded half up (away from zero) to `scale` digits when there is one.
pub(super) fn decimal(text: &str, scale: Option<u32>) -> Result<Decimal, BadValue> {
    let kind = FieldType::Decimal { scale };
    let number = exact(text).ok_or_else(|| BadValue::expected(&kind, text))?;
    Ok(round(number, scale))
}

fn round(number: Decimal, scale: Option<u32>) -> Decimal {
    let Some(scale) = scale else { return number };
    let mut rounded = number.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero);
    // `1054` in a currency with two digits is kept, and shown, as `1054.00`.
    rounded.rescale(scale);
    rounded
}

/// `8.5` and `8.5%` are both 8.5 %.
pub(super) fn percent(text: &str) -> Result<Decimal, BadValue> {
    let number = text.strip_suffix(['%', '％']).unwrap_or(text).trim_end();
    exact(number).ok_or_else(|| BadValue::expected(&FieldType::Percent, text))
}

/// The decimal that a text spells, if it has at most 28 digits; `1e3` is read too.
fn exact(text: &str) -> Option<Decimal> {
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+');
    if !text.chars().any(|c| c.is_ascii_digit()) || text.len() > 64 {
        return None;
    }
    let number = if text.chars().all(plain) {
        Decimal::from_str_exact(text).ok()?
    } else if text.chars().all(|c| plain(c) || matches!(c, 'e' | 'E')) {
        Decimal::from_scientific(text).ok()?
    } else {
        return None;
    };
    // `-0` and `0` are one value, so that they have one text.
    Some(if number.is_zero() { Decimal::new(0, number.scale()) } else { number })
}

/// A JSON number. It has been through a 64-bit float if it has a point or an exponent, and then it is only
/// trusted as far as a float can be: what is kept of it must have at most 15 digits. More belong in a string.
pub(super) fn json_decimal(number: &Number, scale: Option<u32>) -> Result<Decimal, BadValue> {
    let text = number.to_string();
    let value = decimal(&text, scale)?;
    if number.is_f64() && significant(value) > 15 {
        return Err(BadValue::malformed(text!(
            "`{text}` has more digits than a JSON number keeps; send it as a string",
            "`{text}` 的位数超过 JSON 数字的精度，请以字符串发送"
        )));
    }
    Ok(value)
}

fn significant(value: Decimal) -> usize {
    value.normalize().mantissa().unsigned_abs().to_string().len()
}
