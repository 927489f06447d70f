//! The steps of a scenario.

use std::collections::HashMap;

use formwork_definition::{
    kind::scenario::{Step, Then, When},
    map::WrittenName,
    spanned::Sp,
};
use formwork_model::{
    code,
    code::page,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    source::Span,
    text,
};
use formwork_script::shape::Shape;

use crate::{
    resolve::{
        Linker, Used,
        expression::Want,
        kind::missing,
        name,
        scenario::{Aliases, field_value, instant, unknown_record, value, values},
        unknown,
    },
    source::Program,
};

/// What a step was about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum About {
    /// A record of this object.
    Record(Name),
    /// A table.
    Table(Name),
}

/// Checks a step; `about` goes from one to the next, because a step that only looks is about the same.
pub(crate) fn resolve_step(
    linker: &Linker<'_>,
    step: &Step,
    aliases: &mut Aliases,
    about: &mut Option<About>,
    programs: &mut HashMap<Span, Program>,
    out: &mut Diagnostics,
) {
    if let Some(when) = &step.when {
        *about = resolve_when(linker, when, aliases, out).or(*about);
    }
    if let Some(then) = &step.then {
        resolve_then(linker, then, aliases, *about, programs, out);
    }
}

fn resolve_when(linker: &Linker<'_>, when: &Sp<When>, aliases: &mut Aliases, out: &mut Diagnostics) -> Option<About> {
    let what = [
        when.create.is_some(),
        when.update.is_some(),
        when.delete.is_some(),
        when.act.is_some(),
        when.post.is_some(),
        when.evaluate.is_some(),
        when.clock.is_some(),
    ];
    if what.iter().filter(|given| **given).count() != 1 {
        out.push(Diagnostic::error(
            code!("step-kinds"),
            when.span,
            text!(
                "a step is exactly one of create, update, delete, act, post, evaluate, clock",
                "每一步只能是 create、update、delete、act、post、evaluate、clock 之一"
            ),
        ));
        return None;
    }
    if let Some(clock) = &when.clock {
        self::clock(linker, clock, out);
        return None;
    }
    if let Some(object) = &when.create {
        let known = name(object);
        if !linker.names.objects.contains_key(&known) {
            out.push(unknown::object(object.span, known, linker.names));
            return None;
        }
        values(linker, known, &when.set, aliases, false, out);
        if let Some(alias) = &when.name {
            aliases.insert(name(alias), known);
        }
        return Some(About::Record(known));
    }
    if let Some(record) = when.update.as_ref().or(when.delete.as_ref()) {
        let object = self::record(record, aliases, out)?;
        values(linker, object, &when.set, aliases, false, out);
        return Some(About::Record(object));
    }
    if let Some(act) = &when.act {
        return self::act(linker, when, act, aliases, out);
    }
    if let Some(ledger) = &when.post {
        self::post(linker, when, ledger, aliases, out);
        return None;
    }
    when.evaluate.as_ref().and_then(|table| evaluate(linker, when, table, aliases, out))
}

fn clock(linker: &Linker<'_>, clock: &Sp<String>, out: &mut Diagnostics) {
    match clock.value.strip_prefix('+') {
        Some(amount) if crate::parse_value::parse_duration(amount).is_ok() => {}
        Some(_) => out.push(Diagnostic::error(
            code!("bad-value"),
            clock.span,
            text!("write `+3d`, `+4h` or `+30m`", "请写成 `+3d`、`+4h` 或 `+30m`"),
        )),
        None => instant(linker, clock, out),
    }
}

fn record(written: &Sp<WrittenName>, aliases: &Aliases, out: &mut Diagnostics) -> Option<Name> {
    let found = aliases.get(&name(written)).copied();
    if found.is_none() {
        out.push(unknown_record(name(written).as_str(), written.span, aliases));
    }
    found
}

