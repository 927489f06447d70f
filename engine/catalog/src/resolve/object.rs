//! Objects.

use std::collections::HashMap;

use formwork_definition::{
    kind::{Defined, object::Object as Written, sharing::SHARES},
    map::WrittenName,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_path::FieldPath,
    field_type::FieldType,
    name::Name,
    text,
};

use crate::{
    number::NumberPattern,
    object::{Check, Computed, Field, Object},
    resolve::{
        Linker,
        expression::Want,
        field::{Place, resolve_field},
        key, label, module, name, retention, rule, sla, unknown,
    },
    variables,
};

/// The object, without what other objects add to it: see [`crate::resolve::reference`].
pub(crate) fn resolve_object(linker: &Linker<'_>, defined: &Defined<Written>, out: &mut Diagnostics) -> Object {
    let body = &defined.body;
    let object = name(&body.object);
    let (fields, computed) = fields(linker, object, body, out);
    let by_name: HashMap<_, _> = fields.iter().enumerate().map(|(i, field)| (field.name, i)).collect();
    let number = body.number.as_ref().and_then(|pattern| number(pattern, out));
    let special = |written: &Option<Sp<WrittenName>>, key, fits: fn(&FieldType) -> bool, out: &mut Diagnostics| {
        written.as_ref().and_then(|written| special(linker, object, written, key, fits, out))
    };
    let place = |kind: &FieldType| kind.is_text() || matches!(kind, FieldType::Ref(_));
    // By its code, or the record itself.
    let department = |kind: &FieldType| match kind {
        FieldType::Ref(to) => to.as_str() == "department",
        kind => *kind == FieldType::Department,
    };
    let title = |kind: &FieldType| kind.is_ordered();
    let mut resolved = Object {
        name: object,
        module: module(&defined.module),
        label: label::label(body.label.as_ref(), object),
        help: label::text(body.help.as_ref()),
        span: body.object.span,
        number,
        title: special(&body.title, "title", title, out),
        owner: special(&body.owner, "owner", |kind| *kind == FieldType::User, out),
        department: special(&body.department, "department", department, out),
        territory: special(&body.territory, "territory", place, out),
        product_line: special(&body.product_line, "product_line", place, out),
        partner: special(&body.partner, "partner", place, out),
        shares: body.sharing.as_ref().filter(|sharing| sharing.value).map(|_| Name::intern(SHARES)),
        fields,
        by_name,
        uniques: Vec::new(),
        indexes: Vec::new(),
        effective: None,
        retention: body.retain.as_ref().and_then(|retain| retention::resolve(linker, object, retain, out)),
        append_only: body.append_only.as_ref().is_some_and(|only| only.value),
        checks: checks(linker, object, body, out),
        rules: body.rules.iter().map(|(name, rule)| rule::resolve_rule(linker, object, name, rule, out)).collect(),
        sla: sla::resolve_clocks(linker, object, &body.sla, out),
        computed,
        referrers: Vec::new(),
        feeds: Vec::new(),
        dependents: Vec::new(),
        create_form: None,
        edit_form: None,
    };
    key::resolve_keys(linker, body, &mut resolved, out);
    resolved
}

fn fields(linker: &Linker<'_>, object: Name, body: &Written, out: &mut Diagnostics) -> (Vec<Field>, Vec<Computed>) {
    let (mut fields, mut computed) = (Vec::new(), Vec::new());
    let of_record = variables::record(object);
    for (written, field) in &body.fields {
        let Some(known) = linker.names.field_of(object, written.value) else { continue };
        let place = Place::Record(object);
        let (mut resolved, program) = resolve_field(linker, written.value, field, known, place, &of_record, out);
        if let Some(program) = program {
            computed.push(Computed { lines: None, field: written.value, program });
        }
        let of_line = variables::line(object, written.value);
        for (line, inner) in field.fields.iter().flatten() {
            let Some(known) = known.lines.get(&line.value) else { continue };
            let place = Place::Line(object);
            let (inner, program) = resolve_field(linker, line.value, inner, known, place, &of_line, out);
            if let Some(program) = program {
                computed.push(Computed { lines: Some(written.value), field: line.value, program });
            }
            resolved.lines.push(inner);
        }
        fields.push(resolved);
    }
    (fields, computed)
}

