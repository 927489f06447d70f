//! Why two decisions of one command differ, and in what.

use formwork_model::{name::Name, text, text::Text};
use formwork_store::{
    key::KeyKind,
    table::history::{Change, Fired},
};

use super::Other;
use crate::{changes::Changes, rejection::Refusal};

/// What differs.
pub(super) struct Cause {
    pub(super) cause: Text,
    pub(super) effect: Text,
    /// It could not be decided at all.
    pub(super) undecided: bool,
}

/// Why the other decision is another one; `None` when it is the same.
pub(super) fn of(was: &Changes, other: &Other) -> Option<Cause> {
    let other = match &other.decision {
        Ok(decision) => decision,
        Err(refusal) => return Some(refused(refusal, other.nowhere)),
    };
    let effect = effect(was, other)?;
    let cause = first_difference(&was.entry.fired, &other.entry.fired)
        .unwrap_or_else(|| text!("computed in another way", "计算方式不同"));
    Some(Cause { cause, effect, undecided: false })
}

fn refused(refusal: &Refusal, nowhere: bool) -> Cause {
    let problem = match refusal {
        Refusal::Rejected(rejection) => rejection.problems.first(),
        Refusal::Fault(_) | Refusal::Store(_) => None,
    };
    let Some(problem) = problem else {
        let effect = text!("can't be decided", "无法计算");
        return Cause { cause: text!("the engine fails", "引擎出错"), effect, undecided: true };
    };
    let code = problem.code;
    let what = problem.rule.as_deref().or(problem.field.as_deref()).unwrap_or_default();
    let said = &problem.message;
    let cause = match what {
        "" => Text { en: format!("{code}: {}", said.en), zh: format!("{code}：{}", said.zh) },
        what => text!("{code} {what}", "{code} {what}"),
    };
    if nowhere {
        return Cause {
            cause, effect: text!("stands on a node that is gone", "位于已删除的节点"), undecided: true
        };
    }
    Cause { cause, effect: text!("would be refused", "会被拒绝"), undecided: false }
}

/// In what the decisions differ: the state first, then fields, ledgers and messages.
fn effect(was: &Changes, other: &Changes) -> Option<Text> {
    let (before, now) = (&was.entry.changes, &other.entry.changes);
    let mut paths: Vec<(Name, String)> = Vec::new();
    for (some, others) in [(before, now), (now, before)] {
        for change in some.iter().filter(|change| !others.contains(change)) {
            let place = (change.object, general(&change.path));
            if !paths.contains(&place) {
                paths.push(place);
            }
        }
    }
    if let Some((object, _)) = paths.iter().find(|(_, path)| path == "state") {
        let state = |changes: &[Change]| {
            let found = changes.iter().rev().find(|change| change.object == *object && &*change.path == "state");
            found.map_or_else(|| "–".to_owned(), |change| change.new.to_string())
        };
        let (from, to) = (state(before), state(now));
        return Some(text!("{object}: state `{from}` would be `{to}`", "{object}：状态由 `{from}` 变为 `{to}`"));
    }
    if !paths.is_empty() {
        paths.sort();
        let shown: Vec<String> = paths.iter().take(4).map(|(object, path)| format!("{object}.{path}")).collect();
        let shown = shown.join(", ");
        return Some(text!("{shown} would differ", "{shown} 会不同"));
    }
    if postings(was) != postings(other) {
        return Some(text!("ledger entries would differ", "账本分录会不同"));
    }
    if was.notified != other.notified {
        return Some(text!("other people would be told", "通知对象会不同"));
    }
    None
}

/// `lines[3].price` is `lines.price`: which line it is makes no other reason.
fn general(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

fn postings(changes: &Changes) -> Vec<&(Vec<u8>, Option<Vec<u8>>)> {
    let ledger = KeyKind::LedgerEntry.number();
    changes.writes.iter().filter(|(key, _)| key.first() == Some(&ledger)).collect()
}

/// The first thing that fired in one decision and not in the other.
fn first_difference(was: &[Fired], other: &[Fired]) -> Option<Text> {
    let same = was.iter().zip(other).take_while(|(a, b)| a.what == b.what).count();
    let (was, other) = (was.get(same..).unwrap_or_default(), other.get(same..).unwrap_or_default());
    let first = |side: &[Fired], others: &[Fired]| {
        let first = side.first()?;
        // What comes later on the other side was not lost but overtaken.
        let overtaken = others.iter().any(|fired| fired.what == first.what);
        (!overtaken).then(|| first.clone())
    };
    let (lost, new) = (first(was, other), first(other, was));
    let (lost, new) = match (lost, new) {
        (None, None) => (was.first().cloned(), other.first().cloned()),
        found => found,
    };
    match (lost.as_ref(), new.as_ref()) {
        (Some(was), Some(other)) => {
            let (from, to) = (&was.what, &other.what);
            Some(text!("`{from}` before, `{to}` now", "原为 `{from}`，现为 `{to}`"))
        }
        (Some(was), None) => {
            let what = &was.what;
            Some(text!("`{what}` no more", "不再触发 `{what}`"))
        }
        (None, Some(other)) => {
            let what = &other.what;
            Some(text!("`{what}` is new", "新触发 `{what}`"))
        }
        (None, None) => None,
    }
}
