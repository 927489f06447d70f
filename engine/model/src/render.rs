//! Diagnostics as text for a terminal, in the look of rustc.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::{
    diagnostic::{Diagnostic, Diagnostics, Severity},
    source::{Source, Sources, Span},
    text::{Language, Text},
};

/// Every diagnostic with its place, the line it is about, a caret and help.
pub fn render(diagnostics: &Diagnostics, sources: &Sources, language: Language, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in diagnostics.iter() {
        out.push_str(&renderer.render(&report(diagnostic, sources, language)));
        out.push_str("\n\n");
    }
    out
}

/// One line such as `3 errors, 1 warning`.
pub fn summary(diagnostics: &Diagnostics, language: Language) -> String {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    let s = |n: usize| if n == 1 { "" } else { "s" };
    let mut parts = Vec::new();
    if errors > 0 {
        let plural = s(errors);
        parts.push(crate::text!("{errors} error{plural}", "{errors} 个错误"));
    }
    if warnings > 0 {
        let plural = s(warnings);
        parts.push(crate::text!("{warnings} warning{plural}", "{warnings} 个警告"));
    }
    if parts.is_empty() {
        parts.push(crate::text!("no problems", "没有问题"));
    }
    let separator = if language == Language::Zh { "，" } else { ", " };
    parts.iter().map(|part| part.get(language)).collect::<Vec<_>>().join(separator)
}

fn report<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources, language: Language) -> Vec<Group<'a>> {
    let level = match diagnostic.severity {
        Severity::Error => named(Level::ERROR, language, "错误"),
        Severity::Warning => named(Level::WARNING, language, "警告"),
    };
    let mut first =
        Group::with_title(level.primary_title(diagnostic.message.get(language)).id(diagnostic.code.as_str()));
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        diagnostic.related.iter().partition(|(span, _)| span.source == diagnostic.at.source);
    if let Some(source) = sources.get(diagnostic.at.source) {
        first = place(first, source, diagnostic.at, &here, language);
    }
    if let Some(help) = &diagnostic.help {
        first = first.element(named(Level::HELP, language, "帮助").message(help.get(language)));
    }
    let notes = elsewhere.into_iter().map(|(span, remark)| note(*span, remark, sources, language));
    std::iter::once(first).chain(notes).collect()
}

/// A place in another file.
fn note<'a>(span: Span, remark: &'a Text, sources: &'a Sources, language: Language) -> Group<'a> {
    let note = Group::with_title(named(Level::NOTE, language, "说明").secondary_title(remark.get(language)));
    match sources.get(span.source) {
        Some(source) => place(note, source, span, &[], language),
        None => note,
    }
}

/// Adds the line at `span` with a caret, and the lines that belong to it.
fn place<'a>(
    group: Group<'a>,
    source: &'a Source,
    span: Span,
    related: &[&'a (Span, Text)],
    language: Language,
) -> Group<'a> {
    let path: &str = &source.path;
    // A problem of the whole file has no line to show.
    if span.start == span.end && span.start == 0 {
        return group.element(Origin::path(path));
    }
    let mut snippet: Snippet<'a, Annotation<'a>> = Snippet::source(&*source.text).path(path);
    for (at, remark) in related {
        let context = AnnotationKind::Context.span(on_one_line(&source.text, *at));
        snippet = snippet.annotation(context.label(remark.get(language)));
    }
    group.element(snippet.annotation(AnnotationKind::Primary.span(on_one_line(&source.text, span))))
}

fn named(level: Level<'static>, language: Language, zh: &'static str) -> Level<'static> {
    if language == Language::Zh { level.with_name(zh) } else { level }
}

/// The part of `span` on its first line: a whole list or mapping would fill the screen.
fn on_one_line(text: &str, span: Span) -> Range<usize> {
    let start = boundary(text, span.start as usize);
    let end = boundary(text, span.end as usize).max(start);
    let line = text.get(start..end).unwrap_or_default();
    let length = line.find(['\n', '\r']).unwrap_or(line.len());
    start..start + length
}

fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests;
