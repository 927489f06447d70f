//! Why a record is as it is: what fired lately, what computes its fields, what can be done and why not the rest.

use axum::http::StatusCode;
use formwork_catalog::{
    catalog::Catalog,
    object::{Computed, Measure, Object},
    parse_value::render_json,
};
use formwork_model::{field_path::FieldPath, record::Record, value::Value};
use formwork_runtime::{access::Shown, json};
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer},
    ask::Ask,
};

/// How many entries are told.
const ENTRIES: usize = 10;

/// `GET /{book}/api/{object}/{id}/explain`
pub(crate) async fn explain(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let object = ask.object()?;
    let Shown { record, absent, .. } = ask.known_record(object.name)?;
    let offered = ask.book().offered(&ask.actor, object.name, record.id)?;
    let entries = ask.eyes().history(object.name, record.id, None, ENTRIES)?;
    let fired: Vec<Json> = entries
        .iter()
        .map(|entry| {
            let mut told = json::entry(entry);
            if let Json::Object(members) = &mut told {
                members.retain(|key, _| {
                    matches!(key.as_str(), "seq" | "at" | "actor" | "kind" | "release" | "pinned" | "reason" | "fired")
                });
            }
            told
        })
        .collect();
    let catalog = ask.book().catalog_of(&record)?;
    let object = catalog.object(object.name).unwrap_or(&object);
    let body = json!({
        "object": object.name.as_str(),
        "id": record.id.to_string(),
        "rev": record.rev,
        "release": &*catalog.release,
        "latest": &*ask.catalog.release,
        "history": fired,
        "computed": computed(&catalog, object, &record, &absent),
        "actions": offered.iter().map(json::offered).collect::<Vec<_>>(),
    });
    Ok(api::json(StatusCode::OK, &body))
}

/// Every computed and rolled-up field that is seen: its expression, where that is written, and what came of it.
fn computed(catalog: &Catalog, object: &Object, record: &Record, absent: &[FieldPath]) -> Vec<Json> {
    let path = |computed: &Computed| match computed.lines {
        Some(lines) => FieldPath::of_line(lines, computed.field),
        None => computed.field.into(),
    };
    let seen = |path: FieldPath| !absent.contains(&path);
    let shown = object.computed.iter().filter(|computed| seen(path(computed)));
    let programs = shown.map(|computed| {
        let values = match computed.lines {
            Some(lines) => {
                record.fields.get(lines).rows().iter().map(|row| render_json(row.fields.get(computed.field))).collect()
            }
            None => render_json(record.fields.get(computed.field)),
        };
        let field = path(computed).to_string();
        let at = catalog.sources.locate(computed.program.origin.span());
        json!({"field": field, "expression": &*computed.program.text, "at": at, "value": values})
    });
    let roll_ups = object.fields.iter().filter(|field| seen(field.name.into())).filter_map(|field| {
        let roll_up = field.roll_up.as_ref()?;
        let (measure, of) = match roll_up.measure {
            Measure::Count => ("count", None),
            Measure::Sum(of) => ("sum", Some(of)),
            Measure::Min(of) => ("min", Some(of)),
            Measure::Max(of) => ("max", Some(of)),
        };
        let value: &Value = record.fields.get(field.name);
        Some(json!({
            "field": field.name.as_str(),
            "roll_up": {"from": roll_up.from.as_str(), "by": roll_up.by.as_str(), "measure": measure, "of": of.map(|of| of.as_str())},
            "at": catalog.sources.locate(field.span),
            "value": render_json(value),
        }))
    });
    programs.chain(roll_ups).collect()
}
