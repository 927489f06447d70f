//! Editing a file of the definitions as text, checked while it is typed.

use axum::http::StatusCode;
use formwork_definition::schema;
use formwork_model::{code, text};
use formwork_runtime::book::Draft;
use serde_json::{Value as Json, json};

use super::{
    Part,
    definitions::{href, named},
    draft::{finding, ways},
    nothing,
};
use crate::{
    api::{self, Answer},
    ask::Ask,
    draft::{checked::check, live_text, own, put, text_of},
    error::Problem,
    page::{
        typed::Typed,
        view::{View, redirect},
    },
};

/// Findings that are sent at once.
const MOST: usize = 200;

/// `GET /{book}/admin/edit`: which file, or the name of a new one.
pub(crate) async fn choose(ask: Ask) -> Answer {
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    if let Some(path) = typed.filled("file").filter(|path| is_path(path)) {
        Part::Definitions.open(&View::of(&ask))?;
        return redirect(&format!("/{}/admin/edit/{path}", ask.served.name));
    }
    let wrong = typed.filled("file").map(str::to_owned);
    ask.page("admin_new_file", StatusCode::OK, move |view| {
        Part::Definitions.open(view)?;
        let body = json!({
            "href": format!("{}/admin/edit", view.root), "kinds": schema::kinds(), "typed": wrong, "wrong": wrong.is_some(),
            "crumb": {"href": Part::Definitions.href(view), "label": view.word("adm_definitions")},
        });
        Part::Definitions.frame(view, view.word("adm_new_file"), body)
    })
    .await
}

/// Whether a path can be one of a definition.
pub(super) fn is_path(path: &str) -> bool {
    let part = |part: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        !part.is_empty() && !part.starts_with('.') && part.chars().all(plain)
    };
    let (kind, _) = named(path);
    let known = schema::kinds().contains(&kind) || matches!(kind, "script" | "csv");
    let home = ["definitions/", "forms/", "scripts/", "tests/scenarios/"].iter().any(|home| path.starts_with(home));
    known && home && path.len() < 200 && path.split('/').all(part)
}

/// `GET /{book}/admin/edit/{*file}`
pub(crate) async fn edit(ask: Ask) -> Answer {
    let path = ask.call.path("file").to_owned();
    ask.page("admin_editor", StatusCode::OK, move |view| {
        Part::Definitions.open(view)?;
        let draft = own(view)?;
        page(view, &draft, &path)
    })
    .await
}

/// `POST /{book}/admin/edit/{*file}`: `do` is `save`, `undo` (back to what is live), `remove`, or `back` and
/// `ahead` (a step of the edit).
pub(crate) async fn save(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let view = View::of(&ask);
    Part::Definitions.open(&view)?;
    let path = ask.call.path("file").to_owned();
    if !is_path(&path) {
        return Err(nothing());
    }
    if let Some(way @ ("back" | "ahead")) = typed.filled("do") {
        ask.book().step_draft(&ask.actor.login, way == "ahead")?;
        return redirect(&format!("/{}/admin/edit/{path}", ask.served.name));
    }
    let text = match typed.filled("do") {
        Some("undo") => live_text(&view.catalog, &path),
        Some("remove") => None,
        _ => Some(unix(typed.last("text").unwrap_or_default())),
    };
    let mut draft = own(&view)?;
    put(&view, &mut draft, &path, text)?;
    let to = if typed.filled("do") == Some("review") { "draft".to_owned() } else { format!("edit/{path}") };
    redirect(&format!("/{}/admin/{to}?did=saved", ask.served.name))
}

/// Lines end as they do in files: browsers send `\r\n`.
fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn page(view: &View, draft: &Draft, path: &str) -> Result<Json, Problem> {
    let text = text_of(view, draft, path);
    let live = live_text(&view.catalog, path);
    if !is_path(path)
        || (text.is_none() && live.is_none() && view.catalog.sources.iter().any(|known| &*known.path == path))
    {
        return Err(nothing());
    }
    let (kind, name) = named(path);
    let found = found(view, draft, path);
    let body = json!({
        "crumb": {"href": href(view, path), "label": path}, "path": path, "kind": kind, "name": name,
        "text": text.clone().unwrap_or_default(), "edited": draft.files.contains_key(path), "is_new": live.is_none(),
        "removed": text.is_none() && live.is_some(), "found": found["here"], "elsewhere": found["elsewhere"],
        "design": text.is_some().then(|| super::design::designer(view, path)).flatten(),
        "check": format!("{}/admin/check/{path}", view.root),
        "keys": schema::kinds().contains(&kind).then(|| format!("{}/admin/keys/{kind}", view.root)),
        "manual": format!("{}/admin/reference#{kind}", view.root), "review": Part::Draft.href(view), "steps": ways(draft),
    });
    Part::Definitions.frame(view, name, body)
}

/// What is wrong with an edit: in this file, and how much elsewhere.
fn found(view: &View, draft: &Draft, path: &str) -> Json {
    let checked = check(&view.catalog, draft);
    let (mut here, mut elsewhere) = (Vec::new(), Vec::new());
    for one in checked.diagnostics.iter() {
        let shown = finding(view, one, &checked.sources);
        if shown["path"] == path { here.push(shown) } else { elsewhere.push(shown) }
    }
    here.truncate(MOST);
    elsewhere.truncate(MOST);
    json!({"here": here, "elsewhere": elsewhere})
}

/// `POST /{book}/admin/check/{*file}` with `text`: what is wrong, for the editor. Nothing is kept.
pub(crate) async fn check_text(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let view = View::of(&ask);
    let path = ask.call.path("file").to_owned();
    let text = unix(typed.last("text").unwrap_or_default());
    let found = ask
        .blocking(move |_| {
            Ok(Part::Definitions.open(&view).and_then(|()| {
                if !is_path(&path) {
                    return Err(nothing());
                }
                let mut draft = own(&view)?;
                draft.files.insert(path.clone(), Some(text));
                Ok(found(&view, &draft, &path))
            }))
        })
        .await??;
    Ok(api::json(StatusCode::OK, &found))
}

/// `GET /{book}/admin/keys/{kind}`: the schema of a kind, for completion, explained in the reader's language.
pub(crate) async fn keys(ask: Ask) -> Answer {
    let view = View::of(&ask);
    Part::Definitions.open(&view)?;
    let schema = schema::explained(ask.call.path("kind"), view.language).ok_or_else(|| {
        let message = text!("there is no such kind", "没有这个种类");
        Problem::new(StatusCode::NOT_FOUND, code!("unknown-route"), message)
    })?;
    Ok(api::json(StatusCode::OK, &schema))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_definitions_can_be_edited() {
        for good in [
            "definitions/sales/a.flow.yaml",
            "scripts/x/a.rhai",
            "definitions/x/a.csv",
            "tests/scenarios/x/a.scenario.yaml",
        ] {
            assert!(is_path(good), "{good}");
        }
        for bad in [
            "system/user.object.yaml",
            "definitions/../a.flow.yaml",
            "/definitions/a.flow.yaml",
            "definitions/x/.a.flow.yaml",
            "definitions/x/a.sh",
            "definitions/x/a.flow.yaml\n",
            "definitions//a.flow.yaml",
            "engine/a.rhai",
        ] {
            assert!(!is_path(bad), "{bad}");
        }
    }
}
