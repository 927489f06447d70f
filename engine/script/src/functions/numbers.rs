//! Numbers: exact division, rounding half up, the smaller and the greater of two.

use formwork_model::{code, text};
use rhai::{Dynamic, Engine, EvalAltResult, Position};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use crate::{
    coerce,
    convert::{dynamic_to_val, val_to_dynamic},
    failure::Failure,
    frame::{Raised, raise},
    ops::{self, Op},
    sandbox::DIVIDE,
    val::{Span, Val},
};

type Number = Result<Dynamic, Raised>;

pub(super) fn register(engine: &mut Engine) {
    division(engine);
    rounding(engine);
    engine
        .register_fn("decimal", |n: i64| Decimal::from(n))
        .register_fn("decimal", |d: Decimal| d)
        .register_fn("decimal", |text: &str| text.trim().parse::<Decimal>().map_err(|_| no_number(text)))
        .register_fn("integer", |n: i64| n)
        .register_fn("integer", |d: Decimal| d.trunc().to_i64().ok_or_else(|| no_number(&d.to_string())))
        .register_fn("integer", |text: &str| text.trim().parse::<i64>().map_err(|_| no_number(text)))
        .register_fn("abs", |d: Decimal| d.abs());
    for (name, op) in [("min", Op::Less), ("max", Op::Greater)] {
        engine
            .register_fn(name, move |a: i64, b: i64| pick(op, Val::Int(a), Val::Int(b)))
            .register_fn(name, move |a: i64, b: Decimal| pick(op, Val::Int(a), Val::Dec(b)))
            .register_fn(name, move |a: Decimal, b: i64| pick(op, Val::Dec(a), Val::Int(b)))
            .register_fn(name, move |a: Decimal, b: Decimal| pick(op, Val::Dec(a), Val::Dec(b)))
            .register_fn(name, move |a: jiff::civil::Date, b: jiff::civil::Date| pick(op, Val::Date(a), Val::Date(b)))
            .register_fn(name, move |a: jiff::Timestamp, b: jiff::Timestamp| pick(op, Val::Instant(a), Val::Instant(b)))
            .register_fn(name, move |a: Dynamic, b: Dynamic| either(op, a, b));
    }
}

fn division(engine: &mut Engine) {
    engine
        .register_fn(DIVIDE, |a: i64, b: i64| quotient(Val::Int(a), Val::Int(b)))
        .register_fn(DIVIDE, |a: i64, b: Decimal| quotient(Val::Int(a), Val::Dec(b)))
        .register_fn(DIVIDE, |a: Decimal, b: i64| quotient(Val::Dec(a), Val::Int(b)))
        .register_fn(DIVIDE, |a: Decimal, b: Decimal| quotient(Val::Dec(a), Val::Dec(b)))
        .register_fn(DIVIDE, |a: Span, b: i64| quotient(Val::Span(a), Val::Int(b)));
}

fn quotient(a: Val, b: Val) -> Number {
    ops::divide(&a, &b).map(val_to_dynamic).ok_or_else(|| {
        let zero = matches!(b, Val::Int(0)) || matches!(b, Val::Dec(d) if d.is_zero());
        let why = if zero { "division by zero" } else { "overflow" };
        Box::new(EvalAltResult::ErrorArithmetic(why.into(), Position::NONE))
    })
}

fn rounding(engine: &mut Engine) {
    engine
        .register_fn("round", |n: i64| n)
        .register_fn("round", |n: i64, _: i64| n)
        .register_fn("round", |d: Decimal| coerce::round(d, 0))
        .register_fn("round", |d: Decimal, digits: i64| {
            coerce::round(d, u32::try_from(digits.clamp(0, 28)).unwrap_or(0))
        })
        .register_fn("floor", |n: i64| n)
        .register_fn("floor", |d: Decimal| d.floor())
        .register_fn("ceiling", |n: i64| n)
        .register_fn("ceiling", |d: Decimal| d.ceil());
}

fn pick(op: Op, a: Val, b: Val) -> Dynamic {
    let first = ops::compare(op, &b, &a) != Some(true);
    val_to_dynamic(if first { a } else { b })
}

/// With one side empty, the other.
fn either(op: Op, a: Dynamic, b: Dynamic) -> Number {
    if a.is_unit() {
        return Ok(b);
    }
    if b.is_unit() {
        return Ok(a);
    }
    let (a, b) = (dynamic_to_val(a), dynamic_to_val(b));
    if std::mem::discriminant(&a) != std::mem::discriminant(&b) {
        let (left, right) = (coerce::word(&a), coerce::word(&b));
        return Err(raise(Failure::new(
            code!("type-mismatch"),
            text!("{left} and {right} cannot be compared", "{left} 与 {right} 不能比较"),
        )));
    }
    Ok(pick(op, a, b))
}

fn no_number(text: &str) -> Raised {
    raise(Failure::new(code!("script-failed"), text!("`{text}` is no such number", "`{text}` 不是有效的数字")))
}
