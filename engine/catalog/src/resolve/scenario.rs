//! Scenarios: every name in them exists, every literal can be read.

use std::collections::HashMap;

use formwork_definition::{
    kind::{
        Defined,
        scenario::{Given, Scenario as Written},
    },
    literal::Data,
    map::Map,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    nearest::nearest,
    source::Span,
    text,
};

use crate::{
    parse_value::parse_text,
    resolve::{Linker, literal, name, role, step, unknown},
    scenario::Scenario,
    source::Program,
    world::FieldNames,
};

/// The records that steps can name, with their objects.
pub(crate) type Aliases = HashMap<Name, Name>;

/// The scenario.
pub(crate) fn resolve_scenario(linker: &Linker<'_>, defined: &Defined<Written>, out: &mut Diagnostics) -> Scenario {
    let body = &defined.body;
    let mut programs: HashMap<Span, Program> = HashMap::new();
    let mut shared = Aliases::new();
    if let Some(now) = &body.now {
        instant(linker, now, out);
    }
    role::actor_roles(linker.definitions, body.actor.as_ref(), out);
    resolve_given(linker, &body.given, &mut shared, out);
    for (_, case) in &body.cases {
        let mut aliases = shared.clone();
        resolve_given(linker, &case.given, &mut aliases, out);
        let mut about = None;
        for step in &case.steps {
            step::resolve_step(linker, step, &mut aliases, &mut about, &mut programs, out);
        }
    }
    Scenario { path: defined.path.clone(), body: body.clone(), programs }
}

fn resolve_given(linker: &Linker<'_>, given: &Map<Given>, aliases: &mut Aliases, out: &mut Diagnostics) {
    for (alias, body) in given {
        let object = name(&body.object);
        if !linker.names.objects.contains_key(&object) {
            out.push(unknown::object(body.object.span, object, linker.names));
            continue;
        }
        values(linker, object, &body.set, aliases, false, out);
        for action in &body.act {
            if !linker.names.actions(object).any(|known| known == name(action)) {
                out.push(unknown::action(action.span, object, name(action), linker.names));
            }
        }
        aliases.insert(alias.value, object);
    }
}

/// An instant or a day.
pub(crate) fn instant(linker: &Linker<'_>, written: &Sp<String>, out: &mut Diagnostics) {
    let day = parse_text(&FieldType::Date, &written.value, &linker.context).is_ok();
    if !day && parse_text(&FieldType::DateTime, &written.value, &linker.context).is_err() {
        let text = &written.value;
        out.push(Diagnostic::error(
            code!("bad-value"),
            written.span,
            text!("`{text}` is neither a day nor an instant", "`{text}` 既不是日期也不是时刻"),
        ));
    }
}

/// Values of fields of an object; `system` fields only where they are looked at.
pub(crate) fn values(
    linker: &Linker<'_>,
    object: Name,
    set: &Map<Sp<Data>>,
    aliases: &Aliases,
    system: bool,
    out: &mut Diagnostics,
) {
    for (field, data) in set {
        if let Some(known) = linker.names.field_of(object, field.value) {
            field_value(linker, known, data, aliases, out);
        } else if let Some(kind) = linker.names.kind_of(object, field.value).flatten().filter(|_| system) {
            value(linker, kind, data, aliases, out);
        } else {
            out.push(unknown::field(field.span, object, field.value, linker.names, system));
        }
    }
}

/// A value of a field, line by line for lines.
pub(crate) fn field_value(
    linker: &Linker<'_>,
    known: &FieldNames,
    data: &Sp<Data>,
    aliases: &Aliases,
    out: &mut Diagnostics,
) {
    let Some(kind) = &known.kind else { return };
    if *kind != FieldType::Lines {
        return value(linker, kind, data, aliases, out);
    }
    let Data::List(lines) = &data.value else {
        if data.value != Data::Null {
            out.push(Diagnostic::error(code!("bad-value"), data.span, text!("a list of lines", "需要明细行的列表")));
        }
        return;
    };
    for line in lines {
        let Data::Map(pairs) = &line.value else {
            out.push(Diagnostic::error(
                code!("bad-value"),
                line.span,
                text!("a line is a mapping", "明细行是一个映射"),
            ));
            continue;
        };
        for (field, data) in pairs {
            let inner = Name::find(&field.value).and_then(|name| known.lines.get(&name));
            match inner.map(|inner| &inner.kind) {
                Some(Some(kind)) => value(linker, kind, data, aliases, out),
                Some(None) => {}
                None => {
                    let names = known.lines.keys().map(|name| name.as_str());
                    out.push(unknown::part(field.span, "lines", &field.value, names));
                }
            }
        }
    }
}

/// A literal of the type; a reference is the name of a record of this scenario, a file its name.
pub(crate) fn value(linker: &Linker<'_>, kind: &FieldType, data: &Sp<Data>, aliases: &Aliases, out: &mut Diagnostics) {
    match (kind, &data.value) {
        (FieldType::Ref(object), Data::Scalar(text)) => reference(text, *object, data.span, aliases, out),
        (FieldType::Refs(object), Data::List(items)) => {
            for item in items {
                if let Data::Scalar(text) = &item.value {
                    reference(text, *object, item.span, aliases, out);
                }
            }
        }
        (FieldType::File, Data::Scalar(_)) => {}
        (FieldType::Files, Data::List(items)) if items.iter().all(|item| matches!(item.value, Data::Scalar(_))) => {}
        _ => {
            literal::literal(data, kind, &linker.context, out);
        }
    }
}

fn reference(text: &str, object: Name, at: Span, aliases: &Aliases, out: &mut Diagnostics) {
    if text.is_empty() {
        return;
    }
    match Name::find(text).and_then(|alias| aliases.get(&alias)) {
        Some(of) if *of == object => {}
        Some(of) => out.push(Diagnostic::error(
            code!("wrong-object"),
            at,
            text!("`{text}` is a record of `{of}`, not of `{object}`", "`{text}` 是 `{of}` 的记录，不是 `{object}`"),
        )),
        None => out.push(unknown_record(text, at, aliases)),
    }
}

/// No record of this name.
pub(crate) fn unknown_record(text: &str, at: Span, aliases: &Aliases) -> Diagnostic {
    Diagnostic::error(
        code!("unknown-record"),
        at,
        text!("the scenario has no record called `{text}`", "场景里没有名为 `{text}` 的记录"),
    )
    .suggest(nearest(text, aliases.keys().map(|name| name.as_str())))
}
