//! Which shapes go together.

use crate::shape::Shape;

/// The shape of a value that is one of two.
pub(super) fn join(a: Shape, b: Shape) -> Shape {
    match (a, b) {
        (a, b) if a == b => a,
        (Shape::Nothing, other) | (other, Shape::Nothing) => other,
        (Shape::Int, Shape::Decimal) | (Shape::Decimal, Shape::Int) => Shape::Decimal,
        (Shape::Text | Shape::Choice(_), Shape::Text | Shape::Choice(_)) => Shape::Text,
        (Shape::List(a), Shape::List(b)) => Shape::List(Box::new(join(*a, *b))),
        _ => Shape::Any,
    }
}

pub(super) fn is_number(shape: &Shape) -> bool {
    matches!(shape, Shape::Int | Shape::Decimal)
}

pub(super) fn is_text(shape: &Shape) -> bool {
    matches!(shape, Shape::Text | Shape::Choice(_))
}

/// Whether nothing certain is known, so that nothing can be wrong.
pub(super) fn is_open(shape: &Shape) -> bool {
    matches!(shape, Shape::Any | Shape::Nothing)
}

/// Whether `==` between the two can ever hold.
pub(super) fn comparable(a: &Shape, b: &Shape) -> bool {
    match (a, b) {
        _ if is_open(a) || is_open(b) => true,
        (Shape::Record(a), Shape::Record(b)) => a == b,
        (Shape::Row(a, f), Shape::Row(b, g)) => (a, f) == (b, g),
        (Shape::List(a), Shape::List(b)) => comparable(a, b),
        (Shape::Map(_), Shape::Map(_) | Shape::Geo) | (Shape::Geo, Shape::Map(_)) => true,
        (Shape::Choice(a), Shape::Choice(b)) => a.iter().any(|name| b.contains(name)),
        _ => (is_number(a) && is_number(b)) || (is_text(a) && is_text(b)) || a == b,
    }
}

/// Whether `<` has a meaning.
pub(super) fn ordered(shape: &Shape) -> bool {
    is_open(shape)
        || is_number(shape)
        || is_text(shape)
        || matches!(shape, Shape::Date | Shape::Instant | Shape::Duration | Shape::Bool)
}

/// What an arithmetic operator gives; `None` when it does not work with these.
pub(super) fn arithmetic(op: &str, a: &Shape, b: &Shape) -> Option<Shape> {
    use Shape::{Any, Date, Decimal, Duration, Instant, Int};
    if op == "+" && (is_text(a) || is_text(b)) {
        return Some(Shape::Text);
    }
    Some(match (op, a, b) {
        (_, Any, _) | (_, _, Any) => Any,
        ("/", Int, Int) => Decimal,
        (_, Int, Int) => Int,
        (_, Int | Decimal, Int | Decimal) => Decimal,
        ("+" | "-", Date, Duration) | ("+", Duration, Date) => Date,
        ("-", Date, Date) => Int,
        ("+" | "-", Instant, Duration) | ("+", Duration, Instant) => Instant,
        ("-", Instant, Instant) => Duration,
        ("+" | "-", Duration, Duration) => Duration,
        ("*" | "/", Duration, Int) | ("*", Int, Duration) => Duration,
        ("+", Shape::List(_), Shape::List(_)) => join(a.clone(), b.clone()),
        ("+", Shape::Map(_), Shape::Map(_)) => Any,
        _ => return None,
    })
}
