//! What objects know about each other: referrers, feeds of roll-ups, dependents.

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    text,
};
use indexmap::IndexMap;

use crate::{
    object::{Computed, Dependent, Feed, Field, Object, Referrer},
    resolve::{
        Linker,
        key::reference_index,
        name,
        reads::{Tables, of_computed},
    },
};

/// Every object by name, not shared yet.
pub(crate) type Objects = IndexMap<Name, Object>;

/// Fills in `referrers`, `feeds` and `dependents`.
pub(crate) fn connect(linker: &Linker<'_>, objects: &mut Objects, tables: &Tables, out: &mut Diagnostics) {
    let mut referrers: Vec<(Name, Referrer)> = Vec::new();
    let mut feeds: Vec<(Name, Feed)> = Vec::new();
    let mut dependents: Vec<(Name, Dependent)> = Vec::new();
    for object in objects.values() {
        for field in &object.fields {
            refer(object, None, field, &mut referrers);
            for line in &field.lines {
                refer(object, Some(field.name), line, &mut referrers);
            }
            if let Some(roll_up) = &field.roll_up {
                feeds.push((roll_up.from, Feed { object: object.name, field: field.name }));
            }
        }
        for computed in &object.computed {
            depend(linker, object, (computed, tables), &mut dependents, out);
        }
    }
    for (to, referrer) in referrers {
        if let Some(object) = objects.get_mut(&to) {
            object.referrers.push(referrer);
        }
    }
    for (from, feed) in feeds {
        if let Some(object) = objects.get_mut(&from) {
            object.feeds.push(feed);
        }
    }
    for (of, dependent) in dependents {
        if let Some(object) = objects.get_mut(&of)
            && !object.dependents.contains(&dependent)
        {
            object.dependents.push(dependent);
        }
    }
}

fn refer(object: &Object, lines: Option<Name>, field: &Field, referrers: &mut Vec<(Name, Referrer)>) {
    let (FieldType::Ref(to) | FieldType::Refs(to)) = field.kind else { return };
    let Some(index) = reference_index(object, lines, field.name) else { return };
    let referrer = Referrer { object: object.name, lines, field: field.name, index, on_delete: field.on_delete };
    referrers.push((to, referrer));
}

/// Finds what a computed value reads of other records.
fn depend(
    linker: &Linker<'_>,
    object: &Object,
    (computed, tables): (&Computed, &Tables),
    dependents: &mut Vec<(Name, Dependent)>,
    out: &mut Diagnostics,
) {
    for read in of_computed(computed, tables) {
        let lines = match read.root.as_str() {
            "this" => computed.lines,
            "parent" => None,
            _ => continue,
        };
        let mut path = read.path.iter().copied();
        let Some(first) = path.next() else { continue };
        let Some(mut field) = field_in(object, lines, first) else { continue };
        let mut lines = lines;
        if field.kind == FieldType::Lines {
            let Some(inner) = path.next().and_then(|inner| field.line(inner)) else { continue };
            (lines, field) = (Some(first), inner);
        }
        let (FieldType::Ref(to) | FieldType::Refs(to)) = field.kind else { continue };
        let Some(reads) = path.next() else { continue };
        if let Some(index) = reference_index(object, lines, field.name) {
            dependents.push((to, Dependent { object: object.name, index, reads }));
        }
        if let Some(further) = path.next() {
            out.push(too_far(linker, object, computed, (to, reads, further)));
        }
    }
}

fn too_far(
    linker: &Linker<'_>,
    object: &Object,
    computed: &Computed,
    (to, reads, further): (Name, Name, Name),
) -> Diagnostic {
    let at = linker.definitions.objects.iter().find(|defined| name(&defined.body.object) == object.name);
    let written = at.and_then(|defined| defined.body.fields.get(computed.lines.unwrap_or(computed.field)));
    let written = match computed.lines {
        Some(_) => written.and_then(|lines| lines.fields.as_ref()).and_then(|fields| fields.get(computed.field)),
        None => written,
    };
    let at = written.and_then(|field| field.value.as_ref()).map_or(object.span, |value| value.span);
    Diagnostic::error(
        code!("computed-too-far"),
        at,
        text!(
            "a computed field reads records it refers to, not the records those refer to (`{reads}.{further}`)",
            "计算字段只能读取它引用的记录，不能再跨一层引用（`{reads}.{further}`）"
        ),
    )
    .help(text!(
        "add a computed field to `{to}` that reads `{reads}.{further}`, and read that one here",
        "在 `{to}` 上加一个读取 `{reads}.{further}` 的计算字段，在这里读取它"
    ))
}

fn field_in(object: &Object, lines: Option<Name>, field: Name) -> Option<&Field> {
    match lines {
        Some(lines) => object.field(lines)?.line(field),
        None => object.field(field),
    }
}
