//! Unique keys and indexes, those that are written and those that come by themselves.

use formwork_definition::{kind::object::Object as Written, list::Many, map::WrittenName, spanned::Sp};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    source::Span,
    text,
};

use crate::{
    object::{Effective, Index, Object, Unique},
    resolve::{Linker, name, object::existing, unknown},
};

/// Fills in `uniques`, `indexes` and `effective`. Names are stable: they are in the store's keys.
pub(crate) fn resolve_keys(linker: &Linker<'_>, body: &Written, object: &mut Object, out: &mut Diagnostics) {
    for (key, fields) in &body.unique {
        let fields = ordered(linker, object, fields, false, key.span, out);
        add_unique(object, key.value, fields, key.span, out);
    }
    for (key, fields) in &body.indexes {
        let fields = ordered(linker, object, fields, true, key.span, out);
        if taken(object, key.value) {
            out.push(twice(key.value, key.span));
        } else if !fields.is_empty() {
            object.indexes.push(Index { name: key.value, fields, lines: None });
        }
    }
    for (field, written) in &body.fields {
        if written.unique.as_ref().is_some_and(|unique| unique.value) {
            add_unique(object, field.value, vec![field.value], field.span, out);
        }
    }
    if object.number.is_some() {
        let number = Name::intern("number");
        add_unique(object, number, vec![number], object.span, out);
    }
    automatic(linker, body, object);
    object.effective = effective(linker, body, object, out);
}

fn taken(object: &Object, name: Name) -> bool {
    object.uniques.iter().any(|unique| unique.name == name) || object.indexes.iter().any(|index| index.name == name)
}

fn twice(name: Name, at: Span) -> Diagnostic {
    Diagnostic::error(
        code!("duplicate-index"),
        at,
        text!("another unique key or index is called `{name}`", "已有名为 `{name}` 的唯一键或索引"),
    )
}

fn add_unique(object: &mut Object, name: Name, fields: Vec<Name>, at: Span, out: &mut Diagnostics) {
    if taken(object, name) {
        out.push(twice(name, at));
    } else if !fields.is_empty() {
        object.uniques.push(Unique { name, fields });
    }
}

/// The fields of a key, when each exists and has an order.
fn ordered(
    linker: &Linker<'_>,
    object: &Object,
    fields: &Many<Sp<WrittenName>>,
    system: bool,
    key: Span,
    out: &mut Diagnostics,
) -> Vec<Name> {
    let mut resolved = Vec::new();
    let mut broken = false;
    for written in fields {
        let field = name(written);
        let kind = match linker.names.kind_of(object.name, field) {
            Some(kind) if system || object.field(field).is_some() => kind,
            _ => {
                out.push(unknown::field(written.span, object.name, field, linker.names, system));
                broken = true;
                continue;
            }
        };
        if let Some(kind) = kind.filter(|kind| !kind.is_ordered()) {
            let word = kind.word();
            out.push(Diagnostic::error(
                code!("type-mismatch"),
                written.span,
                text!("a field of type `{word}` can't be part of a key", "`{word}` 类型的字段不能用在键里"),
            ));
            broken = true;
        }
        resolved.push(field);
    }
    if fields.is_empty() {
        out.push(super::kind::missing(key, "fields", "a key has at least one field", "键至少要有一个字段"));
    }
    if broken { Vec::new() } else { resolved }
}

/// Indexes that come by themselves: every reference, the title, `indexed` fields, who created it, and the state.
fn automatic(linker: &Linker<'_>, body: &Written, object: &mut Object) {
    let mut wanted: Vec<(String, Name, Option<Name>)> = Vec::new();
    for field in &object.fields {
        let asked = body.fields.get(field.name).and_then(|written| written.indexed.as_ref()).is_some_and(|i| i.value);
        // Requests name a record by its title, so that has to be found.
        let alone = object.uniques.iter().any(|unique| unique.fields == [field.name]);
        let title = object.title == Some(field.name) && field.kind.is_ordered() && !alone;
        // Rows are granted by them, so a list has to find whose they are without looking at the others.
        let granted = [object.owner, object.department, object.territory, object.product_line, object.partner];
        let granted = granted.contains(&Some(field.name)) && field.kind.is_ordered() && !alone;
        if asked || title || granted || matches!(field.kind, FieldType::Ref(_) | FieldType::Refs(_)) {
            wanted.push((format!("by_{}", field.name), field.name, None));
        }
        for line in &field.lines {
            // What is shared with somebody is found without looking at the rest.
            let shared = object.shares == Some(field.name) && line.kind == FieldType::User;
            if shared || matches!(line.kind, FieldType::Ref(_) | FieldType::Refs(_)) {
                wanted.push((format!("{}_{}", field.name, line.name), line.name, Some(field.name)));
            }
        }
    }
    // Every list offers what its reader created.
    wanted.push(("by_created_by".to_owned(), Name::intern("created_by"), None));
    if linker.names.has_main_flow(object.name) {
        wanted.push(("by_state".to_owned(), Name::intern("state"), None));
    }
    for (mut name, field, lines) in wanted {
        while taken(object, Name::intern(&name)) {
            name.push('_');
        }
        object.indexes.push(Index { name: Name::intern(&name), fields: vec![field], lines });
    }
}

/// The index over one reference.
pub(crate) fn reference_index(object: &Object, lines: Option<Name>, field: Name) -> Option<Name> {
    let over = |index: &&Index| index.lines == lines && index.fields == [field];
    object.indexes.iter().find(over).map(|index| index.name)
}

fn effective(linker: &Linker<'_>, body: &Written, object: &mut Object, out: &mut Diagnostics) -> Option<Effective> {
    let written = body.effective.as_ref()?;
    let key = ordered(linker, object, &written.key, false, written.span, out);
    let date = |day: &Sp<WrittenName>, out: &mut Diagnostics| {
        let field = existing(linker, object.name, day, out)?;
        let known = linker.names.field_of(object.name, field);
        if known.is_some_and(|known| known.sensitive) {
            let text = text!(
                "`{field}` is sensitive: nobody can ask what was before a day",
                "`{field}` 是敏感字段，不能按日期先后查找"
            );
            out.push(Diagnostic::error(code!("sensitive-search"), day.span, text));
        }
        let kind = known.and_then(|known| known.kind.as_ref());
        if kind.is_some_and(|kind| *kind != FieldType::Date) {
            out.push(Diagnostic::error(
                code!("type-mismatch"),
                day.span,
                text!("`{field}` is no date field", "`{field}` 不是日期字段"),
            ));
        }
        Some(field)
    };
    let from = date(&written.from, out);
    let to = date(&written.to, out);
    let (from, to) = (from?, to?);
    if key.is_empty() {
        return None;
    }
    let mut index = "effective".to_owned();
    while taken(object, Name::intern(&index)) {
        index.push('_');
    }
    let index = Name::intern(&index);
    let fields = key.iter().copied().chain([from]).collect();
    object.indexes.push(Index { name: index, fields, lines: None });
    Some(Effective { key, from, to, index })
}
