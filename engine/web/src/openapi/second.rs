//! Handing in and approving edits of the definitions in the document.

use serde_json::{Value as Json, json};

use super::operation::Operation;
use crate::routes::Route;

/// What a route of four eyes takes and answers; other routes stay as they are.
pub(super) fn describe(route: &Route, operation: Operation) -> Operation {
    match route.path.split_once("/api/release/").map(|(_, rest)| (route.method, rest)) {
        Some(("GET", "hand-in")) => operation.answers("200", handed_in(json!({}))),
        Some(("POST", "hand-in")) => {
            let files = json!({
                "type": "object", "additionalProperties": {"type": ["string", "null"]},
                "description": "what is changed of the live release, by path; null takes a file away. Without it: the edit in the browser",
            });
            let body = object(&["reason"], json!({"files": files, "reason": {"type": "string"}}));
            operation.body(body).answers("201", handed_in(json!({})))
        }
        Some(("DELETE", "hand-in")) => operation.answers_nothing(),
        Some(("GET", "handed-in")) => {
            let data = json!({"data": {"type": "array", "items": handed_in(json!({}))}});
            operation.answers("200", json!({"type": "object", "required": ["data"], "properties": data}))
        }
        Some(("GET", "handed-in/{author}")) => {
            let more = json!({
                "files": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
                "plan": {"type": "object", "description": "as `release/plan` answers it"},
            });
            operation.answers("200", handed_in(more))
        }
        Some(("POST", "handed-in/{author}")) => {
            let text = json!({"type": "string"});
            let body = object(
                &["decision", "reason"],
                json!({
                    "decision": {"enum": ["approve", "refuse"]}, "reason": text,
                    "release": {"type": "string", "description": "approve: the hash that was looked at"},
                }),
            );
            let answer = json!({"author": text, "decision": text, "release": text});
            operation.body(body).answers("200", json!({"type": "object", "properties": answer}))
        }
        _ => operation,
    }
}

fn object(required: &[&str], properties: Json) -> Json {
    json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties})
}

fn handed_in(more: Json) -> Json {
    let text = json!({"type": "string"});
    let mut properties = json!({
        "author": text, "release": {"type": "string", "description": "the hash of the release that it makes"},
        "reason": text, "at": {"type": "string", "format": "date-time"},
        "refused": {"type": ["object", "null"], "properties": {"by": text, "reason": text}},
    });
    if let (Json::Object(properties), Json::Object(more)) = (&mut properties, more) {
        properties.extend(more);
    }
    json!({"type": "object", "properties": properties})
}
