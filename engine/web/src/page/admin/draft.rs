//! An edit of the definitions on its way: what it changes, what is wrong with it, what it would mean; and going live.

use std::{collections::BTreeSet, sync::Arc};

use axum::http::StatusCode;
use formwork_catalog::{
    catalog::Catalog,
    table::rows::{Step, steps},
};
use formwork_definition::kind::role::Right;
use formwork_model::{
    diagnostic::{Diagnostic, Severity},
    source::Sources,
};
use formwork_runtime::{
    book::{Book, Draft, HandedIn, Step as Change},
    command::Actor,
    impact::{impact, parse_since},
    migration::Mapping,
    plan,
    scenario::{Report, failures, run_all},
};
use serde_json::{Value as Json, json};

use super::{Part, handed_in, has, nothing, reason, told};
use crate::{
    api::Answer,
    ask::Ask,
    draft::{Editor, checked::check, hand_in, live_text, may_everything, own, prepare, prepare_alone, publish, stale},
    error::Problem,
    page::{
        typed::Typed,
        view::{View, redirect},
    },
};

/// Lines around a change that are shown with it.
const AROUND: usize = 3;

impl Editor for View {
    fn book(&self) -> &Arc<Book> {
        &self.book
    }

    fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    fn actor(&self) -> &Actor {
        &self.actor
    }
}

/// What can be undone of an edit and what can be done again, each by the files it changes.
pub(crate) fn ways(draft: &Draft) -> Json {
    let files = |steps: &[Change]| {
        steps.last().map(|step| {
            let names = step.files.keys().map(|path| path.rsplit('/').next().unwrap_or_default());
            names.collect::<Vec<_>>().join(", ")
        })
    };
    json!({"back": files(&draft.past), "ahead": files(&draft.ahead)})
}

/// A finding as templates show it.
pub(crate) fn finding(view: &View, one: &Diagnostic, sources: &Sources) -> Json {
    let place = sources.place(one.at);
    let (path, line, column) = place.map_or(("", 1, 1), |at| (at.path, at.line, at.column));
    let file = sources.get(one.at.source);
    let slice = file.and_then(|file| file.text.get(one.at.start as usize..one.at.end as usize)).unwrap_or_default();
    let before = file.and_then(|file| file.text.get(..one.at.start as usize)).unwrap_or_default();
    let utf16 = |text: &str| text.encode_utf16().count();
    json!({
        "tone": if one.severity == Severity::Error { "tone-bad" } else { "tone-wait" },
        "error": one.severity == Severity::Error, "code": one.code.as_str(),
        "message": told::plain(view.say(&one.message)), "help": one.help.as_ref().map(|help| told::plain(view.say(help))),
        "path": path, "line": line, "column": column, "start": utf16(before), "length": utf16(slice.trim_end()),
        "href": format!("{}/admin/edit/{path}#L{line}", view.root),
    })
}

/// `GET /{book}/admin/draft?run=scenarios&impact=30d`
pub(crate) async fn review(ask: Ask) -> Answer {
    let asked = Asked::read(&ask);
    show(&ask, StatusCode::OK, asked).await
}

/// What the page of an edit shows beside the edit.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) scenarios: bool,
    pub(super) impact: Option<String>,
    pub(super) refused: Option<Problem>,
    pub(super) typed: String,
    /// Whose edit it is, when it is not the reader's: what was handed in.
    pub(super) handed_in: Option<HandedIn>,
}

impl Asked {
    /// What the address asks for.
    pub(super) fn read(ask: &Ask) -> Self {
        let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
        Self {
            scenarios: typed.filled("run").is_some(),
            impact: typed.filled("impact").map(str::to_owned),
            ..Self::default()
        }
    }
}

