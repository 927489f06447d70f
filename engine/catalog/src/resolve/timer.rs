//! Timers of nodes, lengths of time and calendars by name.

use formwork_definition::{
    kind::timer::Timer as Written,
    literal::{Data, Val},
    map::Map,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    length::Length,
    name::Name,
    source::Span,
    text,
};

use crate::{
    parse_value::parse_length,
    resolve::{Linker, effect::resolve_effects, expression::Want, graph::Graph, kind::missing, node::both, unknown},
    source::Program,
    timer::{Calendar, Lasting, Start, Timer},
    variables::Variables,
};

/// The timers of a node.
pub(crate) fn resolve_timers(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    timers: &Map<Written>,
    out: &mut Diagnostics,
) -> Vec<Timer> {
    timers.iter().filter_map(|(name, timer)| resolve_timer(linker, graph, name, timer, out)).collect()
}

fn resolve_timer(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &Sp<Name>,
    body: &Written,
    out: &mut Diagnostics,
) -> Option<Timer> {
    let variables = graph.variables();
    let every = body.every.as_ref().and_then(|every| length(every.span, &every.value, out));
    let start = match (&body.after, &body.at) {
        (Some(after), None) => Start::After(lasting(linker, after, &variables, out)?),
        (None, Some(at)) => Start::At(instant(linker, at, &variables, out)),
        (None, None) => Start::After(Lasting::Fixed(every.or_else(|| {
            out.push(missing(
                written.span,
                "after",
                "a timer has `after`, `at` or `every`",
                "计时器需要 `after`、`at` 或 `every`",
            ));
            None
        })?)),
        (Some(_), Some(at)) => {
            out.push(both(at.span, "a timer has `after` or `at`, not both", "计时器只能有 `after` 或 `at` 之一"));
            return None;
        }
    };
    let pause = body.pause.iter().filter_map(|node| graph.anywhere(node, out)).collect();
    if let (Some(first), Start::At(_)) = (body.pause.0.first(), &start) {
        out.push(both(first.span, "an instant does not pause", "固定时刻不能暂停"));
    }
    let effects = body.effects();
    if super::effect::is_nothing(&effects) && body.to.is_empty() && body.cancel.is_empty() {
        let name = written.value;
        out.push(
            Diagnostic::error(
                code!("timer-without-effect"),
                written.span,
                text!("timer `{name}` does nothing when it fires", "计时器 `{name}` 到期后什么也不做"),
            )
            .help(text!("give it `to`, `set`, `run`, `notify`, …", "加上 `to`、`set`、`run`、`notify` 等")),
        );
    }
    Some(Timer {
        name: written.value,
        span: written.span,
        start,
        every,
        calendar: calendar(linker, body.calendar.as_ref(), &variables, out),
        pause,
        when: linker.optional(body.when.as_ref(), &variables, Want::Truth, out),
        effects: resolve_effects(linker, graph.object, &effects, &variables, out),
        to: graph.targets(&body.to.0, out),
        cancel: body.cancel.iter().filter_map(|node| graph.anywhere(node, out)).collect(),
    })
}

/// A length of time as it is written, or an expression that gives one.
pub(crate) fn lasting(linker: &Linker<'_>, val: &Val, variables: &Variables, out: &mut Diagnostics) -> Option<Lasting> {
    match val {
        Val::Expression(expression) => {
            Some(Lasting::Computed(linker.expression(expression, variables, Want::Length, out)))
        }
        Val::Literal(data) => match &data.value {
            Data::Scalar(text) => length(data.span, text, out).map(Lasting::Fixed),
            _ => {
                out.push(not_a_length(data.span));
                None
            }
        },
    }
}

/// An expression that gives an instant or a day.
pub(crate) fn instant(
    linker: &Linker<'_>,
    at: &formwork_definition::expression::Expression,
    variables: &Variables,
    out: &mut Diagnostics,
) -> Program {
    linker.expression(at, variables, Want::Moment, out)
}

/// A length of time as it is written.
pub(crate) fn length(at: Span, text: &str, out: &mut Diagnostics) -> Option<Length> {
    match parse_length(text) {
        Ok(length) => Some(length),
        Err(bad) => {
            out.push(Diagnostic::error(bad.code, at, bad.message).suggest(bad.near.as_deref()));
            None
        }
    }
}

fn not_a_length(at: Span) -> Diagnostic {
    Diagnostic::error(
        code!("bad-value"),
        at,
        text!("write a length of time such as `4 working hours`", "请写时长，例如 `4 working hours`"),
    )
}

/// A calendar by name.
pub(crate) fn calendar(
    linker: &Linker<'_>,
    val: Option<&Val>,
    variables: &Variables,
    out: &mut Diagnostics,
) -> Calendar {
    match val {
        None => Calendar::Book,
        Some(Val::Expression(expression)) => {
            Calendar::Computed(linker.expression(expression, variables, Want::Word, out))
        }
        Some(Val::Literal(data)) => {
            let written = if let Data::Scalar(text) = &data.value { &**text } else { "" };
            match Name::find(written).filter(|name| linker.names.calendars.contains_key(name)) {
                Some(name) => Calendar::Named(name),
                None => {
                    out.push(unknown::calendar(data.span, written, linker.names));
                    Calendar::Book
                }
            }
        }
    }
}
