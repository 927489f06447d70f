//! The operators, once: Rhai's overloads and the native path both call these.
//!
//! Every function answers `None` where the operands do not fit; Rhai then reports it with its place.
//! Comparisons follow Rhai: values of different kinds, and anything compared with `()`, are unequal and
//! neither less nor greater. An empty day or instant that is moved, or measured from another, is empty;
//! with numbers an empty operand does not fit, so that no amount is lost unseen.

use std::cmp::Ordering;

use jiff::{SignedDuration, Unit, civil::Date};
use rust_decimal::Decimal;

use crate::val::{Months, Span, Val};

/// An operator of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Op {
    /// The operator Rhai names `name`.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "+" => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            crate::sandbox::DIVIDE => Self::Divide,
            "%" => Self::Remainder,
            "==" => Self::Equal,
            "!=" => Self::Unequal,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }
}

impl Op {
    /// Whether it gives true or false.
    pub(crate) fn is_comparison(self) -> bool {
        !matches!(self, Self::Add | Self::Subtract | Self::Multiply | Self::Divide | Self::Remainder)
    }
}

/// Applies an operator.
pub(crate) fn apply(op: Op, a: &Val, b: &Val) -> Option<Val> {
    match op {
        Op::Add => add(a, b),
        Op::Subtract => subtract(a, b),
        Op::Multiply => arithmetic(a, b, i64::checked_mul, Decimal::checked_mul).or_else(|| match (a, b) {
            (Val::Span(s), Val::Int(n)) | (Val::Int(n), Val::Span(s)) => Some(Val::Span(Span(s.0.checked_mul(*n)?))),
            _ => None,
        }),
        Op::Divide => divide(a, b),
        Op::Remainder => arithmetic(a, b, i64::checked_rem, Decimal::checked_rem),
        _ => compare(op, a, b).map(Val::Bool),
    }
}

/// Applies a comparison; `None` when the operands are of a kind that only Rhai compares.
pub(crate) fn compare(op: Op, a: &Val, b: &Val) -> Option<bool> {
    let order = match (a, b) {
        (Val::Int(a), Val::Int(b)) => a.cmp(b),
        (Val::Dec(a), Val::Dec(b)) => a.cmp(b),
        (Val::Int(a), Val::Dec(b)) => Decimal::from(*a).cmp(b),
        (Val::Dec(a), Val::Int(b)) => a.cmp(&Decimal::from(*b)),
        (Val::Text(a), Val::Text(b)) => a.as_ref().cmp(b.as_ref()),
        (Val::Bool(a), Val::Bool(b)) => a.cmp(b),
        (Val::Date(a), Val::Date(b)) => a.cmp(b),
        (Val::Instant(a), Val::Instant(b)) => a.cmp(b),
        (Val::Span(a), Val::Span(b)) => a.cmp(b),
        (Val::Months(a), Val::Months(b)) => a.cmp(b),
        (Val::Other(_), _) | (_, Val::Other(_)) => return None,
        (Val::List(_), Val::List(_)) => return None,
        (Val::Unit, Val::Unit) => return Some(op == Op::Equal),
        (Val::Handle(a), Val::Handle(b)) => {
            return match op {
                Op::Equal => Some(a.same(b)),
                Op::Unequal => Some(!a.same(b)),
                _ => None,
            };
        }
        _ => return Some(op == Op::Unequal),
    };
    Some(match op {
        Op::Equal => order == Ordering::Equal,
        Op::Unequal => order != Ordering::Equal,
        Op::Less => order == Ordering::Less,
        Op::LessOrEqual => order != Ordering::Greater,
        Op::Greater => order == Ordering::Greater,
        Op::GreaterOrEqual => order != Ordering::Less,
        _ => return None,
    })
}

fn arithmetic(
    a: &Val,
    b: &Val,
    whole: impl Fn(i64, i64) -> Option<i64>,
    exact: impl Fn(Decimal, Decimal) -> Option<Decimal>,
) -> Option<Val> {
    Some(match (a, b) {
        (Val::Int(a), Val::Int(b)) => Val::Int(whole(*a, *b)?),
        (Val::Dec(a), Val::Dec(b)) => Val::Dec(exact(*a, *b)?),
        (Val::Int(a), Val::Dec(b)) => Val::Dec(exact(Decimal::from(*a), *b)?),
        (Val::Dec(a), Val::Int(b)) => Val::Dec(exact(*a, Decimal::from(*b))?),
        _ => return None,
    })
}

