//! Fields of objects, lines and forms.

use formwork_definition::{
    kind::field::{Field as Written, OnDelete},
    literal::Val,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    source::Span,
    text,
    text::Text,
    value::Value,
};

use crate::{
    object::{Field, Measure},
    resolve::{
        Linker, copied,
        expression::Want,
        kind::{missing, not_applicable},
        label, roll_up,
    },
    source::{Program, Source},
    variables::Variables,
    world::FieldNames,
};

/// Where a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In an object.
    Record(Name),
    /// In the lines of a field of an object.
    Line(Name),
    /// In a form, as an input of an action.
    Input,
}

/// The field, and its program when it is computed.
pub(crate) fn resolve_field(
    linker: &Linker<'_>,
    name: Name,
    body: &Written,
    known: &FieldNames,
    place: Place,
    variables: &Variables,
    out: &mut Diagnostics,
) -> (Field, Option<Program>) {
    applicable(body, known.kind.as_ref(), place, out);
    let any = FieldType::Json;
    let kind = known.kind.as_ref().unwrap_or(&any);
    let computed = body.value.as_ref().map(|value| {
        let want = known.kind.as_ref().map_or(Want::Anything, Want::Field);
        let program = linker.expression(value, variables, want, out);
        copied::check_program(linker, (name, known), &program, variables, value.span, out);
        program
    });
    let min = body.min.as_ref().filter(|_| has_order(kind));
    let max = body.max.as_ref().filter(|_| has_order(kind) || has_length(kind));
    let min = bound(linker, min, kind, variables, out);
    let max = bound(linker, max, kind, variables, out);
    let default = body.default.as_ref().and_then(|val| {
        let source = linker.source(val, kind, variables, out)?;
        if place != Place::Input {
            copied::check_source(linker, (name, known), &source, variables, val.span(), out);
        }
        Some(source)
    });
    if let (Some(Val::Literal(written)), Some(Source::Literal(value))) = (&body.default, &default) {
        within(value, min.as_ref(), max.as_ref(), kind, written.span, out);
    }
    let field = Field {
        name,
        label: label::label(body.label.as_ref(), name),
        help: label::text(body.help.as_ref()),
        span: known.span,
        kind: kind.clone(),
        required: body.required.as_ref().map(|val| linker.condition(val, variables, out)),
        default,
        computed: computed.is_some(),
        kept: body.kept,
        roll_up: match (&body.roll_up, place) {
            (Some(written), Place::Record(object)) => {
                roll_up::resolve(linker, object, kind, written, out).inspect(|roll_up| {
                    if let Measure::Sum(of) | Measure::Min(of) | Measure::Max(of) = roll_up.measure {
                        copied::check_roll_up(linker, (name, known), (roll_up.from, of), written.span, out);
                    }
                })
            }
            _ => None,
        },
        min,
        max,
        on_delete: body.on_delete.as_ref().map_or(OnDelete::Restrict, |on| on.value),
        tree: is(body.tree.as_ref()),
        lines: Vec::new(),
        history: is(body.history.as_ref()),
        sensitive: is(body.sensitive.as_ref()),
        fixed: is(body.fixed.as_ref()),
    };
    (field, computed)
}

fn is(flag: Option<&formwork_definition::spanned::Sp<bool>>) -> bool {
    flag.is_some_and(|flag| flag.value)
}

/// A bound; of a text it is a number of characters.
fn bound(
    linker: &Linker<'_>,
    val: Option<&Val>,
    kind: &FieldType,
    variables: &Variables,
    out: &mut Diagnostics,
) -> Option<Source> {
    let kind = if kind.is_text() { &FieldType::Integer } else { kind };
    val.and_then(|val| linker.source(val, kind, variables, out))
}

/// Reports a value outside of literal bounds.
pub(crate) fn within(
    value: &Value,
    min: Option<&Source>,
    max: Option<&Source>,
    kind: &FieldType,
    at: Span,
    out: &mut Diagnostics,
) {
    let length = value.as_text().filter(|_| kind.is_text()).map(|text| Value::Int(text.chars().count() as i64));
    let value = length.as_ref().unwrap_or(value);
    if *value == Value::Null {
        return;
    }
    if let Some(Source::Literal(min)) = min
        && value.compare(min) == Some(std::cmp::Ordering::Less)
    {
        let text = text!("less than the least value `{min}`", "小于最小值 `{min}`");
        out.push(Diagnostic::error(code!("out-of-range"), at, text));
    }
    if let Some(Source::Literal(max)) = max
        && value.compare(max) == Some(std::cmp::Ordering::Greater)
    {
        let text = text!("more than the greatest value `{max}`", "大于最大值 `{max}`");
        out.push(Diagnostic::error(code!("out-of-range"), at, text));
    }
}

/// Whether values have a least and a greatest.
fn has_order(kind: &FieldType) -> bool {
    kind.is_number() || matches!(kind, FieldType::Date | FieldType::DateTime | FieldType::Duration)
}

