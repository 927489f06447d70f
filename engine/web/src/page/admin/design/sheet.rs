//! A file as a designer has it: its document in the reader's edit, what the compiler says about it, and where.

use std::{ops::Range, sync::Arc};

use formwork_catalog::soundness::Soundness;
use formwork_definition::yaml::edit::Document;
use formwork_model::{
    name::Name,
    source::Span,
    text::{Language, Text},
};
use formwork_runtime::book::Draft;
use serde_json::Value as Json;

use crate::{
    draft::{
        checked::{Verdict, check},
        files, own, text_of,
    },
    error::Problem,
    page::{
        admin::{draft::finding, nothing},
        view::View,
    },
};

/// A file that is designed.
pub(super) struct Sheet {
    pub(super) path: String,
    pub(super) doc: Document,
    /// Why it is no document; `doc` is empty then.
    pub(super) unreadable: Option<Text>,
    pub(super) draft: Draft,
    /// The whole edit, checked.
    pub(super) verdict: Arc<Verdict>,
    /// The place whose properties are shown.
    pub(super) at: String,
    /// The errors of other files.
    pub(super) elsewhere: Vec<Json>,
    found: Vec<(Range<usize>, Json)>,
}

impl Sheet {
    /// The file in the reader's edit, checked together with everything else.
    pub(super) fn open(view: &View, path: &str) -> Result<Self, Problem> {
        let draft = own(view)?;
        let text = text_of(view, &draft, path).ok_or_else(nothing)?;
        let (doc, unreadable) = match Document::read(&text) {
            Ok(doc) => (doc, None),
            Err(why) => (Document::read("").map_err(|_| nothing())?, Some(why)),
        };
        let verdict = check(&view.catalog, &draft);
        let (mut found, mut elsewhere) = (Vec::new(), Vec::new());
        for one in verdict.diagnostics.iter() {
            let shown = finding(view, one, &verdict.sources);
            if shown["path"] == path {
                found.push((one.at.start as usize..one.at.end as usize, shown));
            } else if shown["error"] == true {
                elsewhere.push(shown);
            }
        }
        let (path, at) = (path.to_owned(), String::new());
        Ok(Self { path, doc, unreadable, draft, verdict, at, elsewhere, found })
    }

    /// What was found at a place or below it; in the whole file without one.
    pub(super) fn said(&self, place: Option<&str>) -> Vec<Json> {
        let within = place.map(|place| self.doc.extent(place).unwrap_or(0..0));
        let here = |at: &Range<usize>| within.as_ref().is_none_or(|within| within.contains(&at.start));
        self.found.iter().filter(|(at, _)| here(at)).map(|(_, shown)| shown.clone()).collect()
    }

    /// The verdict on a flow, when its edges are all there.
    pub(super) fn soundness(&self, flow: &str) -> Option<&Soundness> {
        self.verdict.soundness.get(&Name::find(flow)?)
    }

    /// The byte of this file at which a span begins, when it is in this file.
    pub(super) fn byte_of(&self, span: Span) -> Option<usize> {
        let source = self.verdict.sources.get(span.source)?;
        (*source.path == *self.path).then_some(span.start as usize)
    }

    /// Whether nothing is wrong with the file.
    pub(super) fn is_well(&self) -> bool {
        self.found.is_empty() && self.unreadable.is_none()
    }

    /// `wrong` or `doubtful`, when something was found at a place or below it.
    pub(super) fn tone(&self, place: &str) -> &'static str {
        let said = self.said(Some(place));
        match said.iter().any(|one| one["error"] == true) {
            true => "wrong",
            false if said.is_empty() => "",
            false => "doubtful",
        }
    }

    /// A label in the language of the page; the other one when there is none.
    pub(super) fn label(&self, view: &View, path: &str) -> Option<String> {
        label_of(&self.doc, view.language, path)
    }

    pub(super) fn scalar(&self, path: &str) -> &str {
        self.doc.scalar(path).unwrap_or_default()
    }

    /// The line of a place, as the editor's address has it.
    pub(super) fn line_of(&self, place: &str) -> String {
        let start = self.doc.extent(place).filter(|_| !place.is_empty()).map(|extent| extent.start);
        let line = start.and_then(|start| self.doc.text().get(..start)).map(|head| head.matches('\n').count() + 1);
        line.map_or_else(String::new, |line| format!("#L{line}"))
    }

    /// Every file of the edit of this kind with this name in it, such as the object of a form.
    pub(super) fn others(&self, view: &View, kind: &str, name: &str) -> Vec<Document> {
        let all = self.named(view, kind).into_iter();
        all.filter(|(known, _)| known == name).map(|(_, doc)| doc).collect()
    }

    /// The files of a kind in the edit, by path.
    pub(super) fn files(&self, view: &View, kind: &str) -> Vec<(String, Document)> {
        let ending = format!(".{kind}.yaml");
        let all = files(&view.catalog, &self.draft).into_iter().filter(|(path, _)| path.ends_with(&ending));
        let mut all: Vec<_> = all.filter_map(|(path, text)| Some((path, Document::read(&text).ok()?))).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// The definitions of a kind in the edit, by name.
    pub(super) fn named(&self, view: &View, kind: &str) -> Vec<(String, Document)> {
        let all = self.files(view, kind).into_iter();
        let mut all: Vec<_> = all.filter_map(|(_, doc)| Some((doc.scalar(kind)?.to_owned(), doc))).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// The names of scripts in the edit.
    pub(super) fn scripts(&self, view: &View) -> Vec<String> {
        let all = files(&view.catalog, &self.draft).into_iter();
        let name = |path: &str| Some(path.strip_suffix(".rhai")?.rsplit('/').next()?.to_owned());
        all.filter_map(|(path, _)| name(&path)).collect()
    }

    /// The names of a kind in the edit with their labels.
    pub(super) fn choices(&self, view: &View, kind: &str) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, doc) in self.named(view, kind) {
            if all.iter().any(|(known, _)| *known == name) {
                continue;
            }
            let label = label_of(&doc, view.language, "label").unwrap_or_else(|| name.clone());
            all.push((name, label));
        }
        all
    }
}

/// A label of a document in a language; the other one when there is none.
pub(super) fn label_of(doc: &Document, language: Language, path: &str) -> Option<String> {
    let (first, second) = match language {
        Language::Zh => ("zh", "en"),
        Language::En => ("en", "zh"),
    };
    let part = |language: &str| doc.scalar(&format!("{path}/{language}")).filter(|text| !text.is_empty());
    doc.scalar(path).or_else(|| part(first)).or_else(|| part(second)).map(str::to_owned)
}
