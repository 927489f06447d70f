//! The grid of a table: its cells, and on them what the compiler finds; gaps as rows that are missing; an input tried.

use std::collections::BTreeMap;

use formwork_catalog::{
    parse_value::render_json,
    table::{
        Hit, Table,
        analysis::{Example, Findings, analyse},
        rows::Written,
    },
};
use formwork_model::{field_type::FieldType, name::Name, source::Span, text};
use formwork_runtime::book::Draft;
use formwork_script::host::Outputs;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::{policy, written};
use crate::{
    draft::{
        checked::{Verdict, check},
        own,
        rows::path_of_table,
    },
    error::Problem,
    page::{
        admin::{Part, draft::finding, people::role_label, said, told},
        typed::Typed,
        view::View,
    },
};

/// Rows of a page.
const PAGE: usize = 200;

/// A fingerprint of the rows, so that an older page does not write over newer ones.
pub(super) fn mark(written: &Written) -> String {
    let mut hash = Sha256::new();
    for cell in written.rows.iter().flat_map(|row| &row.cells) {
        hash.update((cell.len() as u64).to_le_bytes());
        hash.update(cell.as_bytes());
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The values of the page of a table.
pub(super) fn page(view: &View, name: Name, typed: &Typed) -> Result<Json, Problem> {
    let draft = own(view)?;
    let written = written(view, &draft, name)?;
    let checked = check(&view.catalog, &draft);
    let table = checked.tables.get(&name).cloned();
    let shape = table.clone().or_else(|| view.catalog.tables.get(&name).cloned());
    let findings = table.as_ref().map(|table| analyse(table)).unwrap_or_default();
    let tried =
        shape.as_ref().filter(|_| typed.filled("try").is_some()).map(|table| tried(view, &checked, table, typed));
    let hits = tried.as_ref().and_then(|tried| tried["hits"].as_array().cloned()).unwrap_or_default();
    let file = path_of_table(&view.catalog, name)?;
    let hit = shape.as_ref().map_or(Hit::Unique, |table| table.hit);
    let marks = Marks::of(view, &checked, (&file, &written), &findings, hit);
    let sought = typed.filled("q").unwrap_or_default().to_lowercase();
    let matching: Vec<usize> = (0..written.rows.len())
        .filter(|at| {
            let cells = written.rows.get(*at).map(|row| row.cells.as_slice()).unwrap_or_default();
            let hit = hits.contains(&json!(at + 1)) || marks.rows.contains_key(at);
            sought.is_empty()
                || cells.iter().any(|cell| cell.to_lowercase().contains(&sought))
                || (sought == "!" && hit)
        })
        .collect();
    let columns = columns(view, &written, shape.as_deref());
    let from = typed.filled("from").and_then(|from| from.parse::<usize>().ok()).unwrap_or(0);
    let rows: Vec<Json> = matching
        .iter()
        .skip(from)
        .take(PAGE)
        .map(|at| row(&written, &columns, *at, &marks, hits.contains(&json!(at + 1))))
        .collect();
    let here = format!("{}/{name}", Part::Tables.href(view));
    let next = (matching.len() > from + PAGE).then(|| {
        let mut out = form_urlencoded::Serializer::new(String::new());
        out.extend_pairs([("q", sought.as_str()), ("from", &(from + PAGE).to_string())]);
        format!("{here}?{}", out.finish())
    });
    let kept = view.catalog.tables.get(&name).and_then(|table| table.owner);
    Ok(json!({
        "crumb": {"href": Part::Tables.href(view), "label": view.word("adm_tables")}, "href": here, "name": name.as_str(),
        "path": written.path, "columns": columns, "rows": rows, "count": written.rows.len(),
        "last": written.rows.len(), "mark": mark(&written), "q": typed.filled("q"), "next": next,
        "from": from, "gaps": gaps(view, &written, &findings), "more_gaps": findings.more_gaps,
        "problems": marks.others, "unknown": findings.unknown.as_ref().map(|text| view.say(text)),
        "policy": shape.as_ref().map(|table| policy(view, table)), "tries": shape.as_ref().map(|table| tries(view, table, typed)),
        "tried": tried, "edited": draft.files.contains_key(&written.path), "review": Part::Draft.href(view),
        "well": marks.rows.is_empty() && marks.cells.is_empty() && marks.others.is_empty() && findings.gaps.is_empty(),
        "owner": kept.map(|role| role_label(view, role)),
        "source": crate::draft::may_everything(view)
            .then(|| format!("{}/admin/edit/{}", view.root, written.path)),
        "added": added(&columns, typed),
    }))
}

/// What is said about rows and cells.
#[derive(Default)]
pub(super) struct Marks {
    rows: BTreeMap<usize, Vec<(&'static str, String)>>,
    /// What is worth knowing of a row and no mistake.
    notes: BTreeMap<usize, String>,
    cells: BTreeMap<(usize, usize), String>,
    pub(super) others: Vec<Json>,
}

impl Marks {
    /// What is said about the rows of a table as an edit has them.
    pub(super) fn of_edit(view: &View, draft: &Draft, name: Name, written: &Written) -> Result<Self, Problem> {
        let checked = check(&view.catalog, draft);
        let table = checked.tables.get(&name);
        let findings = table.map(|table| analyse(table)).unwrap_or_default();
        let file = path_of_table(&view.catalog, name)?;
        Ok(Self::of(view, &checked, (&file, written), &findings, table.map_or(Hit::Unique, |table| table.hit)))
    }

    /// What is wrong with a cell.
    pub(super) fn cell(&self, row: usize, column: usize) -> Option<&String> {
        self.cells.get(&(row, column))
    }

    /// What is said about a row, each with its tone.
    pub(super) fn row(&self, row: usize) -> Vec<Json> {
        let said = self.rows.get(&row).into_iter().flatten();
        said.map(|(tone, text)| json!({"tone": tone, "text": text})).collect()
    }

    /// How many cells and rows can't be as they are.
    pub(super) fn errors(&self) -> usize {
        self.cells.len() + self.rows.values().flatten().filter(|(tone, _)| *tone == "tone-bad").count()
    }

    fn of(view: &View, checked: &Verdict, (file, written): (&str, &Written), findings: &Findings, hit: Hit) -> Self {
        let mut marks = Self::default();
        for one in checked.diagnostics.iter() {
            let path = checked.sources.get(one.at.source).map_or("", |source| &source.path);
            if path != written.path && path != file {
                continue;
            }
            let message = told::plain(view.say(&one.message));
            let rows = written.rows.iter().enumerate().filter(|_| path == written.path);
            let row = rows.clone().find(|(_, row)| at(&row.span, one.at)).map(|(row, _)| row);
            let cell = row.and_then(|row| {
                let places = &written.rows.get(row)?.places;
                let found = places.iter().position(|place| place.is_some_and(|place| at(&place, one.at)))?;
                Some((row, found))
            });
            let tone =
                if one.severity == formwork_model::diagnostic::Severity::Error { "tone-bad" } else { "tone-wait" };
            // Rows that hit together or never count are marked from the analysis, which knows both of them.
            let analysed = ["table-overlap", "dead-row", "table-gap"].contains(&one.code.as_str());
            match (row, cell) {
                _ if analysed => {}
                (_, Some(cell)) => {
                    marks.cells.entry(cell).or_insert(message);
                }
                (Some(row), None) => marks.rows.entry(row).or_default().push((tone, message)),
                (None, None) => marks.others.push(finding(view, one, &checked.sources)),
            }
        }
        marks.analysed(view, findings, hit);
        marks
    }

    fn analysed(&mut self, view: &View, findings: &Findings, hit: Hit) {
        for dead in &findings.dead {
            let by: Vec<String> = dead.covered_by.iter().map(|row| (row + 1).to_string()).collect();
            let by = by.join(", ");
            let message = if dead.covered_by.is_empty() {
                text!("nothing can meet this row", "没有输入能匹配此行")
            } else {
                text!("never counts: taken by {by}", "永远不起作用：已被第 {by} 行覆盖")
            };
            self.rows.entry(dead.row as usize).or_default().push(("tone-wait", view.say(&message).to_owned()));
        }
        let mut others: BTreeMap<usize, (bool, Vec<u32>)> = BTreeMap::new();
        let agree = |differ: Option<bool>| hit == Hit::Any && differ == Some(false);
        for overlap in findings.overlaps.iter().filter(|overlap| !agree(overlap.differ)) {
            let (one, two) = overlap.rows;
            for (row, other) in [(one, two + 1), (two, one + 1)] {
                let (sure, others) = others.entry(row as usize).or_default();
                *sure |= overlap.proven && (hit == Hit::Unique || overlap.differ == Some(true));
                others.push(other);
            }
        }
        for (row, (sure, others)) in others {
            let others = others.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
            let message = text!("can hit with row {others}", "可能与第 {others} 行同时命中");
            let message = view.say(&message).to_owned();
            // Where the first row or all rows count, rows that hit together are meant to.
            match (hit, sure) {
                (Hit::Unique | Hit::Any, true) => self.rows.entry(row).or_default().push(("tone-bad", message)),
                (Hit::Unique | Hit::Any, false) => self.rows.entry(row).or_default().push(("tone-wait", message)),
                _ => _ = self.notes.insert(row, message),
            }
        }
    }
}

fn at(span: &Span, part: Span) -> bool {
    span.start <= part.start && part.start < span.end.max(span.start + 1)
}

/// The columns as a heading shows them.
pub(super) fn columns(view: &View, written: &Written, table: Option<&Table>) -> Vec<Json> {
    let shown = |name: &String| {
        let input = table.and_then(|table| table.inputs.iter().find(|input| input.name == *name.as_str()));
        let output = table.and_then(|table| table.outputs.iter().find(|output| output.name == *name.as_str()));
        let label = input.map(|input| &input.label).or(output.map(|output| &output.label));
        let kind = input.map(|input| &input.kind).or(output.map(|output| &output.kind));
        let words = match kind {
            Some(FieldType::Choice(options)) => options.iter().map(|option| option.name.to_string()).collect(),
            Some(FieldType::Boolean) => vec!["true".to_owned(), "false".to_owned()],
            _ => Vec::new(),
        };
        json!({
            "name": name, "label": label.map_or(name.as_str(), |label| view.say(label)), "kind": kind.map(FieldType::word),
            "class": if output.is_some() { "out" } else { "in" }, "words": words, "list": format!("words-{name}"),
        })
    };
    written.columns.iter().map(shown).collect()
}

/// The cells of the row that can be added.
fn added(columns: &[Json], typed: &Typed) -> Vec<Json> {
    let cell = |(at, column): (usize, &Json)| {
        let name = format!("new.{at}");
        json!({"text": typed.last(&name), "name": name, "label": column["label"], "list": column["list"]})
    };
    columns.iter().enumerate().map(cell).collect()
}

fn row(written: &Written, columns: &[Json], at: usize, marks: &Marks, hit: bool) -> Json {
    let known = written.rows.get(at).map(|row| row.cells.as_slice()).unwrap_or_default();
    let cells: Vec<Json> = known
        .iter()
        .enumerate()
        .map(|(column, text)| {
            let known = columns.get(column);
            json!({
                "name": format!("c{at}.{column}"), "text": text, "column": known.map(|known| &known["label"]),
                "list": known.map(|known| &known["list"]),
                "error": marks.cells.get(&(at, column)), "id": format!("c{at}-{column}"),
            })
        })
        .collect();
    let said = marks.row(at);
    // All of it once more, for where there is no room beside the cells.
    let wrong = cells.iter().filter(|cell| !cell["error"].is_null()).map(|cell| {
        let (column, error) = (cell["column"].as_str().unwrap_or_default(), cell["error"].as_str().unwrap_or_default());
        json!({"tone": "tone-bad", "text": format!("{column}: {error}")})
    });
    let note = marks.notes.get(&at).map(|note| json!({"tone": "plain", "text": note}));
    let told: Vec<Json> = wrong.chain(said.iter().cloned()).chain(note).collect();
    json!({
        "told": told, "span": columns.len() + 2,
        "at": at + 1, "cells": cells, "marks": said, "note": marks.notes.get(&at), "hit": hit, "place": at,
        "first": at == 0, "last": at + 1 == written.rows.len(),
    })
}

/// Inputs that no row covers, as rows that could be added.
fn gaps(view: &View, written: &Written, findings: &Findings) -> Vec<Json> {
    let shown = |gap: &formwork_catalog::table::analysis::Gap| {
        let cells: Vec<Json> = written
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let example = gap.example.iter().find(|(name, _)| *name == column.as_str()).map(|(_, example)| example);
                let text = match example {
                    Some(Example::Value(value)) => match render_json(value) {
                        Json::String(text) => text,
                        other => other.to_string(),
                    },
                    _ => String::new(),
                };
                json!({"name": format!("new.{at}"), "text": text, "column": column})
            })
            .collect();
        json!({"words": told::plain(view.say(&gap.description)), "proven": gap.proven, "cells": cells})
    };
    findings.gaps.iter().map(shown).collect()
}

/// The inputs to try, as they were typed.
fn tries(view: &View, table: &Table, typed: &Typed) -> Vec<Json> {
    let shown = |input: &formwork_catalog::table::Input| {
        let name = format!("i.{}", input.name);
        json!({
            "label": view.say(&input.label), "text": typed.last(&name).unwrap_or_default(), "list": format!("words-{}", input.name),
            "name": name,
        })
    };
    table.inputs.iter().map(shown).collect()
}

/// What the table answers to an input: under the edit when it has no error, else as it is live.
fn tried(view: &View, checked: &Verdict, table: &Table, typed: &Typed) -> Json {
    let inputs: Map<String, Json> = table
        .inputs
        .iter()
        .filter_map(|input| {
            let text = typed.filled(&format!("i.{}", input.name))?;
            let value = match &input.kind {
                FieldType::Boolean => json!(text == "true"),
                _ => json!(text),
            };
            Some((input.name.to_string(), value))
        })
        .collect();
    let live = checked.catalog.is_none();
    let catalog = checked.catalog.clone().unwrap_or_else(|| view.catalog.clone());
    match view.book.try_table(&catalog, table.name, &inputs, &view.actor) {
        Ok((outputs, fired)) => {
            let one = |fields: &formwork_model::record::Fields| {
                let shown = table.outputs.iter().map(|output| {
                    let text = match render_json(fields.get(output.name)) {
                        Json::String(text) => text,
                        Json::Null => "—".to_owned(),
                        other => other.to_string(),
                    };
                    json!({"label": view.say(&output.label), "text": text})
                });
                Json::Array(shown.collect())
            };
            let answers: Vec<Json> = match &outputs {
                Outputs::One(fields) => vec![one(fields)],
                Outputs::Many(many) => many.iter().map(one).collect(),
            };
            let hits: Vec<u64> =
                fired.iter().filter_map(|what| what.rsplit_once('#').and_then(|(_, row)| row.parse().ok())).collect();
            json!({"answers": answers, "hits": hits, "fired": fired, "live": live, "by_default": hits.is_empty()})
        }
        Err(refusal) => json!({"problems": said(view, &Problem::from(refusal)), "live": live}),
    }
}
