//! JSON Schemas of objects and of what every answer shares.

use formwork_catalog::{
    catalog::Catalog,
    object::{Field, Object, SYSTEM_FIELDS},
    source::{Condition, Source},
};
use formwork_model::{field_type::FieldType, text::Text, value::Value};
use serde_json::{Map, Value as Json, json};

use super::both;

/// Every schema of the document.
pub(super) fn all(catalog: &Catalog) -> Json {
    let mut schemas = shared();
    schemas.insert("Task".into(), super::task::task());
    schemas.insert("Approval".into(), super::task::approval());
    for object in catalog.objects.values() {
        let name = object.name;
        schemas.insert(name.to_string(), shown_record(object));
        schemas.insert(format!("{name}.create"), sent_record(object, true));
        schemas.insert(format!("{name}.update"), sent_record(object, false));
    }
    Json::Object(schemas)
}

fn shown_record(object: &Object) -> Json {
    let system = SYSTEM_FIELDS.iter().map(|(name, kind)| ((*name).to_owned(), of(kind, false)));
    let own = object.fields.iter().map(|field| (field.name.to_string(), shown(field)));
    let properties: Map<_, _> = system.chain(own).collect();
    labelled(json!({"type": "object", "properties": properties, "required": ["id"]}), &object.label)
}

fn sent_record(object: &Object, new: bool) -> Json {
    let fields = || object.fields.iter().filter(|field| field.is_input());
    let mut properties: Map<_, _> = fields().map(|field| (field.name.to_string(), sent(field))).collect();
    if !new {
        properties.insert("rev".into(), json!({"type": "integer", "description": "the revision that was seen"}));
    }
    let mut schema = json!({"type": "object", "additionalProperties": false, "properties": properties});
    let needed: Vec<&str> = fields().filter(|field| is_needed(field)).map(|field| field.name.as_str()).collect();
    if new && !needed.is_empty() {
        schema["required"] = json!(needed);
    }
    labelled(schema, &object.label)
}

fn is_needed(field: &Field) -> bool {
    matches!(field.required, Some(Condition::Always(true))) && field.default.is_none()
}

/// A field as it is answered.
fn shown(field: &Field) -> Json {
    described(field, false)
}

/// A field as it is sent.
pub(super) fn sent(field: &Field) -> Json {
    described(field, true)
}

fn described(field: &Field, sent: bool) -> Json {
    let mut schema = of(&field.kind, sent);
    if field.kind == FieldType::Lines {
        let lines = field.lines.iter().filter(|line| !sent || line.is_input());
        let key =
            ("key".to_owned(), json!({"type": "integer", "description": "keeps the line when the record is changed"}));
        let properties: Map<_, _> =
            std::iter::once(key).chain(lines.map(|line| (line.name.to_string(), described(line, sent)))).collect();
        schema["items"] = json!({"type": "object", "properties": properties});
    }
    let bounds = if field.kind.is_text() { ("minLength", "maxLength") } else { ("minimum", "maximum") };
    for (bound, word) in [(&field.min, bounds.0), (&field.max, bounds.1)] {
        if let (Some(Source::Literal(Value::Int(n))), true) =
            (bound, field.kind.is_text() || field.kind == FieldType::Integer)
        {
            schema[word] = json!(n);
        }
    }
    if !field.is_input() {
        schema["readOnly"] = json!(true);
    }
    let mut schema = labelled(schema, &field.label);
    if !field.help.is_empty() {
        schema["description"] = json!(format!("{}. {}", both(&field.label), both(&field.help)));
    }
    schema
}

/// With the label as its description.
pub(super) fn labelled(mut schema: Json, label: &Text) -> Json {
    schema["description"] = json!(both(label));
    schema
}

