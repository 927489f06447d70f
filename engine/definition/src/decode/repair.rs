//! Taking what is wrong out of the tree, so that the rest can be read.

use std::collections::HashSet;

use formwork_model::{name::Name, nearest::nearest, source::Span};

use crate::yaml::{Kind, Node};

/// The node that `path` leads to.
pub(super) fn child<'n>(tree: &'n mut Node, path: &[usize]) -> Option<&'n mut Node> {
    path.iter().try_fold(tree, |node, index| match &mut node.kind {
        Kind::List(items) => items.get_mut(*index),
        Kind::Map(pairs) => pairs.get_mut(*index).map(|(_, value)| value),
        Kind::Null | Kind::Scalar { .. } => None,
    })
}

/// Reads on as if a misspelt key were spelt right, so that what stands below it is checked too.
pub(super) fn rename(map: &mut Node, index: usize, key: &str, expected: &[&str]) -> bool {
    let Kind::Map(pairs) = &mut map.kind else { return false };
    let Some(near) = nearest(key, expected.iter().copied()) else { return false };
    if pairs.iter().any(|(known, _)| &*known.value == near) {
        return false;
    }
    match pairs.get_mut(index) {
        Some((key, _)) => {
            key.value = near.into();
            true
        }
        None => false,
    }
}

/// Reads on as if the key at `index`, which is no name, were one: the name it suggests, else one for the time being,
/// whose place goes to `nameless`. `at` tells whether the key is what is wrong.
pub(super) fn name(map: &mut Node, index: usize, at: Option<Span>, nameless: &mut Vec<Span>) -> bool {
    let Kind::Map(pairs) = &mut map.kind else { return false };
    let Some(key) = pairs.get(index).map(|(key, _)| key).filter(|key| Some(key.span) == at) else { return false };
    let (suggested, span) = (snake_case(&key.value), key.span);
    let taken = pairs.iter().any(|(key, _)| *key.value == *suggested);
    let new = if taken || Name::new(&suggested).is_err() {
        nameless.push(span);
        format!("nameless_{}", nameless.len())
    } else {
        suggested
    };
    match pairs.get_mut(index) {
        Some((key, _)) => {
            key.value = new.into();
            true
        }
        None => false,
    }
}

/// Takes out the entries whose keys stand at `places`.
pub(super) fn forget(node: &mut Node, places: &[Span]) {
    match &mut node.kind {
        Kind::List(items) => items.iter_mut().for_each(|item| forget(item, places)),
        Kind::Map(pairs) => {
            pairs.retain(|(key, _)| !places.contains(&key.span));
            pairs.iter_mut().for_each(|(_, below)| forget(below, places));
        }
        Kind::Null | Kind::Scalar { .. } => {}
    }
}

/// `CloseDate`, `close-date` and `Close Date` as `close_date`.
pub(super) fn snake_case(name: &str) -> String {
    let mut out = String::new();
    let mut lower_before = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && lower_before {
            out.push('_');
        }
        lower_before = c.is_ascii_lowercase() || c.is_ascii_digit();
        match c {
            '-' | ' ' | '.' => out.push('_'),
            other => out.extend(other.to_lowercase()),
        }
    }
    out
}

/// Takes out the entry at `index`, and remembers its key.
pub(super) fn remove(node: &mut Node, index: usize, removed: &mut HashSet<(Span, String)>) {
    match &mut node.kind {
        Kind::List(items) if index < items.len() => drop(items.remove(index)),
        Kind::Map(pairs) if index < pairs.len() => {
            let (key, _) = pairs.remove(index);
            removed.insert((node.span, key.value.to_string()));
        }
        _ => {}
    }
}
