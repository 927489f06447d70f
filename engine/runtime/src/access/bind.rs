//! The rows of a grant as one filter: its scopes filled in with the places of a position.

use std::sync::Arc;

use formwork_catalog::{
    filter::{Comparison, Filter, Op, Operand, Shared},
    object::Object,
    role::Rows,
};
use formwork_definition::kind::{role::RowScope, sharing};
use formwork_model::{field_type::FieldType, name::Name, value::Value};

use super::{Held, Place};

/// The rows of a position's grant. `$me` in a written filter stays: whoever asks is whoever holds the position.
pub(super) fn bind(object: &Object, rows: &Rows, held: &Held) -> Filter {
    match rows {
        Rows::Where(filter) => filter.clone(),
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

/// Rows that are shared with whoever holds the position, or with a department that it is in.
fn shared(object: &Object, held: &Held, edit: bool) -> Filter {
    let Some(lines) = object.shares else { return Filter::Or(Vec::new()) };
    let with = |by: &str, with| Filter::Shared(Shared { lines, by: Name::intern(by), with, edit });
    let user = with(sharing::USER, Value::Text(Arc::clone(&held.login)));
    let departments = held.department_above.iter().map(|id| with(sharing::DEPARTMENT, Value::Ref(*id)));
    Filter::Or(std::iter::once(user).chain(departments).collect())
}

fn in_places(object: &Object, field: Option<Name>, places: &[Place]) -> Filter {
    let by_id = field.and_then(|field| object.kind_of(field)).is_some_and(|kind| matches!(kind, FieldType::Ref(_)));
    let value = |place: &Place| if by_id { Some(Value::Ref(place.id)) } else { place.code.clone().map(Value::Text) };
    is_one_of(object, field, places.iter().filter_map(value).collect())
}

/// Rows whose field is one of these; no row when there is no field or nothing to be.
fn is_one_of(object: &Object, field: Option<Name>, values: Vec<Value>) -> Filter {
    let known = field.and_then(|field| Some((field, object.kind_of(field)?.clone())));
    let (Some((field, kind)), false) = (known, values.is_empty()) else { return Filter::Or(Vec::new()) };
    let op = if values.len() == 1 { Op::Eq } else { Op::In };
    let with = values.into_iter().map(Operand::Value).collect();
    Filter::Compare(Comparison { through: Vec::new(), field, kind, op, with })
}
