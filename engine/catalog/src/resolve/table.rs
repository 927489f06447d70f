//! Decision tables.

use formwork_definition::{
    kind::{
        Defined,
        table::{Input as WrittenInput, Table as Written},
    },
    map::WrittenName,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    nearest::nearest,
    text,
    value::Value,
};
use formwork_script::{origin::Origin, program::Mode, shape::Shape};

use crate::{
    resolve::{Linker, column, expression::Want, kind::missing, label, literal, module, name, row, unknown},
    source::Program,
    table::{Hit, Input, Output, Table},
    variables::Variables,
};

/// The table, and whether every cell was read, so that gaps and overlaps can be looked for.
pub(crate) fn resolve_table(linker: &Linker<'_>, defined: &Defined<Written>, out: &mut Diagnostics) -> (Table, bool) {
    let body = &defined.body;
    let table = name(&body.table);
    let mut found = Diagnostics::default();
    let object = body.object.as_ref().and_then(|object| {
        let known = linker.names.objects.contains_key(&name(object));
        if !known {
            found.push(unknown::object(object.span, name(object), linker.names));
        }
        known.then_some(name(object))
    });
    let variables: Variables = object.map(|object| ("this", Shape::Record(object))).into_iter().collect();
    let owner = body.owner.as_ref().map(|owner| {
        let known = linker.definitions.roles.iter().map(|role| name(&role.body.role));
        if !known.clone().any(|role| role == name(owner)) {
            found.push(no_role(owner, nearest(name(owner).as_str(), known.map(|role| role.as_str()))));
        }
        name(owner)
    });
    let hit = body.hit.as_ref().map_or(Hit::First, |hit| self::hit(hit, &mut found));
    let kind = |columns: Option<&Option<FieldType>>| columns.and_then(Clone::clone);
    let known = linker.names.tables.get(&table);
    let mut inputs = Vec::new();
    for (input, column) in &body.inputs {
        let kind = kind(known.and_then(|known| known.inputs.get(&input.value)));
        inputs.push(self::input(linker, input, column, kind, object, &variables, &mut found));
    }
    let mut outputs = Vec::new();
    for (output, column) in &body.outputs {
        let kind = kind(known.and_then(|known| known.outputs.get(&output.value)));
        if body.inputs.get(output.value).is_some() {
            found.push(twice(output));
        }
        let checked = kind.unwrap_or(FieldType::Json);
        let default = column.default.as_ref().and_then(|val| default(linker, val, &checked, &mut found));
        let label = label::label(column.label.as_ref(), output.value);
        outputs.push(Output { name: output.value, label, kind: checked, default });
    }
    if outputs.is_empty() {
        found.push(missing(body.table.span, "outputs", "a table answers something", "决策表必须有输出"));
    }
    policy(body, hit, &outputs, &mut found);
    let rows = row::resolve_rows(linker, defined, &inputs, &outputs, object, &mut found);
    let date = linker.optional(body.date.as_ref(), &variables, Want::Field(&FieldType::Date), &mut found);
    let sound = !found.has_errors();
    out.append(found);
    let mut table = Table {
        name: table,
        module: module(&defined.module),
        label: label::label(body.label.as_ref(), table),
        span: body.table.span,
        object,
        owner,
        hit,
        inputs,
        outputs,
        date,
        rows,
        index: Default::default(),
    };
    table.build_index();
    (table, sound)
}

/// Nobody could hold the role: there is none.
pub(crate) fn no_role(owner: &Sp<WrittenName>, near: Option<&str>) -> Diagnostic {
    let role = name(owner);
    let message = text!("there is no role `{role}`", "没有角色 `{role}`");
    let diagnostic = Diagnostic::error(code!("unknown-role"), owner.span, message);
    match near {
        Some(_) => diagnostic.suggest(near),
        None => diagnostic.help(text!("define it in a file NAME.role.yaml", "请在 NAME.role.yaml 文件中定义")),
    }
}

fn hit(written: &Sp<String>, out: &mut Diagnostics) -> Hit {
    Hit::parse(&written.value).unwrap_or_else(|| {
        let known = ["U", "A", "P", "F", "R", "O", "C", "C+", "C<", "C>", "C#"];
        out.push(unknown::word(written.span, &written.value, &known));
        Hit::First
    })
}