fn act(
    linker: &Linker<'_>,
    when: &Sp<When>,
    act: &Sp<WrittenName>,
    aliases: &Aliases,
    out: &mut Diagnostics,
) -> Option<About> {
    let Some(on) = &when.on else {
        out.push(missing(act.span, "on", "an action is taken on a record", "动作必须指明记录"));
        return None;
    };
    let object = record(on, aliases, out)?;
    let action = name(act);
    if !linker.names.actions(object).any(|known| known == action) {
        out.push(unknown::action(act.span, object, action, linker.names));
        return Some(About::Record(object));
    }
    for (field, data) in &when.set {
        let inputs = linker.names.forms.values().filter(|form| form.object == object);
        let input = inputs.filter_map(|form| form.inputs.get(&field.value)).next();
        match input.or_else(|| linker.names.field_of(object, field.value)) {
            Some(known) => field_value(linker, known, data, aliases, out),
            None => out.push(unknown::field(field.span, object, field.value, linker.names, false)),
        }
    }
    Some(About::Record(object))
}

fn post(linker: &Linker<'_>, when: &When, ledger: &Sp<WrittenName>, aliases: &Aliases, out: &mut Diagnostics) {
    let Some(known) = linker.names.ledgers.get(&name(ledger)) else {
        out.push(unknown::ledger(ledger.span, name(ledger), linker.names));
        return;
    };
    linker.uses(Used::Ledger, name(ledger));
    dimensions(linker, name(ledger), &when.set, aliases, out);
    for dimension in known.dimensions.keys().filter(|dimension| when.set.get(**dimension).is_none()) {
        let ledger_name = name(ledger);
        out.push(Diagnostic::error(
            code!("missing-dimension"),
            ledger.span,
            text!("an entry of `{ledger_name}` needs `{dimension}`", "`{ledger_name}` 的分录需要维度 `{dimension}`"),
        ));
    }
    match (&when.amount, &known.amount) {
        (Some(amount), Some(kind)) => value(linker, kind, amount, aliases, out),
        (None, _) => out.push(missing(ledger.span, "amount", "an entry has an amount", "分录必须有金额")),
        _ => {}
    }
}

fn dimensions(
    linker: &Linker<'_>,
    ledger: Name,
    set: &formwork_definition::map::Map<Sp<formwork_definition::literal::Data>>,
    aliases: &Aliases,
    out: &mut Diagnostics,
) {
    let Some(known) = linker.names.ledgers.get(&ledger) else { return };
    for (dimension, data) in set {
        match known.dimensions.get(&dimension.value) {
            Some(Some(kind)) => value(linker, kind, data, aliases, out),
            Some(None) => {}
            None => out.push(unknown::dimension(dimension.span, ledger, dimension.value, known.dimensions.keys())),
        }
    }
}

fn evaluate(
    linker: &Linker<'_>,
    when: &When,
    table: &Sp<WrittenName>,
    aliases: &Aliases,
    out: &mut Diagnostics,
) -> Option<About> {
    let Some(known) = linker.names.tables.get(&name(table)) else {
        out.push(unknown::table(table.span, name(table), linker.names));
        return None;
    };
    linker.uses(Used::Table, name(table));
    for (input, data) in &when.set {
        match known.inputs.get(&input.value) {
            Some(Some(kind)) => value(linker, kind, data, aliases, out),
            Some(None) => {}
            None => {
                let names = known.inputs.keys().map(|name| name.as_str());
                out.push(unknown::part(input.span, name(table).as_str(), input.value.as_str(), names));
            }
        }
    }
    Some(About::Table(name(table)))
}

