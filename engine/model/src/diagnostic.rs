//! What is wrong with a definition, where, and what to do.

use serde_json::{Value as Json, json};

use crate::{
    code::Code,
    source::{Sources, Span},
    text::Text,
};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The release can't go live.
    Error,
    /// Suspicious, but it runs.
    Warning,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The stable code.
    pub code: Code,
    /// Where.
    pub at: Span,
    /// What is wrong: lower case, no final period, user text in backticks.
    pub message: Text,
    /// What to do about it.
    pub help: Option<Text>,
    /// Other places that belong to it, each with a remark.
    pub related: Vec<(Span, Text)>,
}

impl Diagnostic {
    /// An error.
    pub fn error(code: Code, at: Span, message: Text) -> Self {
        Self { severity: Severity::Error, code, at, message, help: None, related: Vec::new() }
    }

    /// A warning.
    pub fn warning(code: Code, at: Span, message: Text) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, at, message) }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: Text) -> Self {
        self.help = Some(help);
        self
    }

    /// Adds "did you mean", when there is a near name.
    #[must_use]
    pub fn suggest(self, near: Option<&str>) -> Self {
        match near {
            Some(near) => self.help(crate::text!("did you mean `{near}`?", "是不是 `{near}`？")),
            None => self,
        }
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, at: Span, remark: Text) -> Self {
        self.related.push((at, remark));
        self
    }

    /// For editors and the web: path, line, column, byte range, code, both languages.
    pub fn to_json(&self, sources: &Sources) -> Json {
        let place = |span: Span| {
            let p = sources.place(span);
            json!({
                "path": p.map(|p| p.path), "line": p.map(|p| p.line), "column": p.map(|p| p.column),
                "start": span.start, "end": span.end,
            })
        };
        json!({
            "severity": match self.severity { Severity::Error => "error", Severity::Warning => "warning" },
            "code": self.code.as_str(),
            "at": place(self.at),
            "message": self.message,
            "help": self.help,
            "related": self.related.iter().map(|(span, remark)| json!({"at": place(*span), "message": remark})).collect::<Vec<_>>(),
        })
    }
}

/// Everything found in one load.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all of `other`.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many were found.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The findings.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// Orders by place, drops repetitions.
    pub fn sort(&mut self) {
        self.0.sort_by_key(|found| (found.at, found.code));
        self.0.dedup();
    }
}
