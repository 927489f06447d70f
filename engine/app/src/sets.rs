//! Account sets as folders: made like another one, put away.

use std::{
    fs,
    path::{Path, PathBuf},
};

use formwork_catalog::catalog::is_address;
use formwork_definition::load::{FOLDERS, load};
use formwork_model::{
    clock::{Clock, SystemClock},
    name::Name,
    text,
};
use formwork_store::{embedded::Embedded, error::Error};

use crate::{
    failure::Failure,
    place::{books_below, is_book},
};

/// Where books lie that were put away.
const ARCHIVED: &str = "archived";

/// What a folder calls its book.
///
/// # Errors
/// When it can't be read.
pub(crate) fn called(folder: &Path) -> Result<Option<Name>, Failure> {
    let (_, known, _) = load(folder).map_err(|error| Failure::path(folder, &error))?;
    Ok(known.books.first().map(|book| book.body.book.value.0))
}

/// Makes the folder of a new book with the definitions, forms, scripts and scenarios of another.
///
/// # Errors
/// When the name is none or taken, `like` defines no book, or the disk fails.
pub(crate) fn create(books: &Path, written: &str, like: &Path) -> Result<PathBuf, Failure> {
    let name = Name::new(written)
        .map_err(|invalid| Failure::usage(text!("`{written}` is no name: {invalid}", "`{written}` 不是有效名称")))?;
    if is_address(name) {
        return Err(Failure::usage(text!("`{name}` is an address of the server", "`{name}` 是服务器的固定地址")));
    }
    let folder = books.join(name.as_str());
    let shown = folder.display();
    if folder.exists() {
        return Err(Failure::usage(text!("{shown} exists already", "{shown} 已存在")));
    }
    let Some(before) = called(like)? else {
        let like = like.display();
        return Err(Failure::usage(text!("{like} defines no book", "{like} 未定义账套")));
    };
    // Beside its place first: half a book is never served.
    let beside = books.join(format!("{name}.part"));
    let copied = FOLDERS
        .iter()
        .filter(|below| like.join(below).is_dir())
        .try_for_each(|below| copy(&like.join(below), &beside.join(below), (before, name)))
        .and_then(|()| fs::rename(&beside, &folder).map_err(|error| Failure::path(&folder, &error)));
    if copied.is_err() {
        // The failure that is told is the first one.
        let _left = fs::remove_dir_all(&beside);
    }
    copied.map(|()| folder)
}

/// Copies a folder; the file of the book gets the new name, in its own name and inside.
fn copy(from: &Path, to: &Path, names: (Name, Name)) -> Result<(), Failure> {
    let (before, name) = names;
    fs::create_dir_all(to).map_err(|error| Failure::path(to, &error))?;
    let entries = fs::read_dir(from).map_err(|error| Failure::path(from, &error))?;
    for entry in entries.flatten() {
        let (path, file) = (entry.path(), entry.file_name());
        if path.is_dir() {
            copy(&path, &to.join(&file), names)?;
        } else if *file == *format!("{before}.book.yaml") {
            let text = fs::read_to_string(&path).map_err(|error| Failure::path(&path, &error))?;
            let lines = text.lines().map(|line| {
                let is_name = line.strip_prefix("book:").is_some();
                if is_name { format!("book: {name}\n") } else { format!("{line}\n") }
            });
            let to = to.join(format!("{name}.book.yaml"));
            fs::write(&to, lines.collect::<String>()).map_err(|error| Failure::path(&to, &error))?;
        } else {
            fs::copy(&path, to.join(&file)).map_err(|error| Failure::path(&path, &error))?;
        }
    }
    Ok(())
}

/// The folder of a book, by its own name: never one elsewhere.
///
/// # Errors
/// When there is none.
pub(crate) fn folder_of(books: &Path, name: &str) -> Result<PathBuf, Failure> {
    let folder = books.join(name);
    let plain = Path::new(name).components().count() == 1 && books_below(books)?.contains(&folder);
    if plain {
        return Ok(folder);
    }
    let shown = books.display();
    Err(Failure::usage(text!("there is no book `{name}` in {shown}", "{shown} 中没有账套 `{name}`")))
}

/// Puts the folder of a book away, unless somebody holds its data; where it lies then.
///
/// # Errors
/// When it is in use, or the disk fails.
pub(crate) fn archive(books: &Path, name: &str) -> Result<PathBuf, Failure> {
    let folder = folder_of(books, name)?;
    if let Some(name) = called(&folder)? {
        let data = folder.join("data").join(name.as_str());
        if is_book(&data) {
            // Whoever serves it holds it: then it is not moved away below them.
            match Embedded::open(&data, None) {
                Ok(held) => drop(held),
                // What is too damaged to be opened is put away all the same.
                Err(Error::Damaged(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    let archived = books.join(ARCHIVED);
    fs::create_dir_all(&archived).map_err(|error| Failure::path(&archived, &error))?;
    let to = archived.join(format!("{name}-{}", SystemClock.now().as_second()));
    fs::rename(&folder, &to).map_err(|error| Failure::path(&folder, &error))?;
    Ok(to)
}

/// The names of the books that were put away.
pub(crate) fn archived(books: &Path) -> Vec<String> {
    let entries = fs::read_dir(books.join(ARCHIVED)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| {
        let file = entry.file_name().into_string().ok()?;
        file.rsplit_once('-').map(|(name, _)| name.to_owned())
    });
    names.collect()
}