fn twice(output: &Sp<Name>) -> Diagnostic {
    let name = output.value;
    Diagnostic::error(
        code!("duplicate-column"),
        output.span,
        text!("`{name}` is an input and an output", "`{name}` 既是输入又是输出"),
    )
}

fn input(
    linker: &Linker<'_>,
    written: &Sp<Name>,
    body: &WrittenInput,
    kind: Option<FieldType>,
    object: Option<Name>,
    variables: &Variables,
    out: &mut Diagnostics,
) -> Input {
    let checked = kind.clone().unwrap_or(FieldType::Json);
    let want = kind.as_ref().map_or(Want::Anything, Want::Field);
    let value = match &body.value {
        Some(value) => Some(linker.expression(value, variables, want, out)),
        None => object.and_then(|object| of_this(linker, written, object, kind.as_ref(), variables, out)),
    };
    let named = column::label_of_input(linker.definitions, linker.names, object, written.value, body);
    let bound = |val: &Option<formwork_definition::literal::Val>, out: &mut Diagnostics| {
        val.as_ref().and_then(|val| default(linker, val, &checked, out))
    };
    Input {
        name: written.value,
        label: label::label(named, written.value),
        value,
        min: bound(&body.min, out),
        max: bound(&body.max, out),
        kind: checked,
    }
}

/// The field of `this` with the name of the column.
fn of_this(
    linker: &Linker<'_>,
    written: &Sp<Name>,
    object: Name,
    kind: Option<&FieldType>,
    variables: &Variables,
    out: &mut Diagnostics,
) -> Option<Program> {
    let field = written.value;
    let known = linker.names.kind_of(object, field)?;
    if let (Some(kind), Some(known)) = (kind, known)
        && !Shape::of(known, (object, field)).fits(kind)
    {
        let (given, needed) = (known.word(), kind.word());
        out.push(Diagnostic::error(
            code!("type-mismatch"),
            written.span,
            text!(
                "`{object}.{field}` is {given}, the column is {needed}",
                "`{object}.{field}` 是 {given}，列是 {needed}"
            ),
        ));
        return None;
    }
    linker.program(&format!("this.{field}"), Mode::Expression, Origin::inline(written.span), variables, out)
}

/// A literal: bounds and defaults of columns are fixed.
fn default(
    linker: &Linker<'_>,
    val: &formwork_definition::literal::Val,
    kind: &FieldType,
    out: &mut Diagnostics,
) -> Option<Value> {
    match val {
        formwork_definition::literal::Val::Literal(data) => literal::literal(data, kind, &linker.context, out),
        formwork_definition::literal::Val::Expression(expression) => {
            out.push(Diagnostic::error(
                code!("bad-value"),
                expression.span,
                text!("a fixed value, not an expression", "这里需要固定值，不能是表达式"),
            ));
            None
        }
    }
}

/// Types that the hit policy can't work with.
fn policy(body: &Written, hit: Hit, outputs: &[Output], out: &mut Diagnostics) {
    let Some(letters) = &body.hit else { return };
    let wrong = |output: &Output| match hit {
        Hit::Priority | Hit::OutputOrder => !matches!(output.kind, FieldType::Choice(_) | FieldType::Json),
        Hit::Sum => !(output.kind.is_number() || matches!(output.kind, FieldType::Duration | FieldType::Json)),
        Hit::Least | Hit::Greatest => !(output.kind.is_ordered() || output.kind == FieldType::Json),
        _ => false,
    };
    let bad = match hit {
        // The first output that is a choice gives the priority.
        Hit::Priority | Hit::OutputOrder => outputs.first().filter(|output| wrong(output)),
        _ => outputs.iter().find(|output| wrong(output)),
    };
    if let Some(output) = bad {
        let (policy, name, word) = (&letters.value, output.name, output.kind.word());
        out.push(Diagnostic::error(
            code!("hit-policy-type"),
            letters.span,
            text!(
                "hit policy `{policy}` can't work with output `{name}` of type `{word}`",
                "命中策略 `{policy}` 不能用于 `{word}` 类型的输出 `{name}`"
            ),
        ));
    }
}
