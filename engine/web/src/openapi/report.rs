//! The operation of each report.

use formwork_catalog::report::Report;
use formwork_model::name::Name;
use serde_json::{Value as Json, json};

use super::{Paths, both, operation::Operation};

pub(super) fn add(report: &Report, path: &str, paths: &mut Paths) {
    let names = |names: &mut dyn Iterator<Item = &Name>| names.map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let dimensions = names(&mut report.dimensions.keys());
    let measures = names(&mut report.measures.keys());
    let text = || json!({"type": "string"});
    let day = || json!({"type": "string", "format": "date"});
    let filter = match report.only_source() {
        Some(source) => format!("the filter language over `{}`, as JSON", source.object),
        None => "a filter for each source, as JSON: `{\"source\": {…}}`".to_owned(),
    };
    let operation = Operation::new(format!("{}: what the caller sees of it", both(&report.label)), "reports")
        .parameter("rows", &format!("the dimensions of the rows, by commas, `-` for none: {dimensions}"), text())
        .parameter("columns", "the dimensions of the columns, by commas, `-` for none", text())
        .parameter("show", &format!("the measures, by commas: {measures}"), text())
        .parameter("from", "the first day of the period", day())
        .parameter("to", "the last day of the period", day())
        .parameter("filter", &filter, text())
        .parameter(
            "format",
            "a file in place of JSON, for those who may export",
            json!({"enum": ["json", "csv", "xlsx"]}),
        )
        .parameter("records", "1 adds the list that has the records of each cell", json!({"enum": ["0", "1"]}));
    paths.add(path, "GET", operation.answers("200", sheet()));
}

/// A computed report.
fn sheet() -> Json {
    let value = json!({"description": "decimals are texts, durations numbers of seconds; nothing is null"});
    let values = json!({"type": "array", "items": value, "description": "one for each measure"});
    let text = json!({"type": "object", "properties": {"en": {"type": "string"}, "zh": {"type": "string"}}});
    let axis = json!({"type": "object", "properties": {
        "dimensions": {"type": "array", "items": {"type": "object", "properties": {
            "name": {"type": "string"}, "label": text, "type": {"type": "string"}, "step": {"type": "string"},
        }}},
        "headings": {"type": "array", "items": {"type": "object", "properties": {
            "values": {"type": "array", "items": {}}, "labels": {"type": "array", "items": text},
        }}},
    }});
    let row = json!({"type": "array", "items": values});
    json!({"type": "object", "properties": {
        "report": {"type": "string"}, "label": text,
        "from": {"type": ["string", "null"], "format": "date"}, "to": {"type": ["string", "null"], "format": "date"},
        "at": {"type": "string", "format": "date-time"},
        "rows": axis, "columns": axis,
        "measures": {"type": "array", "items": {"type": "object", "properties": {
            "name": {"type": "string"}, "label": text, "digits": {"type": "integer"}, "currency": {"type": "string"},
            "format": {"enum": ["number", "percent", "money", "duration", "date", "datetime"]},
        }}},
        "cells": {"type": "array", "items": row, "description": "by row, then by column"},
        "row_totals": row, "column_totals": row, "total": values,
        "records": {"type": "array", "items": {"type": "object", "properties": {
            "row": {"type": ["integer", "null"]}, "column": {"type": ["integer", "null"]},
            "measure": {"type": "string"}, "object": {"type": "string"}, "filter": {"type": "object"},
        }}},
    }})
}
