//! The task centre in the document.

use serde_json::{Value as Json, json};

use super::operation::Operation;
use crate::routes::Route;

/// What a route of the task centre takes and answers; other routes stay as they are.
pub(super) fn describe(route: &Route, operation: Operation) -> Operation {
    match route.path.split_once("/api/tasks").map(|(_, rest)| rest) {
        Some("") => operation
            .parameter("list", "which list", json!({"enum": ["todo", "done", "started", "cc"], "default": "todo"}))
            .parameter("type", "only approvals, or only work in queues", json!({"enum": ["approval", "work"]}))
            .parameter("flow", "only of this flow", json!({"type": "string"}))
            .parameter(
                "limit",
                "tasks of a page",
                json!({"type": "integer", "minimum": 1, "maximum": 500, "default": 50}),
            )
            .parameter("after", "`next` of the page before", json!({"type": "string"}))
            .answers("200", page()),
        Some("/counts") => {
            let count = json!({"type": "integer"});
            let counts = json!({"todo": count, "done": count, "started": count, "cc": count});
            operation.answers("200", json!({"type": "object", "properties": counts}))
        }
        Some("/bulk") => operation.repeatable().body(bulk()).answers("200", answers()),
        Some("/{task}/{operation}") => operation.repeatable().body(one()),
        _ => operation,
    }
}

fn page() -> Json {
    json!({"type": "object", "required": ["data", "next"], "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}},
        "next": {"type": ["string", "null"], "description": "`after` of the next page"},
    }})
}

fn members() -> Json {
    json!({
        "to": {"type": ["string", "array"], "items": {"type": "string"}, "description": "who it goes to; for `return`: submitter, previous, a step or a node"},
        "place": {"enum": ["before", "parallel", "after"], "description": "`add`: when the added people are asked"},
        "resume": {"type": "boolean", "description": "`return`: whether it comes straight back"},
        "input": {"type": "object", "description": "approve, reject: what the step asks for, by field"},
        "files": {"type": "array", "items": {"type": "object"}, "description": "`comment`: what uploads answered"},
    })
}

fn one() -> Json {
    let mut properties = members();
    properties["reason"] = json!({"type": "string", "description": "required to reject, return and unapprove, and to comment without files"});
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn bulk() -> Json {
    json!({"type": "object", "additionalProperties": false, "required": ["operation", "tasks"], "properties": {
        "operation": {"type": "string"},
        "tasks": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 500},
        "input": {"type": "object", "properties": members()},
        "reason": {"type": "string"},
    }})
}

fn answers() -> Json {
    json!({"type": "object", "properties": {"data": {"type": "array", "items": {
        "type": "object",
        "required": ["task", "done"],
        "properties": {
            "task": {"type": "string"},
            "done": {"type": "boolean"},
            "rev": {"type": "integer"},
            "state": {"type": "string"},
            "problem": {"$ref": "#/components/schemas/Problem"},
        },
    }}}})
}

/// A line of a list.
pub(super) fn task() -> Json {
    let text = json!({"type": "string"});
    let maybe = json!({"type": ["string", "null"]});
    let filling = json!({"type": "object", "description": "what is filled in with the decision, in `input`", "properties": {
        "form": maybe,
        "require": {"type": "array", "items": text},
    }});
    json!({"type": "object", "required": ["type", "object", "record"], "properties": {
        "type": {"enum": ["approval", "work"]},
        "id": {"type": "string", "description": "approvals: for `/tasks/{task}/{operation}`"},
        "approval": {"type": "string", "description": "the whole approval, for recall, urge, cc, comment"},
        "object": text,
        "record": text,
        "number": maybe,
        "title": text,
        "flow": text,
        "node": text,
        "submitter": text,
        "submitted_at": {"type": "string", "format": "date-time"},
        "due": {"type": ["string", "null"], "format": "date-time"},
        "token": {"type": "integer", "description": "work: for `/{object}/{record}/queue/{operation}`"},
        "queue": {"type": "string", "description": "work: where it is"},
        "escalations": {"type": "integer", "description": "work: how often it went up"},
        "since": {"type": "string", "format": "date-time", "description": "work: since when it is in the queue"},
        "fields": {"type": "object", "description": "the fields that the definition shows"},
        "on_behalf_of": maybe,
        "approve": filling,
        "reject": filling,
    }})
}

/// An approval of a record.
pub(super) fn approval() -> Json {
    let text = json!({"type": "string"});
    let maybe = json!({"type": ["string", "null"]});
    let task = json!({"type": "object", "properties": {
        "id": text, "login": text, "kind": text, "why": text, "state": text, "by": maybe, "on_behalf_of": maybe,
        "comment": maybe,
    }});
    let step = json!({"type": "object", "properties": {
        "step": text, "need": text, "state": text, "tasks": {"type": "array", "items": task},
    }});
    json!({"type": "object", "properties": {
        "id": text,
        "flow": text,
        "node": text,
        "submitter": text,
        "outcome": maybe,
        "steps": {"type": "array", "items": step},
        "copies": {"type": "array", "items": {"type": "object"}},
        "comments": {"type": "array", "items": {"type": "object"}},
    }})
}
