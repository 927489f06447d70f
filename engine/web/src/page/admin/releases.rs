//! Releases: which there were, what each changed, what going back would mean, and going back.

use std::sync::Arc;

use axum::http::StatusCode;
use formwork_catalog::{catalog::Catalog, compare::compare};
use formwork_runtime::{
    book::KeptRelease,
    impact::{impact, parse_since},
    migration::Mapping,
    plan,
};
use serde_json::{Value as Json, json};

use super::{Part, nothing, reason, said, told, when};
use crate::{
    api::Answer,
    ask::Ask,
    error::Problem,
    page::{
        record::short,
        typed::Typed,
        view::{View, redirect},
    },
    release::ReleaseStatus,
};

/// `GET /{book}/admin/releases`
pub(crate) async fn list(ask: Ask) -> Answer {
    ask.page("admin_releases", StatusCode::OK, |view| {
        Part::Releases.open(view)?;
        let rows: Vec<Json> = view.book.releases(false)?.iter().map(|kept| row(view, kept)).collect();
        let held_back = view.book.held_back()?.map(|hash| short(&hash));
        let body = json!({"rows": rows, "held_back": held_back});
        Part::Releases.frame(view, view.word("adm_releases"), body)
    })
    .await
}

/// A release in a list.
pub(super) fn row(view: &View, kept: &KeptRelease) -> Json {
    let last = kept.activations.last();
    json!({
        "release": short(&kept.hash), "href": format!("{}/{}", Part::Releases.href(view), kept.hash), "live": kept.live,
        "when": last.map(|entry| when(view, entry.at)), "by": last.map(|entry| view.person(&entry.actor)),
        "reason": last.and_then(|entry| entry.reason.clone()),
    })
}

/// `GET /{book}/admin/releases/{release}?impact=30d`
pub(crate) async fn one(ask: Ask) -> Answer {
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    let since = typed.filled("impact").map(str::to_owned);
    show(&ask, StatusCode::OK, since, None, String::new()).await
}

/// `POST /{book}/admin/releases/{release}/rollback`, with a reason
pub(crate) async fn roll_back(ask: Ask) -> Answer {
    Part::Releases.open(&View::of(&ask))?;
    let typed = Typed::read(&ask.call.body);
    let (to, actor) = (ask.call.path("release").to_owned(), ask.actor.clone());
    let done = match reason(&typed) {
        Ok(why) => ask.patiently(move |book| book.roll_back(&to, &actor, Some(&why))).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => {
            ask.served.status.store(Arc::new(ReleaseStatus::live(ask.book().now())));
            redirect(&format!("/{}/admin/releases?did=acted", ask.served.name))
        }
        Err(problem) => {
            let typed = typed.last("reason").unwrap_or_default().to_owned();
            show(&ask, problem.status(), None, Some(problem), typed).await
        }
    }
}

async fn show(ask: &Ask, status: StatusCode, since: Option<String>, refused: Option<Problem>, typed: String) -> Answer {
    let view = View::of(ask);
    Part::Releases.open(&view)?;
    let to = ask.book().kept(ask.call.path("release")).map_err(|_| nothing())?;
    let found = match since.as_deref().and_then(|since| parse_since(since, view.now, view.zone())) {
        Some(since) => {
            let to = to.clone();
            Some(ask.patiently(move |book| impact(book, &to, since)).await?)
        }
        None => None,
    };
    ask.page("admin_release", status, move |view| {
        let mut body = page(view, &to)?;
        body["impact"] = json!(found.as_ref().map(|found| told::impact(view, found)));
        body["refused"] = json!(refused.as_ref().map(|problem| said(view, problem)));
        body["typed"] = json!(typed);
        Part::Releases.frame(view, &short(&to.release), body)
    })
    .await
}

fn page(view: &View, to: &Arc<Catalog>) -> Result<Json, Problem> {
    let kept = view.book.releases(false)?;
    let live = to.release == view.catalog.release;
    let href = format!("{}/{}", Part::Releases.href(view), to.release);
    let made = if live { None } else { Some(plan::plan(&view.book, &view.catalog, to, &Mapping::default())?) };
    let this = kept.iter().find(|one| one.hash == to.release);
    let activations: Vec<Json> = this
        .iter()
        .flat_map(|one| one.activations.iter().rev())
        .map(|entry| json!({"when": when(view, entry.at), "by": view.person(&entry.actor), "reason": entry.reason}))
        .collect();
    Ok(json!({
        "crumb": {"href": Part::Releases.href(view), "label": view.word("adm_releases")},
        "live": live, "hash": &*to.release, "href": href, "activations": activations,
        "before": before(view, &kept, to).map(|(hash, changed)| json!({"release": short(&hash), "differences": changed})),
        "plan": made.as_ref().map(|made| told::plan(view, to, made)),
    }))
}

/// The release that was live before this one went live first, and what this one changed.
fn before(view: &View, kept: &[KeptRelease], to: &Catalog) -> Option<(Arc<str>, Json)> {
    let first = kept.iter().find(|one| one.hash == to.release)?.activations.first()?.seq;
    let earlier = kept.iter().flat_map(|one| one.activations.iter().map(move |entry| (entry.seq, &one.hash)));
    let (_, hash) = earlier.filter(|(seq, _)| *seq < first).max_by_key(|(seq, _)| *seq)?;
    let before = view.book.kept(hash).ok()?;
    Some((hash.clone(), told::differences(view, to, &compare(&before, to))))
}
