//! Releases, rights, incidents and what other systems send, in the document.

use serde_json::{Map, Value as Json, json};

use super::operation::Operation;
use crate::routes::Route;

/// What a route about releases, rights, incidents or hooks takes; other routes stay as they are.
pub(super) fn describe(route: &Route, operation: Operation) -> Operation {
    if route.path.contains("/hooks/") {
        return operation.body(json!({"type": "object"}));
    }
    match route.path.split_once("/api/").map(|(_, rest)| (route.method, rest)) {
        Some(("POST", "release/plan")) => operation.body(of(&["to", "files", "from", "mapping"], &[])),
        Some(("POST", "release/impact")) => operation.body(of(&["to", "files", "since"], &[])),
        Some(("POST", "release/difference")) => operation.body(of(&["table", "to", "files", "since"], &["table"])),
        Some(("POST", "release/rollback")) => operation.body(of(&["to", "reason"], &["to"])),
        Some(("POST", "release/migrate")) => operation.body(of(&["to", "mapping", "dry_run"], &[])),
        Some(("GET", "access/why")) => asked(operation.parameter("user", "whose grants", text())),
        Some(("GET", "access/who")) => asked(operation),
        Some(("POST", "incidents/{incident}/retry")) => operation.body(of(&[], &[])),
        Some(("POST", "incidents/{incident}/skip")) => operation.body(of(&["reason"], &["reason"])),
        _ => operation,
    }
}

/// What somebody may do with what.
fn asked(operation: Operation) -> Operation {
    operation
        .parameter("object", "the object of the record", text())
        .parameter("id", "the record: its id, number or unique value", text())
        .parameter("action", "`read`, `update`, … or an action of a flow; default `read`", text())
        .parameter("field", "a field of it, or of its lines", text())
}

/// An object of these members.
fn of(members: &[&str], required: &[&str]) -> Json {
    let schema = |member: &str| match member {
        "files" => json!({"type": "object", "description": "a text for each path", "additionalProperties": text()}),
        "mapping" => json!({"type": "object"}),
        "dry_run" => json!({"type": "boolean"}),
        _ => text(),
    };
    let properties: Map<String, Json> = members.iter().map(|member| ((*member).to_owned(), schema(member))).collect();
    json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties})
}

fn text() -> Json {
    json!({"type": "string"})
}