fn resolve_then(
    linker: &Linker<'_>,
    then: &Sp<Then>,
    aliases: &Aliases,
    about: Option<About>,
    programs: &mut HashMap<Span, Program>,
    out: &mut Diagnostics,
) {
    let about = match &then.of {
        Some(of) => match record(of, aliases, out) {
            Some(object) => Some(About::Record(object)),
            None => return,
        },
        None => about,
    };
    if let Some(refused) = then.refused.as_ref().filter(|refused| page(&refused.value).is_none()) {
        let code = &refused.value;
        let known = formwork_model::code::PAGES.iter().map(|(code, _)| *code);
        out.push(
            Diagnostic::error(
                code!("unknown-code"),
                refused.span,
                text!("there is no code `{code}`", "没有代码 `{code}`"),
            )
            .suggest(formwork_model::nearest::nearest(code, known)),
        );
    }
    looked_at(linker, then, aliases, about, out);
    for (object, _) in &then.count {
        if !linker.names.objects.contains_key(&object.value) {
            out.push(unknown::object(object.span, object.value, linker.names));
        }
    }
    for (ledger, data) in &then.balance {
        match linker.names.ledgers.get(&ledger.value) {
            Some(known) => {
                linker.uses(Used::Ledger, ledger.value);
                dimensions(linker, ledger.value, &then.dimensions, aliases, out);
                if let Some(kind) = &known.amount {
                    value(linker, kind, data, aliases, out);
                }
            }
            None => out.push(unknown::ledger(ledger.span, ledger.value, linker.names)),
        }
    }
    for fired in then.fired.iter().flat_map(|fired| &fired.value) {
        self::fired(linker, fired, out);
    }
    if let Some(that) = &then.that {
        let this = match about {
            Some(About::Record(object)) => Some(("this", Shape::Record(object))),
            _ => None,
        };
        let program = linker.expression(that, &this.into_iter().collect(), Want::Truth, out);
        programs.insert(that.span, program);
    }
}

/// Values, state and actions of what the step is about.
fn looked_at(linker: &Linker<'_>, then: &Then, aliases: &Aliases, about: Option<About>, out: &mut Diagnostics) {
    match about {
        Some(About::Record(object)) => {
            values(linker, object, &then.values, aliases, true, out);
            for action in then.actions.iter().flat_map(|actions| &actions.value) {
                if !linker.names.actions(object).any(|known| known == name(action)) {
                    out.push(unknown::action(action.span, object, name(action), linker.names));
                }
            }
        }
        Some(About::Table(table)) => {
            let Some(known) = linker.names.tables.get(&table) else { return };
            for (output, data) in &then.values {
                match known.outputs.get(&output.value) {
                    Some(_) if known.counts => value(linker, &FieldType::Integer, data, aliases, out),
                    Some(Some(_)) if known.list => {}
                    Some(Some(kind)) => value(linker, kind, data, aliases, out),
                    Some(None) => {}
                    None => {
                        let names = known.outputs.keys().map(|name| name.as_str());
                        out.push(unknown::part(output.span, table.as_str(), output.value.as_str(), names));
                    }
                }
            }
        }
        None => {
            let first = then.values.iter().next().map(|(field, _)| field.span);
            let state = then.state.as_ref().map(|state| state.span);
            if let Some(at) = first.or(state) {
                out.push(missing(at, "of", "the step is about no record", "这一步没有涉及任何记录"));
            }
        }
    }
}

/// `object.rule` or `table#row`.
fn fired(linker: &Linker<'_>, written: &Sp<String>, out: &mut Diagnostics) {
    let text = written.value.as_str();
    let exists = match (text.split_once('.'), text.split_once('#')) {
        (_, Some((table, row))) => {
            Name::find(table).is_some_and(|t| linker.names.tables.contains_key(&t)) && row.parse::<u32>().is_ok()
        }
        (Some((object, rule)), None) => {
            let object = linker.definitions.objects.iter().find(|d| name(&d.body.object) == *object);
            let rule = Name::find(rule);
            object.is_some_and(|defined| rule.is_some_and(|rule| defined.body.rules.get(rule).is_some()))
        }
        (None, None) => false,
    };
    if !exists {
        out.push(Diagnostic::error(
            code!("unknown-rule"),
            written.span,
            text!("there is no rule `{text}`: write `object.rule` or `table#row`", "没有规则 `{text}`：写成 `对象.规则` 或 `决策表#行号`"),
        ));
    }
}