/// `POST /{book}/admin/draft`: `do` is `publish` or `hand-in` (with a `reason`), `withdraw`, `discard`, `drop` (a `file`),
/// `back` and `ahead` (a step), `rebase`, or `folder` (takes what the folder of definitions says and is not live).
pub(crate) async fn deal(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let view = View::of(&ask);
    Part::Draft.open(&view)?;
    let here = format!("/{}/admin/draft", ask.served.name);
    let mut draft = own(&view)?;
    match typed.filled("do") {
        Some(what @ ("publish" | "hand-in")) => {
            let prepare = if what == "publish" { prepare_alone } else { prepare };
            let ready = reason(&typed).and_then(|reason| Ok((prepare(&view, &draft)?, reason)));
            drop(view);
            let done = match what {
                "publish" => publish(&ask, ready, &ask.actor).await.map(|release| format!("published/{release}")),
                _ => hand_in(&ask, ready).await.map(|()| "draft".to_owned()),
            };
            return match done {
                Ok(to) => redirect(&format!("/{}/admin/{to}?did=acted", ask.served.name)),
                Err(problem) if problem.is_ours() => Err(problem),
                Err(problem) => {
                    let typed = typed.last("reason").unwrap_or_default().to_owned();
                    let (status, refused) = (problem.status(), Some(problem));
                    show(&ask, status, Asked { refused, typed, ..Asked::default() }).await
                }
            };
        }
        Some("withdraw") => {
            ask.book().withdraw(&ask.actor.login)?;
            return redirect(&here);
        }
        Some(way @ ("back" | "ahead")) => {
            ask.book().step_draft(&ask.actor.login, way == "ahead")?;
            return redirect(&here);
        }
        Some("folder") if has(&view, Right::Releases) => {
            let folder = ask.served.folder.clone().ok_or_else(nothing)?;
            let live = ask.catalog.clone();
            let read = ask.blocking(move |_| Ok(folder.edits(&live))).await?;
            let files = read.map_err(|error| Problem::fault(format!("reading the folder: {error}")))?;
            draft = Draft { base: ask.catalog.release.to_string(), files, ..Draft::default() };
        }
        Some("discard") => draft.files.clear(),
        Some("drop") => {
            draft.files.remove(typed.filled("file").unwrap_or_default());
        }
        Some("rebase") => draft.base = ask.catalog.release.to_string(),
        _ => return Err(nothing()),
    }
    ask.book().keep_draft(&ask.actor.login, &draft)?;
    redirect(&here)
}

/// The page of the reader's edit, or of one that somebody else has handed in.
pub(super) async fn show(ask: &Ask, status: StatusCode, asked: Asked) -> Answer {
    let view = View::of(ask);
    let part = if asked.handed_in.is_some() { Part::HandedIn } else { Part::Draft };
    part.open(&view)?;
    let draft = match &asked.handed_in {
        Some(handed) => view.book.draft(&handed.author)?.unwrap_or_default(),
        None => own(&view)?,
    };
    let in_folder = ask.served.status.load().refused.is_some() && ask.served.folder.is_some();
    // Nothing is edited: nothing to check, and the live release is not compiled anew.
    let (to, found) = if draft.files.is_empty() {
        (None, Vec::new())
    } else {
        let checked = check(&view.catalog, &draft);
        let found: Vec<Json> = checked.diagnostics.iter().map(|one| finding(&view, one, &checked.sources)).collect();
        (checked.catalog.clone(), found)
    };
    let run = match to.clone().filter(|_| asked.scenarios) {
        Some(to) => Some(ask.patiently(move |_| Ok(run_all(&to))).await?),
        None => None,
    };
    let since = asked.impact.as_deref().and_then(|since| parse_since(since, view.now, view.zone()));
    // It tells of what was done with records.
    let weighs = has(&view, Right::Releases) || asked.handed_in.is_some();
    let effect = match (to.clone().filter(|_| weighs), since) {
        (Some(to), Some(since)) => Some(ask.patiently(move |book| impact(book, &to, since)).await?),
        _ => None,
    };
    ask.page("admin_draft", status, move |view| {
        let errors = found.iter().filter(|one| one["error"] == true).count();
        let made = match &to {
            Some(to) => Some(told::plan(view, to, &plan::plan(&view.book, &view.catalog, to, &Mapping::default())?)),
            None => None,
        };
        let changes: Vec<Json> =
            draft.files.iter().map(|(path, text)| change(view, path, text.as_deref())).collect();
        let sources = to.as_ref().map(|to| to.sources.clone());
        let body = json!({
            "changes": changes, "found": found, "errors": errors, "stale": stale(view, &draft),
            "can_publish": to.is_some(), "plan": made, "impact": effect.as_ref().map(|effect| told::impact(view, effect)),
            "scenarios": run.as_ref().zip(sources).map(|(run, sources)| scenarios(view, run, &sources)),
            "everything": may_everything(view), "weighs": weighs, "own": asked.handed_in.is_none(), "steps": ways(&draft),
            "refused": asked.refused.as_ref().map(|problem| refused(view, problem)), "failing": asked.refused.as_ref().map(|problem| failing(view, problem)), "typed": asked.typed,
            "href": part.href(view), "in_folder": in_folder && draft.files.is_empty() && has(view, Right::Releases),
        });
        handed_in::page(view, part, body, asked.handed_in, to.as_deref())
    })
    .await
}

