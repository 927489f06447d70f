//! The records somebody looked at last: this browser keeps which, the reader's eyes say what they are now.

use axum::{
    http::{HeaderValue, header as names},
    response::Response,
};
use formwork_model::{id::RecordId, name::Name};
use serde_json::{Value as Json, json};

use super::view::View;
use crate::{ask::Ask, header};

/// How many records are kept.
const KEPT: usize = 8;
/// The cookie: `LOGIN|OBJECT.ID|OBJECT.ID`. Of another login it counts for nothing.
const COOKIE: &str = "formwork-recent";

/// A cookie that is to be kept, and for which paths.
#[derive(Debug)]
pub(crate) struct Kept(String);

fn places(cookie: &str, login: &str) -> Vec<String> {
    let mut parts = cookie.split('|');
    if parts.next() != Some(login) {
        return Vec::new();
    }
    parts.map(str::to_owned).take(KEPT).collect()
}

/// What is kept once this record was looked at. A record that is named otherwise than by its id is left out, and so
/// is a login that no cookie can hold.
pub(crate) fn with(ask: &Ask, object: &str, id: &str) -> Option<Kept> {
    let (object, id) = (Name::find(object)?, id.parse::<RecordId>().ok()?);
    let login = &*ask.actor.login;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._@-".contains(c);
    if !login.chars().all(plain) {
        return None;
    }
    let here = format!("{object}.{id}");
    let mut all = places(&header::cookie(ask.call.headers(), COOKIE).unwrap_or_default(), login);
    all.retain(|known| *known != here);
    all.insert(0, here);
    all.truncate(KEPT);
    let value = format!("{login}|{}", all.join("|"));
    Some(Kept(header::keep_cookie(COOKIE, &value, &format!("/{}", ask.served.name))))
}

/// Lets the browser keep it.
pub(crate) fn keep(page: &mut Response, kept: Option<Kept>) {
    if let Some(cookie) = kept.and_then(|kept| HeaderValue::try_from(kept.0).ok()) {
        page.headers_mut().append(names::SET_COOKIE, cookie);
    }
}

/// The records of a cookie that the reader still sees.
pub(crate) fn records(view: &View, cookie: Option<&str>) -> Json {
    let places = places(cookie.unwrap_or_default(), &view.actor.login);
    let found = places.iter().filter_map(|place| {
        let (object, id) = place.split_once('.')?;
        let (object, id) = (view.catalog.find_object(object)?, id.parse().ok()?);
        let record = view.eyes().get(object.name, id).ok()?.record;
        let title = view.title(object.name, id);
        let state = view.state(&view.catalog, &record).map(|(label, tone)| json!({"label": label, "tone": tone}));
        Some(json!({
            "title": title, "kind": view.say(&object.label), "href": view.record_href(object.name, id), "state": state,
        }))
    });
    Json::Array(found.collect())
}

/// What the browser keeps.
pub(crate) fn cookie(ask: &Ask) -> Option<String> {
    header::cookie(ask.call.headers(), COOKIE)
}