fn add(a: &Val, b: &Val) -> Option<Val> {
    Some(match (a, b) {
        (Val::Text(a), Val::Text(b)) if a.len() + b.len() < 10_000 => Val::Text(format!("{a}{b}").into()),
        (Val::Date(date), Val::Span(span)) | (Val::Span(span), Val::Date(date)) => Val::Date(shift(*date, span.0)?),
        (Val::Date(date), Val::Months(months)) => Val::Date(add_months(*date, months.0)?),
        (Val::Instant(at), Val::Span(span)) | (Val::Span(span), Val::Instant(at)) => {
            Val::Instant(at.checked_add(SignedDuration::from_secs(span.0)).ok()?)
        }
        (Val::Span(a), Val::Span(b)) => Val::Span(Span(a.0.checked_add(b.0)?)),
        (Val::Months(a), Val::Months(b)) => Val::Months(Months(a.0.checked_add(b.0)?)),
        // What is not known is not known some time later either.
        (Val::Unit, Val::Span(_) | Val::Months(_)) | (Val::Span(_), Val::Unit) => Val::Unit,
        _ => return arithmetic(a, b, i64::checked_add, Decimal::checked_add),
    })
}

fn subtract(a: &Val, b: &Val) -> Option<Val> {
    Some(match (a, b) {
        (Val::Date(date), Val::Span(span)) => Val::Date(shift(*date, span.0.checked_neg()?)?),
        (Val::Date(date), Val::Months(months)) => Val::Date(add_months(*date, months.0.checked_neg()?)?),
        (Val::Date(a), Val::Date(b)) => Val::Int(days_between(*b, *a)?),
        (Val::Instant(at), Val::Span(span)) => Val::Instant(at.checked_sub(SignedDuration::from_secs(span.0)).ok()?),
        (Val::Instant(a), Val::Instant(b)) => Val::Span(Span(a.as_second() - b.as_second())),
        (Val::Span(a), Val::Span(b)) => Val::Span(Span(a.0.checked_sub(b.0)?)),
        (Val::Months(a), Val::Months(b)) => Val::Months(Months(a.0.checked_sub(b.0)?)),
        (Val::Unit, Val::Span(_) | Val::Months(_) | Val::Date(_) | Val::Instant(_))
        | (Val::Date(_) | Val::Instant(_), Val::Unit) => Val::Unit,
        _ => return arithmetic(a, b, i64::checked_sub, Decimal::checked_sub),
    })
}

/// Whole days from one date to another.
fn days_between(from: Date, to: Date) -> Option<i64> {
    from.until((Unit::Day, to)).ok().map(|span| i64::from(span.get_days()))
}

/// Exact: two whole numbers give a decimal, so `1 / 4` is `0.25`.
pub(crate) fn divide(a: &Val, b: &Val) -> Option<Val> {
    match (a, b) {
        (Val::Int(a), Val::Int(b)) => Some(Val::Dec(Decimal::from(*a).checked_div(Decimal::from(*b))?.normalize())),
        (Val::Span(a), Val::Int(b)) => Some(Val::Span(Span(a.0.checked_div(*b)?))),
        _ => arithmetic(a, b, |_, _| None, Decimal::checked_div),
    }
}

/// A day some seconds later; only whole days move a date.
fn shift(date: Date, seconds: i64) -> Option<Date> {
    if seconds % 86_400 != 0 {
        return None;
    }
    date.checked_add(jiff::Span::new().try_days(seconds / 86_400).ok()?).ok()
}

/// The same day of another month, or its last day when that month is shorter.
pub(crate) fn add_months(date: Date, months: i64) -> Option<Date> {
    date.checked_add(jiff::Span::new().try_months(months).ok()?).ok()
}

/// Whether two values are the same, lists item by item.
pub(crate) fn same(a: &Val, b: &Val) -> bool {
    match (a, b) {
        (Val::List(a), Val::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Val::Other(_), Val::Other(_)) => crate::convert::val_to_json(a) == crate::convert::val_to_json(b),
        _ => compare(Op::Equal, a, b).unwrap_or(false),
    }
}

/// A number negated.
pub(crate) fn negate(a: &Val) -> Option<Val> {
    Some(match a {
        Val::Int(n) => Val::Int(n.checked_neg()?),
        Val::Dec(d) => Val::Dec(-*d),
        Val::Span(s) => Val::Span(Span(s.0.checked_neg()?)),
        Val::Months(m) => Val::Months(Months(m.0.checked_neg()?)),
        _ => return None,
    })
}

/// Whether a value is missing: `()`, no text, no items.
pub(crate) fn is_empty(a: &Val) -> bool {
    match a {
        Val::Unit => true,
        Val::Text(text) => text.is_empty(),
        Val::List(items) => items.is_empty(),
        Val::Other(other) => other.read_lock::<rhai::Map>().is_some_and(|map| map.is_empty()),
        _ => false,
    }
}
