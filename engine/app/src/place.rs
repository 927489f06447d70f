//! Where books lie on the disk, and opening them.
//!
//! A data folder holds one folder a book, called like the book. A command that only looks opens a book with the
//! release it ran last, kept in the book itself, so that no edit goes live by looking.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use formwork_catalog::{catalog::Catalog, check::check_parsed};
use formwork_definition::load;
use formwork_model::{clock::SystemClock, text};
use formwork_runtime::{
    book::{Book, has_to_wait, held_back},
    release::read,
};
use formwork_store::{
    backend::Kind,
    embedded::Embedded,
    encrypted::unlock,
    store::{self, Store},
    table::release,
};

use crate::{
    console::Console,
    data_key,
    failure::{Exit, Failure},
};

/// The file that tells the folder of a book from any other.
const MARKER: &str = "formwork.json";

/// Which book, for commands on one that exists.
#[derive(Debug, Clone, Args)]
pub(crate) struct Which {
    /// The data folder, or the folder of one book in it ‖ 数据文件夹，或其中一个账套的文件夹
    #[arg(long, default_value = "data", value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// The book, where the data folder has several ‖ 账套名称（数据文件夹含多个账套时）
    #[arg(long, value_name = "NAME")]
    pub(crate) book: Option<String>,
}

impl Which {
    /// The folder of the book.
    ///
    /// # Errors
    /// When there is none, or several and none is named.
    pub(crate) fn folder(&self) -> Result<PathBuf, Failure> {
        let shown = self.data.display();
        if let Some(name) = &self.book {
            let folder = self.data.join(name);
            return if is_book(&folder) {
                Ok(folder)
            } else {
                Err(Failure::usage(text!("there is no book `{name}` in {shown}", "{shown} 中没有账套 `{name}`")))
            };
        }
        if is_book(&self.data) {
            return Ok(self.data.clone());
        }
        let mut books: Vec<PathBuf> = fs::read_dir(&self.data)
            .map(|entries| entries.flatten().map(|entry| entry.path()).filter(|path| is_book(path)).collect())
            .unwrap_or_default();
        books.sort();
        match books.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(Failure::usage(text!(
                "there is no book in {shown}; name the data folder with --data",
                "{shown} 中没有账套；请用 --data 指定数据文件夹"
            ))),
            several => {
                let names: Vec<_> = several.iter().filter_map(|path| path.file_name()?.to_str()).collect();
                let names = names.join(", ");
                Err(Failure::usage(text!(
                    "{shown} has several books ({names}); name one with --book",
                    "{shown} 中有多个账套（{names}）；请用 --book 指定"
                )))
            }
        }
    }

    /// The store of the book, as it is: what is encrypted in it stays so.
    ///
    /// # Errors
    /// When there is no such book, it is in use, or it can't be opened.
    pub(crate) fn store(&self) -> Result<Arc<dyn Store>, Failure> {
        Ok(Arc::new(Embedded::open(&self.folder()?, None)?))
    }

    /// The book with the release it ran last.
    ///
    /// # Errors
    /// As [`Which::store`], and when this program finds an error in that release.
    pub(crate) fn open(&self, console: &Console) -> Result<Book, Failure> {
        let store = self.store()?;
        let catalog = stored(&*store, console)?;
        open(store, catalog, console)
    }
}

/// Whether the folder holds a book.
pub(crate) fn is_book(folder: &Path) -> bool {
    folder.join(MARKER).is_file()
}

/// The folders of books in a folder, by name.
///
/// # Errors
/// When it can't be read.
pub(crate) fn books_below(books: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(books).map_err(|error| Failure::path(books, &error))?;
    let mut folders: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.join("definitions").is_dir()).collect();
    folders.sort();
    Ok(folders)
}

/// The release a book ran last.
pub(crate) fn stored(store: &dyn Store, console: &Console) -> Result<Arc<Catalog>, Failure> {
    let checked = store::read(store, |view| match release::active(view)? {
        Some(hash) => read(view, &hash),
        None => Ok(None),
    })?;
    let checked = checked.unwrap_or_else(|| check_parsed(load::parse([])));
    checked.catalog.map(Arc::new).ok_or_else(|| {
        console.say_diagnostics(&checked.diagnostics, &checked.sources);
        Failure {
            exit: Exit::Found,
            message: text!(
                "this program finds errors in the release the book ran last; start it with `formwork serve` and corrected definitions",
                "账套最近的发布版本未通过本程序的检查；请修正定义后用 `formwork serve` 启动"
            ),
        }
    })
}

/// The release that is to run in place of the folder's, which was left by going back and not edited since, or waits for
/// a second person to approve it.
pub(crate) fn instead_of(
    store: &dyn Store,
    catalog: &Catalog,
    console: &Console,
) -> Result<Option<Arc<Catalog>>, Failure> {
    let active = active_release(store)?.filter(|live| *live != *catalog.release);
    let held_back = store::read(store, held_back)?;
    if held_back.as_deref() == Some(&*catalog.release) {
        return stored(store, console).map(Some);
    }
    let Some(live) = active.and_then(|_| stored(store, console).ok()) else { return Ok(None) };
    let waits = store::read(store, |view| has_to_wait(view, &live, catalog))?;
    Ok(waits.then_some(live))
}

/// The folder of a catalog's book in a data folder.
pub(crate) fn folder_of(data: &Path, catalog: &Catalog) -> PathBuf {
    data.join(catalog.book.name.as_str())
}

/// Opens the book of a catalog, or makes it.
///
/// # Errors
/// When it is in use, newer than this program, in another store, or the disk fails.
pub(crate) fn open_or_make(
    data: &Path,
    kind: Option<Kind>,
    catalog: Arc<Catalog>,
    console: &Console,
) -> Result<Book, Failure> {
    let store = Embedded::open(&folder_of(data, &catalog), kind)?;
    open(Arc::new(store), catalog, console)
}

/// Opens the book in a store with the release that is to run.
///
/// # Errors
/// When the data is newer than this program or encrypted with another key than the one given, or the release does not fit
/// the data.
pub(crate) fn open(store: Arc<dyn Store>, catalog: Arc<Catalog>, console: &Console) -> Result<Book, Failure> {
    let key = data_key::find(catalog.book.name.as_str(), console)?;
    open_unlocked(unlock(store, key)?, catalog)
}

/// As [`open`], of a store that is unlocked.
pub(crate) fn open_unlocked(store: Arc<dyn Store>, catalog: Arc<Catalog>) -> Result<Book, Failure> {
    let known = catalog.clone();
    Book::open(store, catalog, Arc::new(SystemClock)).map_err(|refusal| Failure::refusal(&refusal, Some(&known)))
}

/// The release a store ran last, by its hash.
///
/// # Errors
/// When the store fails.
pub(crate) fn active_release(store: &dyn Store) -> Result<Option<String>, Failure> {
    Ok(store::read(store, |view| release::active(view))?)
}
