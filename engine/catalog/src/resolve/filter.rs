//! Filters in definitions: the structured filter language, read against an object.

use formwork_definition::{literal::Data, spanned::Sp};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    text,
};

use crate::{
    filter::{Filter, Operand, Schema, Step, parse_filter, parse_filter_of_role},
    object::SYSTEM_FIELDS,
    resolve::{
        Linker,
        literal::{place_of, to_json},
    },
    world::Names,
};

impl Schema for Names {
    fn kind_of(&self, object: Name, field: &str) -> Option<(Name, FieldType)> {
        let field = Name::find(field)?;
        Some((field, Names::kind_of(self, object, field)?.cloned().unwrap_or(FieldType::Json)))
    }

    fn is_sensitive(&self, object: Name, field: Name) -> bool {
        self.field_of(object, field).is_some_and(|known| known.sensitive)
    }

    fn is_sensitive_in_lines(&self, object: Name, lines: Name, field: Name) -> bool {
        let line = self.field_of(object, lines).and_then(|known| known.lines.get(&field));
        line.is_some_and(|line| line.sensitive)
    }

    fn fields(&self, object: Name) -> Vec<&str> {
        let own = self.objects.get(&object).into_iter().flat_map(|known| known.fields.keys().map(|n| n.as_str()));
        own.chain(SYSTEM_FIELDS.iter().map(|(name, _)| *name)).collect()
    }

    fn line_kind_of(&self, object: Name, lines: Name, field: &str) -> Option<(Name, FieldType)> {
        let field = Name::find(field)?;
        let known = self.field_of(object, lines)?.lines.get(&field)?;
        Some((field, known.kind.clone().unwrap_or(FieldType::Json)))
    }

    fn line_fields(&self, object: Name, lines: Name) -> Vec<&str> {
        self.field_of(object, lines).into_iter().flat_map(|known| known.lines.keys().map(|n| n.as_str())).collect()
    }

    fn states(&self, object: Name) -> Option<Vec<&str>> {
        let mut states: Vec<&str> = self.nodes(object).map(|node| node.as_str()).collect();
        states.sort_unstable();
        // A flow that could not be read has been told of already.
        (!states.is_empty()).then_some(states)
    }
}

/// The filter of a roll-up; `None` when it is wrong, which is then reported at the key it is about.
pub(crate) fn resolve_filter(
    linker: &Linker<'_>,
    data: &Sp<Data>,
    object: Name,
    out: &mut Diagnostics,
) -> Option<Filter> {
    let filter = plain_filter(linker, data, object, out)?;
    if let Some(path) = moving(&filter) {
        let field = path.last().copied().unwrap_or_default();
        let key = path.join(".");
        out.push(
            Diagnostic::error(
                code!("roll-up-filter"),
                place_of(data, &key),
                text!(
                    "a roll-up is kept when its records change; this condition on `{field}` can change without them",
                    "汇总只在被汇总的记录变化时更新；`{field}` 的这个条件会自行变化"
                ),
            )
            .help(text!("compare fields of the record itself with fixed values", "只用记录自己的字段与固定值比较")),
        );
        return None;
    }
    Some(filter)
}

/// A filter; `None` when it is wrong, which is then reported at the key it is about.
pub(crate) fn plain_filter(
    linker: &Linker<'_>,
    data: &Sp<Data>,
    object: Name,
    out: &mut Diagnostics,
) -> Option<Filter> {
    parse_filter(linker.names, object, &to_json(&data.value), &linker.context.zone)
        .map_err(|bad| out.push(Diagnostic::error(bad.code, place_of(data, &bad.key), bad.message)))
        .ok()
}

/// The filter of a role, which may name the places of whoever holds it.
pub(crate) fn role_filter(linker: &Linker<'_>, data: &Sp<Data>, object: Name, out: &mut Diagnostics) -> Option<Filter> {
    parse_filter_of_role(linker.names, object, &to_json(&data.value), &linker.context.zone)
        .map_err(|bad| out.push(Diagnostic::error(bad.code, place_of(data, &bad.key), bad.message)))
        .ok()
}

/// A condition that can change without the record: through a reference, on the clock, on who asks.
/// Answers the key that it is about.
fn moving(filter: &Filter) -> Option<Vec<&'static str>> {
    let path = |through: &[Step], field: Name| -> Vec<&str> {
        through.iter().map(|step| step.field).chain([field]).map(Name::as_str).collect()
    };
    match filter {
        Filter::And(all) | Filter::Or(all) => all.iter().find_map(moving),
        Filter::Not(inner) => moving(inner),
        // No definition can say so.
        Filter::Shared(_) => None,
        Filter::Compare(comparison) => {
            let fixed = comparison.with.iter().all(|operand| matches!(operand, Operand::Value(_)));
            let moves = !fixed || !comparison.through.is_empty();
            moves.then(|| path(&comparison.through, comparison.field))
        }
        Filter::Lines(lines) if lines.through.is_empty() => moving(&lines.that),
        Filter::Lines(lines) => Some(path(&lines.through, lines.field)),
    }
}
