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
    filter::{Comparison, Filter, Operand, Schema, parse_filter},
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

    fn fields(&self, object: Name) -> Vec<&str> {
        let own = self.objects.get(&object).into_iter().flat_map(|known| known.fields.keys().map(|n| n.as_str()));
        own.chain(SYSTEM_FIELDS.iter().map(|(name, _)| *name)).collect()
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
    if let Some(moving) = moving(&filter) {
        let field = moving.field;
        let path = moving.through.iter().map(|step| step.field).chain([field]);
        let key = path.map(Name::as_str).collect::<Vec<_>>().join(".");
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

/// A condition that can change without the record: through a reference, on the clock, on who asks.
fn moving(filter: &Filter) -> Option<&Comparison> {
    match filter {
        Filter::And(all) | Filter::Or(all) => all.iter().find_map(moving),
        Filter::Not(inner) => moving(inner),
        // No definition can say so.
        Filter::Shared(_) => None,
        Filter::Compare(comparison) => {
            let fixed = comparison.with.iter().all(|operand| matches!(operand, Operand::Value(_)));
            (!fixed || !comparison.through.is_empty()).then_some(comparison)
        }
    }
}
