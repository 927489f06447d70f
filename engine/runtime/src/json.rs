//! Records, entries and offers as JSON, as every face shows them.

use formwork_catalog::{catalog::Catalog, object::Object, parse_value::render_json};
use formwork_model::{
    field_path::FieldPath,
    field_type::FieldType,
    incident::Incident,
    name::Name,
    record::{Record, Row},
    value::Value,
};
use formwork_store::table::history::Entry;
use serde_json::{Map, Value as Json, json};

use crate::{decider::state_of, flow::Offered, rejection::Problem};

/// A record: system fields first, then its fields in the order of the definition; `fields` narrows them.
pub fn record(object: &Object, record: &Record, fields: Option<&[Name]>) -> Json {
    pinned_record(object, None, (record, &[]), fields)
}

/// As [`record`], for one that another release than the live one may decide: `object` is as that release has it, and
/// what the live one has beside it follows. Where they differ, `pinned_release` names the release. Fields that are absent
/// for whoever asks are left out.
pub fn pinned_record(
    object: &Object,
    live: Option<(&Object, &str)>,
    (record, absent): (&Record, &[FieldPath]),
    fields: Option<&[Name]>,
) -> Json {
    let mut out = Map::new();
    out.insert("id".into(), json!(record.id.to_string()));
    let wanted = |name: &str| fields.is_none_or(|fields| fields.iter().any(|field| *field == name));
    if wanted("rev") {
        out.insert("rev".into(), json!(record.rev));
    }
    if wanted("number")
        && let Some(number) = &record.number
    {
        out.insert("number".into(), json!(number));
    }
    if wanted("state") && !record.flows.is_empty() {
        out.insert("state".into(), json!(state_of(record)));
    }
    if let Some((_, release)) = live {
        out.insert("pinned_release".into(), json!(release));
    }
    let newer = live.iter().flat_map(|(live, _)| &live.fields).filter(|field| object.field(field.name).is_none());
    let known = object.fields.iter().chain(newer).filter(|field| !absent.contains(&field.name.into()));
    for field in known.filter(|field| wanted(field.name.as_str())) {
        let value = record.fields.get(field.name);
        let json = if field.kind == FieldType::Lines { rows(value.rows()) } else { render_json(value) };
        out.insert(field.name.to_string(), json);
    }
    for (name, value) in [
        ("created_at", json!(record.created_at.to_string())),
        ("created_by", json!(record.created_by)),
        ("updated_at", json!(record.updated_at.to_string())),
        ("updated_by", json!(record.updated_by)),
    ] {
        if wanted(name) {
            out.insert(name.into(), value);
        }
    }
    // Values of fields that a later release removed are kept and shown apart.
    let removed: Map<String, Json> = record
        .fields
        .iter()
        .filter(|(name, _)| fields.is_none() && object.field(*name).is_none())
        .filter(|(name, _)| live.is_none_or(|(live, _)| live.field(*name).is_none()))
        .map(|(name, value)| (name.to_string(), render_json(value)))
        .collect();
    if !removed.is_empty() {
        out.insert("removed_fields".into(), Json::Object(removed));
    }
    Json::Object(out)
}

/// Where a record stands.
pub fn state(record: &Record) -> String {
    state_of(record)
}

fn rows(rows: &[Row]) -> Json {
    Json::Array(
        rows.iter()
            .map(|row| {
                let mut out = Map::new();
                out.insert("key".into(), json!(row.key));
                let mut fields: Vec<_> = row.fields.iter().collect();
                fields.sort_by_key(|(name, _)| *name);
                out.extend(fields.into_iter().map(|(name, value)| (name.to_string(), render_json(value))));
                Json::Object(out)
            })
            .collect(),
    )
}

/// A history entry.
pub fn entry(entry: &Entry) -> Json {
    json!({
        "seq": entry.seq,
        "command": entry.command.to_string(),
        "at": entry.at.to_string(),
        "actor": entry.actor,
        "on_behalf_of": entry.on_behalf_of,
        "release": entry.release,
        "pinned": entry.pinned,
        "kind": entry.kind,
        "target": entry.target.map(|(object, id)| json!({"object": object.as_str(), "id": id.to_string()})),
        "input": parsed(&entry.input),
        "reason": entry.reason,
        "changes": entry.changes.iter().map(|change| json!({
            "object": change.object.as_str(), "id": change.id.to_string(), "path": change.path,
            "old": value(&change.old), "new": value(&change.new),
        })).collect::<Vec<_>>(),
        "fired": entry.fired.iter().map(|fired| json!({"what": fired.what, "values": parsed(&fired.values)})).collect::<Vec<_>>(),
    })
}

fn value(value: &Value) -> Json {
    if let Value::Rows(lines) = value { rows(lines) } else { render_json(value) }
}

fn parsed(text: &str) -> Json {
    if text.is_empty() { Json::Null } else { serde_json::from_str(text).unwrap_or_else(|_| json!(text)) }
}

/// An offered action.
pub fn offered(offered: &Offered) -> Json {
    json!({
        "flow": offered.flow.as_str(),
        "node": offered.node.as_str(),
        "token": offered.token,
        "item": offered.item,
        "action": offered.action.as_str(),
        "label": offered.label,
        "form": offered.form.map(Name::as_str),
        "require": offered.require.iter().map(|name| name.as_str()).collect::<Vec<_>>(),
        "reason": offered.reason,
        "possible": offered.refused.is_none(),
        "why_not": offered.refused.as_ref().map(|why| problem(why, None)),
    })
}

/// One problem; `catalog` turns its place into file, line and column.
pub fn problem(problem: &Problem, catalog: Option<&Catalog>) -> Json {
    json!({
        "code": problem.code.as_str(),
        "message": problem.message,
        "field": problem.field,
        "rule": problem.rule,
        "at": problem.at.zip(catalog).map(|(at, catalog)| catalog.sources.locate(at)),
    })
}

/// An incident.
pub fn incident(incident: &Incident) -> Json {
    json!({
        "id": incident.id.to_string(),
        "what": incident.what.word(),
        "owner": incident.owner.to_string(),
        "cause": incident.cause,
        "opened_at": incident.opened_at.to_string(),
        "last_at": incident.last_at.to_string(),
        "times": incident.times,
        "record": incident.about.record.map(|(object, id)| json!({"object": object.as_str(), "id": id.to_string()})),
        "place": incident.about.place.map(|place| {
            json!({"flow": place.flow.as_str(), "node": place.node.as_str(), "token": place.token})
        }),
        "part": incident.about.part,
        "end": incident.end.as_ref().map(|end| json!({
            "how": end.how.word(), "at": end.at.to_string(), "by": end.by, "reason": end.reason,
        })),
    })
}
