//! Backups: made while the book is in use, listed, proved by restoring them beside everything, taken away as files.
//!
//! A backup holds everything, so this is for administrators alone, and only where the operator named a folder for them.

use std::{fs::File, io::Read, path::PathBuf};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
};
use formwork_account::log::note;
use formwork_integration::backup::{Failed, Kept, Place};
use formwork_model::{code, text};
use formwork_store::table::audit::What;
use futures_util::stream;
use serde_json::{Value as Json, json};

use super::{Part, nothing, said, start::size, when};
use crate::{
    api::{self, Answer},
    ask::Ask,
    error::Problem,
    page::{
        typed::Typed,
        view::{View, redirect},
    },
};

/// Bytes that are read of a file at once.
const PIECE: usize = 256 * 1024;

/// `GET /{book}/admin/backups`
pub(crate) async fn list(ask: Ask) -> Answer {
    show(&ask, StatusCode::OK, None).await
}

/// `POST /{book}/admin/backups`: `do` is `make`, or `prove` with the `name` of one.
pub(crate) async fn deal(ask: Ask) -> Answer {
    Part::Backups.open(&View::of(&ask))?;
    let (place, typed) = (place(&ask)?, Typed::read(&ask.call.body));
    let name = typed.filled("name").unwrap_or_default().to_owned();
    let done = match typed.filled("do") {
        Some("make") => make(&ask, place).await,
        Some("prove") => {
            place.file(ask.served.name, &name).ok_or_else(nothing)?;
            tell(&ask, What::BackupProved, &name).await?;
            let proof = ask.patiently(move |book| Ok(place.prove(&name, book))).await?;
            proof.map(drop).map_err(failed)
        }
        _ => return Err(nothing()),
    };
    match done {
        Ok(()) => redirect(&format!("/{}/admin/backups?did=acted", ask.served.name)),
        Err(problem) => show(&ask, problem.status(), Some(problem)).await,
    }
}

async fn make(ask: &Ask, place: Place) -> Result<(), Problem> {
    // Before anything leaves, and so that the backup holds it too.
    tell(ask, What::Backup, "").await?;
    let random = api::sign_in::random()?;
    let made = ask.patiently(move |book| Ok(place.make(book, random))).await?;
    made.map(drop).map_err(failed)
}

/// Tells the audit log.
async fn tell(ask: &Ask, what: What, about: &str) -> Result<(), Problem> {
    let (actor, about, from) = (ask.actor.login.clone(), about.to_owned(), ask.call.from());
    let clock = ask.book().clock().clone();
    ask.write_beside(move |txn| note(txn, &actor, what, &about, &from, clock.now())).await
}

/// `GET /{book}/admin/backups/{name}`: the file.
pub(crate) async fn download(ask: Ask) -> Answer {
    Part::Backups.open(&View::of(&ask))?;
    ask.check_oneself()?;
    let name = ask.call.path("name").to_owned();
    let file = place(&ask)?.file(ask.served.name, &name).ok_or_else(nothing)?;
    tell(&ask, What::BackupTaken, &name).await?;
    let size = std::fs::metadata(&file).map(|known| known.len());
    let pieces = stream::unfold(Reading::Closed(file), |reading| async {
        // A disk may be slow; the threads that serve connections don't wait for it.
        tokio::task::spawn_blocking(move || reading.next()).await.ok().flatten()
    });
    let mut response = api::with_type(StatusCode::OK, "application/octet-stream", Body::from_stream(pieces));
    let headers = response.headers_mut();
    for (header, value) in [
        (header::CONTENT_DISPOSITION, Some(format!("attachment; filename=\"{name}\""))),
        (header::CONTENT_LENGTH, size.ok().map(|size| size.to_string())),
        (header::CACHE_CONTROL, Some("no-store".to_owned())),
    ] {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(header, value);
        }
    }
    Ok(response)
}

/// A file that is read piece by piece.
enum Reading {
    Closed(PathBuf),
    Open(File),
    Over,
}

impl Reading {
    /// The next piece. An error ends the answer before its length, so that nobody takes it for whole.
    fn next(self) -> Option<(std::io::Result<Bytes>, Self)> {
        let opened = match self {
            Self::Closed(path) => File::open(path),
            Self::Open(file) => Ok(file),
            Self::Over => return None,
        };
        let mut piece = Vec::new();
        let read = opened.and_then(|file| {
            let mut part = file.take(PIECE as u64);
            part.read_to_end(&mut piece)?;
            Ok(part.into_inner())
        });
        match read {
            Ok(_) if piece.is_empty() => None,
            Ok(file) => Some((Ok(piece.into()), Self::Open(file))),
            Err(error) => Some((Err(error), Self::Over)),
        }
    }
}

fn place(ask: &Ask) -> Result<Place, Problem> {
    ask.call.app.settings().backups.clone().ok_or_else(nothing)
}

fn failed(why: Failed) -> Problem {
    match why {
        Failed::Refused(refusal) => refusal.into(),
        Failed::Disk(..) | Failed::Store(_) | Failed::Unreadable(_) | Failed::Sealed => {
            tracing::error!(?why, "a backup failed");
            Problem::new(StatusCode::CONFLICT, code!("store-failed"), why.message())
        }
    }
}

async fn show(ask: &Ask, status: StatusCode, refused: Option<Problem>) -> Answer {
    let (place, name) = (ask.call.app.settings().backups.clone(), ask.served.name);
    ask.page("admin_backups", status, move |view| {
        Part::Backups.open(view)?;
        let kept = match &place {
            Some(place) => place.list(name).map_err(failed)?,
            None => Vec::new(),
        };
        let rows: Vec<Json> = kept.iter().map(|one| row(view, one)).collect();
        let body = json!({
            "rows": rows, "allowed": place.is_some(), "sealed": place.as_ref().is_some_and(|place| place.key.is_some()),
            "href": Part::Backups.href(view), "refused": refused.as_ref().map(|problem| said(view, problem)),
        });
        Part::Backups.frame(view, view.word("adm_backups"), body)
    })
    .await
}

fn row(view: &View, kept: &Kept) -> Json {
    let proved = kept.proved.map(|(at, problems)| {
        let text = text!("{problems} problems found", "发现 {problems} 处问题");
        json!({"when": when(view, at), "well": problems == 0, "said": view.say(&text)})
    });
    json!({
        "name": kept.name, "size": size(kept.size), "when": kept.written.map(|at| when(view, at)), "proved": proved,
        "href": format!("{}/{}", Part::Backups.href(view), kept.name),
    })
}

/// The last backup, for the overview: when it was made, and whether it was proved.
pub(super) fn last(view: &View, place: Option<&Place>) -> Json {
    let last = place.and_then(|place| place.list(view.catalog.book.name.as_str()).ok()?.into_iter().next());
    json!({"href": Part::Backups.href(view), "last": last.as_ref().map(|last| row(view, last))})
}
