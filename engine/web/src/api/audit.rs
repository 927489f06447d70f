//! The audit log, for administrators.

use axum::http::{HeaderValue, StatusCode, header};
use formwork_account::log::note;
use formwork_model::text;
use formwork_runtime::audit::{
    json::render_entry,
    read::{Most, Page, Place, Wanted},
};
use formwork_store::{error::Error, table::audit::What};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use crate::{
    api::{self, Answer},
    ask::Ask,
    error::Problem,
    parameter::bad_parameter,
};

/// Entries of a page when nothing is said, and at most.
const PAGE: (usize, usize) = (1000, 10_000);

/// `GET /{book}/api/audit-log?after=&limit=&what=&actor=&about=&since=&until=`: the entries after a position, one JSON
/// object a line, as `formwork export --audit` writes them; for whoever looks after some people, the entries about them.
/// Pages put together are what `formwork verify --audit` verifies; a page that is not full is the last. That it was read is
/// an entry too. `what`, `actor`, `about`, `since` and `until` pick entries; what is picked is no chain.
pub(crate) async fn audit(ask: Ask) -> Answer {
    ask.check_oneself()?;
    let mut parameters = ask.call.parameters()?;
    let limit = parameters.take_limit("limit", PAGE.0, PAGE.1)?;
    let after = match parameters.take("after").map(|after| after.parse::<u64>()) {
        None => 0,
        Some(Ok(after)) => after,
        Some(Err(_)) => return Err(bad_parameter("after", text!("`after` is a position", "`after` 应为序号"))),
    };
    let zone = ask.catalog.book.zone.clone();
    let mut instant = |name: &'static str, read: fn(&str, &TimeZone) -> Option<Timestamp>| {
        let bad = || bad_parameter(name, text!("`{name}` is a day or an instant", "`{name}` 应为日期或时刻"));
        parameters.take(name).map(|text| read(&text, &zone).ok_or_else(bad)).transpose()
    };
    let (since, until) = (instant("since", beginning)?, instant("until", end)?);
    let [what, actor, about] = ["what", "actor", "about"].map(|name| parameters.take(name));
    let wanted = Wanted { what, actor, about: about.into_iter().collect(), since, until };
    parameters.finish()?;
    ask.eyes().check_reads_log()?;
    let (actor, from, clock) = (ask.actor.login.clone(), ask.call.from(), ask.book().clock().clone());
    let told = format!("the audit log after {after}");
    ask.write_beside(move |txn| note(txn, &actor, What::Export, &told, &from, clock.now())).await?;
    let reader = ask.actor.clone();
    let most = Most { told: limit, looked: usize::MAX };
    let page = ask.blocking(move |book| book.eyes(&reader).audit_log(&wanted, Place::After(after), most)).await?;
    let mut answer = api::with_type(StatusCode::OK, "application/x-ndjson", lines(&page)?);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// The entries of a page, one a line.
///
/// # Errors
/// When one can't be read: a file without it would not say so.
pub(crate) fn lines(page: &Page) -> Result<String, Problem> {
    if let Some(seq) = page.unreadable.first() {
        return Err(Error::Damaged(format!("entry {seq} of the audit log can't be read")).into());
    }
    Ok(page.entries.iter().map(|chained| format!("{}\n", render_entry(chained))).collect())
}

/// An instant as it is written, or the beginning of a day.
pub(crate) fn beginning(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let of_day = |day: Date| Some(day.to_zoned(zone.clone()).ok()?.timestamp());
    text.parse().ok().or_else(|| text.parse().ok().and_then(of_day))
}

/// An instant as it is written, or the end of a day.
pub(crate) fn end(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let next = |day: Date| Some(day.checked_add(1.day()).ok()?.to_zoned(zone.clone()).ok()?.timestamp());
    text.parse().ok().or_else(|| text.parse().ok().and_then(next))
}
