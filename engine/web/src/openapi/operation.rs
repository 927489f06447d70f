//! One operation of the document.

use serde_json::{Value as Json, json};

/// An operation while it is put together.
#[derive(Debug)]
pub(super) struct Operation {
    summary: String,
    tag: String,
    parameters: Vec<Json>,
    body: Option<Json>,
    answer: (&'static str, Option<Json>),
}

impl Operation {
    pub(super) fn new(summary: impl Into<String>, tag: &str) -> Self {
        Self {
            summary: summary.into(),
            tag: tag.to_owned(),
            parameters: Vec::new(),
            body: None,
            answer: ("200", Some(json!({}))),
        }
    }

    /// Declares every placeholder of the path.
    pub(super) fn placeholders(mut self, path: &str) -> Self {
        let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        for name in names {
            self.parameters.push(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
        }
        self
    }

    /// A parameter behind the `?`.
    pub(super) fn parameter(mut self, name: &str, what: &str, schema: Json) -> Self {
        self.parameters.push(json!({"name": name, "in": "query", "description": what, "schema": schema}));
        self
    }

    /// A header that a write takes.
    fn header(mut self, name: &str, what: &str) -> Self {
        self.parameters.push(json!({"name": name, "in": "header", "description": what, "schema": {"type": "string"}}));
        self
    }

    /// A write: it can be repeated with the same key.
    pub(super) fn repeatable(self) -> Self {
        self.header("Idempotency-Key", "a repeated request with the same key happens once")
    }

    /// A write over a revision.
    pub(super) fn conditional(self) -> Self {
        self.header("If-Match", "the ETag of the record as it was read; another one is refused with 412")
    }

    /// What is sent.
    pub(super) fn body(mut self, schema: Json) -> Self {
        self.body = Some(json!({"required": true, "content": {"application/json": {"schema": schema}}}));
        self
    }

    /// A file is sent.
    pub(super) fn file(mut self) -> Self {
        self.body = Some(json!({"required": true, "content": {"application/octet-stream": {}}}));
        self.answers("201", json!({"$ref": "#/components/schemas/File"}))
    }

    /// What is answered.
    pub(super) fn answers(mut self, status: &'static str, schema: Json) -> Self {
        self.answer = (status, Some(schema));
        self
    }

    /// A file is answered.
    pub(super) fn answers_file(mut self) -> Self {
        self.answer = ("200", None);
        self
    }

    /// Nothing is answered.
    pub(super) fn answers_nothing(mut self) -> Self {
        self.answer = ("204", None);
        self
    }

    pub(super) fn finish(self, id: &str) -> Json {
        let content = self.answer.1.map(|schema| json!({"application/json": {"schema": schema}}));
        let mut answer = json!({"description": "Done"});
        if let Some(content) = content {
            answer["content"] = content;
        }
        let mut operation = json!({
            "operationId": id,
            "summary": self.summary,
            "tags": [self.tag],
            "responses": {self.answer.0: answer, "default": {"$ref": "#/components/responses/Problem"}},
        });
        if !self.parameters.is_empty() {
            operation["parameters"] = Json::Array(self.parameters);
        }
        if let Some(body) = self.body {
            operation["requestBody"] = body;
        }
        operation
    }
}
