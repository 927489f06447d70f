//! Whether the branches of a `decide` node provably cover every record, so that it needs no `else`.
//!
//! Proven are: `true`; `this.f == x` beside `this.f != x`; every option of a required choice; both values of a
//! required boolean; and comparisons of one required number that leave no gap. An empty field is equal to
//! nothing, so only `!=` holds for it.

use formwork_definition::literal::{Data, Val};
use formwork_model::{field_type::FieldType, name::Name, value::Value};

use crate::{
    flow::Branch,
    resolve::{
        Linker,
        guard::{self, Guard, Op},
        name,
    },
};

/// Whether one of the branches always holds.
pub(crate) fn covers(linker: &Linker<'_>, object: Name, branches: &[Branch]) -> bool {
    if branches.iter().any(|branch| branch.when.text.trim() == "true") {
        return true;
    }
    let guards: Vec<Guard> = branches.iter().filter_map(|branch| guard::parse(&branch.when.text)).collect();
    let mut fields: Vec<Name> = guards.iter().map(|guard| guard.field).collect();
    fields.dedup();
    fields.into_iter().any(|field| {
        let of: Vec<&Guard> = guards.iter().filter(|guard| guard.field == field).collect();
        complementary(&of) || (never_empty(linker, object, field) && complete(linker, object, field, &of))
    })
}

/// `== x` and `!= x`, which also holds for an empty field.
fn complementary(guards: &[&Guard]) -> bool {
    guards.iter().any(|a| a.op == Op::Ne && guards.iter().any(|b| b.op == Op::Eq && a.with.same(&b.with)))
}

fn never_empty(linker: &Linker<'_>, object: Name, field: Name) -> bool {
    let defined = linker.definitions.objects.iter().find(|defined| name(&defined.body.object) == object);
    let required = defined.and_then(|d| d.body.fields.get(field)).and_then(|field| field.required.as_ref());
    matches!(required, Some(Val::Literal(data)) if matches!(&data.value, Data::Scalar(text) if &**text == "true"))
}

fn complete(linker: &Linker<'_>, object: Name, field: Name, guards: &[&Guard]) -> bool {
    let holds = |value: &Value| guards.iter().any(|guard| self::holds(guard, value));
    match linker.names.field_of(object, field).and_then(|known| known.kind.as_ref()) {
        Some(FieldType::Boolean) => holds(&Value::Bool(true)) && holds(&Value::Bool(false)),
        Some(FieldType::Choice(options)) => options.iter().all(|option| holds(&Value::text(option.name.as_str()))),
        Some(kind) if kind.is_number() => numbers(guards),
        _ => false,
    }
}

fn holds(guard: &Guard, value: &Value) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let Some(order) = value.compare(&guard.with) else { return guard.op == Op::Ne };
    match guard.op {
        Op::Eq => order == Equal,
        Op::Ne => order != Equal,
        Op::Lt => order == Less,
        Op::Le => order != Greater,
        Op::Gt => order == Greater,
        Op::Ge => order != Less,
    }
}

fn numbers(guards: &[&Guard]) -> bool {
    let tried = numbers_to_try(guards);
    !tried.is_empty() && tried.into_iter().all(|number| guards.iter().any(|guard| holds(guard, &number)))
}

/// Every number is at a bound of the guards, or between two of them, or beyond all of them: it is enough to try those.
fn numbers_to_try(guards: &[&Guard]) -> Vec<Value> {
    let mut bounds: Vec<_> = guards.iter().filter_map(|guard| guard.with.as_decimal()).collect();
    bounds.sort_unstable();
    bounds.dedup();
    let (Some(first), Some(last)) = (bounds.first().copied(), bounds.last().copied()) else { return Vec::new() };
    let two = rust_decimal::Decimal::TWO;
    let between = bounds.windows(2).filter_map(|pair| match pair {
        [a, b] => a.checked_add(*b)?.checked_div(two),
        _ => None,
    });
    let one = rust_decimal::Decimal::ONE;
    let beyond = [first.checked_sub(one), last.checked_add(one)].into_iter().flatten();
    bounds.iter().copied().chain(between).chain(beyond).map(Value::Decimal).collect()
}

/// Whether a condition that is read as guards which all must hold can't hold, whatever its fields have: guards on one
/// field shut each other out.
pub(crate) fn never_holds(text: &str, kind_of: impl Fn(Name) -> Option<FieldType>) -> bool {
    let Some(guards) = text.split("&&").map(guard::parse).collect::<Option<Vec<Guard>>>() else { return false };
    guards.iter().any(|guard| {
        let field = guard.field;
        let of: Vec<&Guard> = guards.iter().filter(|guard| guard.field == field).collect();
        let is = |holds: &dyn Fn(&Value) -> bool| of.iter().all(|guard| holds(&guard.with));
        let mut tried = match kind_of(field) {
            Some(FieldType::Boolean) => vec![Value::Bool(true), Value::Bool(false)],
            Some(kind) if kind.is_number() && is(&|with| with.as_decimal().is_some()) => numbers_to_try(&of),
            // What is equal to one text is equal to no other; whether a choice has the option is told elsewhere.
            Some(FieldType::Text | FieldType::Choice(_))
                if of.iter().all(|guard| matches!(guard.op, Op::Eq | Op::Ne)) =>
            {
                of.iter().map(|guard| guard.with.clone()).collect()
            }
            _ => return false,
        };
        // An empty field, or a text that no guard names, is equal to none of them.
        let other = of.iter().all(|guard| guard.op == Op::Ne);
        tried.retain(|value| of.iter().all(|guard| holds(guard, value)));
        tried.is_empty() && !other
    })
}
