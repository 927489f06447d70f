//! What must be true after a step of a scenario.

use std::collections::HashMap;

use formwork_definition::{
    kind::{role::May, scenario::Then},
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
        object::existing_path,
        outside,
        scenario::{Aliases, instant, value, values},
        seen_report,
        step::{About, dimensions, record},
        unknown,
    },
    source::Program,
};

/// Checks what must be true after a step.
pub(crate) fn resolve_then(
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
    outside::check_seen(linker, then, out);
    if let Some(report) = &then.report {
        seen_report::check(linker, &report.value, aliases, out);
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
            for (timer, want) in &then.timers {
                if !linker.names.timers(object).any(|known| known == timer.value) {
                    out.push(unknown::timer(timer.span, object, timer.value, linker.names));
                }
                if !matches!(want.value.as_str(), "none" | "paused") {
                    instant(linker, want, out);
                }
            }
            granted(linker, object, then, out);
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
            let state = then.state.as_ref().or(then.queue.as_ref()).or(then.assignee.as_ref()).map(|state| state.span);
            let timer = then.timers.iter().next().map(|(timer, _)| timer.span);
            let asked = then.may.iter().chain(then.may_not.iter()).map(|word| word.span).next();
            let mut looked_at =
                then.sees.iter().map(|(field, _)| field.span).chain(then.hidden.iter().map(|field| field.span));
            let seen = looked_at.next();
            if let Some(at) = first.or(state).or(timer).or(asked).or(seen) {
                out.push(missing(at, "of", "the step is about no record", "这一步没有涉及任何记录"));
            }
        }
    }
}

/// What somebody may do with a record, and what they see of it.
fn granted(linker: &Linker<'_>, object: Name, then: &Then, out: &mut Diagnostics) {
    for word in then.may.iter().chain(then.may_not.iter()) {
        let mut acts = linker.names.actions(object).chain(linker.names.events(object));
        if May::of_record(name(word).as_str()).is_none() && !acts.any(|known| known == name(word)) {
            out.push(unknown::action(word.span, object, name(word), linker.names));
        }
    }
    let seen = then.sees.iter().map(|(field, _)| *field);
    for field in seen.chain(then.hidden.iter().map(|field| field.with(field.value.0))) {
        let _reported = existing_path(linker, object, &field, out);
    }
}

/// `object.rule` or `table#row`.
fn fired(linker: &Linker<'_>, written: &Sp<String>, out: &mut Diagnostics) {
    let text = written.value.as_str();
    let exists = match (text.split_once('.'), text.split_once('#')) {
        (_, Some((table, row))) => {
            let known = Name::find(table).and_then(|table| linker.names.tables.get(&table));
            known.is_some_and(|known| row.parse::<u32>().is_ok() || known.rows.iter().any(|name| *name == row))
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
            text!(
                "there is no rule `{text}`: write `object.rule`, `table#3`, or `table#name` with the `row` of a row",
                "没有规则 `{text}`：写成 `对象.规则`、`决策表#3`，或用行的 `row` 名称写成 `决策表#名称`"
            ),
        ));
    }
}
