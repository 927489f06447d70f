//! Values rolled up from the records of another object.

use formwork_definition::{kind::field::RollUp as Written, map::WrittenName, spanned::Sp};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    text,
};

use crate::{
    object::{Measure, RollUp},
    resolve::{Linker, filter::resolve_filter, kind::missing, name, object::existing, unknown},
};

/// The roll-up; `None` when it is wrong.
pub(crate) fn resolve(
    linker: &Linker<'_>,
    object: Name,
    kind: &FieldType,
    written: &Sp<Written>,
    out: &mut Diagnostics,
) -> Option<RollUp> {
    let from = name(&written.from);
    if !linker.names.objects.contains_key(&from) {
        out.push(unknown::object(written.from.span, from, linker.names));
        return None;
    }
    let by = existing(linker, from, &written.by, out)?;
    let target = linker.names.field_of(from, by).and_then(|known| known.kind.as_ref());
    if target.is_some_and(|target| *target != FieldType::Ref(object)) {
        out.push(Diagnostic::error(
            code!("type-mismatch"),
            written.by.span,
            text!("`{from}.{by}` is no reference to `{object}`", "`{from}.{by}` 不是指向 `{object}` 的引用"),
        ));
        return None;
    }
    let measure = measure(linker, from, kind, written, out)?;
    let filter = match &written.filter {
        Some(data) => Some(resolve_filter(linker, data, from, out)?),
        None => None,
    };
    Some(RollUp { from, by, measure, filter })
}

fn measure(
    linker: &Linker<'_>,
    from: Name,
    kind: &FieldType,
    written: &Sp<Written>,
    out: &mut Diagnostics,
) -> Option<Measure> {
    let count = written.count.as_ref().filter(|count| count.value).map(|_| Measure::Count);
    let all = [
        count,
        written.sum.as_ref().map(|field| Measure::Sum(name(field))),
        written.min.as_ref().map(|field| Measure::Min(name(field))),
        written.max.as_ref().map(|field| Measure::Max(name(field))),
    ];
    let mut given = all.into_iter().flatten();
    let Some(measure) = given.next() else {
        out.push(missing(written.span, "count", "one of count, sum, min, max", "需要 count、sum、min、max 之一"));
        return None;
    };
    if given.next().is_some() {
        out.push(Diagnostic::error(
            code!("key-not-applicable"),
            written.span,
            text!("only one of count, sum, min, max", "count、sum、min、max 只能有一个"),
        ));
        return None;
    }
    let of: &Sp<WrittenName> = match measure {
        Measure::Count => {
            fits(kind.is_number(), "integer", kind, written.span, out);
            return Some(measure);
        }
        _ => [&written.sum, &written.min, &written.max].into_iter().flatten().next()?,
    };
    let field = existing(linker, from, of, out)?;
    let source = linker.names.field_of(from, field).and_then(|known| known.kind.as_ref())?;
    match measure {
        Measure::Sum(_) => {
            fits(source.is_number(), "decimal", source, of.span, out);
            let narrow = *kind == FieldType::Integer && *source != FieldType::Integer;
            fits(kind.is_number() && !narrow, source.word(), kind, written.span, out);
        }
        _ => {
            let alike = kind.word() == source.word() || (kind.is_number() && source.is_number());
            fits(source.is_ordered() && alike, source.word(), kind, of.span, out);
        }
    }
    Some(measure)
}

fn fits(fits: bool, needed: &str, given: &FieldType, at: formwork_model::source::Span, out: &mut Diagnostics) {
    if !fits {
        let given = given.word();
        out.push(Diagnostic::error(
            code!("type-mismatch"),
            at,
            text!("the field is of type `{given}`, `{needed}` is needed", "字段类型是 `{given}`，需要 `{needed}`"),
        ));
    }
}
