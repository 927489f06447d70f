//! How long what sensitive fields hold is kept.

use formwork_definition::{kind::object::Retain as Written, spanned::Sp};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    text,
};

use crate::{
    filter::{Anchor, Comparison, Filter, Op, Operand, Relative},
    object::Retention,
    resolve::{Linker, filter::plain_filter, name, unknown},
};

/// The retention of an object; `None` when it is wrong, which is then reported.
pub(crate) fn resolve(
    linker: &Linker<'_>,
    object: Name,
    written: &Sp<Written>,
    out: &mut Diagnostics,
) -> Option<Retention> {
    let known = linker.names.objects.get(&object)?;
    let is_sensitive =
        |field: &crate::world::FieldNames| field.sensitive || field.lines.values().any(|line| line.sensitive);
    if !known.fields.values().any(is_sensitive) {
        out.push(
            Diagnostic::error(
                code!("key-not-applicable"),
                written.span,
                text!("`retain` means nothing without a sensitive field", "没有敏感字段时 `retain` 没有意义"),
            )
            .help(text!("mark what is to be erased with `sensitive: true`", "用 `sensitive: true` 标明要删除的字段")),
        );
        return None;
    }
    let after = match &written.value.after {
        Some(after) => {
            let field = name(after);
            let Some(kind) = linker.names.kind_of(object, field) else {
                out.push(unknown::field(after.span, object, field, linker.names, true));
                return None;
            };
            if kind.is_some_and(|kind| !matches!(kind, FieldType::Date | FieldType::DateTime)) {
                let text = text!("`after` is a date or an instant", "`after` 应为日期或时刻字段");
                out.push(Diagnostic::error(code!("type-mismatch"), after.span, text));
                return None;
            }
            if linker.names.field_of(object, field).is_some_and(|known| known.sensitive) {
                let text = text!(
                    "`{field}` is sensitive: nobody can ask for what is before a day",
                    "`{field}` 是敏感字段，不能按先后查找"
                );
                out.push(Diagnostic::error(code!("sensitive-search"), after.span, text));
                return None;
            }
            field
        }
        None => Name::intern("updated_at"),
    };
    let kind = linker.names.kind_of(object, after).flatten().cloned().unwrap_or(FieldType::DateTime);
    let days = written.value.days.value;
    let ago = Relative {
        anchor: Anchor::Today,
        months: 0,
        days: i32::try_from(days).map_or(i32::MIN, |days| -days),
        seconds: 0,
    };
    let with = vec![Operand::Relative(ago)];
    let due = Filter::Compare(Comparison { through: Vec::new(), field: after, kind, op: Op::Lt, with });
    let only = match &written.value.filter {
        Some(filter) => vec![plain_filter(linker, filter, object, out)?],
        None => Vec::new(),
    };
    Some(Retention { days, after, filter: Filter::And([vec![due], only].concat()) })
}
