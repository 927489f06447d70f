//! OpenAPI 3.1 of a book, made from its catalog and kept until the release changes.

mod account;
mod business;
mod operation;
mod report;
mod schema;
mod second;
mod task;

use std::sync::Arc;

use axum::{body::Bytes, http::StatusCode};
use formwork_catalog::catalog::Catalog;
use formwork_model::text::Text;
use serde_json::{Map, Value as Json, json};

use crate::{
    api::{self, Answer},
    ask::Ask,
    openapi::operation::Operation,
    routes::{Takes, routes},
};

/// `GET /{book}/api/openapi.json`
pub(crate) async fn openapi(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let document = match ask.served.openapi.load_full() {
        Some(kept) if kept.0 == ask.catalog.release => kept.1.clone(),
        _ => {
            let made = Bytes::from(document(&ask.catalog, ask.served.name).to_string());
            ask.served.openapi.store(Some(Arc::new((ask.catalog.release.clone(), made.clone()))));
            made
        }
    };
    Ok(api::with_type(StatusCode::OK, "application/json", document))
}

/// `en · zh`, or the one there is.
fn both(text: &Text) -> String {
    if text.en == text.zh || text.zh.is_empty() {
        text.en.clone()
    } else if text.en.is_empty() {
        text.zh.clone()
    } else {
        format!("{} · {}", text.en, text.zh)
    }
}

fn document(catalog: &Catalog, book: &str) -> Json {
    let mut paths = Paths::default();
    for route in routes().iter().filter(|route| !route.page && !is_generic(route.path)) {
        let path = route.path.replace("{book}", book);
        let mut operation = Operation::new(route.what, "server").placeholders(&path);
        if route.takes == Takes::File {
            operation = operation.parameter("name", "its name", json!({"type": "string"})).file();
        }
        paths.add(
            &path,
            route.method,
            second::describe(route, account::describe(route, task::describe(route, operation))),
        );
    }
    business::add(catalog, book, &mut paths);
    json!({
        "openapi": "3.1.0",
        "info": {"title": both(&catalog.book.label), "version": &*catalog.release},
        "servers": [{"url": "/"}],
        "paths": paths.0,
        "components": {
            "schemas": schema::all(catalog),
            "responses": {"Problem": {
                "description": "What is wrong, in both languages",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }},
        },
    })
}

/// Routes over `{object}`, `{table}`, `{ledger}`, `{report}` are described once for each there is.
fn is_generic(path: &str) -> bool {
    ["{object}", "{table}", "{ledger}", "{report}"].iter().any(|placeholder| path.contains(placeholder))
}

/// The paths of the document.
#[derive(Debug, Default)]
struct Paths(Map<String, Json>);

impl Paths {
    fn add(&mut self, path: &str, method: &str, operation: Operation) {
        let id = format!("{}{}", method.to_ascii_lowercase(), path.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
        let place = self.0.entry(path.to_owned()).or_insert_with(|| json!({}));
        if let Json::Object(methods) = place {
            methods.insert(method.to_ascii_lowercase(), operation.finish(&id));
        }
    }
}
