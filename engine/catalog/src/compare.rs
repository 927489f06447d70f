//! What differs between two releases, in words: every key of every file that was added, removed or changed.
//!
//! The files are compared as trees, not as lines, so that order, comments and layout make no difference, and every
//! kind there is or will be takes part without a word here.

mod destroys;
mod tree;

use std::collections::BTreeMap;

use formwork_definition::yaml::parse_tree;
use formwork_model::{diagnostic::Diagnostics, source::Sources, text, text::Text};

use crate::catalog::Catalog;
pub use destroys::destroys;

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The file.
    pub file: String,
    /// The kind of definition: `object`, `flow`, `table`, `script`, …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What lies there, from the outside in: `nodes.review.actions.approve.to`; empty for the whole file.
    pub path: String,
    /// What happened to it.
    pub change: Change,
    /// In words.
    pub words: Text,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// It was `from` and is `to`.
    Changed {
        /// What it was, as written.
        from: String,
        /// What it is, as written.
        to: String,
    },
}

impl Change {
    /// `added`, `removed` or `changed`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed { .. } => "changed",
        }
    }
}

/// A file that is not the same in two releases.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedFile {
    /// Its path.
    pub path: String,
    /// The kind of definition: `object`, `flow`, `table`, `script`, …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What differs; nothing where only order, comments or layout do.
    pub differences: Vec<Difference>,
}

/// Everything that differs between the files of two releases, by file.
pub fn compare(before: &Catalog, now: &Catalog) -> Vec<Difference> {
    changed_files(before, now).into_iter().flat_map(|file| file.differences).collect()
}

/// The files that are not the same in two releases, in the order of their paths.
pub fn changed_files(before: &Catalog, now: &Catalog) -> Vec<ChangedFile> {
    let (before, now) = (texts(&before.sources), texts(&now.sources));
    let mut files: Vec<&String> = before.keys().chain(now.keys()).collect();
    files.sort_unstable();
    files.dedup();
    let changed = files.into_iter().filter(|file| before.get(*file) != now.get(*file));
    changed
        .map(|path| {
            let (name, kind) = named(path);
            let mut differences = Vec::new();
            let [before, now] = [&before, &now].map(|texts| texts.get(path).map(AsRef::as_ref));
            in_file(path, before, now, &mut differences);
            ChangedFile { path: path.clone(), kind, name, differences }
        })
        .collect()
}

fn texts(sources: &Sources) -> BTreeMap<String, std::sync::Arc<str>> {
    sources.iter().map(|source| (source.path.to_string(), source.text.clone())).collect()
}

fn in_file(file: &str, before: Option<&str>, now: Option<&str>, out: &mut Vec<Difference>) {
    let (name, kind) = named(file);
    let mut push = |path: &str, change: Change| {
        let words = words(&kind, &name, path, &change);
        out.push(Difference {
            file: file.into(),
            kind: kind.clone(),
            name: name.clone(),
            path: path.into(),
            change,
            words,
        });
    };
    match (before, now) {
        (None, _) => push("", Change::Added),
        (_, None) => push("", Change::Removed),
        (Some(before), Some(now)) => {
            let mut ignored = Diagnostics::default();
            let yaml = file.ends_with(".yaml");
            let trees = yaml.then(|| (parse_tree(0, before, &mut ignored), parse_tree(0, now, &mut ignored)));
            match trees {
                Some((Some(before), Some(now))) => tree::compare(&before, &now, &mut push),
                _ => tree::compare_lines(before, now, &mut push),
            }
        }
    }
}

/// `definitions/sales/quote.flow.yaml` is the `flow` called `quote`.
fn named(file: &str) -> (String, String) {
    let last = file.rsplit('/').next().unwrap_or(file);
    let mut parts = last.split('.');
    let name = parts.next().unwrap_or(last).to_owned();
    let rest: Vec<&str> = parts.collect();
    let kind = match rest.as_slice() {
        [kind, "yaml"] => (*kind).to_owned(),
        ["rhai"] => "script".to_owned(),
        ["yaml"] if file.starts_with("forms/") => "form".to_owned(),
        ["yaml"] if file.starts_with("tests/") => "scenario".to_owned(),
        _ => "file".to_owned(),
    };
    (name, kind)
}

