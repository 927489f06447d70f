//! What rules, actions and nodes do.

use formwork_definition::{
    kind::effect::{self as written, Effects as Written},
    literal::{Data, Val},
    map::Map,
    map::WrittenName,
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
use formwork_script::{origin::Origin, program::Mode};

use crate::{
    effect::{Create, Effects, Post, Start},
    resolve::{Linker, Used, copied, expression::Want, expression::origin, name, recipient, script, unknown},
    source::{Program, Source},
    variables::{Variables, with_created},
};

/// Whether nothing is written.
pub(crate) fn is_nothing(effects: &Written) -> bool {
    effects.create.is_empty()
        && effects.set.is_empty()
        && effects.table.is_none()
        && effects.run.is_none()
        && effects.post.is_empty()
        && effects.start.is_empty()
        && effects.notify.is_empty()
}

/// The effects on a record of `object`.
pub(crate) fn resolve_effects(
    linker: &Linker<'_>,
    object: Name,
    effects: &Written,
    variables: &Variables,
    out: &mut Diagnostics,
) -> Effects {
    let mut created: Vec<(Name, Name)> = Vec::new();
    let mut create = Vec::new();
    for (written, body) in &effects.create {
        let variables = with_created(variables, &created);
        let target = name(&body.object);
        if !linker.names.objects.contains_key(&target) {
            out.push(unknown::object(body.object.span, target, linker.names));
            continue;
        }
        create.push(Create {
            name: written.value,
            object: target,
            when: linker.optional(body.when.as_ref(), &variables, Want::Truth, out),
            set: sets(linker, target, &body.set, &variables, out),
        });
        created.push((written.value, target));
    }
    let variables = with_created(variables, &created);
    if let (Some(run_as), None) = (&effects.run_as, &effects.run) {
        let message =
            text!("`as` says whose rights a script has; there is no `run`", "`as` 说明脚本使用谁的权限，但没有 `run`");
        out.push(Diagnostic::error(code!("key-not-applicable"), run_as.span, message));
    }
    Effects {
        create,
        set: sets(linker, object, &effects.set, &variables, out),
        table: effects.table.as_ref().and_then(|table| table_into(linker, object, table, out)),
        run: effects.run.as_ref().and_then(|run| self::run(linker, run, &variables, out)),
        as_system: effects.run_as.is_some(),
        post: effects.post.iter().filter_map(|post| self::post(linker, post, &variables, out)).collect(),
        start: effects.start.iter().filter_map(|start| self::start(linker, object, start, &variables, out)).collect(),
        notify: effects
            .notify
            .iter()
            .map(|notify| recipient::notify(linker, object, notify, &variables, out))
            .collect(),
    }
}

/// Fields of `object` and what they are set to.
pub(crate) fn sets(
    linker: &Linker<'_>,
    object: Name,
    set: &Map<Val>,
    variables: &Variables,
    out: &mut Diagnostics,
) -> Vec<(Name, Source)> {
    let mut resolved = Vec::new();
    for (field, val) in set {
        let Some(known) = linker.names.field_of(object, field.value) else {
            out.push(unknown::field(field.span, object, field.value, linker.names, false));
            continue;
        };
        if !known.input {
            out.push(read_only(field.value, field.span));
            continue;
        }
        let kind = known.kind.as_ref().unwrap_or(&FieldType::Json);
        if let Some(source) = linker.source(val, kind, variables, out) {
            copied::check_source(linker, (field.value, known), &source, variables, val.span(), out);
            resolved.push((field.value, source));
        }
    }
    resolved
}

/// Nobody can set the field.
pub(crate) fn read_only(field: Name, at: Span) -> Diagnostic {
    Diagnostic::error(
        code!("read-only-field"),
        at,
        text!("`{field}` is computed, nobody can set it", "`{field}` 是计算字段，不能设置"),
    )
}

/// A table whose outputs go into the fields of the same names.
fn table_into(linker: &Linker<'_>, object: Name, table: &Sp<WrittenName>, out: &mut Diagnostics) -> Option<Name> {
    let written = name(table);
    let Some(known) = linker.names.tables.get(&written) else {
        out.push(unknown::table(table.span, written, linker.names));
        return None;
    };
    linker.uses(Used::Table, written);
    let mut wrong = |message| out.push(Diagnostic::error(code!("table-does-not-fit"), table.span, message));
    if let Some(over) = known.object.filter(|over| *over != object) {
        wrong(text!(
            "table `{written}` is over `{over}`, not over `{object}`",
            "决策表 `{written}` 用于 `{over}`，不是 `{object}`"
        ));
        return None;
    }
    if let Some(input) = known.given.first() {
        wrong(text!(
            "input `{input}` of table `{written}` has no `value`, and nothing gives it here",
            "决策表 `{written}` 的输入 `{input}` 没有 `value`，这里也没有给出"
        ));
    }
    if known.list {
        wrong(text!(
            "table `{written}` answers a list, not one value a field",
            "决策表 `{written}` 返回列表，不能写入字段"
        ));
        return None;
    }
    for (output, kind) in &known.outputs {
        let Some(field) = linker.names.field_of(object, *output) else {
            wrong(text!(
                "`{object}` has no field for output `{output}`",
                "`{object}` 没有与输出 `{output}` 同名的字段"
            ));
            continue;
        };
        if !field.input {
            wrong(text!("`{output}` is computed, nobody can set it", "`{output}` 是计算字段，不能设置"));
        }
        let (Some(kind), Some(field)) = (kind, &field.kind) else { continue };
        let counted = FieldType::Integer;
        let kind = if known.counts { &counted } else { kind };
        let alike = formwork_script::shape::Shape::of(kind, (written, *output)).fits(field);
        if !alike {
            let (given, needed) = (kind.word(), field.word());
            wrong(text!(
                "output `{output}` is {given}, the field is {needed}",
                "输出 `{output}` 是 {given}，字段是 {needed}"
            ));
        }
    }
    Some(written)
}

/// A script: a file by name, or statements.
fn run(linker: &Linker<'_>, run: &Val, variables: &Variables, out: &mut Diagnostics) -> Option<Program> {
    match run {
        Val::Expression(statements) => {
            let origin = origin(linker.sources, statements.span);
            let program = linker.program(&statements.text, Mode::Script, origin, variables, out);
            Some(program.unwrap_or_else(|| linker.placeholder.clone()))
        }
        Val::Literal(data) => {
            let Data::Scalar(text) = &data.value else {
                let message = text!("the name of a script, or `= statements`", "需要脚本名，或 `= 语句`");
                out.push(Diagnostic::error(code!("bad-value"), data.span, message));
                return None;
            };
            let found = Name::find(text).and_then(|name| Some((name, *linker.names.scripts.get(&name)?)));
            let Some((name, source)) = found else {
                out.push(unknown::script(data.span, text, linker.names));
                return None;
            };
            linker.uses(Used::Script, name);
            let file = linker.sources.get(source)?;
            let statements = script::statements(&file.text);
            if script::is_blank(&statements) {
                out.push(no_statements(name, data.span));
                return None;
            }
            let origin = Origin::file(source).with_text(file.text.clone());
            let program = linker.program(&statements, Mode::Script, origin, variables, out);
            Some(program.unwrap_or_else(|| linker.placeholder.clone()))
        }
    }
}

fn no_statements(script: Name, at: Span) -> Diagnostic {
    Diagnostic::error(
        code!("empty-script"),
        at,
        text!("script `{script}` has functions only, nothing to run", "脚本 `{script}` 只有函数，没有可执行的语句"),
    )
}

fn post(linker: &Linker<'_>, post: &written::Post, variables: &Variables, out: &mut Diagnostics) -> Option<Post> {
    let ledger = name(&post.ledger);
    let Some(known) = linker.names.ledgers.get(&ledger) else {
        out.push(unknown::ledger(post.ledger.span, ledger, linker.names));
        return None;
    };
    linker.uses(Used::Ledger, ledger);
    for (dimension, _) in &post.of {
        if !known.dimensions.contains_key(&dimension.value) {
            out.push(unknown::dimension(dimension.span, ledger, dimension.value, known.dimensions.keys()));
        }
    }
    let mut of = Vec::new();
    for (dimension, kind) in &known.dimensions {
        let Some(val) = post.of.get(*dimension) else {
            out.push(Diagnostic::error(
                code!("missing-dimension"),
                post.ledger.span,
                text!("an entry of `{ledger}` needs `{dimension}`", "`{ledger}` 的分录需要维度 `{dimension}`"),
            ));
            continue;
        };
        let kind = kind.as_ref().unwrap_or(&FieldType::Json);
        if let Some(source) = linker.source(val, kind, variables, out) {
            copied::check_dimension(linker, *dimension, &source, variables, val.span(), out);
            of.push((*dimension, source));
        }
    }
    let amount = known.amount.as_ref().unwrap_or(&FieldType::Json);
    Some(Post {
        ledger,
        when: linker.optional(post.when.as_ref(), variables, Want::Truth, out),
        of,
        amount: linker.source(&post.amount, amount, variables, out)?,
        date: post.date.as_ref().and_then(|date| linker.source(date, &FieldType::Date, variables, out)),
        note: post.note.as_ref().and_then(|note| linker.source(note, &FieldType::Text, variables, out)),
    })
}

fn start(
    linker: &Linker<'_>,
    object: Name,
    start: &written::Start,
    variables: &Variables,
    out: &mut Diagnostics,
) -> Option<Start> {
    let flow = name(&start.flow);
    let Some(known) = linker.names.flows.get(&flow) else {
        out.push(unknown::flow(start.flow.span, flow, linker.names));
        return None;
    };
    let over = known.object;
    if start.on.is_none() && over != object && linker.names.objects.contains_key(&over) {
        out.push(
            Diagnostic::error(
                code!("wrong-object"),
                start.flow.span,
                text!(
                    "flow `{flow}` runs over `{over}`, not over `{object}`",
                    "流程 `{flow}` 用于 `{over}`，不是 `{object}`"
                ),
            )
            .help(text!("name the record with `on`", "用 `on` 指明记录")),
        );
    }
    Some(Start {
        flow,
        on: linker.optional(start.on.as_ref(), variables, Want::Record(&over), out),
        when: linker.optional(start.when.as_ref(), variables, Want::Truth, out),
    })
}
