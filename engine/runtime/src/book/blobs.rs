//! The content of uploaded files, kept once under its hash.

use std::fmt::Write as _;

use formwork_model::value::FileRef;
use formwork_store::{
    error::Error,
    store,
    table::{blob, upload},
};
use sha2::{Digest, Sha256};

use crate::{book::Book, rejection::Refusal};

impl Book {
    /// Keeps a file's content, which `login` brought, and says what a `file` field holds of it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn keep_file(&self, login: &str, name: &str, media: &str, content: Vec<u8>) -> Result<FileRef, Refusal> {
        let mut sha256 = String::with_capacity(64);
        for byte in Sha256::digest(&content) {
            // Writing to a `String` can't fail.
            let _written = write!(sha256, "{byte:02x}");
        }
        let file = FileRef { sha256, name: name.to_owned(), media: media.to_owned(), size: content.len() as u64 };
        let (hash, login) = (file.sha256.clone(), login.to_owned());
        store::transact(&**self.store(), move |transaction| {
            if blob::get(transaction.view(), &hash)?.is_none() {
                blob::put(transaction, &hash, &content);
            }
            upload::put(transaction, &login, &hash);
            Ok::<(), Error>(())
        })??;
        Ok(file)
    }

    /// The content of a file.
    ///
    /// # Errors
    /// When the store fails.
    pub fn file(&self, sha256: &str) -> Result<Option<Vec<u8>>, Refusal> {
        self.read(|view| Ok(blob::get(view, sha256)?))
    }
}
