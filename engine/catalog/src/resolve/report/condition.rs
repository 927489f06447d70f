//! Which records of a report count, and which lines.

use formwork_definition::{literal::Data, spanned::Sp};
use formwork_model::{
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
};
use serde_json::{Map, Value as Json, json};

use crate::{
    filter::{Filter, parse_filter},
    report::{Condition, Written},
    resolve::{
        Linker,
        literal::{place_of, to_json},
    },
};

/// The condition; `None` when it is wrong, which is then reported at the key it is about. Where each line counts for
/// itself, keys such as `lines.kind` are conditions on the line.
pub(super) fn resolve(
    linker: &Linker<'_>,
    (object, lines): (Name, Option<Name>),
    data: &Sp<Data>,
    out: &mut Diagnostics,
) -> Option<Condition> {
    let (record, line) = split(to_json(&data.value), lines);
    let mut parse = |json: &Json, stripped: &str| {
        let wrong = |key: &str| if stripped.is_empty() { key.to_owned() } else { key.replacen(stripped, ".", 1) };
        parse_filter(linker.names, object, json, &linker.context.zone)
            .map_err(|bad| out.push(Diagnostic::error(bad.code, place_of(data, &wrong(&bad.key)), bad.message)))
            .ok()
    };
    let record = Written { filter: parse(&record, "")?, json: record };
    let Some((lines, line)) = lines.zip(line) else { return Some(Condition { record, line: None }) };
    match parse(&json!({lines.as_str(): {"any": &line}}), ".any.")? {
        Filter::Lines(parsed) => Some(Condition { record, line: Some(Written { filter: *parsed.that, json: line }) }),
        _ => None,
    }
}

/// What is said of the record, and what of the line.
fn split(json: Json, lines: Option<Name>) -> (Json, Option<Json>) {
    let (Json::Object(pairs), Some(lines)) = (&json, lines) else { return (json, None) };
    let mut of_record = Map::new();
    let mut of_line = Map::new();
    for (key, value) in pairs {
        let own = key.strip_prefix(lines.as_str()).and_then(|rest| rest.strip_prefix('.'));
        match own {
            Some(own) => of_line.insert(own.to_owned(), value.clone()),
            None => of_record.insert(key.clone(), value.clone()),
        };
    }
    let line = (!of_line.is_empty()).then_some(Json::Object(of_line));
    (Json::Object(of_record), line)
}
