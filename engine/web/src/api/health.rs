//! Whether the server works, and its numbers.

use std::sync::{Arc, atomic::Ordering};

use axum::http::StatusCode;
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer},
    app::Served,
    call::Call,
    identity::{Proof, check_scopes, identify, not_signed_in},
    sites::Absent,
};

/// `GET /health`: 503 while a store can't be read, or failed at the last command. Which book it is, is told to the
/// machine itself.
pub(crate) async fn health(call: Call) -> Answer {
    let mut books: Vec<(bool, Json)> = Vec::new();
    for served in call.app.books().iter() {
        let kept = served.clone();
        let silent = || (false, json!({"book": kept.name, "store": {"reads": "failing"}}));
        books.push(served.glance(state).await.unwrap_or_else(silent));
    }
    let well = books.iter().all(|(well, _)| *well);
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut body = json!({"status": if well { "ok" } else { "failing" }});
    if is_own_machine(&call) {
        body["books"] = books.into_iter().map(|(_, json)| json).collect();
        // Which is no reason to send people elsewhere: the others work.
        let broken = call.app.absent();
        let broken = broken.iter().filter(|(_, why)| **why == Absent::Broken).map(|(name, _)| name.as_str());
        body["broken"] = broken.collect();
    }
    Ok(api::json(status, &body))
}

/// Whether the machine itself asks, as far as the proxies that are known tell.
fn is_own_machine(call: &Call) -> bool {
    call.app.settings().dev || call.address.is_none_or(|address| address.is_loopback())
}

fn has_key(call: &Call) -> bool {
    let may = |served: &Arc<Served>| match identify(call, Some(served)) {
        Ok((_, Proof::Key(scopes))) => check_scopes(&scopes, None, false).is_ok(),
        _ => false,
    };
    call.app.books().iter().any(may)
}

fn state(served: &Served) -> (bool, Json) {
    let reads = served.book.read(|_| Ok(())).is_ok();
    let writes = !served.failing.load(Ordering::Relaxed);
    let word = |well: bool| if well { "ok" } else { "failing" };
    let json = json!({
        "book": served.name,
        "release": &*served.book.catalog().release,
        "store": {"kind": served.book.store().kind(), "reads": word(reads), "writes": word(writes)},
    });
    (reads && writes, json)
}

/// `GET /metrics`: for the machine itself, and for whoever has a key that may read everything of some book.
pub(crate) async fn metrics(call: Call) -> Answer {
    if !(is_own_machine(&call) || has_key(&call)) {
        return Err(not_signed_in(&call.app));
    }
    let mut text = call.app.metrics().render();
    let checks = call.app.hashing().verified();
    text.push_str(&format!("# TYPE formwork_password_checks_total counter\nformwork_password_checks_total {checks}\n"));
    text.push_str("# TYPE formwork_store_bytes gauge\n");
    for served in call.app.books().iter() {
        text.push_str(&format!(
            "formwork_store_bytes{{book=\"{}\"}} {}\n",
            served.name,
            served.book.store().size_on_disk()
        ));
    }
    for served in call.app.books().iter() {
        served.timers.render(served.name, &mut text);
    }
    Ok(api::with_type(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text))
}
