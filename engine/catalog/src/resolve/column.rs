//! Columns of decision tables: what they take over from the field they compare, and what rows are called.

use formwork_definition::{
    kind::{
        Definitions,
        table::{Input, Table},
    },
    label::Label,
    literal::Data,
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
    resolve::{
        kind::{Known, Written, resolve_kind},
        name,
        word::COLUMN,
    },
    world::Names,
};

/// The column in which rows have names of their own.
pub(crate) const ROW: &str = "row";

/// The field at the end of `this.a.b`, with the object it belongs to; `None` for anything else.
pub(crate) fn field_at(names: &Names, object: Name, path: &str) -> Option<(Name, Name)> {
    let mut words = path.trim().split('.');
    if words.next() != Some("this") {
        return None;
    }
    let (mut owner, mut last) = (object, None);
    for word in words {
        if let Some(field) = last {
            let Some(Some(FieldType::Ref(to))) = names.kind_of(owner, field) else { return None };
            owner = *to;
        }
        let field = Name::find(word)?;
        names.kind_of(owner, field)?;
        last = Some(field);
    }
    last.map(|field| (owner, field))
}

/// The field that a column compares, when it is one.
pub(crate) fn field_of_input(names: &Names, object: Name, column: Name, input: &Input) -> Option<(Name, Name)> {
    let own = || format!("this.{column}");
    field_at(names, object, &input.value.as_ref().map_or_else(own, |value| value.text.to_string()))
}

/// The type of a column: as written, or that of the field it compares.
pub(crate) fn kind_of_input(
    column: &Sp<Name>,
    input: &Input,
    object: Option<Name>,
    known: &Known<'_>,
    names: &Names,
    out: &mut Diagnostics,
) -> Option<FieldType> {
    if let Some(word) = &input.kind {
        let written = Written { options: input.options.as_ref(), to: input.to.as_ref(), ..Written::word(word) };
        return resolve_kind(&written, COLUMN, known, out);
    }
    let beside = [input.options.as_ref().map(|at| (at.span, "options")), input.to.as_ref().map(|at| (at.span, "to"))];
    for (at, key) in beside.into_iter().flatten() {
        out.push(without_type(at, key));
    }
    let field = object.and_then(|object| field_of_input(names, object, column.value, input));
    let Some((owner, field)) = field else {
        out.push(no_field(column.span));
        return None;
    };
    let kind = names.kind_of(owner, field)??;
    if !COLUMN.contains(&kind.word()) {
        let word = kind.word();
        out.push(Diagnostic::error(
            code!("type-not-allowed"),
            column.span,
            text!(
                "`{owner}.{field}` is of type `{word}`, which no column compares",
                "`{owner}.{field}` 的类型 `{word}` 不能作为决策表的列"
            ),
        ));
        return None;
    }
    Some(kind.clone())
}

fn without_type(at: Span, key: &str) -> Diagnostic {
    Diagnostic::error(
        code!("key-not-applicable"),
        at,
        text!(
            "without `type` the column has that of its field: no `{key}`",
            "省略 `type` 时沿用字段的类型，不能再写 `{key}`"
        ),
    )
}

fn no_field(at: Span) -> Diagnostic {
    Diagnostic::error(
        code!("missing-key"),
        at,
        text!("`type` is missing: what is compared is no field of `this`", "缺少 `type`：比较的不是 `this` 的字段"),
    )
    .help(text!(
        "write a type, or give the table an `object` with a field of this name, or lead `value` to a field: `this.a.b`",
        "请写明类型，或为决策表指定含同名字段的 `object`，或让 `value` 指向字段：`this.a.b`"
    ))
}

/// What people read above a column that says nothing itself: the label of the field it compares.
pub(crate) fn label_of_input<'d>(
    definitions: &'d Definitions,
    names: &Names,
    object: Option<Name>,
    column: Name,
    input: &'d Input,
) -> Option<&'d Sp<Label>> {
    if input.label.is_some() || input.kind.is_some() {
        return input.label.as_ref();
    }
    let (owner, field) = field_of_input(names, object?, column, input)?;
    let bodies = definitions.objects.iter().filter(|defined| name(&defined.body.object) == owner);
    bodies.filter_map(|defined| defined.body.fields.get(field)).find_map(|field| field.label.as_ref())
}

/// What the rows in the file itself are called, those that have a name.
pub(crate) fn row_names(body: &Table) -> Vec<Name> {
    let Data::List(rows) = &body.rows.value else { return Vec::new() };
    let named = rows.iter().filter_map(|row| {
        let Data::Map(pairs) = &row.value else { return None };
        let (_, data) = pairs.iter().find(|(key, _)| &*key.value == ROW)?;
        let Data::Scalar(text) = &data.value else { return None };
        Some(Name::intern(text))
    });
    let columns =
        body.inputs.iter().map(|(input, _)| input.value).chain(body.outputs.iter().map(|(output, _)| output.value));
    if columns.into_iter().any(|column| column == *ROW) { Vec::new() } else { named.collect() }
}
