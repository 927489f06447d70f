//! Signing in, sessions and keys in the document.

use serde_json::{Value as Json, json};

use super::operation::Operation;
use crate::routes::Route;

/// What picks entries of the audit log.
fn audit_log(operation: Operation) -> Operation {
    let position = json!({"type": "integer", "minimum": 0});
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 10_000, "default": 1000});
    let text = json!({"type": "string"});
    operation
        .parameter("after", "the position of the last entry that is known", position)
        .parameter("limit", "entries of a page", limit)
        .parameter("what", "entries of this kind: `sign-in`, `decision`, …", text.clone())
        .parameter("actor", "what this login did", text.clone())
        .parameter("about", "what is about this login, or record as `object id`", text.clone())
        .parameter("since", "not from before this day or instant", text.clone())
        .parameter("until", "not from after this day, or from before this instant", text)
}

/// What a route about the caller's own account takes and answers; other routes stay as they are.
pub(super) fn describe(route: &Route, operation: Operation) -> Operation {
    let text = || json!({"type": "string"});
    let state = || json!({"type": "object", "properties": {"name": text(), "state": {"enum": ["served", "archived", "broken"]}}});
    match (route.method, route.path) {
        ("GET", "/account-sets") => return operation.answers("200", list(state())),
        ("POST", "/account-sets") => {
            let body = json!({"name": text(), "like": text(), "administrator": text(), "administrator_name": text()});
            return operation
                .body(object(&["name", "like", "administrator"], body))
                .answers("201", json!({"type": "object"}));
        }
        (_, "/account-sets/{set}/archive" | "/account-sets/{set}/open") => return operation.answers("200", state()),
        _ => {}
    }
    match route.path.split_once("/api/").map(|(_, rest)| (route.method, rest)) {
        Some((_, "sign-in")) => {
            let (text, flag) = (json!({"type": "string"}), json!({"type": "boolean"}));
            operation
                .body(object(&["login", "password"], json!({"login": text, "password": text})))
                .answers("200", json!({"type": "object", "properties": {"login": text, "must_change": flag}}))
        }
        Some((_, "sign-out" | "sign-out-everywhere") | ("DELETE", "own-sessions/{session}" | "own-keys/{key}")) => {
            operation.answers_nothing()
        }
        Some((_, "who-am-i")) => operation.answers("200", caller()),
        Some((_, "audit-log")) => audit_log(operation),
        Some((_, "people/{login}/password")) => {
            let text = json!({"type": "string"});
            operation.answers("200", json!({"type": "object", "properties": {"login": text, "password": text}}))
        }
        Some((_, "people/{login}/sign-out")) => {
            operation.answers("200", json!({"type": "object", "properties": {"ended": {"type": "integer"}}}))
        }
        Some((_, "people/{login}/unlink")) => {
            operation.answers("200", json!({"type": "object", "properties": {"unlinked": {"type": "integer"}}}))
        }
        Some((_, "people/{login}/transfer")) => {
            let (text, counts) = (json!({"type": "string"}), json!({"type": "object"}));
            operation.body(object(&["to"], json!({"to": text, "reason": text}))).answers(
                "200",
                json!({"type": "object", "properties": {
                    "before": counts, "after": counts,
                    "tasks": {"type": "integer", "description": "tasks that the heir has now"},
                    "elsewhere": {"type": "integer", "description": "tasks that the heir may not have: with the supervisor, or back in their queue"},
                }}),
            )
        }
        Some((_, "access/difference")) => {
            let (text, files) = (json!({"type": "string"}), json!({"type": "object"}));
            let body = object(&[], json!({"to": text, "from": text, "files": files}));
            operation.body(body).answers("200", list(json!({"type": "object"})))
        }
        Some((_, "change-password")) => {
            let text = json!({"type": "string"});
            operation.body(object(&["old", "new"], json!({"old": text, "new": text}))).answers_nothing()
        }
        Some((_, "own-sessions")) => operation.answers("200", list(session())),
        Some(("GET", "own-keys")) => operation.answers("200", list(key())),
        Some(("POST", "own-keys")) => {
            let mut made = key();
            made["properties"]["key"] =
                json!({"type": "string", "description": "the secret; it is in no other answer"});
            operation.body(new_key()).answers("201", made)
        }
        _ => operation,
    }
}

fn object(required: &[&str], properties: Json) -> Json {
    json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties})
}

fn list(item: Json) -> Json {
    json!({"type": "object", "required": ["data"], "properties": {"data": {"type": "array", "items": item}}})
}

fn caller() -> Json {
    let text = json!({"type": "string"});
    json!({"type": "object", "properties": {
        "login": text,
        "name": text,
        "roles": {"type": "array", "items": text},
        "department": {"type": ["string", "null"]},
        "by": {"enum": ["session", "key", "dev"], "description": "how the caller is known"},
        "must_change": {"type": "boolean", "description": "whether the password must be changed before anything else"},
    }})
}

fn session() -> Json {
    let (text, at) = (json!({"type": "string"}), json!({"type": "string", "format": "date-time"}));
    json!({"type": "object", "properties": {
        "id": text, "current": {"type": "boolean"}, "created": at, "seen": at, "expires": at, "agent": text,
        "address": text,
    }})
}

fn scopes() -> Json {
    let scope = json!({
        "object": {"type": ["string", "null"], "description": "without it, everything"},
        "write": {"type": "boolean", "default": false},
    });
    json!({"type": "array", "minItems": 1, "maxItems": 100, "items": object(&[], scope)})
}

fn key() -> Json {
    let at = json!({"type": ["string", "null"], "format": "date-time"});
    json!({"type": "object", "properties": {
        "name": {"type": "string"}, "scopes": scopes(), "created": at, "expires": at, "used": at,
    }})
}

fn new_key() -> Json {
    let properties = json!({
        "name": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
        "scopes": scopes(),
        "expires": {"type": "string", "format": "date-time", "description": "within two years; 90 days by default"},
    });
    object(&["name", "scopes"], properties)
}
