//! How far apart the values of a type are: what lies between two of them.

use formwork_model::{field_type::FieldType, value::Value};
use jiff::{SignedDuration, ToSpan};
use rust_decimal::Decimal;

/// Types whose values have a next one. Between two neighbours there is no gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// `integer`, `duration`.
    One,
    /// `money`, `decimal` with a scale: so many digits.
    Digits(u32),
    /// `date`.
    Day,
    /// `datetime`.
    Millisecond,
}

impl Step {
    /// The step of the type; `None` where between any two values there is another, or no order.
    pub(super) fn of(kind: &FieldType) -> Option<Self> {
        match kind {
            FieldType::Integer | FieldType::Duration => Some(Self::One),
            FieldType::Decimal { scale: Some(scale) } => Some(Self::Digits(*scale)),
            FieldType::Money { currency } => Some(Self::Digits(currency.digits())),
            FieldType::Date => Some(Self::Day),
            FieldType::DateTime => Some(Self::Millisecond),
            _ => None,
        }
    }

    /// The value after (`up`) or before `value`.
    pub(super) fn next(self, value: &Value, up: bool) -> Option<Value> {
        let sign: i64 = if up { 1 } else { -1 };
        match (self, value) {
            (Self::One, Value::Int(n)) => n.checked_add(sign).map(Value::Int),
            (Self::One, Value::Seconds(n)) => n.checked_add(sign).map(Value::Seconds),
            (Self::Digits(scale), Value::Decimal(d)) => {
                let unit = Decimal::try_new(sign, scale).ok()?;
                let floor = d.round_dp_with_strategy(scale, toward(up));
                floor.checked_add(unit).map(Value::Decimal)
            }
            (Self::Day, Value::Date(date)) => date.checked_add(sign.days()).ok().map(Value::Date),
            (Self::Millisecond, Value::Instant(at)) => {
                at.checked_add(SignedDuration::from_millis(sign)).ok().map(Value::Instant)
            }
            _ => None,
        }
    }

    /// Whether another value lies strictly between `low` and `high`.
    pub(super) fn any_between(self, low: &Value, high: &Value) -> bool {
        self.next(low, true).is_some_and(|next| next.compare(high).is_some_and(std::cmp::Ordering::is_lt))
    }
}

/// A value that is off the grid is first moved onto it, away from the direction of the step.
fn toward(up: bool) -> rust_decimal::RoundingStrategy {
    if up {
        rust_decimal::RoundingStrategy::ToNegativeInfinity
    } else {
        rust_decimal::RoundingStrategy::ToPositiveInfinity
    }
}