/// Why a value can't be hidden from whoever has the disk; `None` when it can.
fn shown_on_disk(kind: &FieldType) -> Option<Text> {
    use FieldType::{Department, Lines, Ref, Refs, User};
    match kind {
        Ref(to) | Refs(to) => Some(text!(
            "records hang together by references, which stand in indexes as they are; make fields of `{to}` sensitive",
            "记录之间靠引用关联，引用以明文保存在索引中；请将 `{to}` 的字段设为敏感"
        )),
        User | Department => Some(text!(
            "it says whose a record is: lists, tasks and rights go by it; who sees it is for roles to say",
            "它说明记录归谁：列表、任务和权限都以此为据；谁能看见由角色规定"
        )),
        Lines => Some(text!("say it at those fields of the lines that are", "请在明细的相应字段上写明")),
        _ => None,
    }
}

/// Whether values have a greatest length.
fn has_length(kind: &FieldType) -> bool {
    use FieldType::{Email, LongText, Phone, Text, Url};
    matches!(kind, Text | LongText | Phone | Email | Url)
}

/// Reports keys that mean nothing for the type, or beside another key.
fn applicable(body: &Written, kind: Option<&FieldType>, place: Place, out: &mut Diagnostics) {
    let word = body.kind.value.as_str();
    let mut only = |at: Option<Span>, key: &str, applies: bool| {
        if let Some(at) = at.filter(|_| !applies) {
            out.push(not_applicable(at, key, word));
        }
    };
    let is_ref = matches!(word, "ref");
    let lines = body.fields.as_ref().and_then(|fields| fields.iter().next()).map(|(name, _)| name.span);
    only(body.on_delete.as_ref().map(|on| on.span), "on_delete", is_ref);
    only(body.tree.as_ref().map(|tree| tree.span), "tree", is_ref);
    only(lines, "fields", word == "lines");
    if let Some(kind) = kind {
        let record = matches!(place, Place::Record(_));
        only(body.min.as_ref().map(Val::span), "min", has_order(kind));
        only(body.max.as_ref().map(Val::span), "max", has_order(kind) || has_length(kind));
        only(body.unique.as_ref().map(|u| u.span), "unique", kind.is_ordered());
        only(body.indexed.as_ref().map(|i| i.span), "indexed", kind.is_ordered());
        only(
            body.default.as_ref().map(Val::span),
            "default",
            !matches!(kind, FieldType::Lines | FieldType::File | FieldType::Files),
        );
        if let (Some(at), Some(why)) = (&body.sensitive, shown_on_disk(kind)) {
            out.push(not_applicable(at.span, "sensitive", word).help(why));
        }
        if !record {
            here(body.unique.as_ref().map(|u| u.span), "unique", out);
            here(body.indexed.as_ref().map(|i| i.span), "indexed", out);
            here(body.roll_up.as_ref().map(|r| r.span), "roll_up", out);
            here(body.tree.as_ref().map(|t| t.span), "tree", out);
        }
        if place == Place::Input {
            here(body.value.as_ref().map(|v| v.span), "value", out);
            here(body.history.as_ref().map(|h| h.span), "history", out);
            here(body.sensitive.as_ref().map(|s| s.span), "sensitive", out);
            here(body.fixed.as_ref().map(|f| f.span), "fixed", out);
            here(body.on_delete.as_ref().map(|o| o.span), "on_delete", out);
        }
    }
    if word == "lines" && kind.is_some() && body.fields.as_ref().is_none_or(|fields| fields.is_empty()) {
        out.push(missing(body.kind.span, "fields", "lines have fields of their own", "明细必须有自己的字段"));
    }
    computed_keys(body, out);
}

/// The key means nothing in this place.
fn here(at: Option<Span>, key: &str, out: &mut Diagnostics) {
    if let Some(at) = at {
        out.push(Diagnostic::error(
            code!("key-not-applicable"),
            at,
            text!("`{key}` means nothing here", "`{key}` 在这里没有意义"),
        ));
    }
}

/// What nobody can set has no use for the keys that are about setting it.
fn computed_keys(body: &Written, out: &mut Diagnostics) {
    let (key, zh) = match (&body.value, &body.roll_up) {
        (Some(_), None) => ("value", "计算"),
        (None, Some(_)) => ("roll_up", "汇总"),
        (Some(value), Some(_)) => {
            here(Some(value.span), "value", out);
            return;
        }
        (None, None) => return,
    };
    let beside = [
        ("required", body.required.as_ref().map(Val::span)),
        ("default", body.default.as_ref().map(Val::span)),
        ("fixed", body.fixed.as_ref().map(|fixed| fixed.span)),
    ];
    for (other, at) in beside {
        if let Some(at) = at {
            out.push(Diagnostic::error(
                code!("key-not-applicable"),
                at,
                text!(
                    "`{other}` means nothing beside `{key}`: nobody can set the field",
                    "{zh}字段不能设置，`{other}` 没有意义"
                ),
            ));
        }
    }
}
