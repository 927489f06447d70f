//! Where a reload can stop, and what is told about it.

use std::{collections::BTreeSet, path::Path};

use formwork_catalog::{catalog::Catalog, filter::Filter};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics, Severity},
    name::Name,
    source::{Sources, Span},
    text,
    text::{Language, Text},
};
use formwork_runtime::{book::Book, command::Actor, json, query::Query, rejection::Refusal};
use serde_json::Value as Json;

use crate::failure::Failure;

/// An edit that stopped on its way.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) stage: &'static str,
    pub(super) rendered: String,
    pub(super) diagnostics: Vec<Json>,
}

pub(super) fn to_json(found: &Diagnostics, sources: &Sources) -> Vec<Json> {
    found.iter().map(|one| one.to_json(sources)).collect()
}

/// The warnings of a catalog that was checked without keeping them.
pub(super) fn warnings_of(catalog: &Catalog) -> Vec<Json> {
    let files = catalog.sources.iter().map(|source| (source.path.to_string(), source.text.as_bytes().to_vec()));
    let checked = formwork_catalog::check::check_parsed(formwork_definition::load::parse(files));
    let warnings = checked.diagnostics.iter().filter(|one| one.severity == Severity::Warning);
    warnings.map(|one| one.to_json(&checked.sources)).collect()
}

/// The folder can't be read.
pub(super) fn unreadable(folder: &Path, error: &std::io::Error, language: Language) -> Refused {
    let shown = folder.display();
    let message = text!("{shown} can't be read: {error}", "{shown} 无法读取：{error}");
    refused("check", "unreadable-file", &message, language)
}

/// The release does not fit the data, or the store failed.
pub(super) fn not_activated(refusal: &Refusal, catalog: &Catalog, language: Language) -> Refused {
    match refusal {
        Refusal::Rejected(rejection) => {
            let problems = rejection.problems.iter();
            let rendered = Failure::refusal(refusal, Some(catalog)).message.get(language).to_owned();
            Refused {
                stage: "activate",
                rendered,
                diagnostics: problems.map(|one| json::problem(one, Some(catalog))).collect(),
            }
        }
        Refusal::Fault(_) | Refusal::Store(_) => {
            refused("activate", "store-failed", &Failure::refusal(refusal, None).message, language)
        }
    }
}

fn refused(stage: &'static str, code: &str, message: &Text, language: Language) -> Refused {
    let diagnostic = serde_json::json!({"severity": "error", "code": code, "message": message});
    Refused { stage, rendered: message.get(language).to_owned(), diagnostics: vec![diagnostic] }
}

/// The book is called otherwise than the one that is served.
pub(super) fn renamed(now: &Catalog, before: &Catalog) -> Diagnostics {
    let (new, old) = (now.book.name, before.book.name);
    let source = now.sources.iter().position(|source| source.path.ends_with(".book.yaml")).unwrap_or(0) as u32;
    let message = text!(
        "the book is called `{new}` now; a running book keeps its name `{old}`",
        "账套名变成了 `{new}`；运行中的账套不能改名（原名 `{old}`）"
    );
    let help = text!("undo it, or rename the data folder and start again", "请撤销，或重命名数据文件夹后重新启动");
    let mut found = Diagnostics::default();
    found.push(Diagnostic::error(code!("book-renamed"), Span { source, start: 0, end: 0 }, message).help(help));
    found
}

/// Whether a node of the release before is missing now: only then can a record be left standing on one.
pub(super) fn removes_nodes(before: &Catalog, now: &Catalog) -> bool {
    let known = nodes(now);
    nodes(before).iter().any(|place| !known.contains(place))
}

fn nodes(catalog: &Catalog) -> BTreeSet<(Name, Name)> {
    catalog.flows.values().flat_map(|flow| flow.nodes.keys().map(|node| (flow.name, *node))).collect()
}

/// How many records stand on nodes the catalog does not have.
pub(super) fn stranded(book: &Book, catalog: &Catalog) -> Result<u64, &'static str> {
    let nodes = nodes(catalog);
    let mut stranded = 0;
    for object in catalog.objects.keys() {
        let filter = Filter::And(Vec::new());
        let mut query = Query {
            object: *object,
            filter,
            within: Filter::And(Vec::new()),
            sort: Vec::new(),
            limit: 500,
            after: None,
        };
        loop {
            let page = book.list(&query, &Actor::system()).map_err(|_| "the store failed")?;
            stranded += page
                .records
                .iter()
                .filter(|record| {
                    let mut tokens =
                        record.flows.iter().flat_map(|run| run.tokens.iter().map(|token| (run.flow, token.node)));
                    tokens.any(|place| !nodes.contains(&place))
                })
                .count() as u64;
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
    }
    Ok(stranded)
}
