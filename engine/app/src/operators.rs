//! The keys of those who operate a server with several books: in a file beside the books, as hashes.
//!
//! Whoever can write the folder of the books owns what is in it already, so that is where the keys are made. The file is
//! read at every question, so a key that is revoked is good no more at once.

use std::{fs, io::Write as _, path::Path};

use formwork_account::token::Token;
use formwork_model::text;
use serde_json::{Value as Json, json};

use crate::failure::{Exit, Failure};

/// The file, in the folder of the books.
const FILE: &str = "operators.json";

/// The key of an operator, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operator {
    /// What it is called.
    pub(crate) name: String,
    /// The SHA-256 of its secret, in hexadecimal digits.
    pub(crate) hash: String,
    /// When it was made.
    pub(crate) created: String,
}

/// What is kept of a key.
pub(crate) fn hash_of(key: &Token) -> String {
    key.hash().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every key.
///
/// # Errors
/// When the file can't be read.
pub(crate) fn read(books: &Path) -> Result<Vec<Operator>, Failure> {
    let path = books.join(FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::path(&path, &error)),
    };
    let known: Option<Vec<Operator>> = serde_json::from_slice::<Json>(&bytes).ok().and_then(|json| {
        let of = |one: &Json, name: &str| one.get(name)?.as_str().map(str::to_owned);
        let read = |one: &Json| {
            Some(Operator { name: of(one, "name")?, hash: of(one, "sha256")?, created: of(one, "created")? })
        };
        json.as_array()?.iter().map(read).collect()
    });
    known.ok_or_else(|| {
        let shown = path.display();
        Failure { exit: Exit::Store, message: text!("{shown} can't be read", "{shown} 无法解析") }
    })
}

/// Keeps these keys and no others.
///
/// # Errors
/// When the file can't be written.
pub(crate) fn write(books: &Path, operators: &[Operator]) -> Result<(), Failure> {
    let all: Vec<Json> =
        operators.iter().map(|one| json!({"name": one.name, "sha256": one.hash, "created": one.created})).collect();
    let failed = |error: std::io::Error| Failure::path(books, &error);
    // Beside its place first, for its owner only: half a file would lock everybody out.
    let mut file = tempfile::NamedTempFile::new_in(books).map_err(failed)?;
    file.write_all(Json::Array(all).to_string().as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(books.join(FILE)).map_err(|error| failed(error.error))?;
    Ok(())
}
