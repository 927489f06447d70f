//! What a file is, told by its path.

use formwork_model::{code, diagnostic::Diagnostic, nearest::nearest, source::Span, text};

use super::FOLDERS;
use crate::{schema::kinds, system};

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// `NAME.KIND.yaml`
    Definition(&'static str),
    /// `NAME.rhai`
    Script,
    /// `NAME.csv`
    Csv,
    /// Something that looks like a definition, but is none.
    UnknownKind,
    /// Something that does not belong here.
    Stray,
    /// Something that nobody minds: hidden files, notes, what editors leave behind.
    Ignored,
}

/// The path of a file, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FilePath {
    pub(super) path: String,
    /// `definitions`, `forms`, `scripts`, `tests/scenarios`, or `system` for what ships with the engine.
    folder: &'static str,
    /// The first folder below it; empty when there is none.
    pub(super) module: String,
    /// The file's name up to the first point.
    pub(super) name: String,
    pub(super) role: Role,
}

impl FilePath {
    pub(super) fn new(path: &str) -> Self {
        let below = |folder: &str| Some(path.strip_prefix(folder)?.strip_prefix('/')?.to_owned());
        let place = FOLDERS.into_iter().chain([system::MODULE]).find_map(|folder| Some((folder, below(folder)?)));
        let (folder, rest) = place.unwrap_or(("", path.to_owned()));
        let (folders, file) = rest.rsplit_once('/').unwrap_or(("", &rest));
        let module = if folder == system::MODULE { folder } else { folders.split('/').next().unwrap_or_default() };
        let module = module.to_owned();
        let (name, ending) = file.split_once('.').unwrap_or((file, ""));
        let role = match role(file, ending) {
            Role::Ignored => Role::Ignored,
            _ if folder.is_empty() => Role::Stray,
            role => role,
        };
        Self { path: path.to_owned(), folder, module, name: name.to_owned(), role }
    }

    /// Whether it is part of the engine.
    pub(super) fn is_system(&self) -> bool {
        self.folder == system::MODULE
    }

    /// What is wrong with the path of the file with number `source`.
    pub(super) fn problem(&self, source: u32) -> Option<Diagnostic> {
        let at = Span { source, start: 0, end: 0 };
        match self.role {
            Role::UnknownKind => Some(self.unknown_kind(at)),
            Role::Stray => {
                let name = self.path.rsplit('/').next().unwrap_or_default();
                let stray = Diagnostic::warning(
                    code!("stray-file"),
                    at,
                    text!("nothing reads the file `{name}`", "没有任何内容使用文件 `{name}`"),
                );
                Some(match name.strip_suffix(".yml") {
                    Some(stem) => stray.help(text!("rename it to `{stem}.yaml`", "请改名为 `{stem}.yaml`")),
                    None => stray.help(text!(
                        "definitions are called NAME.KIND.yaml, scripts NAME.rhai, data of tables NAME.csv",
                        "定义文件名为 NAME.KIND.yaml，脚本为 NAME.rhai，表格数据为 NAME.csv"
                    )),
                })
            }
            Role::Definition(kind) => self.misplaced(at, home(kind)),
            Role::Script => self.misplaced(at, "scripts"),
            Role::Csv => self.misplaced(at, "definitions"),
            Role::Ignored => None,
        }
    }

    fn unknown_kind(&self, at: Span) -> Diagnostic {
        let file = self.path.rsplit('/').next().unwrap_or_default();
        let kind = file.strip_suffix(".yaml").and_then(|stem| stem.split_once('.')).map_or("", |(_, kind)| kind);
        let list = kinds().join(", ");
        if kind.is_empty() {
            let message = text!("`{file}` does not say its kind", "`{file}` 没有写明种类");
            return Diagnostic::error(code!("unknown-kind"), at, message).help(text!(
                "name it NAME.KIND.yaml; the kinds are {list}",
                "文件名应为 NAME.KIND.yaml；可用的种类有 {list}"
            ));
        }
        let message = text!("there is no kind `{kind}`", "没有 `{kind}` 这个种类");
        let diagnostic = Diagnostic::error(code!("unknown-kind"), at, message);
        match nearest(kind, kinds().iter().copied()) {
            Some(near) => diagnostic.suggest(Some(near)),
            None => diagnostic.help(text!("the kinds are {list}", "可用的种类有 {list}")),
        }
    }

    fn misplaced(&self, at: Span, home: &str) -> Option<Diagnostic> {
        if self.folder == home || self.is_system() {
            return None;
        }
        let folder = self.folder;
        let message =
            text!("this file belongs in `{home}/`, not in `{folder}/`", "这个文件应放在 `{home}/`，而不是 `{folder}/`");
        Some(Diagnostic::warning(code!("stray-file"), at, message))
    }
}

fn role(file: &str, ending: &str) -> Role {
    if file.starts_with(['.', '#']) || file.ends_with('~') || file.ends_with(".md") || ending == "swp" {
        return Role::Ignored;
    }
    match ending.strip_suffix(".yaml") {
        Some(kind) => {
            kinds().iter().find(|known| **known == kind).map_or(Role::UnknownKind, |kind| Role::Definition(kind))
        }
        None => match ending {
            "yaml" => Role::UnknownKind,
            "rhai" => Role::Script,
            "csv" => Role::Csv,
            _ => Role::Stray,
        },
    }
}

fn home(kind: &str) -> &'static str {
    match kind {
        "form" => "forms",
        "scenario" => "tests/scenarios",
        _ => "definitions",
    }
}
