//! Schedules.

use croner::Cron;
use formwork_definition::{
    kind::{
        Defined,
        schedule::{Schedule as Written, WorkingDay},
    },
    literal::Val,
    map::Map,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    source::Span,
    text,
};
use jiff::civil::Time;

use crate::{
    filter::Filter,
    resolve::{
        Linker,
        book::zone_called,
        effect::{is_nothing, resolve_effects},
        expression::Want,
        filter::plain_filter,
        kind::missing,
        label, module, name,
        node::both,
        unknown,
    },
    schedule::{Rule, Schedule},
    variables,
};

/// The schedule; `None` when it can't be said when it runs.
pub(crate) fn resolve_schedule(
    linker: &Linker<'_>,
    defined: &Defined<Written>,
    out: &mut Diagnostics,
) -> Option<Schedule> {
    let body = &defined.body;
    let over = over(linker, body, out);
    let object = over.as_ref().map(|(object, _)| *object);
    let variables = match object {
        Some(object) => variables::record(object),
        None => vec![("user", variables::user())],
    };
    let mut effects = body.effects();
    if is_nothing(&effects) {
        out.push(missing(body.schedule.span, "run", "the schedule does nothing", "这个计划什么也不做"));
    }
    let rule = rule(linker, body, out);
    if body.over.is_none() {
        without_record(body, out);
        (effects.set, effects.table) = (Map::default(), None);
        effects.start.0.retain(|start| start.on.is_some());
        effects.notify.0.iter_mut().for_each(|notify| notify.to.0.retain(|to| matches!(to, Val::Expression(_))));
        effects.notify.0.retain(|notify| !notify.to.is_empty());
    } else if over.is_none() {
        return None;
    }
    let when = linker.optional(body.when.as_ref(), &variables, Want::Truth, out);
    // Without a record nothing is left that looks at its object.
    let effects = resolve_effects(linker, object.unwrap_or(name(&body.schedule)), &effects, &variables, out);
    let zone = body
        .time_zone
        .as_ref()
        .map_or_else(|| linker.context.zone.clone(), |written| zone_called(written, &linker.context.zone, out));
    Some(Schedule {
        name: name(&body.schedule),
        module: module(&defined.module),
        label: label::label(body.label.as_ref(), name(&body.schedule)),
        span: body.schedule.span,
        rule: rule?,
        zone,
        missed: body.missed.as_ref().map(|missed| missed.value).unwrap_or_default(),
        over,
        when,
        effects,
    })
}

fn over(linker: &Linker<'_>, body: &Written, out: &mut Diagnostics) -> Option<(Name, Option<Filter>)> {
    let Some(written) = &body.over else {
        if let Some(filter) = &body.filter {
            out.push(both(filter.span, "`where` means nothing without `over`", "没有 `over` 时 `where` 没有意义"));
        }
        return None;
    };
    let object = name(written);
    if !linker.names.objects.contains_key(&object) {
        out.push(unknown::object(written.span, object, linker.names));
        return None;
    }
    Some((object, body.filter.as_ref().and_then(|filter| plain_filter(linker, filter, object, out))))
}

/// Keys that need a record.
fn without_record(body: &Written, out: &mut Diagnostics) {
    let fixed = |val: &&Val| matches!(val, Val::Literal(_));
    let flow = body.start.iter().find(|start| start.on.is_none());
    let keys: [(&str, Option<Span>); 4] = [
        ("set", body.set.iter().next().map(|(field, _)| field.span)),
        ("table", body.table.as_ref().map(|table| table.span)),
        ("start", flow.map(|start| start.flow.span)),
        ("notify", body.notify.iter().flat_map(|notify| notify.to.iter()).find(fixed).map(Val::span)),
    ];
    for (key, at) in keys {
        if let Some(at) = at {
            out.push(both(
                at,
                &format!("without `over` there is no record for this `{key}`"),
                &format!("没有 `over` 时，`{key}` 没有对应的记录"),
            ));
        }
    }
}

fn rule(linker: &Linker<'_>, body: &Written, out: &mut Diagnostics) -> Option<Rule> {
    match (&body.cron, &body.working_day) {
        (Some(cron), None) => self::cron(cron, out),
        (None, Some(day)) => working_day(linker, day, out),
        (None, None) => {
            out.push(missing(
                body.schedule.span,
                "cron",
                "or `working_day`: when it runs",
                "需要 `cron` 或 `working_day`",
            ));
            None
        }
        (Some(_), Some(day)) => {
            out.push(both(
                day.span,
                "a schedule has `cron` or `working_day`, not both",
                "计划只能有 `cron` 或 `working_day` 之一",
            ));
            None
        }
    }
}

fn cron(written: &Sp<String>, out: &mut Diagnostics) -> Option<Rule> {
    match written.value.trim().parse::<Cron>() {
        Ok(cron) => Some(Rule::Cron(Box::new(cron))),
        Err(error) => {
            let why = error.to_string();
            out.push(
                Diagnostic::error(
                    code!("bad-value"),
                    written.span,
                    text!("this is no cron line: {why}", "不是有效的 cron 表达式：{why}"),
                )
                .help(text!("for example `30 8 * * 1-5`", "例如 `30 8 * * 1-5`")),
            );
            None
        }
    }
}

fn working_day(linker: &Linker<'_>, written: &Sp<WorkingDay>, out: &mut Diagnostics) -> Option<Rule> {
    let body = &written.value;
    let calendar = body.calendar.as_ref().filter(|calendar| {
        let known = linker.names.calendars.contains_key(&name(calendar));
        if !known {
            out.push(unknown::calendar(calendar.span, name(calendar).as_str(), linker.names));
        }
        known
    });
    let bad = |at: Span, en: &str, zh: &str| Diagnostic::error(code!("bad-value"), at, text!("{en}", "{zh}"));
    let day = body.day.value;
    if !(1..=260).contains(&day.abs()) {
        out.push(bad(body.day.span, "the first day is 1, the last is -1", "第一天是 1，最后一天是 -1"));
        return None;
    }
    let Ok(at) = body.at.value.trim().parse::<Time>() else {
        out.push(bad(body.at.span, "write a time such as `09:00`", "请写时间，例如 `09:00`"));
        return None;
    };
    let of = body.of.as_ref().map(|of| of.value).unwrap_or_default();
    Some(Rule::WorkingDay { day, of, at, calendar: calendar.map(name) })
}
