//! Templates: the wording of messages and of pages to print, compiled, with the fields it reads.

mod words;

pub use words::in_words;

use std::fmt;

use formwork_definition::kind::template::Paper;
use formwork_model::{
    name::Name,
    source::Span,
    text::{Language, Text},
};
use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderError, html_escape, no_escape,
};
use indexmap::IndexMap;
use serde_json::Value as Json;

/// The wording of a message, or of a page to print.
pub struct Template {
    /// Its name.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// The object whose fields it uses.
    pub object: Name,
    /// The sheet it is printed on; `None` is a message.
    pub print: Option<Sheet>,
    /// What it reads of the record.
    pub reads: Reads,
    compiled: Compiled,
}

/// A sheet of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sheet {
    /// Its size.
    pub paper: Paper,
    /// Whether the long side lies below.
    pub landscape: bool,
}

/// What a page to print knows beside the record: the day, and the reader's name.
pub const PRINTED: [&str; 2] = ["printed_on", "printed_by"];

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

/// The compiled wording, in each language.
pub(crate) struct Compiled {
    zh: Handlebars<'static>,
    en: Handlebars<'static>,
}

impl Compiled {
    /// Without wording yet. Values are plain text: in a page they are escaped, in a message they are what they are.
    pub(crate) fn new(is_page: bool) -> Self {
        Self { zh: engine(is_page, Language::Zh), en: engine(is_page, Language::En) }
    }

    pub(crate) fn of(&mut self, language: Language) -> &mut Handlebars<'static> {
        match language {
            Language::Zh => &mut self.zh,
            Language::En => &mut self.en,
        }
    }
}

/// An engine for which what is not there is an error.
fn engine(is_page: bool, language: Language) -> Handlebars<'static> {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    if is_page {
        engine.register_escape_fn(html_escape);
    } else {
        engine.register_escape_fn(no_escape);
    }
    let words = move |helper: &Helper<'_>,
                      _: &Handlebars<'_>,
                      _: &Context,
                      _: &mut RenderContext<'_, '_>,
                      out: &mut dyn Output|
          -> HelperResult {
        // What is empty, or masked, is no amount and has no words.
        let written = helper.param(0).and_then(|value| value.value().as_str()).unwrap_or_default();
        let amount = written.replace(',', "").parse().ok();
        out.write(&amount.map(|amount| in_words(amount, language)).unwrap_or_default())?;
        Ok(())
    };
    engine.register_helper("in_words", Box::new(words));
    engine
}

/// What a compiled part is called.
pub(crate) fn key(part: Part) -> &'static str {
    match part {
        Part::Subject => "subject",
        Part::Text => "text",
    }
}

impl Template {
    pub(crate) fn new(
        (name, label, span): (Name, Text, Span),
        object: Name,
        print: Option<Sheet>,
        reads: Reads,
        compiled: Compiled,
    ) -> Self {
        Self { name, label, span, object, print, reads, compiled }
    }

    /// The part in a language, over the values of what it reads. Without a subject of its own, a message's is the
    /// first line of its text.
    ///
    /// # Errors
    /// When a value it needs is missing.
    pub fn render(&self, part: Part, language: Language, values: &Json) -> Result<String, RenderError> {
        let engine = match language {
            Language::Zh => &self.compiled.zh,
            Language::En => &self.compiled.en,
        };
        if part == Part::Subject && !engine.has_template(key(part)) {
            let text = self.render(Part::Text, language, values)?;
            return Ok(text.lines().next().unwrap_or_default().trim().to_owned());
        }
        engine.render(key(part), values)
    }
}
