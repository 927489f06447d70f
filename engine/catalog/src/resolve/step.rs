//! The steps of a scenario.

use std::collections::HashMap;

use formwork_definition::{
    kind::{
        scenario::{Step, When},
        sharing::SHARES,
    },
    map::WrittenName,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    source::Span,
    text,
};

use crate::{
    resolve::{
        Linker, Used, decision,
        kind::missing,
        name, outside,
        role::actor_roles,
        scenario::{Aliases, field_value, instant, unknown_record, value, values},
        then::resolve_then,
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
    let actors =
        step.when.as_ref().map(|when| &when.actor).into_iter().chain(step.then.as_ref().map(|then| &then.actor));
    actors.for_each(|actor| actor_roles(linker.definitions, actor.as_ref(), out));
    if let Some(when) = &step.when {
        *about = resolve_when(linker, when, aliases, out).or(*about);
    }
    if let Some(then) = &step.then {
        resolve_then(linker, then, aliases, *about, programs, out);
    }
}

/// How many of the keys are there of which a step has exactly one.
fn deeds(when: &When) -> usize {
    let what = [
        when.create.is_some(),
        when.find.is_some(),
        when.update.is_some(),
        when.delete.is_some(),
        when.act.is_some(),
        when.event.is_some(),
        when.comment.is_some(),
        when.decide.is_some(),
        when.claim.is_some(),
        when.release.is_some(),
        when.assign.is_some(),
        when.escalate.is_some(),
        when.share.is_some(),
        when.unshare.is_some(),
        when.transfer.is_some(),
        when.post.is_some(),
        when.evaluate.is_some(),
        when.receive.is_some(),
        when.answer.is_some(),
        when.retry.is_some(),
        when.skip.is_some(),
        when.clock.is_some(),
    ];
    what.iter().filter(|given| **given).count()
}

fn resolve_when(linker: &Linker<'_>, when: &Sp<When>, aliases: &mut Aliases, out: &mut Diagnostics) -> Option<About> {
    if deeds(when) != 1 {
        out.push(Diagnostic::error(
            code!("step-kinds"),
            when.span,
            text!(
                "a step is exactly one of create, find, update, delete, act, event, comment, decide, claim, release, assign, \
                 escalate, share, unshare, transfer, post, evaluate, receive, answer, retry, skip, clock",
                "每一步只能是 create、find、update、delete、act、event、comment、decide、claim、release、assign、escalate、share、unshare、transfer、post、evaluate、receive、answer、retry、skip、clock 之一"
            ),
        ));
        return None;
    }
    decision::misplaced(when, out);
    if let Some(clock) = &when.clock {
        self::clock(linker, clock, out);
        return None;
    }
    if let Some(object) = when.create.as_ref().or(when.find.as_ref()) {
        let known = name(object);
        if !linker.names.objects.contains_key(&known) {
            out.push(unknown::object(object.span, known, linker.names));
            return None;
        }
        values(linker, known, &when.set, aliases, when.find.is_some(), out);
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
    let work = when.claim.as_ref().or(when.release.as_ref()).or(when.assign.as_ref()).or(when.escalate.as_ref());
    if let Some(work) = work {
        if let Some(assign) = when.assign.as_ref().filter(|_| when.to.is_empty()) {
            out.push(missing(assign.span, "to", "to whom", "分派给谁"));
        }
        return record(work, aliases, out).map(About::Record);
    }
    if let Some(shared) = when.share.as_ref().or(when.unshare.as_ref()) {
        let object = record(shared, aliases, out)?;
        self::share(linker, when, (shared, object), aliases, out);
        return Some(About::Record(object));
    }
    if let Some(from) = &when.transfer {
        if when.to.is_empty() {
            out.push(missing(from.span, "to", "to whom", "转给谁"));
        }
        return None;
    }
    if let Some(outside) = outside::resolve(linker, when, aliases, out) {
        return outside;
    }
    if let Some(act) = &when.act {
        return self::act(linker, when, act, aliases, out);
    }
    if when.decide.is_some() {
        return decision::decide(linker, when, aliases, out);
    }
    if let Some(comment) = &when.comment {
        return self::comment(when, comment.span, aliases, out);
    }
    if let Some(event) = &when.event {
        return self::event(linker, when, event, aliases, out);
    }
    if let Some(ledger) = &when.post {
        self::post(linker, when, ledger, aliases, out);
        return None;
    }
    when.evaluate.as_ref().and_then(|table| evaluate(linker, when, table, aliases, out))
}

fn comment(when: &When, at: Span, aliases: &Aliases, out: &mut Diagnostics) -> Option<About> {
    let Some(on) = &when.on else {
        out.push(missing(at, "on", "about which record", "对哪条记录"));
        return None;
    };
    record(on, aliases, out).map(About::Record)
}

/// With whom a record is shared, and on what terms.
fn share(
    linker: &Linker<'_>,
    when: &When,
    (at, object): (&Sp<WrittenName>, Name),
    aliases: &Aliases,
    out: &mut Diagnostics,
) {
    let Some(shares) = linker.names.field_of(object, Name::intern(SHARES)).filter(|field| !field.input) else {
        out.push(
            Diagnostic::error(
                code!("unknown-field"),
                at.span,
                text!("records of `{object}` are not shared one by one", "`{object}` 的记录不支持单独共享"),
            )
            .help(text!("say `sharing: true` in the object", "在对象中写 `sharing: true`")),
        );
        return;
    };
    for (field, data) in &when.set {
        match shares.lines.get(&field.value) {
            Some(known) => field_value(linker, known, data, aliases, out),
            None => {
                let names = shares.lines.keys().map(|name| name.as_str());
                out.push(unknown::part(field.span, "share", field.value.as_str(), names));
            }
        }
    }
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

/// A record that the scenario knows, by its object.
pub(crate) fn record(written: &Sp<WrittenName>, aliases: &Aliases, out: &mut Diagnostics) -> Option<Name> {
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
    filled(linker, object, when, aliases, out);
    Some(About::Record(object))
}

/// What is filled in with an action or a decision: fields of the object and inputs of its forms.
pub(crate) fn filled(linker: &Linker<'_>, object: Name, when: &Sp<When>, aliases: &Aliases, out: &mut Diagnostics) {
    for (field, data) in &when.set {
        let inputs = linker.names.forms.values().filter(|form| form.object == object);
        let input = inputs.filter_map(|form| form.inputs.get(&field.value)).next();
        match input.or_else(|| linker.names.field_of(object, field.value)) {
            Some(known) => field_value(linker, known, data, aliases, out),
            None => out.push(unknown::field(field.span, object, field.value, linker.names, false)),
        }
    }
}

/// What comes with an event is for the flow to make sense of.
fn event(
    linker: &Linker<'_>,
    when: &Sp<When>,
    event: &Sp<WrittenName>,
    aliases: &Aliases,
    out: &mut Diagnostics,
) -> Option<About> {
    let Some(on) = &when.on else {
        out.push(missing(event.span, "on", "an event is delivered to a record", "事件必须指明记录"));
        return None;
    };
    let object = record(on, aliases, out)?;
    if !linker.names.events(object).any(|known| known == name(event)) {
        out.push(unknown::event(event.span, object, name(event), linker.names));
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

/// Values of a ledger's dimensions.
pub(crate) fn dimensions(
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
