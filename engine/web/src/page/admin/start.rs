//! Where administration begins: is all well, what waits for somebody, what was done last.

use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use formwork_definition::kind::role::Right;
use formwork_integration::backup::Place;
use formwork_model::text;
use formwork_runtime::incident::Wanted;
use serde_json::{Value as Json, json};

use super::{Part, backups, has, incidents, releases, told, when};
use crate::{
    api::Answer,
    ask::Ask,
    draft::live_text,
    error::Problem,
    page::{record::short, view::View},
    release::ReleaseStatus,
};

/// Incidents and entries are counted up to this.
const MOST: usize = 200;

/// Incidents and releases that are shown.
const SHOWN: usize = 5;

/// What is known beside the book.
struct Known {
    failing: bool,
    status: ReleaseStatus,
}

/// `GET /{book}/admin`
pub(crate) async fn start(ask: Ask) -> Answer {
    let status = ReleaseStatus::clone(&ask.served.status.load());
    let known = Known { failing: ask.served.failing.load(Ordering::Relaxed), status };
    let place = ask.call.app.settings().backups.clone();
    ask.page("admin_start", StatusCode::OK, move |view| page(view, &known, place.as_ref())).await
}

fn page(view: &View, known: &Known, place: Option<&Place>) -> Result<Json, Problem> {
    Part::Start.open(view)?;
    let store = view.book.store();
    let reads = view.book.read(|_| Ok(())).is_ok();
    let well = reads && !known.failing;
    let health = json!({
        "well": well, "kind": store.kind(), "size": size(store.size_on_disk()), "now": when(view, view.now),
    });
    let mut body = json!({"health": health, "tiles": tiles(view, known)?});
    if Part::Backups.open(view).is_ok() {
        body["backup"] = backups::last(view, place);
    }
    if has(view, Right::Incidents) {
        let open = view.eyes().incidents(Wanted { limit: SHOWN, ..Wanted::default() })?;
        body["incidents"] = json!(open.iter().map(|one| incidents::shown(view, one)).collect::<Vec<_>>());
        body["all_incidents"] = json!(Part::Incidents.href(view));
    }
    if has(view, Right::Releases) {
        let refused = known.status.refused.as_ref().map(|refused| {
            let stage = match refused.stage {
                "check" => text!("the check", "检查"),
                "scenarios" => text!("the scenarios", "场景测试"),
                _ => text!("going live", "上线"),
            };
            let found: Vec<Json> = refused.diagnostics.iter().map(|one| diagnostic(view, one)).collect();
            json!({"href": Part::Draft.href(view), "stage": view.say(&stage), "when": when(view, refused.at), "found": found})
        });
        body["refused"] = json!(refused);
        let last = view.book.releases(false)?;
        body["releases"] = json!(last.iter().take(SHOWN).map(|kept| releases::row(view, kept)).collect::<Vec<_>>());
        body["all_releases"] = json!(Part::Releases.href(view));
        body["held_back"] = json!(view.book.held_back()?.map(|hash| short(&hash)));
        body["warnings"] = json!(known.status.warnings.iter().map(|one| diagnostic(view, one)).collect::<Vec<_>>());
    }
    Part::Start.frame(view, view.word("adm_administration"), body)
}

/// A diagnostic that was kept as JSON.
fn diagnostic(view: &View, json: &Json) -> Json {
    let language = match view.language {
        formwork_model::text::Language::Zh => "zh",
        formwork_model::text::Language::En => "en",
    };
    let words = |key: &str| json.get(key).and_then(|text| text.get(language)).and_then(Json::as_str).map(told::plain);
    let at = json.get("at");
    let path = at.and_then(|at| at.get("path")).and_then(Json::as_str);
    let line = at.and_then(|at| at.get("line")).and_then(Json::as_u64).unwrap_or(1);
    json!({
        "message": words("message"), "help": words("help"), "code": json.get("code"),
        "at": path.map(|path| format!("{path}:{line}")),
        "href": path.filter(|path| live_text(&view.catalog, path).is_some()).map(|path| format!("{}/admin/edit/{path}#L{line}", view.root)),
    })
}

fn tiles(view: &View, known: &Known) -> Result<Vec<Json>, Problem> {
    let mut tiles = Vec::new();
    let counted = |n: usize| if n < MOST { n.to_string() } else { format!("{MOST}+") };
    if has(view, Right::Incidents) {
        let open = view.eyes().incidents(Wanted { limit: MOST, ..Wanted::default() })?.len();
        tiles.push(json!({
            "count": counted(open), "label": view.word("adm_open_incidents"), "hot": open > 0,
            "href": Part::Incidents.href(view),
        }));
        let entries = view.book.outbox(MOST)?;
        tiles.push(json!({
            "count": counted(entries.len()), "label": view.word("adm_to_send"),
            "hot": entries.iter().any(|entry| entry.due.is_none()), "href": Part::Outside.href(view),
        }));
    }
    if has(view, Right::Releases) {
        // The server may have been started since.
        let kept = view.book.releases(false)?;
        let began = kept.iter().find(|kept| kept.live).and_then(|kept| kept.activations.last()).map(|entry| entry.at);
        let since = when(view, began.unwrap_or(known.status.since));
        let live = view.say(&text!("live since {since}", "生效于 {since}")).to_owned();
        tiles.push(json!({
            "count": short(&view.catalog.release), "label": live, "hot": known.status.refused.is_some(),
            "href": Part::Releases.href(view),
        }));
    }
    Ok(tiles)
}

/// Bytes as people read them.
pub(super) fn size(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1_048_576.0;
    if megabytes < 1.0 {
        return format!("{:.0} KB", bytes as f64 / 1024.0);
    }
    if megabytes < 1024.0 { format!("{megabytes:.1} MB") } else { format!("{:.2} GB", megabytes / 1024.0) }
}
