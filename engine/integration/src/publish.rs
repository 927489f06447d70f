//! An edit that was made in the browser goes live: its files are written into the folder of definitions, and the
//! release that they are becomes the live one.
//!
//! Whoever reloads the folder waits for its turn, and finds that the folder says what is live already. The files are
//! written first: a stop in between leaves a folder that goes live at the next start, never one that takes it back.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use formwork_catalog::{catalog::Catalog, check::release_name};
use formwork_definition::load::{FOLDERS, load};
use formwork_model::{text, text::Text};
use formwork_runtime::{
    book::{Book, Going},
    command::Actor,
    rejection::Refusal,
};

/// The folder of the definitions of a book, for whoever publishes into it.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    turn: Mutex<()>,
}

/// Why an edit did not go live. Nothing is changed then.
#[derive(Debug)]
pub enum NotPublished {
    /// Something else went live since the edit was checked, or the folder has edits of its own that are not live.
    Meanwhile(Text),
    /// The release does not fit the data, or the store failed.
    Refused(Refusal),
    /// The folder can't be written.
    Disk(io::Error),
}

/// A file before it was written: what has to be put back.
struct Before {
    path: PathBuf,
    content: Option<Vec<u8>>,
}

impl Folder {
    /// The folder that holds `definitions/`.
    pub fn new(root: &Path) -> Self {
        Self { root: root.canonicalize().unwrap_or_else(|_| root.to_owned()), turn: Mutex::new(()) }
    }

    /// Keeps everybody else from publishing or reloading for as long as it is held.
    pub fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes `to`, which was checked on top of the release `base`, the live release, and writes its files.
    ///
    /// # Errors
    /// When `base` is not live any more, the folder has edits that are not live, `to` does not fit the data, or the disk
    /// fails.
    pub fn publish(
        &self,
        book: &Book,
        base: &str,
        to: &Arc<Catalog>,
        actor: &Actor,
        reason: &str,
    ) -> Result<(), NotPublished> {
        let _turn = self.turn();
        let live = book.catalog();
        if *live.release != *base {
            return Err(NotPublished::Meanwhile(text!(
                "another release went live meanwhile; look at the differences again",
                "其间已有其他版本生效，请重新查看差异"
            )));
        }
        let (here, ..) = load(&self.root).map_err(NotPublished::Disk)?;
        let says = release_name(&here);
        // What was left by going back is kept as a release: nothing is lost when it is written over.
        let held_back = book.held_back().map_err(NotPublished::Refused)?;
        if says != *live.release && says != *to.release && held_back.as_ref() != Some(&says) {
            return Err(NotPublished::Meanwhile(text!(
                "the folder of definitions has edits that are not live; mend or undo them first",
                "定义文件夹中有尚未生效的修改，请先修正或撤销"
            )));
        }
        let own = |path: &str| FOLDERS.iter().any(|folder| path.starts_with(&format!("{folder}/")));
        let mut written = Vec::new();
        let mut write = || {
            let text_of =
                |path: &str| to.sources.iter().find(|source| *source.path == *path).map(|source| &source.text);
            for source in here.iter().filter(|source| own(&source.path) && text_of(&source.path).is_none()) {
                written.push(self.put(&source.path, None)?);
            }
            for source in to.sources.iter().filter(|source| own(&source.path)) {
                let same = here.iter().any(|known| known.path == source.path && known.text == source.text);
                if !same {
                    written.push(self.put(&source.path, Some(source.text.as_bytes()))?);
                }
            }
            Ok(())
        };
        let done = write().map_err(NotPublished::Disk).and_then(|()| {
            let going =
                Going { catalog: to.clone(), actor: actor.clone(), reason: Some(reason.into()), holds_back: false };
            book.activate_by(going).map(|_| ()).map_err(NotPublished::Refused)
        });
        if done.is_err() {
            written.into_iter().rev().for_each(Before::restore);
        }
        done
    }

    /// What the folder says other than a release: each file with its text, or nothing when it is not there.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn edits(&self, live: &Catalog) -> io::Result<BTreeMap<String, Option<String>>> {
        let (here, ..) = load(&self.root)?;
        let own = |path: &str| FOLDERS.iter().any(|folder| path.starts_with(&format!("{folder}/")));
        let same =
            |path: &str, text: &str| live.sources.iter().any(|known| *known.path == *path && *known.text == *text);
        let new = here.iter().filter(|source| own(&source.path) && !same(&source.path, &source.text));
        let new = new.map(|source| (source.path.to_string(), Some(source.text.to_string())));
        let gone =
            live.sources.iter().filter(|known| own(&known.path) && !here.iter().any(|one| one.path == known.path));
        Ok(new.chain(gone.map(|known| (known.path.to_string(), None))).collect())
    }

    /// Writes a file, or removes it. A reader finds the old content or the new one, nothing between.
    fn put(&self, path: &str, content: Option<&[u8]>) -> io::Result<Before> {
        let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if !plain || !FOLDERS.iter().any(|folder| path.starts_with(&format!("{folder}/"))) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a path of a definition"));
        }
        let mut place = self.root.join(path);
        if let Ok(real) = place.canonicalize() {
            if !real.starts_with(&self.root) {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "the file lies outside the folder"));
            }
            place = real;
        }
        let before = Before { content: fs::read(&place).ok(), path: place.clone() };
        match content {
            None => fs::remove_file(&place)?,
            Some(content) => {
                if let Some(above) = place.parent() {
                    fs::create_dir_all(above)?;
                }
                replace(&place, content)?;
            }
        }
        Ok(before)
    }
}

/// The file is written beside its place, reaches the disk, and takes the place. What begins with a dot is nobody's.
fn replace(place: &Path, content: &[u8]) -> io::Result<()> {
    let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = place.with_file_name(format!(".{name}.new"));
    let mut file = fs::File::create(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&beside, place)?;
    place.parent().map_or(Ok(()), |above| fs::File::open(above)?.sync_all())
}

impl Before {
    fn restore(self) {
        let done = match &self.content {
            Some(content) => replace(&self.path, content),
            None => fs::remove_file(&self.path),
        };
        if let Err(error) = done {
            tracing::error!(%error, path = %self.path.display(), "a file could not be put back");
        }
    }
}