fn number(pattern: &Sp<String>, out: &mut Diagnostics) -> Option<NumberPattern> {
    match NumberPattern::parse(&pattern.value) {
        Ok(pattern) => Some(pattern),
        Err((_, reason)) => {
            out.push(
                Diagnostic::error(
                    code!("bad-number-pattern"),
                    pattern.span,
                    text!("bad number pattern: {reason}", "编号规则有误：{reason}"),
                )
                .help(text!("for example `OP{{yyyy}}{{mm}}-{{seq:5}}`", "例如 `OP{{yyyy}}{{mm}}-{{seq:5}}`")),
            );
            None
        }
    }
}

/// A field with a special meaning, when it exists and its type fits.
fn special(
    linker: &Linker<'_>,
    object: Name,
    written: &Sp<WrittenName>,
    key: &str,
    fits: fn(&FieldType) -> bool,
    out: &mut Diagnostics,
) -> Option<Name> {
    let field = name(written);
    if key == "title" && field == "number" && linker.names.objects.get(&object).is_some_and(|known| known.numbered) {
        return Some(field);
    }
    let Some(known) = linker.names.field_of(object, field) else {
        out.push(unknown::field(written.span, object, field, linker.names, false));
        return None;
    };
    if let Some(kind) = known.kind.as_ref().filter(|kind| !fits(kind)) {
        let word = kind.word();
        out.push(Diagnostic::error(
            code!("type-mismatch"),
            written.span,
            text!("`{key}` can't be a field of type `{word}`", "`{key}` 不能是 `{word}` 类型的字段"),
        ));
        return None;
    }
    Some(field)
}

fn checks(linker: &Linker<'_>, object: Name, body: &Written, out: &mut Diagnostics) -> Vec<Check> {
    let variables = variables::record(object);
    let resolve = |(written, check): &(Sp<Name>, formwork_definition::kind::object::Check)| {
        let at = check.at.as_ref().and_then(|at| existing(linker, object, at, out));
        Check {
            name: written.value,
            that: linker.expression(&check.that, &variables, Want::Truth, out),
            when: linker.optional(check.when.as_ref(), &variables, Want::Truth, out),
            at,
            say: label::text(Some(&check.say)),
        }
    };
    body.checks.iter().map(resolve).collect()
}

/// The path of a field, or of a field of lines; when there is none, that is reported.
pub(crate) fn existing_path(
    linker: &Linker<'_>,
    object: Name,
    written: &Sp<FieldPath>,
    out: &mut Diagnostics,
) -> Option<FieldPath> {
    let field = existing(linker, object, &written.with(WrittenName(written.value.field)), out)?;
    let Some(line) = written.value.line else { return Some(field.into()) };
    let lines = &linker.names.field_of(object, field)?.lines;
    if lines.contains_key(&line) {
        return Some(FieldPath::of_line(field, line));
    }
    let of = format!("{object}.{field}");
    out.push(unknown::part(written.span, &of, line.as_str(), lines.keys().map(|name| name.as_str())));
    None
}

/// The name of a field of the object; when there is none, that is reported.
pub(crate) fn existing(
    linker: &Linker<'_>,
    object: Name,
    written: &Sp<WrittenName>,
    out: &mut Diagnostics,
) -> Option<Name> {
    let field = name(written);
    if linker.names.field_of(object, field).is_some() {
        return Some(field);
    }
    if linker.names.objects.contains_key(&object) {
        out.push(unknown::field(written.span, object, field, linker.names, false));
    }
    None
}