fn scenarios(view: &View, reports: &[Report], sources: &Sources) -> Json {
    let failed = failures(reports);
    json!({"run": reports.len(), "failed": failed.iter().map(|one| finding(view, one, sources)).collect::<Vec<_>>()})
}

/// What a refusal says of the whole edit.
fn refused(view: &View, problem: &Problem) -> Vec<String> {
    let whole = problem.found().iter().filter(|found| found.at.is_none());
    whole.map(|found| told::plain(view.say(&found.message))).collect()
}

/// What a refusal says of places: each leads to its file.
fn failing(view: &View, problem: &Problem) -> Vec<Json> {
    let placed = problem.at_places();
    placed
        .map(|(found, at, sources)| finding(view, &Diagnostic::error(found.code, at, found.message.clone()), sources))
        .collect()
}

/// What an edit makes of a file: its changed lines with those around them.
fn change(view: &View, path: &str, text: Option<&str>) -> Json {
    let before = live_text(&view.catalog, path);
    let lines = |text: Option<&str>| text.unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    let word = match (&before, text) {
        (None, _) => "adm_new_file",
        (_, None) => "adm_removed_file",
        _ => "adm_changed_file",
    };
    json!({
        "path": path, "what": view.word(word), "lines": diff(&lines(before.as_deref()), &lines(text)),
        "edit": format!("{}/admin/edit/{path}", view.root),
    })
}

/// The lines that differ, each with its sign, and some around them.
pub(crate) fn diff(before: &[String], now: &[String]) -> Vec<Json> {
    let steps = steps(before, now);
    let near: BTreeSet<usize> = steps
        .iter()
        .enumerate()
        .filter(|(_, step)| !matches!(step, Step::Keep(..)))
        .flat_map(|(at, _)| at.saturating_sub(AROUND)..=at + AROUND)
        .collect();
    let mut lines = Vec::new();
    let mut last = None;
    for (at, step) in steps.iter().enumerate().filter(|(at, _)| near.contains(at)) {
        if last.is_some_and(|last: usize| last + 1 < at) {
            lines.push(json!({"class": "gap", "sign": "⋯", "text": ""}));
        }
        last = Some(at);
        let text = |all: &[String], at: usize| all.get(at).cloned().unwrap_or_default();
        lines.push(match step {
            Step::Keep(_, b) => json!({"class": "", "sign": " ", "at": b + 1, "text": text(now, *b)}),
            Step::Gone(a) => json!({"class": "gone", "sign": "−", "text": text(before, *a)}),
            Step::New(b) => json!({"class": "new", "sign": "+", "at": b + 1, "text": text(now, *b)}),
        });
    }
    lines
}

/// `GET /{book}/admin/published/{release}`: that it is live, for whoever published it.
pub(crate) async fn published(ask: Ask) -> Answer {
    let release = ask.call.path("release").to_owned();
    ask.page("admin_published", StatusCode::OK, move |view| {
        Part::Draft.open(view)?;
        if *view.catalog.release != *release {
            return Err(nothing());
        }
        let more = has(view, Right::Releases).then(|| format!("{}/{release}", Part::Releases.href(view)));
        let body = json!({"release": release, "more": more, "back": Part::Start.href(view)});
        Part::Draft.frame(view, view.word("adm_published"), body)
    })
    .await
}
