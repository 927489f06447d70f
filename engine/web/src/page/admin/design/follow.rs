//! A name that is another one now, followed to every place of the edit that means it.
//!
//! The compiler knows where a name is meant, in files of every kind and inside expressions. Once the name has changed
//! where it is defined, each finding that is new and speaks of it stands at such a place: the place gets the new name,
//! and the edit is checked again, until nothing is left that can be followed. What stays is a finding, and mentions in
//! scripts, in which anything may have any field.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use formwork_model::diagnostic::{Diagnostic, Severity};
use formwork_runtime::book::Draft;
use serde_json::{Value as Json, json};

use super::{Sheet, hand::Renamed};
use crate::{
    draft::{
        checked::{Verdict, check},
        files, lay, text_of,
    },
    page::{
        admin::{draft::finding, editor::is_path},
        view::View,
    },
};

/// How often an edit is checked at most: an expression tells of one wrong name at a time.
const ROUNDS: usize = 40;

/// Gives every place that means what was renamed its new name, and answers how many other files have changed.
pub(super) fn everywhere(view: &View, before: &Draft, draft: &mut Draft, own: &str, renamed: &[Renamed]) -> usize {
    let mut touched = BTreeSet::new();
    for one in renamed {
        let known = said(&check(&view.catalog, before));
        for _ in 0..ROUNDS {
            let edits = places(&check(&view.catalog, draft), &known, one);
            if edits.is_empty() {
                break;
            }
            for (path, places) in edits {
                let Some(mut text) = text_of(view, draft, &path) else { continue };
                // From the end, so that what stands before stays where it is.
                for start in places.into_iter().rev() {
                    text.replace_range(start..start + one.before.len(), &one.now);
                }
                lay(view, draft, &path, Some(text));
                touched.insert(path);
            }
        }
    }
    touched.remove(own);
    touched.len()
}

/// What was found before anything was renamed: that is not about it.
fn said(verdict: &Verdict) -> HashSet<(String, String)> {
    verdict.diagnostics.iter().map(|one| key(verdict, one)).collect()
}

fn key(verdict: &Verdict, one: &Diagnostic) -> (String, String) {
    let path = verdict.sources.get(one.at.source).map_or("", |source| &source.path);
    (path.to_owned(), one.message.en.to_string())
}

/// Where files name what has another name now, by the beginning of the name.
fn places(
    verdict: &Verdict,
    known: &HashSet<(String, String)>,
    renamed: &Renamed,
) -> BTreeMap<String, BTreeSet<usize>> {
    let mut edits: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let errors = verdict.diagnostics.iter().filter(|one| one.severity == Severity::Error);
    for one in errors.filter(|one| speaks_of(one, &renamed.before) && !known.contains(&key(verdict, one))) {
        let Some(source) = verdict.sources.get(one.at.source).filter(|source| is_path(&source.path)) else { continue };
        let (start, end) = (one.at.start as usize, one.at.end as usize);
        let slice = source.text.get(start..end).unwrap_or_default();
        let mut found = words(slice).filter(|(_, word)| *word == renamed.before);
        // A finding that stands at more than one mention does not say which is meant.
        if let (Some((at, _)), None) = (found.next(), found.next()) {
            edits.entry(source.path.to_string()).or_default().insert(start + at);
        }
    }
    edits
}

/// Whether a finding is about this name.
fn speaks_of(one: &Diagnostic, name: &str) -> bool {
    let quoted = one.message.en.split('`').skip(1).step_by(2);
    quoted.flat_map(words).any(|(_, word)| word == name)
}

/// The names in a text and where each begins.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    text.split(move |c: char| !is_part(c)).filter_map(move |word| {
        let start = text.get(at..).and_then(|rest| rest.find(word)).map_or(at, |found| at + found);
        at = start + word.len();
        (!word.is_empty()).then_some((start, word))
    })
}

/// What a page says after a name was followed: where it is still said.
pub(super) fn told(view: &View, sheet: &Sheet, was: &str, files_changed: &str) -> Json {
    let verdict = &sheet.verdict;
    let errors = verdict.diagnostics.iter().filter(|one| one.severity == Severity::Error && speaks_of(one, was));
    let left: Vec<Json> = errors.map(|one| finding(view, one, &verdict.sources)).collect();
    let all = files(&view.catalog, &sheet.draft);
    let scripts = all.iter().filter(|(path, _)| path.ends_with(".rhai"));
    let lines = scripts.flat_map(|(path, text)| text.lines().enumerate().map(move |(at, line)| (path, at + 1, line)));
    let lines =
        lines.filter(|(_, _, line)| !line.trim_start().starts_with("//") && words(line).any(|(_, word)| word == was));
    let scripts: Vec<Json> = lines
        .map(|(path, at, line)| {
            json!({"path": path, "line": at, "text": line.trim(), "href": format!("{}/admin/edit/{path}#L{at}", view.root)})
        })
        .collect();
    json!({"was": was, "files": files_changed, "left": left, "scripts": scripts})
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn names_are_found_as_whole_words() {
        let found: Vec<_> = words("this.due + due_2 是 due").collect();
        assert_eq!(found, [(0, "this"), (5, "due"), (11, "due_2"), (17, "是"), (21, "due")]);
    }
}