/// What a name is called: told the plural key it stands below, and the names it lies in, itself at the end.
pub type Called<'c> = &'c dyn Fn(&str, &[&str]) -> Option<Text>;

impl Difference {
    /// What happened, without the definition itself: what is called something is told by that, with its name behind.
    pub fn within(&self, called: Called<'_>) -> Text {
        let Text { en, zh } = place(&self.path, called);
        match &self.change {
            Change::Added if self.path.is_empty() => text!("new", "新增"),
            Change::Removed if self.path.is_empty() => text!("removed", "删除"),
            Change::Added => text!("{en}: new", "{zh}：新增"),
            Change::Removed => text!("{en}: removed", "{zh}：删除"),
            Change::Changed { from, to } if self.path.is_empty() => {
                text!("was `{from}`, is `{to}`", "由 `{from}` 改为 `{to}`")
            }
            Change::Changed { from, to } => text!("{en}: was `{from}`, is `{to}`", "{zh}：由 `{from}` 改为 `{to}`"),
        }
    }
}

/// A path in words, from the outside in.
fn place(path: &str, called: Called<'_>) -> Text {
    let (mut en, mut zh) = (Vec::new(), Vec::new());
    let mut segments = path.split('.').filter(|segment| !segment.is_empty());
    let mut names = Vec::new();
    while let Some(segment) = segments.next() {
        match ONE_OF.iter().find(|(many, _, _)| *many == segment) {
            Some((_, one_en, one_zh)) => match segments.next() {
                None => (en.push((*one_en).to_owned()), zh.push((*one_zh).to_owned())),
                Some(which) => {
                    names.push(which);
                    match called(segment, &names) {
                        Some(label) => (
                            en.push(format!("{one_en} {} (`{which}`)", label.en)),
                            zh.push(format!("{one_zh} {}（`{which}`）", label.zh)),
                        ),
                        None => (en.push(format!("{one_en} `{which}`")), zh.push(format!("{one_zh} `{which}`"))),
                    }
                }
            },
            None => (en.push(format!("`{segment}`")), zh.push(format!("`{segment}`"))),
        };
    }
    Text { en: en.join(", "), zh: zh.join("，") }
}

/// What the plural keys of the language hold one of.
const ONE_OF: &[(&str, &str, &str)] = &[
    ("fields", "field", "字段"),
    ("nodes", "node", "节点"),
    ("actions", "action", "操作"),
    ("rules", "rule", "规则"),
    ("checks", "check", "校验"),
    ("rows", "row", "行"),
    ("inputs", "input", "输入"),
    ("outputs", "output", "输出"),
    ("settings", "setting", "参数"),
    ("options", "option", "选项"),
    ("timers", "timer", "定时"),
    ("sections", "section", "分区"),
    ("limits", "limit", "限额"),
    ("dimensions", "dimension", "维度"),
    ("indexes", "index", "索引"),
    ("measures", "measure", "指标"),
    ("tiles", "tile", "磁贴"),
    ("cases", "case", "用例"),
];

fn words(kind: &str, name: &str, path: &str, change: &Change) -> Text {
    let within = place(path, &|_, _| None);
    let (en, zh) = if path.is_empty() {
        (format!("{kind} `{name}`"), format!("{kind} `{name}`"))
    } else {
        (format!("{kind} `{name}`, {}", within.en), format!("{kind} `{name}`，{}", within.zh))
    };
    match change {
        Change::Added => text!("{en}: new", "{zh}：新增"),
        Change::Removed => text!("{en}: removed", "{zh}：删除"),
        Change::Changed { from, to } => text!("{en}: was `{from}`, is `{to}`", "{zh}：由 `{from}` 改为 `{to}`"),
    }
}
