//! Where a report finds a value: paths through references, of the record or of a line.

use formwork_definition::{kind::Definitions, spanned::Sp};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    source::Span,
    text,
    text::Text,
};

use crate::{
    filter::{Schema, Step},
    object::system_label,
    report::Path,
    resolve::{Linker, label, unknown},
    task::{TASK_FIELDS, TASKS, task_field, task_label},
};

/// How many references a path may follow, as the key of a filter.
const MOST: usize = 4;

/// The path; `None` when it leads nowhere, which is then reported.
pub(super) fn resolve(
    linker: &Linker<'_>,
    (object, lines): (Name, Option<Name>),
    written: &Sp<String>,
    out: &mut Diagnostics,
) -> Option<Path> {
    let mut parts: Vec<&str> = written.value.trim().split('.').collect();
    let of_line = parts.len() > 1 && lines.is_some_and(|lines| parts.first() == Some(&lines.as_str()));
    if of_line {
        parts.remove(0);
    }
    let mut through: Vec<Step> = Vec::new();
    let mut sensitive = false;
    let last = parts.pop()?;
    for part in parts {
        let (field, kind) = one(linker, (object, lines.filter(|_| of_line)), &through, part, written.span, out)?;
        sensitive |= is_sensitive(linker, (object, lines.filter(|_| of_line)), &through, field);
        let FieldType::Ref(to) = kind else {
            if kind == FieldType::Lines {
                let message = text!(
                    "`{field}` has many lines; say `lines: {field}` so that each counts for itself",
                    "`{field}` 有多行；写 `lines: {field}` 让每行单独计数"
                );
                out.push(Diagnostic::error(code!("type-mismatch"), written.span, message));
            } else {
                let word = kind.word();
                let message =
                    text!("`{field}` is a {word} and has no fields of its own", "`{field}` 是 {word}，没有下级字段");
                out.push(Diagnostic::error(code!("type-mismatch"), written.span, message));
            }
            return None;
        };
        through.push(Step { field, to });
    }
    if through.len() > MOST {
        let message = text!("more than {MOST} references in one path", "一个路径最多经过 {MOST} 次引用");
        out.push(Diagnostic::error(code!("bad-value"), written.span, message));
        return None;
    }
    let place = (object, lines.filter(|_| of_line));
    let (field, kind) = one(linker, place, &through, last, written.span, out)?;
    if sensitive || is_sensitive(linker, place, &through, field) {
        let message = text!(
            "`{field}` is sensitive: no report tells records apart by it or adds it up",
            "`{field}` 是敏感字段，报表不能按其分组或汇总"
        );
        out.push(Diagnostic::error(code!("sensitive-report"), written.span, message));
        return None;
    }
    let label = label_of(linker.definitions, place, &through, field);
    Some(Path { of_line, through, field, kind, label })
}

/// A path that leads to a date or datetime.
pub(super) fn moment(
    linker: &Linker<'_>,
    place: (Name, Option<Name>),
    written: &Sp<String>,
    out: &mut Diagnostics,
) -> Option<Path> {
    let path = resolve(linker, place, written, out)?;
    if matches!(path.kind, FieldType::Date | FieldType::DateTime) {
        return Some(path);
    }
    let word = path.kind.word();
    let message = text!("a date or datetime is needed, this is a {word}", "需要日期或时间字段，这是 {word}");
    out.push(Diagnostic::error(code!("type-mismatch"), written.span, message));
    None
}

/// Reports a field that records can't be told apart by.
pub(super) fn check_dimension(path: &Path, at: Span, out: &mut Diagnostics) {
    if path.kind.is_ordered() || matches!(path.kind, FieldType::Choices(_) | FieldType::Refs(_)) {
        return;
    }
    let word = path.kind.word();
    let message = text!("records can't be told apart by a {word}", "不能按 {word} 类型分组");
    out.push(Diagnostic::error(code!("type-mismatch"), at, message));
}

/// A field of the place that was reached. Nothing is said of one whose own type is wrong: that is reported there.
fn one(
    linker: &Linker<'_>,
    (object, lines): (Name, Option<Name>),
    through: &[Step],
    part: &str,
    at: Span,
    out: &mut Diagnostics,
) -> Option<(Name, FieldType)> {
    let names = linker.names;
    let of = through.last().map_or(object, |step| step.to);
    let lines = lines.filter(|_| through.is_empty());
    let field = Name::find(part);
    if lines.is_some_and(|lines| lines == TASKS) {
        let found = task_field(part).map(|kind| (Name::intern(part), kind));
        if found.is_none() {
            out.push(unknown::part(at, &format!("{object}.{TASKS}"), part, TASK_FIELDS.to_vec()));
        }
        return found;
    }
    let known = field.and_then(|field| match lines {
        Some(lines) => Some((field, names.field_of(object, lines)?.lines.get(&field)?.kind.as_ref())),
        None => Some((field, names.kind_of(of, field)?)),
    });
    if known.is_none() {
        let (of, known) = match lines {
            Some(lines) => (format!("{object}.{lines}"), names.line_fields(object, lines)),
            None => (of.to_string(), Schema::fields(names, of)),
        };
        out.push(unknown::part(at, &of, part, known));
    }
    known.and_then(|(field, kind)| Some((field, kind?.clone())))
}

fn is_sensitive(linker: &Linker<'_>, (object, lines): (Name, Option<Name>), through: &[Step], field: Name) -> bool {
    match (through.last(), lines) {
        (Some(step), _) => linker.names.is_sensitive(step.to, field),
        (None, Some(lines)) => linker.names.is_sensitive_in_lines(object, lines, field),
        (None, None) => linker.names.is_sensitive(object, field),
    }
}

/// What the field at the end is called.
fn label_of(definitions: &Definitions, (object, lines): (Name, Option<Name>), through: &[Step], field: Name) -> Text {
    let of = through.last().map_or(object, |step| step.to);
    if through.is_empty() && lines.is_some_and(|lines| lines == TASKS) {
        return task_label(field.as_str());
    }
    let object = definitions.objects.iter().find(|defined| defined.body.object.value.0 == of);
    let fields = object.map(|defined| &defined.body.fields);
    let written = match lines.filter(|_| through.is_empty()) {
        Some(lines) => fields.and_then(|fields| fields.get(lines)?.fields.as_ref()?.get(field)),
        None => fields.and_then(|fields| fields.get(field)),
    };
    match written {
        Some(written) => label::label(written.label.as_ref(), field),
        None => system_label(field.as_str()),
    }
}
