//! Steps of a scenario that are about other systems and about what failed.

use formwork_definition::{
    kind::scenario::{Then, When},
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    incident::What,
    name::Name,
    nearest::nearest,
    text,
};

use crate::resolve::{
    Linker,
    kind::missing,
    name,
    scenario::Aliases,
    step::{About, record},
    unknown,
};

/// Checks a step of one of these kinds; `None` when it is of another. The inner `None` is a step about no record.
pub(crate) fn resolve(
    linker: &Linker<'_>,
    when: &Sp<When>,
    aliases: &mut Aliases,
    out: &mut Diagnostics,
) -> Option<Option<About>> {
    if let Some(hook) = &when.receive {
        check_hook(linker, hook, out);
        let Some(object) = object_of(linker, hook) else { return Some(None) };
        if let Some(alias) = &when.name {
            aliases.insert(name(alias), object);
        }
        return Some(Some(About::Record(object)));
    }
    let at = when.answer.as_ref().map(|answer| answer.span);
    let at = at.or(when.retry.as_ref().map(|retry| retry.span)).or(when.skip.as_ref().map(|skip| skip.span))?;
    for kind in when.retry.iter().chain(when.skip.iter()) {
        check_kind(kind, out);
    }
    let Some(on) = &when.on else {
        out.push(missing(at, "on", "say which record this is about", "请指明记录"));
        return Some(None);
    };
    Some(record(on, aliases, out).map(About::Record))
}

/// `CONNECTOR.HOOK`
fn check_hook(linker: &Linker<'_>, written: &Sp<String>, out: &mut Diagnostics) {
    let hooks = linker.definitions.connectors.iter().flat_map(|defined| {
        let connector = name(&defined.body.connector);
        defined.body.hooks.iter().map(move |(hook, _)| format!("{connector}.{}", hook.value))
    });
    let known: Vec<String> = hooks.collect();
    if !known.contains(&written.value) {
        let hook = &written.value;
        let unknown =
            text!("there is no hook `{hook}`: write `connector.hook`", "没有入口 `{hook}`：写成 `连接器.入口`");
        let near = nearest(hook, known.iter().map(String::as_str));
        out.push(Diagnostic::error(code!("unknown-hook"), written.span, unknown).suggest(near));
    }
}

/// The object of the records that a hook makes or changes.
fn object_of(linker: &Linker<'_>, written: &Sp<String>) -> Option<Name> {
    let (connector, hook) = written.value.split_once('.')?;
    linker.connector(connector)?.hooks.get(Name::find(hook)?).map(|hook| name(&hook.object))
}

fn check_kind(written: &Sp<String>, out: &mut Diagnostics) {
    if What::parse(&written.value).is_none() {
        out.push(unknown::word(written.span, &written.value, &What::ALL.map(|(_, word)| word)));
    }
}

/// What was sent, and which incidents are open.
pub(crate) fn check_seen(linker: &Linker<'_>, then: &Then, out: &mut Diagnostics) {
    for kind in then.incidents.iter().flat_map(|incidents| &incidents.value) {
        check_kind(kind, out);
    }
    for sent in then.sent.iter().flat_map(|sent| &sent.value) {
        let Some((connector, request)) = sent.value.split_once('.').filter(|_| !sent.value.contains('@')) else {
            continue;
        };
        let known = linker
            .connector(connector)
            .is_some_and(|known| known.requests.iter().any(|(name, _)| name.value == *request));
        if !known {
            let unknown = text!("there is no request `{connector}.{request}`", "没有请求 `{connector}.{request}`");
            out.push(Diagnostic::error(code!("unknown-request"), sent.span, unknown));
        }
    }
}
