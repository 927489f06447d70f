//! Forms.

use formwork_definition::{
    kind::{
        Defined,
        form::{Form as Written, Place as WrittenPlace, Purpose},
    },
    list::Many,
    literal::Val,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    source::Span,
    text,
};

use crate::{
    form::{Form, Place, Section},
    object::{SYSTEM_FIELDS, system_field},
    resolve::{
        Linker,
        expression::Want,
        field::{self, resolve_field},
        kind::missing,
        label, module, name, unknown,
    },
    source::Condition,
    variables::{self, Variables},
};

/// The form.
pub(crate) fn resolve_form(linker: &Linker<'_>, defined: &Defined<Written>, out: &mut Diagnostics) -> Option<Form> {
    let body = &defined.body;
    let form = name(&body.form);
    let known = linker.names.forms.get(&form)?;
    let object = name(&body.object);
    if !linker.names.objects.contains_key(&object) {
        out.push(unknown::object(body.object.span, object, linker.names));
        return None;
    }
    let purpose: Vec<Purpose> = body.purpose.iter().map(|purpose| purpose.value).collect();
    if purpose.is_empty() {
        out.push(missing(body.form.span, "for", "what the form is for", "需要写明表单用途"));
    }
    applicable(body, &purpose, out);
    let mut variables = variables::record(object);
    if purpose.contains(&Purpose::Act) {
        variables.push(("input", linker.names.input(known)));
    }
    let mut inputs = Vec::new();
    for (input, written) in &body.inputs {
        let Some(known) = known.inputs.get(&input.value) else { continue };
        if linker.names.field_of(object, input.value).is_some() {
            out.push(shadow(input.value, object, input.span));
        }
        let place = field::Place::Input;
        inputs.push(resolve_field(linker, input.value, written, known, place, &variables::record(object), out).0);
    }
    let section = |section: &formwork_definition::kind::form::Section, out: &mut Diagnostics| Section {
        label: label::text(section.label.as_ref()),
        tab: section.tab.as_ref().map(|tab| label::text(Some(tab))),
        visible: linker.optional(section.visible.as_ref(), &variables, Want::Truth, out),
        fields: section
            .fields
            .iter()
            .filter_map(|place| self::place(linker, object, known, &purpose, place, &variables, out))
            .collect(),
    };
    Some(Form {
        name: form,
        module: module(&defined.module),
        label: label::label(body.label.as_ref(), form),
        span: body.form.span,
        object,
        inputs,
        sections: body.sections.iter().map(|written| section(written, out)).collect(),
        columns: body
            .columns
            .iter()
            .filter_map(|column| listed(linker, object, name(column), column.span, out))
            .collect(),
        sort: sort(linker, object, &body.sort, out),
        group: body.group.as_ref().and_then(|group| self::group(linker, object, name(group), group.span, out)),
        purpose,
    })
}

fn shadow(input: Name, object: Name, at: Span) -> Diagnostic {
    Diagnostic::error(
        code!("reserved-name"),
        at,
        text!(
            "`{object}` has a field `{input}`; list it in a section instead",
            "`{object}` 已有字段 `{input}`；直接放进分区即可"
        ),
    )
}

/// Keys that mean nothing for what the form is for.
fn applicable(body: &Written, purpose: &[Purpose], out: &mut Diagnostics) {
    let has = |wanted: &[Purpose]| purpose.iter().any(|purpose| wanted.contains(purpose));
    let first =
        |key: &'static str, at: Option<Span>, wanted: &[Purpose]| at.filter(|_| !has(wanted)).map(|at| (key, at));
    let layout = [Purpose::Create, Purpose::Edit, Purpose::View, Purpose::Act, Purpose::Board];
    let section = body.sections.iter().flat_map(|section| &section.fields).next().map(|place| place.field.span);
    let page = [Purpose::Create, Purpose::Edit, Purpose::View];
    let tab = body.sections.iter().find_map(|section| section.tab.as_ref()).map(|tab| tab.span);
    let wrong = [
        first("inputs", body.inputs.iter().next().map(|(input, _)| input.span), &[Purpose::Act]),
        first("columns", body.columns.first().map(|column| column.span), &[Purpose::List]),
        first("sort", body.sort.iter().next().map(|sort| sort.span), &[Purpose::List, Purpose::Board]),
        first("group", body.group.as_ref().map(|group| group.span), &[Purpose::Board]),
        first("sections", section, &layout),
        first("tab", tab, &page),
    ];
    for (key, at) in wrong.into_iter().flatten() {
        out.push(Diagnostic::error(
            code!("key-not-applicable"),
            at,
            text!("`{key}` means nothing for what this form is for", "`{key}` 对这种用途的表单没有意义"),
        ));
    }
    let mut needs = |purpose: Purpose, key: &str, there: bool| {
        if has(&[purpose]) && !there {
            out.push(missing(body.form.span, key, "the form needs it for what it is for", "这种用途的表单需要它"));
        }
    };
    needs(Purpose::List, "columns", !body.columns.is_empty());
    needs(Purpose::Board, "group", body.group.is_some());
}

