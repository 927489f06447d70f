//! A step of a scenario that decides a task.

use formwork_definition::{kind::scenario::When, spanned::Sp};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    text,
};

use crate::resolve::{
    Linker,
    kind::missing,
    scenario::Aliases,
    step::{About, filled, record},
    unknown,
};

/// What can be done to a task, and whether it needs a `to`.
const OPERATIONS: [(&str, bool); 14] = [
    ("approve", false),
    ("reject", false),
    ("return", false),
    ("transfer", true),
    ("delegate", true),
    ("add", true),
    ("remove", false),
    ("recall", false),
    ("urge", false),
    ("cc", true),
    ("read", false),
    ("comment", false),
    ("unapprove", false),
    ("retry", false),
];

/// Checks the operation and what it needs.
pub(crate) fn decide(linker: &Linker<'_>, when: &Sp<When>, aliases: &Aliases, out: &mut Diagnostics) -> Option<About> {
    let word = when.decide.as_ref()?;
    match OPERATIONS.iter().find(|(known, _)| *known == word.value) {
        Some((_, true)) if when.to.is_empty() => {
            out.push(missing(word.span, "to", "say who it goes to", "请写明对象"));
        }
        Some(_) => {}
        None => {
            let known: Vec<&str> = OPERATIONS.iter().map(|(known, _)| *known).collect();
            out.push(unknown::word(word.span, &word.value, &known));
        }
    }
    if let Some(place) = when.place.as_ref().filter(|place| !SIDES.contains(&place.value.as_str())) {
        out.push(unknown::word(place.span, &place.value, &SIDES));
    }
    let Some(on) = &when.on else {
        out.push(missing(word.span, "on", "a task is one of a record", "任务必须指明记录"));
        return None;
    };
    let object = record(on, aliases, out)?;
    filled(linker, object, when, aliases, out);
    Some(About::Record(object))
}

const SIDES: [&str; 3] = ["before", "parallel", "after"];

/// Keys that mean something only for some operations.
pub(crate) fn misplaced(when: &Sp<When>, out: &mut Diagnostics) {
    let word = when.decide.as_ref().map_or("", |word| word.value.as_str());
    let gives = [when.assign.is_some(), when.transfer.is_some()];
    let fills = word.is_empty() || ["approve", "reject"].contains(&word);
    let goes = ["return", "transfer", "delegate", "add", "cc"];
    let keys = [
        ("task", when.task.as_ref().map(|task| task.span).filter(|_| word.is_empty())),
        (
            "to",
            when.to
                .iter()
                .next()
                .map(|to| to.span)
                .filter(|_| gives.iter().all(|given| !given) && !goes.contains(&word)),
        ),
        ("place", when.place.as_ref().map(|place| place.span).filter(|_| word != "add")),
        ("set", when.set.iter().next().map(|(field, _)| field.span).filter(|_| !fills)),
        ("resume", when.resume.as_ref().map(|resume| resume.span).filter(|_| word != "return")),
    ];
    for (key, at) in keys {
        if let Some(at) = at {
            let message = text!("`{key}` means nothing in this step", "`{key}` 在这一步没有意义");
            out.push(Diagnostic::error(code!("key-not-applicable"), at, message));
        }
    }
}
