//! Clocks of objects.

use formwork_definition::{
    kind::sla::{Clock as Written, kept},
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
    effect::Effects,
    resolve::{
        Linker,
        effect::{is_nothing, resolve_effects},
        kind::missing,
        label, name,
        timer::{calendar, lasting},
    },
    sla::Clock,
    variables,
};

/// The clocks of an object.
pub(crate) fn resolve_clocks(
    linker: &Linker<'_>,
    object: Name,
    clocks: &Map<Written>,
    out: &mut Diagnostics,
) -> Vec<Clock> {
    clocks.iter().filter_map(|(name, clock)| resolve_clock(linker, object, name, clock, out)).collect()
}

fn resolve_clock(
    linker: &Linker<'_>,
    object: Name,
    written: &Sp<Name>,
    body: &Written,
    out: &mut Diagnostics,
) -> Option<Clock> {
    let variables = variables::record(object);
    let nodes = |nodes: &Many<Sp<WrittenName>>, out: &mut Diagnostics| {
        nodes.iter().filter_map(|node| node_of(linker, object, node, out)).collect::<Vec<_>>()
    };
    if body.until.is_empty() {
        out.push(missing(written.span, "until", "a clock stops at a node", "计时需要停止的节点"));
    }
    let effects = |effects: Option<&Sp<formwork_definition::kind::effect::Effects>>, out: &mut Diagnostics| {
        effects.map_or_else(Effects::default, |effects| {
            if is_nothing(&effects.value) {
                out.push(missing(effects.span, "notify", "nothing is done", "这里什么也不做"));
            }
            resolve_effects(linker, object, &effects.value, &variables, out)
        })
    };
    let warned = effects(body.warned.as_ref(), out);
    let missed = effects(body.missed.as_ref(), out);
    let clock = written.value;
    Some(Clock {
        name: clock,
        label: label::label(body.label.as_ref(), clock),
        span: written.span,
        from: nodes(&body.from, out),
        until: nodes(&body.until, out),
        pause: nodes(&body.pause, out),
        restart: body.restart.iter().map(|restart| restart.value).collect(),
        target: lasting(linker, &body.target, &variables, out)?,
        calendar: calendar(linker, body.calendar.as_ref(), &variables, out),
        warn: warn(written, body, out),
        warned,
        missed,
        due: kept(clock, "due"),
        state: kept(clock, "state"),
        paused: kept(clock, "paused"),
        elapsed: kept(clock, "elapsed"),
    })
}

/// The percentage at which it warns; it and what is done then belong together.
fn warn(written: &Sp<Name>, body: &Written, out: &mut Diagnostics) -> Option<u8> {
    match (&body.warn, &body.warned) {
        (None, None) => None,
        (Some(warn), None) => {
            out.push(missing(warn.span, "warned", "what is done at that point", "需要写明届时做什么"));
            None
        }
        (None, Some(_)) => {
            out.push(missing(written.span, "warn", "after which part of the target", "需要写明提醒的百分比"));
            None
        }
        (Some(warn), Some(_)) => {
            let percent = warn.value.trim().strip_suffix('%').and_then(|number| number.trim().parse::<u8>().ok());
            let percent = percent.filter(|percent| (1..100).contains(percent));
            if percent.is_none() {
                let text = &warn.value;
                out.push(
                    Diagnostic::error(
                        code!("bad-value"),
                        warn.span,
                        text!("`{text}` is no part of the target", "`{text}` 不是有效的百分比"),
                    )
                    .help(text!("write `80%`", "请写成 `80%`")),
                );
            }
            percent
        }
    }
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
