//! `wait`: a node that waits for time to pass, or for an event.

use formwork_definition::kind::timer::Wait as Written;
use formwork_definition::spanned::Sp;
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    source::Span,
    text,
};
use formwork_script::shape::Shape;

use crate::{
    flow::NodeKind,
    parse_value::parse_duration,
    resolve::{
        Linker,
        effect::sets,
        expression::Want,
        graph::Graph,
        kind::missing,
        name,
        node::both,
        timer::{calendar, instant, lasting},
    },
    timer::{Awaited, Until},
};

/// A `wait` node.
pub(crate) fn wait(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &Sp<Name>,
    wait: &Sp<Written>,
    to: Vec<Name>,
    out: &mut Diagnostics,
) -> Option<NodeKind> {
    let body = &wait.value;
    misplaced(body, out);
    let variables = graph.variables();
    let until = match (&body.length, &body.at, &body.event) {
        (Some(length), None, None) => Until::Passed(
            lasting(linker, length, &variables, out)?,
            calendar(linker, body.calendar.as_ref(), &variables, out),
        ),
        (None, Some(at), None) => Until::At(instant(linker, at, &variables, out)),
        (None, None, Some(event)) => {
            let mut variables = variables;
            variables.push(("event", Shape::Any));
            Until::Event(Awaited {
                event: name(event),
                ttl: body.ttl.as_ref().and_then(|ttl| seconds(ttl, out)).unwrap_or(0),
                when: linker.optional(body.when.as_ref(), &variables, Want::Truth, out),
                set: sets(linker, graph.object, &body.set, &variables, out),
            })
        }
        (None, None, None) => {
            out.push(missing(written.span, "for", "one of for, at, event", "需要 for、at、event 之一"));
            return None;
        }
        _ => {
            out.push(both(
                wait.span,
                "a wait has exactly one of `for`, `at`, `event`",
                "`wait` 只能有 `for`、`at`、`event` 之一",
            ));
            return None;
        }
    };
    Some(NodeKind::Wait { until, to })
}

/// Keys that mean nothing for what is waited for.
fn misplaced(body: &Written, out: &mut Diagnostics) {
    let mut stray = |key: &str, at: Option<Span>, with: &str| {
        if let Some(at) = at {
            out.push(both(
                at,
                &format!("`{key}` means nothing without `{with}`"),
                &format!("没有 `{with}` 时 `{key}` 没有意义"),
            ));
        }
    };
    if body.event.is_none() {
        stray("ttl", body.ttl.as_ref().map(|ttl| ttl.span), "event");
        stray("when", body.when.as_ref().map(|when| when.span), "event");
        stray("set", body.set.iter().next().map(|(field, _)| field.span), "event");
    }
    if body.length.is_none() {
        stray("calendar", body.calendar.as_ref().map(|calendar| calendar.span()), "for");
    }
}

/// How long an event is kept: clock time, or nothing.
fn seconds(ttl: &Sp<String>, out: &mut Diagnostics) -> Option<i64> {
    if ttl.value.trim() == "0" {
        return Some(0);
    }
    match parse_duration(&ttl.value) {
        Ok(seconds) if seconds >= 0 => Some(seconds),
        Ok(_) => {
            out.push(Diagnostic::error(
                code!("bad-value"),
                ttl.span,
                text!("nothing is kept for less than no time", "保留时间不能为负"),
            ));
            None
        }
        Err(bad) => {
            out.push(Diagnostic::error(bad.code, ttl.span, bad.message).suggest(bad.near.as_deref()));
            None
        }
    }
}
