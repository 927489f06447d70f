//! The audit log, for administrators.

use std::ops::ControlFlow;

use axum::http::{HeaderValue, StatusCode, header};
use formwork_account::log::note;
use formwork_model::text;
use formwork_runtime::audit::json::render_entry;
use formwork_store::{
    store::Order,
    table::audit::{decode, range_from},
};

use crate::{
    api::{self, Answer, people::check_admin},
    ask::Ask,
    parameter::bad_parameter,
};

/// Entries of a page when nothing is said, and at most.
const PAGE: (usize, usize) = (1000, 10_000);

/// `GET /{book}/api/audit-log?after=&limit=`: the entries after a position, one JSON object a line, as `formwork export
/// --audit` writes them. Pages put together are what `formwork verify --audit` verifies; a page that is not full is the
/// last. That it was read is an entry too.
pub(crate) async fn audit(ask: Ask) -> Answer {
    let mut parameters = ask.call.parameters()?;
    let limit = parameters.take_limit("limit", PAGE.0, PAGE.1)?;
    let after = match parameters.take("after").map(|after| after.parse::<u64>()) {
        None => 0,
        Some(Ok(after)) => after,
        Some(Err(_)) => return Err(bad_parameter("after", text!("`after` is a position", "`after` 应为序号"))),
    };
    parameters.finish()?;
    check_admin(&ask)?;
    let (actor, from, clock) = (ask.actor.login.clone(), ask.call.from(), ask.book().clock().clone());
    let about = format!("the audit log after {after}");
    ask.write_beside(move |txn| note(txn, &actor, "export", &about, &from, clock.now())).await?;
    let lines = ask
        .blocking(move |book| {
            let (start, end) = range_from(after.saturating_add(1));
            book.read(|view| {
                let (mut lines, mut read, mut failed) = (String::new(), 0, None);
                view.scan(&start, &end, Order::Forward, &mut |_, bytes| {
                    match decode(bytes) {
                        Ok(chained) => lines.push_str(&format!("{}\n", render_entry(&chained))),
                        Err(error) => failed = Some(error),
                    }
                    read += 1;
                    if read >= limit || failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                })?;
                failed.map_or(Ok(lines), |error| Err(error.into()))
            })
        })
        .await?;
    let mut answer = api::with_type(StatusCode::OK, "application/x-ndjson", lines);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}
