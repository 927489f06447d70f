//! The key of an encrypted book: of a file or the environment, never of the command line.

use std::{fs, path::Path};

use formwork_model::text;
use formwork_store::dump::sealed::Key;

use crate::{console::Console, failure::Failure};

/// The environment variable that holds the key; with `_BOOK` behind it, that of one book.
pub(crate) const VARIABLE: &str = "FORMWORK_DATA_KEY";

/// The key of the book, when one was given: of `--data-key` (a file, or a folder with a file `BOOK.key` for each book), of
/// the variable of the book, of that for all.
///
/// # Errors
/// When it can't be read, or is no key.
pub(crate) fn find(book: &str, console: &Console) -> Result<Option<Key>, Failure> {
    if let Some(given) = &console.data_key {
        let file = if given.is_dir() { given.join(format!("{book}.key")) } else { given.clone() };
        return read(&file).map(Some);
    }
    let own = format!("{VARIABLE}_{}", book.to_uppercase());
    let set = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    set(&own).or_else(|| set(VARIABLE)).map(|text| parse(&text)).transpose()
}

/// The key in a file.
///
/// # Errors
/// When it can't be read, or is no key.
pub(crate) fn read(file: &Path) -> Result<Key, Failure> {
    parse(&fs::read_to_string(file).map_err(|error| Failure::path(file, &error))?)
}

fn parse(text: &str) -> Result<Key, Failure> {
    Key::parse(text)
        .ok_or_else(|| Failure::usage(text!("a key is 64 hexadecimal digits", "密钥应为 64 位十六进制数字")))
}