fn place(
    linker: &Linker<'_>,
    object: Name,
    form: &crate::world::FormNames,
    purpose: &[Purpose],
    written: &WrittenPlace,
    variables: &Variables,
    out: &mut Diagnostics,
) -> Option<Place> {
    let field = name(&written.field);
    let at = written.field.span;
    let only_view = purpose.iter().all(|purpose| matches!(purpose, Purpose::View | Purpose::Board));
    let known = form.inputs.get(&field).or_else(|| linker.names.field_of(object, field));
    if known.is_none() && !(only_view && system_field(field.as_str()).is_some()) {
        let names = linker.names;
        let inputs = form.inputs.keys().map(|name| name.as_str());
        let fields = names.objects.get(&object).into_iter().flat_map(|o| o.fields.keys().map(|name| name.as_str()));
        let system = SYSTEM_FIELDS.iter().filter(|_| only_view).map(|(name, _)| *name);
        out.push(unknown::part(at, object.as_str(), field.as_str(), inputs.chain(fields).chain(system)));
        return None;
    }
    let required = written.required.as_ref().map(|val| linker.condition(val, variables, out));
    let read_only = written.read_only.as_ref().map(|val| linker.condition(val, variables, out));
    let needed = !matches!(required, None | Some(Condition::Always(false)));
    let fixed = matches!(read_only, Some(Condition::Always(true)));
    if needed && (fixed || known.is_none_or(|known| !known.input)) {
        out.push(Diagnostic::error(
            code!("form-requires-computed"),
            written.required.as_ref().map_or(at, Val::span),
            text!("nobody can fill in `{field}`, so it can't be required", "`{field}` 无法填写，不能设为必填"),
        ));
    }
    let visible = linker.optional(written.visible.as_ref(), variables, Want::Truth, out);
    Some(Place { field, visible, required, read_only })
}

/// A field or system field that a list can show.
pub(crate) fn listed(linker: &Linker<'_>, object: Name, field: Name, at: Span, out: &mut Diagnostics) -> Option<Name> {
    if linker.names.kind_of(object, field).is_some() {
        return Some(field);
    }
    out.push(unknown::field(at, object, field, linker.names, true));
    None
}

/// The fields that a list is sorted by.
pub(crate) fn sort(
    linker: &Linker<'_>,
    object: Name,
    sort: &Many<Sp<String>>,
    out: &mut Diagnostics,
) -> Vec<(Name, bool)> {
    let mut order = Vec::new();
    for written in sort {
        let text = written.value.trim();
        let field = text.strip_prefix('-').unwrap_or(text).trim();
        let found = Name::find(field).filter(|name| linker.names.kind_of(object, *name).is_some());
        let Some(found) = found else {
            let known = linker.names.objects.get(&object).into_iter().flat_map(|o| o.fields.keys());
            let known = known.map(|name| name.as_str()).chain(SYSTEM_FIELDS.iter().map(|(name, _)| *name));
            out.push(unknown::part(written.span, object.as_str(), field, known));
            continue;
        };
        if let Some(kind) = linker.names.kind_of(object, found).flatten().filter(|kind| !kind.is_ordered()) {
            let word = kind.word();
            out.push(Diagnostic::error(
                code!("type-mismatch"),
                written.span,
                text!("a field of type `{word}` has no order", "`{word}` 类型的字段不能排序"),
            ));
            continue;
        }
        order.push((found, text.starts_with('-')));
    }
    order
}

fn group(linker: &Linker<'_>, object: Name, field: Name, at: Span, out: &mut Diagnostics) -> Option<Name> {
    let field = listed(linker, object, field, at, out)?;
    let kind = linker.names.kind_of(object, field).flatten();
    if field != "state" && kind.is_some_and(|kind| !matches!(kind, FieldType::Choice(_))) {
        out.push(Diagnostic::error(
            code!("type-mismatch"),
            at,
            text!("a board is grouped by a choice, or by `state`", "看板按选项字段或 `state` 分列"),
        ));
        return None;
    }
    Some(field)
}
