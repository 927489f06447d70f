//! Watching the folders of definitions. Folders are watched, never files: editors replace files.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::Sender,
    time::Duration,
};

use formwork_definition::load::FOLDERS;
use formwork_model::text;
use notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, NoCache, new_debouncer_opt};

use super::Message;
use crate::failure::{Exit, Failure};

/// How long a file must be left alone before it is read: an editor writes and renames within a few milliseconds.
const QUIET: Duration = Duration::from_millis(40);

/// A watched folder of definitions.
pub(super) struct Watch {
    places: Vec<(PathBuf, RecursiveMode)>,
    debouncer: Debouncer<RecommendedWatcher, NoCache>,
}

impl Watch {
    /// Watches `folder`, which need not have all of its parts yet.
    ///
    /// # Errors
    /// When the system has no more watches.
    pub(super) fn start(folder: &Path, messages: Sender<Message>) -> Result<Self, Failure> {
        let places = places(folder);
        let known: Vec<PathBuf> = places.iter().map(|(path, _)| path.clone()).collect();
        let handler = move |result: DebounceEventResult| {
            if let Some(message) = read(&known, &result) {
                let _ended = messages.send(message);
            }
        };
        let debouncer = new_debouncer_opt(QUIET, None, handler, NoCache::new(), notify::Config::default())
            .map_err(|error| failed(&error))?;
        let mut watch = Self { places, debouncer };
        if let Some((root, mode)) = watch.places.first() {
            watch.debouncer.watch(root, *mode).map_err(|error| failed(&error))?;
        }
        watch.again();
        Ok(watch)
    }

    /// Watches what is there now: a folder that was removed and made again is another one.
    pub(super) fn again(&mut self) {
        for (path, mode) in self.places.iter().skip(1) {
            let _unknown = self.debouncer.unwatch(path);
            if path.is_dir()
                && let Err(error) = self.debouncer.watch(path, *mode)
            {
                tracing::error!(%error, path = %path.display(), "the folder is not watched");
            }
        }
    }
}

/// The folder itself and those above the folders of definitions, flat; the folders of definitions, deep.
fn places(folder: &Path) -> Vec<(PathBuf, RecursiveMode)> {
    let mut places = vec![(folder.to_owned(), RecursiveMode::NonRecursive)];
    for below in FOLDERS {
        if let Some((above, _)) = below.rsplit_once('/') {
            places.push((folder.join(above), RecursiveMode::NonRecursive));
        }
        places.push((folder.join(below), RecursiveMode::Recursive));
    }
    places
}

/// What the events say, if anything: reading a file is an event too.
fn read(places: &[PathBuf], result: &DebounceEventResult) -> Option<Message> {
    let events = match result {
        Ok(events) => events,
        Err(errors) => {
            errors.iter().for_each(|error| tracing::warn!(%error, "watching"));
            return Some(Message::Moved);
        }
    };
    let mut message = None;
    for event in events.iter().filter(|event| !event.kind.is_access()) {
        if event.need_rescan() || event.paths.iter().any(|path| places.iter().skip(1).any(|place| place == path)) {
            return Some(Message::Moved);
        }
        let below = |path: &PathBuf| {
            let folders = places.iter().skip(1).filter(|place| !place.ends_with("tests"));
            folders.clone().any(|place| path.starts_with(place))
        };
        if event.paths.iter().any(below) {
            message = Some(Message::Changed);
        }
    }
    message
}

fn failed(error: &notify::Error) -> Failure {
    Failure {
        exit: Exit::Store,
        message: text!("the definitions can't be watched: {error}", "无法监视定义文件夹：{error}"),
    }
}
