//! Clocks of objects.

use formwork_definition::{
    kind::sla::{Clock, Mark as Written, kept},
    list::Many,
    map::{Map, WrittenName},
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    nearest::nearest,
    text,
};

use crate::{
    resolve::{
        Linker,
        effect::{is_nothing, resolve_effects},
        kind::missing,
        label, name,
        timer::{calendar, lasting},
    },
    sla::{Clock as Resolved, Mark},
    variables,
};

/// The clocks of an object.
pub(crate) fn resolve_clocks(
    linker: &Linker<'_>,
    object: Name,
    clocks: &Map<Clock>,
    out: &mut Diagnostics,
) -> Vec<Resolved> {
    clocks.iter().filter_map(|(name, clock)| resolve_clock(linker, object, name, clock, out)).collect()
}

fn resolve_clock(
    linker: &Linker<'_>,
    object: Name,
    written: &Sp<Name>,
    body: &Clock,
    out: &mut Diagnostics,
) -> Option<Resolved> {
    let variables = variables::record(object);
    let nodes = |nodes: &Many<Sp<WrittenName>>, out: &mut Diagnostics| {
        nodes.iter().filter_map(|node| node_of(linker, object, node, out)).collect::<Vec<_>>()
    };
    if body.until.is_empty() {
        out.push(missing(written.span, "until", "a clock stops at a node", "计时需要停止的节点"));
    }
    let marks = marks(linker, object, &body.marks, out);
    let clock = written.value;
    Some(Resolved {
        name: clock,
        label: label::label(body.label.as_ref(), clock),
        span: written.span,
        from: nodes(&body.from, out),
        until: nodes(&body.until, out),
        pause: nodes(&body.pause, out),
        restart: body.restart.iter().map(|restart| restart.value).collect(),
        target: lasting(linker, &body.target, &variables, out)?,
        calendar: calendar(linker, body.calendar.as_ref(), &variables, out),
        marks,
        due: kept(clock, "due"),
        state: kept(clock, "state"),
        paused: kept(clock, "paused"),
        elapsed: kept(clock, "elapsed"),
    })
}

/// What is done at points of the target; each comes after the one before it.
fn marks(linker: &Linker<'_>, object: Name, written: &[Written], out: &mut Diagnostics) -> Vec<Mark> {
    let variables = variables::record(object);
    let mut before = 0;
    let mut marks = Vec::with_capacity(written.len());
    for mark in written {
        let effects = mark.effects();
        if is_nothing(&effects) && mark.escalate.is_none() {
            out.push(missing(mark.at.span, "notify", "nothing is done", "这里什么也不做"));
        }
        let effects = resolve_effects(linker, object, &effects, &variables, out);
        let Some(percent) = percent(&mark.at, before, out) else { continue };
        before = percent;
        marks.push(Mark { percent, effects, escalate: mark.escalate.as_ref().map(|up| up.value) });
    }
    marks
}

/// Which part of the target it is.
fn percent(written: &Sp<String>, before: u32, out: &mut Diagnostics) -> Option<u32> {
    let text = &written.value;
    let number = text.trim().strip_suffix('%').and_then(|number| number.trim().parse::<u32>().ok());
    let Some(percent) = number.filter(|percent| (1..=1_000).contains(percent)) else {
        let message = text!("`{text}` is no part of the target", "`{text}` 不是有效的百分比");
        out.push(
            Diagnostic::error(code!("bad-value"), written.span, message).help(text!("write `80%`", "请写成 `80%`")),
        );
        return None;
    };
    if percent <= before {
        let message = text!("`{text}` comes after `{before}%`", "`{text}` 写在了 `{before}%` 之后");
        out.push(
            Diagnostic::error(code!("bad-value"), written.span, message)
                .help(text!("write the marks in the order of time", "请按时间先后书写")),
        );
        return None;
    }
    Some(percent)
}

/// A node of a flow over the object.
fn node_of(linker: &Linker<'_>, object: Name, written: &Sp<WrittenName>, out: &mut Diagnostics) -> Option<Name> {
    let node = name(written);
    if linker.names.nodes(object).any(|known| known == node) {
        return Some(node);
    }
    let known: Vec<Name> = linker.names.nodes(object).collect();
    out.push(
        Diagnostic::error(
            code!("unknown-target"),
            written.span,
            text!("no flow of `{object}` has a node `{node}`", "`{object}` 的流程没有节点 `{node}`"),
        )
        .suggest(nearest(node.as_str(), known.iter().map(|name| name.as_str()))),
    );
    None
}
