//! The rows of a grant as one filter: its scopes filled in with the places of a position.

use std::sync::Arc;

use formwork_catalog::{
    filter::{Comparison, Filter, Lines, Op, Operand, Quantifier, Shared},
    object::Object,
    role::Rows,
};
use formwork_definition::kind::{role::RowScope, sharing};
use formwork_model::{field_type::FieldType, name::Name, value::Value};

use super::{Held, Place};

/// The rows of a position's grant. `$me` in a written filter stays: whoever asks is whoever holds the position.
pub(super) fn bind(object: &Object, rows: &Rows, held: &Held) -> Filter {
    match rows {
        Rows::Where(filter) => filled(filter, held, true),
        Rows::Any(parts) => Filter::Or(parts.iter().map(|part| bind(object, part, held)).collect()),
        Rows::All(parts) => Filter::And(parts.iter().map(|part| bind(object, part, held)).collect()),
        Rows::Scope(scope) => scoped(object, *scope, held),
    }
}

fn scoped(object: &Object, scope: RowScope, held: &Held) -> Filter {
    match scope {
        RowScope::All => Filter::And(Vec::new()),
        RowScope::Own => is_one_of(object, object.owner, vec![Value::Text(Arc::clone(&held.login))]),
        RowScope::Department => in_places(object, object.department, &held.department),
        RowScope::DepartmentBelow => in_places(object, object.department, &held.department_below),
        RowScope::Territory => in_places(object, object.territory, &held.territory),
        RowScope::ProductLine => in_places(object, object.product_line, &held.product_line),
        RowScope::Partner => in_places(object, object.partner, &held.partner),
        RowScope::Shared => shared(object, held, false),
        RowScope::SharedForEdit => shared(object, held, true),
    }
}

/// A written filter with the places of the position. One that the position does not name gives no row, also where the
/// filter excludes it: a condition that needs it never holds, or always where it stands under an uneven number of `not`.
fn filled(filter: &Filter, held: &Held, even: bool) -> Filter {
    let several = |parts: &[Filter]| parts.iter().map(|part| filled(part, held, even)).collect();
    match filter {
        Filter::And(parts) => Filter::And(several(parts)),
        Filter::Or(parts) => Filter::Or(several(parts)),
        Filter::Not(part) => Filter::Not(Box::new(filled(part, held, !even))),
        Filter::Lines(lines) => {
            let even = if lines.of == Quantifier::None { !even } else { even };
            Filter::Lines(Lines { that: Box::new(filled(&lines.that, held, even)), ..lines.clone() })
        }
        Filter::Shared(_) => filter.clone(),
        Filter::Compare(comparison) => compared(comparison, held).unwrap_or(match even {
            true => Filter::Or(Vec::new()),
            false => Filter::And(Vec::new()),
        }),
    }
}

/// A comparison with the places of the position; `None` when it needs one that the position does not name.
fn compared(comparison: &Comparison, held: &Held) -> Option<Filter> {
    if !comparison.with.iter().any(|operand| matches!(operand, Operand::Places(_))) {
        return Some(Filter::Compare(comparison.clone()));
    }
    let by_id = matches!(comparison.kind, FieldType::Ref(_));
    let excludes = matches!(comparison.op, Op::Ne | Op::NotIn);
    let mut with = Vec::new();
    for operand in &comparison.with {
        let Operand::Places(places) = operand else {
            with.push(operand.clone());
            continue;
        };
        let found = values(held.places(*places), by_id);
        if found.is_empty() && excludes {
            return None;
        }
        with.extend(found.into_iter().map(Operand::Value));
    }
    let op = if excludes { Op::NotIn } else { Op::In };
    (!with.is_empty()).then(|| Filter::Compare(Comparison { op, with, ..comparison.clone() }))
}

/// The places as a field holds them: by id, or by code.
fn values(places: &[Place], by_id: bool) -> Vec<Value> {
    let value = |place: &Place| if by_id { Some(Value::Ref(place.id)) } else { place.code.clone().map(Value::Text) };
    places.iter().filter_map(value).collect()
}

/// Rows that are shared with whoever holds the position, or with a department that it is in.
fn shared(object: &Object, held: &Held, edit: bool) -> Filter {
    let Some(lines) = object.shares else { return Filter::Or(Vec::new()) };
    let with = |by: &str, with| Filter::Shared(Shared { lines, by: Name::intern(by), with, edit });
    let user = with(sharing::USER, Value::Text(Arc::clone(&held.login)));
    let departments = held.department_above.iter().map(|place| with(sharing::DEPARTMENT, Value::Ref(place.id)));
    Filter::Or(std::iter::once(user).chain(departments).collect())
}

fn in_places(object: &Object, field: Option<Name>, places: &[Place]) -> Filter {
    let by_id = field.and_then(|field| object.kind_of(field)).is_some_and(|kind| matches!(kind, FieldType::Ref(_)));
    is_one_of(object, field, values(places, by_id))
}

/// Rows whose field is one of these; no row when there is no field or nothing to be.
fn is_one_of(object: &Object, field: Option<Name>, values: Vec<Value>) -> Filter {
    let known = field.and_then(|field| Some((field, object.kind_of(field)?.clone())));
    let (Some((field, kind)), false) = (known, values.is_empty()) else { return Filter::Or(Vec::new()) };
    let op = if values.len() == 1 { Op::Eq } else { Op::In };
    let with = values.into_iter().map(Operand::Value).collect();
    Filter::Compare(Comparison { through: Vec::new(), field, kind, op, with })
}
