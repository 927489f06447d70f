//! Hot reload: an edit of the definitions goes live when it passes every check and every scenario.
//!
//! One thread watches and reloads: read → check → scenarios → activate → tell. Until the last step nothing has
//! changed; a refused edit is logged, shown at `/{book}/api/release`, and the old release serves on.

mod stage;
mod watch;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
    time::Instant,
};

use formwork_catalog::{catalog::Catalog, check::check_folder};
use formwork_model::{diagnostic::Diagnostics, render::render, source::Sources, text::Language};
use formwork_runtime::book::Book;
use formwork_web::{
    Served,
    release::{RefusedEdit, ReleaseStatus},
};
use serde_json::Value as Json;

use self::{stage::Refused, watch::Watch};
use crate::failure::Failure;

/// What the reloading thread is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message {
    /// Files have changed.
    Changed,
    /// A watched folder was made, moved or removed.
    Moved,
    /// It is over.
    Stop,
}

/// Keeps a served book up to date with its folder.
#[derive(Debug)]
pub(crate) struct Reloader {
    folder: PathBuf,
    served: Arc<Served>,
    language: Language,
}

/// A reloader at work.
#[derive(Debug)]
pub(crate) struct Reloading {
    messages: Sender<Message>,
    thread: JoinHandle<()>,
}

impl Reloading {
    /// Ends the thread and gives up the book.
    pub(crate) fn stop(self) {
        let _ended = self.messages.send(Message::Stop);
        let _panicked = self.thread.join();
    }
}

/// What came of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ReloadOutcome {
    /// It is live.
    Swapped,
    /// It says what the live release says.
    Unchanged,
    /// It is not live.
    Refused,
}

/// Two releases that follow each other.
#[derive(Debug)]
struct Swap {
    before: Arc<Catalog>,
    now: Arc<Catalog>,
}

/// What is known about the release a server starts with.
pub(crate) fn status_at_start(book: &Book, catalog: &Catalog) -> ReleaseStatus {
    let warnings = stage::warnings_of(catalog);
    ReleaseStatus { warnings, ..ReleaseStatus::live(book.now()) }
}

impl Reloader {
    pub(crate) fn new(folder: &Path, served: Arc<Served>, language: Language) -> Self {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Self { folder, served, language }
    }

    /// Starts watching; from now on every saved edit counts.
    ///
    /// # Errors
    /// When the folder can't be watched.
    pub(crate) fn start(self) -> Result<Reloading, Failure> {
        let (messages, received) = channel();
        let watch = Watch::start(&self.folder, messages.clone())?;
        let thread = std::thread::Builder::new()
            .name("reload".to_owned())
            .spawn(move || self.run(watch, &received))
            .map_err(|error| Failure::io("reload", &error))?;
        Ok(Reloading { messages, thread })
    }

    fn run(&self, mut watch: Watch, received: &Receiver<Message>) {
        // The first edit is not to wait for all scenarios.
        self.served.proof.prove(&self.served.book.catalog());
        // An edit between the first check and the first watch has sent no message.
        self.reload();
        while let Ok(first) = received.recv() {
            let all: Vec<Message> = std::iter::once(first).chain(received.try_iter()).collect();
            if all.contains(&Message::Stop) {
                return;
            }
            if all.contains(&Message::Moved) {
                watch.again();
            }
            self.reload();
        }
    }

    fn reload(&self) -> ReloadOutcome {
        let started = Instant::now();
        match self.swap() {
            Ok(None) => ReloadOutcome::Unchanged,
            Ok(Some(Swap { before, now: catalog })) => {
                let (release, milliseconds) = (&*catalog.release, started.elapsed().as_millis());
                tracing::info!(book = self.served.name, release, milliseconds, "the new release is live");
                if stage::removes_nodes(&before, &catalog) || self.served.status.load().in_removed_nodes > Some(0) {
                    self.count_stranded(&catalog);
                }
                ReloadOutcome::Swapped
            }
            Err(refused) => {
                self.remember(refused);
                ReloadOutcome::Refused
            }
        }
    }

    /// Makes the edit the live release, if it is a new one.
    fn swap(&self) -> Result<Option<Swap>, Refused> {
        // Whoever publishes from the browser writes the same files.
        let _turn = self.served.folder.as_ref().map(|folder| folder.turn());
        let checked =
            check_folder(&self.folder).map_err(|error| stage::unreadable(&self.folder, &error, self.language))?;
        let Some(catalog) = checked.catalog else {
            return Err(self.refuse("check", &checked.diagnostics, &checked.sources));
        };
        let before = self.served.book.catalog();
        if self.served.book.held_back().ok().flatten().as_deref() == Some(&*catalog.release) {
            tracing::info!(book = self.served.name, "the files say the release that was left; it waits for an edit");
            return Ok(None);
        }
        if catalog.release == before.release {
            if self.served.status.load().refused.is_some() {
                tracing::info!(book = self.served.name, "the refused edit is undone");
                self.tell(|status| ReleaseStatus { refused: None, ..status });
            }
            return Ok(None);
        }
        if catalog.book.name != before.book.name {
            let renamed = stage::renamed(&catalog, &before);
            return Err(self.refuse("check", &renamed, &checked.sources));
        }
        let catalog = Arc::new(catalog);
        let failures = formwork_runtime::scenario::failures(&self.served.proof.prove(&catalog));
        if failures.has_errors() {
            return Err(self.refuse("scenarios", &failures, &checked.sources));
        }
        if let Err(refusal) = self.served.book.activate(catalog.clone()) {
            return Err(stage::not_activated(&refusal, &catalog, self.language));
        }
        let (since, warnings) = (self.served.book.now(), stage::to_json(&checked.diagnostics, &checked.sources));
        self.tell(|status| ReleaseStatus { since, warnings, refused: None, ..status });
        Ok(Some(Swap { before, now: catalog }))
    }

    /// Shows and logs why an edit is refused; the same once more (an editor saves twice) is logged quietly.
    fn remember(&self, refused: Refused) {
        let Refused { stage, rendered, diagnostics } = refused;
        let book = self.served.name;
        let known = self.served.status.load().refused.as_ref().is_some_and(|last| last.diagnostics == diagnostics);
        if known {
            tracing::debug!(book, stage, "the edit is still refused");
        } else {
            tracing::error!(book, stage, "the edit is refused, the old release serves on\n{rendered}");
        }
        let at = self.served.book.now();
        self.tell(|status| ReleaseStatus { refused: Some(RefusedEdit { at, stage, diagnostics }), ..status });
    }

    fn refuse(&self, stage: &'static str, found: &Diagnostics, sources: &Sources) -> Refused {
        let diagnostics: Vec<Json> = stage::to_json(found, sources);
        Refused { stage, rendered: render(found, sources, self.language, false), diagnostics }
    }

    /// Changes what `/{book}/api/release` says. Only this thread does.
    fn tell(&self, change: impl FnOnce(ReleaseStatus) -> ReleaseStatus) {
        let status = ReleaseStatus::clone(&self.served.status.load());
        self.served.status.store(Arc::new(change(status)));
    }

    /// Counts the records that stand on nodes the release does not have.
    fn count_stranded(&self, catalog: &Catalog) {
        match stage::stranded(&self.served.book, catalog) {
            Ok(n) => self.tell(|status| ReleaseStatus { in_removed_nodes: Some(n), ..status }),
            Err(what) => tracing::warn!(what, "the records on removed nodes were not counted"),
        }
    }
}
