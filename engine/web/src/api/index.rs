//! Where to look.

use axum::http::StatusCode;
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer},
    app::Served,
    call::Call,
    header, page,
};

/// `GET /`: a browser is shown the books, or sent to the only one.
pub(crate) async fn index(call: Call) -> Answer {
    if header::wants_page(call.headers()) {
        return page::books::books(call).await;
    }
    let open = call.app.settings().dev;
    let books: Vec<Json> = call.app.books().iter().map(|served| book(served, open)).collect();
    let body = json!({
        "product": "formwork", "version": env!("CARGO_PKG_VERSION"),
        "health": "/health", "metrics": "/metrics", "codes": "/codes/{code}", "books": books,
    });
    Ok(api::json(StatusCode::OK, &body))
}

/// The objects are named to those who may see them.
fn book(served: &Served, open: bool) -> Json {
    let (catalog, root) = (served.book.catalog(), format!("/{}/api", served.name));
    let objects = catalog.objects.values().filter(|_| open).map(|object| {
        let list = format!("{root}/{}", object.name);
        json!({"name": object.name.as_str(), "label": object.label, "list": list, "count": format!("{list}?limit=1&count=capped")})
    });
    json!({
        "name": served.name, "label": catalog.book.label,
        "openapi": format!("{root}/openapi.json"), "release": format!("{root}/release"),
        "objects": objects.collect::<Vec<_>>(),
    })
}
