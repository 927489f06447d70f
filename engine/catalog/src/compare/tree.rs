//! Two trees, or two texts, side by side.

use formwork_definition::yaml::{Kind, Node};

use super::Change;

/// What is told of a value before it is cut off.
const SHOWN: usize = 120;

/// Compares two trees; `push` gets the path and what happened there.
pub(super) fn compare(before: &Node, now: &Node, push: &mut dyn FnMut(&str, Change)) {
    nodes("", before, now, push);
}

fn nodes(path: &str, before: &Node, now: &Node, push: &mut dyn FnMut(&str, Change)) {
    match (&before.kind, &now.kind) {
        (Kind::Map(before), Kind::Map(now)) => {
            for (key, value) in before {
                let path = join(path, &key.value);
                match now.iter().find(|(known, _)| known.value == key.value) {
                    Some((_, other)) => nodes(&path, value, other, push),
                    None => push(&path, Change::Removed),
                }
            }
            for (key, _) in now.iter().filter(|(key, _)| !before.iter().any(|(known, _)| known.value == key.value)) {
                push(&join(path, &key.value), Change::Added);
            }
        }
        (Kind::List(before), Kind::List(now)) => lists(path, before, now, push),
        _ if same(before, now) => {}
        _ => push(path, Change::Changed { from: shown(before), to: shown(now) }),
    }
}

/// Items of a list have no names: those that are equal on both sides, in order, are taken to be the same; what lies
/// between them was changed as far as both sides have something there, added or removed beyond that.
fn lists(path: &str, before: &[Node], now: &[Node], push: &mut dyn FnMut(&str, Change)) {
    let head = before.iter().zip(now).take_while(|(a, b)| same(a, b)).count();
    let rest = |side: &[Node]| side.len() - head;
    let tail = before
        .iter()
        .rev()
        .zip(now.iter().rev())
        .take(rest(before).min(rest(now)))
        .take_while(|(a, b)| same(a, b))
        .count();
    let old = before.get(head..before.len() - tail).unwrap_or_default();
    let new = now.get(head..now.len() - tail).unwrap_or_default();
    for at in 0..old.len().max(new.len()) {
        let path = join(path, &(head + at + 1).to_string());
        match (old.get(at), new.get(at)) {
            (Some(old), Some(new)) => nodes(&path, old, new, push),
            (Some(_), None) => push(&path, Change::Removed),
            (None, Some(_)) => push(&path, Change::Added),
            (None, None) => {}
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Null, Kind::Null) => true,
        (Kind::Scalar { text: a, .. }, Kind::Scalar { text: b, .. }) => a.trim() == b.trim(),
        (Kind::List(a), Kind::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Kind::Map(a), Kind::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| b.iter().any(|(known, other)| known.value == key.value && same(value, other)))
        }
        _ => false,
    }
}

fn shown(node: &Node) -> String {
    let text = match &node.kind {
        Kind::Null => "null".to_owned(),
        Kind::Scalar { text, .. } => text.trim().replace('\n', " "),
        Kind::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Kind::Map(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| format!("{}: {}", key.value, shown(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    };
    if text.chars().count() <= SHOWN { text } else { text.chars().take(SHOWN).chain(['…']).collect() }
}

/// Scripts and CSV files: how many lines are only on one side.
pub(super) fn compare_lines(before: &str, now: &str, push: &mut dyn FnMut(&str, Change)) {
    let count = |side: &str, other: &str| {
        let known: std::collections::HashSet<&str> = other.lines().map(str::trim).collect();
        side.lines().map(str::trim).filter(|line| !line.is_empty() && !known.contains(line)).count()
    };
    let (gone, new) = (count(before, now), count(now, before));
    if gone + new > 0 {
        let lines = |n: usize| if n == 1 { "1 line".to_owned() } else { format!("{n} lines") };
        push("", Change::Changed { from: lines(gone), to: lines(new) });
    }
}
