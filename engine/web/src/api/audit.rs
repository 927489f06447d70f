//! The audit log, for administrators.

use std::{collections::HashMap, ops::ControlFlow};

use axum::http::{HeaderValue, StatusCode, header};
use formwork_account::log::note;
use formwork_model::{code, text};
use formwork_runtime::{audit::json::render_entry, rejection::Refusal};
use formwork_store::{
    store::{Order, View},
    table::audit::{Chained, Entry, decode, range_from},
};

use crate::{
    api::{self, Answer},
    ask::Ask,
    error::Problem,
    parameter::bad_parameter,
};

/// Entries of a page when nothing is said, and at most.
const PAGE: (usize, usize) = (1000, 10_000);

/// `GET /{book}/api/audit-log?after=&limit=&what=&actor=&about=`: the entries after a position, one JSON object a line, as `formwork export
/// --audit` writes them; for whoever looks after some people, the entries about them. Pages put together are what `formwork verify --audit` verifies; a page that is not full is the
/// last. That it was read is an entry too. `what`, `actor` and `about` pick entries;
/// what is picked is no chain.
pub(crate) async fn audit(ask: Ask) -> Answer {
    ask.check_oneself()?;
    let mut parameters = ask.call.parameters()?;
    let limit = parameters.take_limit("limit", PAGE.0, PAGE.1)?;
    let after = match parameters.take("after").map(|after| after.parse::<u64>()) {
        None => 0,
        Some(Ok(after)) => after,
        Some(Err(_)) => return Err(bad_parameter("after", text!("`after` is a position", "`after` 应为序号"))),
    };
    let wanted =
        Wanted { what: parameters.take("what"), actor: parameters.take("actor"), about: parameters.take("about") };
    parameters.finish()?;
    if !ask.eyes().looks_after_some()? {
        let message = text!("only an administrator can do this", "仅限管理员");
        return Err(Problem::new(StatusCode::FORBIDDEN, code!("not-allowed"), message));
    }
    let (actor, from, clock) = (ask.actor.login.clone(), ask.call.from(), ask.book().clock().clone());
    let about = format!("the audit log after {after}");
    ask.write_beside(move |txn| note(txn, &actor, "export", &about, &from, clock.now())).await?;
    let admin = ask.book().is_admin(&ask.actor)?;
    let reader = ask.actor.clone();
    let lines = ask
        .blocking(move |book| {
            let eyes = book.eyes(&reader);
            let mut known: HashMap<String, bool> = HashMap::new();
            // Whoever looks after some people is told of what they did and what was done to them.
            let mut is_told = |login: &str| -> Result<bool, Refusal> {
                if let Some(known) = known.get(login) {
                    return Ok(*known);
                }
                let told = login == &*reader.login || book.is_user(login)? && eyes.check_looks_after(login).is_ok();
                known.insert(login.to_owned(), told);
                Ok(told)
            };
            let (mut lines, mut told, mut next) = (String::new(), 0, after.saturating_add(1));
            loop {
                let entries = book.read(|view| read(view, next, limit))?;
                let last_page = entries.len() < limit;
                for chained in &entries {
                    next = chained.entry.seq.saturating_add(1);
                    if told < limit
                        && wanted.fits(&chained.entry)
                        && (admin || is_told(&chained.entry.actor)? || is_told(&chained.entry.about)?)
                    {
                        lines.push_str(&format!("{}\n", render_entry(chained)));
                        told += 1;
                    }
                }
                if last_page || told >= limit {
                    return Ok(lines);
                }
            }
        })
        .await?;
    let mut answer = api::with_type(StatusCode::OK, "application/x-ndjson", lines);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// Which entries are asked for.
struct Wanted {
    what: Option<String>,
    actor: Option<String>,
    about: Option<String>,
}

impl Wanted {
    /// Whether an entry is one of them; `about` is one of what it is about.
    fn fits(&self, entry: &Entry) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        let about = |wanted: &String| entry.about.split(", ").any(|known| known == wanted) || entry.about == *wanted;
        is(&self.what, &entry.what) && is(&self.actor, &entry.actor) && self.about.as_ref().is_none_or(about)
    }
}

/// So many entries from a position on.
fn read(view: &dyn View, first: u64, limit: usize) -> Result<Vec<Chained>, Refusal> {
    let (start, end) = range_from(first);
    let (mut entries, mut failed) = (Vec::new(), None);
    view.scan(&start, &end, Order::Forward, &mut |_, bytes| {
        match decode(bytes) {
            Ok(chained) => entries.push(chained),
            Err(error) => failed = Some(error),
        }
        if entries.len() >= limit || failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    failed.map_or(Ok(entries), |error| Err(error.into()))
}
