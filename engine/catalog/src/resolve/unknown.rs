//! Names that mean nothing, with the nearest that does.

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    nearest::nearest,
    source::Span,
    text,
};

use crate::{object::SYSTEM_FIELDS, world::Names};

fn near<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest(wrong, known)
}

/// No object of this name.
pub(crate) fn object(at: Span, name: Name, names: &Names) -> Diagnostic {
    Diagnostic::error(code!("unknown-object"), at, text!("there is no object `{name}`", "没有对象 `{name}`"))
        .suggest(near(name.as_str(), names.objects.keys().map(|n| n.as_str())))
}

/// No field of this name; `system` fields are suggested too where they may be used.
pub(crate) fn field(at: Span, object: Name, name: Name, names: &Names, system: bool) -> Diagnostic {
    let own = names.objects.get(&object).into_iter().flat_map(|o| o.fields.keys().map(|n| n.as_str()));
    let system = SYSTEM_FIELDS.iter().filter(|_| system).map(|(name, _)| *name);
    Diagnostic::error(
        code!("unknown-field"),
        at,
        text!("object `{object}` has no field `{name}`", "对象 `{object}` 没有字段 `{name}`"),
    )
    .suggest(near(name.as_str(), own.chain(system)))
}

/// No field of this name among `known`, which belong to `of`.
pub(crate) fn part<'a>(at: Span, of: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    Diagnostic::error(code!("unknown-field"), at, text!("`{of}` has no field `{name}`", "`{of}` 没有字段 `{name}`"))
        .suggest(near(name, known))
}

/// No table of this name.
pub(crate) fn table(at: Span, name: Name, names: &Names) -> Diagnostic {
    Diagnostic::error(code!("unknown-table"), at, text!("there is no table `{name}`", "没有决策表 `{name}`"))
        .suggest(near(name.as_str(), names.tables.keys().map(|n| n.as_str())))
}

/// No ledger of this name.
pub(crate) fn ledger(at: Span, name: Name, names: &Names) -> Diagnostic {
    Diagnostic::error(code!("unknown-ledger"), at, text!("there is no ledger `{name}`", "没有台账 `{name}`"))
        .suggest(near(name.as_str(), names.ledgers.keys().map(|n| n.as_str())))
}

/// No queue of this name.
pub(crate) fn queue(at: Span, name: &str, names: &Names) -> Diagnostic {
    Diagnostic::error(code!("unknown-queue"), at, text!("there is no queue `{name}`", "没有队列 `{name}`"))
        .suggest(near(name, names.queues.iter().map(|n| n.as_str())))
}

/// No connector of this name.
pub(crate) fn connector(at: Span, name: Name, names: &Names) -> Diagnostic {
    Diagnostic::error(code!("unknown-connector"), at, text!("there is no connector `{name}`", "没有连接器 `{name}`"))
        .suggest(near(name.as_str(), names.connectors.iter().map(|n| n.as_str())))
}

/// No template of this name.
pub(crate) fn template(at: Span, name: Name, names: &Names) -> Diagnostic {
    Diagnostic::error(code!("unknown-template"), at, text!("there is no template `{name}`", "没有模板 `{name}`"))
        .suggest(near(name.as_str(), names.templates.iter().map(|n| n.as_str())))
}

/// No flow of this name.
pub(crate) fn flow(at: Span, name: Name, names: &Names) -> Diagnostic {
    Diagnostic::error(code!("unknown-flow"), at, text!("there is no flow `{name}`", "没有流程 `{name}`"))
        .suggest(near(name.as_str(), names.flows.keys().map(|n| n.as_str())))
}

/// No form of this name.
pub(crate) fn form(at: Span, name: Name, names: &Names) -> Diagnostic {
    Diagnostic::error(code!("unknown-form"), at, text!("there is no form `{name}`", "没有表单 `{name}`"))
        .suggest(near(name.as_str(), names.forms.keys().map(|n| n.as_str())))
}

/// The report of this name, if it is one of these; none is reported.
pub(crate) fn known_report(
    at: Span,
    name: Name,
    known: impl Iterator<Item = Name>,
    out: &mut Diagnostics,
) -> Option<Name> {
    let known: Vec<Name> = known.collect();
    if known.contains(&name) {
        return Some(name);
    }
    out.push(
        Diagnostic::error(code!("unknown-report"), at, text!("there is no report `{name}`", "没有报表 `{name}`"))
            .suggest(near(name.as_str(), known.iter().map(|n| n.as_str()))),
    );
    None
}

/// No calendar of this name.
pub(crate) fn calendar(at: Span, name: &str, names: &Names) -> Diagnostic {
    Diagnostic::error(code!("unknown-calendar"), at, text!("there is no calendar `{name}`", "没有日历 `{name}`"))
        .suggest(near(name, names.calendars.keys().map(|n| n.as_str())))
}

/// No flow of the object waits for an event of this name.
pub(crate) fn event(at: Span, object: Name, name: Name, names: &Names) -> Diagnostic {
    let known: Vec<Name> = names.events(object).collect();
    Diagnostic::error(
        code!("unknown-event"),
        at,
        text!("no flow of `{object}` waits for an event `{name}`", "`{object}` 的流程都不等待事件 `{name}`"),
    )
    .suggest(near(name.as_str(), known.iter().map(|n| n.as_str())))
}

/// No timer of this name.
pub(crate) fn timer(at: Span, object: Name, name: Name, names: &Names) -> Diagnostic {
    let known: Vec<Name> = names.timers(object).collect();
    Diagnostic::error(
        code!("unknown-timer"),
        at,
        text!("`{object}` has no timer `{name}`", "`{object}` 没有计时器 `{name}`"),
    )
    .suggest(near(name.as_str(), known.iter().map(|n| n.as_str())))
}

/// No script of this name.
pub(crate) fn script(at: Span, name: &str, names: &Names) -> Diagnostic {
    Diagnostic::error(
        code!("unknown-script"),
        at,
        text!("there is no script file `{name}.rhai`", "没有脚本文件 `{name}.rhai`"),
    )
    .suggest(near(name, names.scripts.keys().map(|n| n.as_str())))
}

/// No action of this name in any flow of the object.
pub(crate) fn action(at: Span, object: Name, name: Name, names: &Names) -> Diagnostic {
    let known: Vec<_> = names.actions(object).collect();
    Diagnostic::error(
        code!("unknown-action"),
        at,
        text!("no flow of `{object}` has an action `{name}`", "`{object}` 的流程都没有动作 `{name}`"),
    )
    .suggest(near(name.as_str(), known.iter().map(|n| n.as_str())))
}

/// No dimension of this name.
pub(crate) fn dimension<'a>(at: Span, ledger: Name, name: Name, known: impl Iterator<Item = &'a Name>) -> Diagnostic {
    let known: Vec<_> = known.collect();
    Diagnostic::error(
        code!("unknown-dimension"),
        at,
        text!("ledger `{ledger}` has no dimension `{name}`", "台账 `{ledger}` 没有维度 `{name}`"),
    )
    .suggest(near(name.as_str(), known.iter().map(|n| n.as_str())))
}

/// A word that is none of a fixed list.
pub(crate) fn word(at: Span, word: &str, known: &[&str]) -> Diagnostic {
    let list = known.join("`, `");
    let unknown = Diagnostic::error(
        code!("unknown-option"),
        at,
        text!("`{word}` is none of `{list}`", "`{word}` 不在 `{list}` 之中"),
    );
    unknown.suggest(near(word, known.iter().copied()))
}
