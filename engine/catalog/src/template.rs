//! Templates: the wording of messages, compiled, with the fields it reads.

use std::fmt;

use formwork_model::{
    name::Name,
    source::Span,
    text::{Language, Text},
};
use handlebars::{Handlebars, RenderError, no_escape};
use indexmap::IndexMap;
use serde_json::Value as Json;

/// The wording of a message.
pub struct Template {
    /// Its name.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// The object whose fields it uses.
    pub object: Name,
    /// What it reads of the record.
    pub reads: Reads,
    compiled: Handlebars<'static>,
}

/// The fields a template reads, each with what it reads of the record or lines behind it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reads {
    /// Whether it is used as a whole.
    pub whole: bool,
    /// What is read of it.
    pub fields: IndexMap<Name, Reads>,
}

impl Reads {
    /// Notes that the value at the end of `path` is used.
    pub(crate) fn note(&mut self, path: &[Name]) {
        match path.split_first() {
            Some((first, rest)) => self.fields.entry(*first).or_default().note(rest),
            None => self.whole = true,
        }
    }

    /// Notes that something of what is at the end of `path` may be used.
    pub(crate) fn open(&mut self, path: &[Name]) {
        if let Some((first, rest)) = path.split_first() {
            self.fields.entry(*first).or_default().open(rest);
        }
    }
}

/// The part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The subject.
    Subject,
    /// The text.
    Text,
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template").field("name", &self.name).field("reads", &self.reads).finish_non_exhaustive()
    }
}

/// The engine with which templates are compiled: what is not there is an error, and nothing is escaped, since
/// messages are plain text.
pub(crate) fn engine() -> Handlebars<'static> {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.register_escape_fn(no_escape);
    engine
}

/// What a compiled part is called.
pub(crate) fn key(part: Part, language: Language) -> &'static str {
    match (part, language) {
        (Part::Subject, Language::Zh) => "subject zh",
        (Part::Subject, Language::En) => "subject en",
        (Part::Text, Language::Zh) => "text zh",
        (Part::Text, Language::En) => "text en",
    }
}

impl Template {
    pub(crate) fn new(
        name: Name,
        label: Text,
        span: Span,
        object: Name,
        reads: Reads,
        compiled: Handlebars<'static>,
    ) -> Self {
        Self { name, label, span, object, reads, compiled }
    }

    /// The part in a language, over the values of what it reads. Without a subject of its own, a message's is the
    /// first line of its text.
    ///
    /// # Errors
    /// When a value it needs is missing.
    pub fn render(&self, part: Part, language: Language, values: &Json) -> Result<String, RenderError> {
        if part == Part::Subject && !self.compiled.has_template(key(part, language)) {
            let text = self.render(Part::Text, language, values)?;
            return Ok(text.lines().next().unwrap_or_default().trim().to_owned());
        }
        self.compiled.render(key(part, language), values)
    }
}