/// The values of a type, with null for empty. What is sent may be written in more ways than what is answered.
pub(super) fn of(kind: &FieldType, sent: bool) -> Json {
    let text = |format: &str| json!({"type": ["string", "null"], "format": format});
    let list = |items: Json| json!({"type": ["array", "null"], "items": items});
    match kind {
        FieldType::Text | FieldType::LongText | FieldType::User | FieldType::Department | FieldType::Phone => {
            json!({"type": ["string", "null"]})
        }
        FieldType::Integer if sent => json!({"type": ["integer", "string", "null"]}),
        FieldType::Integer => json!({"type": ["integer", "null"]}),
        FieldType::Decimal { .. } | FieldType::Money { .. } | FieldType::Percent if sent => {
            json!({"type": ["string", "number", "null"], "format": "decimal"})
        }
        FieldType::Decimal { .. } | FieldType::Percent => text("decimal"),
        FieldType::Money { currency } => {
            json!({"type": ["string", "null"], "format": "decimal", "x-currency": currency.code()})
        }
        FieldType::Boolean => json!({"type": ["boolean", "null"]}),
        FieldType::Date => text("date"),
        FieldType::DateTime => text("date-time"),
        FieldType::Duration if sent => json!({"type": ["integer", "string", "null"], "x-unit": "seconds"}),
        FieldType::Duration => json!({"type": ["integer", "null"], "x-unit": "seconds"}),
        FieldType::Choice(options) => {
            let names: Vec<Json> =
                options.iter().map(|option| json!(option.name.as_str())).chain([Json::Null]).collect();
            json!({"enum": names})
        }
        FieldType::Choices(options) => {
            list(json!({"enum": options.iter().map(|option| option.name.as_str()).collect::<Vec<_>>()}))
        }
        FieldType::Ref(to) if sent => json!({"type": ["string", "object", "null"], "x-object": to.as_str()}),
        FieldType::Ref(to) => json!({"type": ["string", "null"], "format": "uuid", "x-object": to.as_str()}),
        FieldType::Refs(to) if sent => list(json!({"type": ["string", "object"], "x-object": to.as_str()})),
        FieldType::Refs(to) => list(json!({"type": "string", "format": "uuid", "x-object": to.as_str()})),
        FieldType::Lines => list(json!({})),
        FieldType::File => json!({"oneOf": [{"$ref": "#/components/schemas/File"}, {"type": "null"}]}),
        FieldType::Files => list(json!({"$ref": "#/components/schemas/File"})),
        FieldType::Email => text("email"),
        FieldType::Url => text("uri"),
        FieldType::Region => json!({"type": ["string", "null"], "pattern": "^([0-9]{2}){1,3}$"}),
        FieldType::Geo => {
            json!({"type": ["object", "null"], "properties": {"lat": {}, "lon": {}}, "required": ["lat", "lon"]})
        }
        FieldType::Json => json!({}),
    }
}

fn shared() -> Map<String, Json> {
    let string = || json!({"type": "string"});
    let maybe = || json!({"type": ["string", "null"]});
    let text = json!({"$ref": "#/components/schemas/Text"});
    let found = json!({"code": string(), "message": text, "detail": string(), "field": maybe(), "rule": maybe(), "at": maybe()});
    let mut problem = found.clone();
    problem["type"] = string();
    problem["title"] = string();
    problem["status"] = json!({"type": "integer"});
    problem["request_id"] = string();
    problem["errors"] = json!({"type": "array", "items": {"type": "object", "properties": found}});
    let schemas = [
        ("Text", json!({"en": string(), "zh": string()})),
        ("Problem", problem),
        ("File", json!({"sha256": string(), "name": string(), "media": string(), "size": {"type": "integer"}})),
        (
            "Offer",
            json!({
                "flow": string(), "node": string(), "token": {"type": "integer"}, "item": {"type": ["integer", "null"]},
                "action": string(), "label": text.clone(), "form": maybe(), "require": {"type": "array", "items": string()},
                "reason": {"enum": ["required", "optional", null]}, "possible": {"type": "boolean"},
                "why_not": {"type": ["object", "null"]},
            }),
        ),
        (
            "Work",
            json!({
                "flow": string(), "node": string(), "label": text, "token": {"type": "integer"}, "queue": string(),
                "assignee": maybe(), "due": maybe(), "since": {"type": "string", "format": "date-time"},
                "accepted_at": maybe(),
                "escalations": {"type": "integer"}, "readers": {"type": "array", "items": string()},
            }),
        ),
        (
            "Entry",
            json!({
                "seq": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}, "actor": string(), "release": string(),
                "kind": string(), "reason": maybe(), "changes": {"type": "array", "items": {"type": "object"}},
                "fired": {"type": "array", "items": {"type": "object"}},
            }),
        ),
    ];
    let object = |properties: Json| json!({"type": "object", "properties": properties});
    schemas.into_iter().map(|(name, properties)| (name.to_owned(), object(properties))).collect()
}
