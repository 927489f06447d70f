//! What can go wrong below the decisions: never a user's fault.

use std::{path::PathBuf, sync::Arc};

/// A failure of the store.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The folder is open in another process.
    #[error("data folder {0} is in use by another process")]
    InUse(PathBuf),
    /// The disk refused: full, gone, not permitted.
    #[error("disk: {0}")]
    Disk(Arc<std::io::Error>),
    /// The bytes are not what was written.
    #[error("damaged data: {0}")]
    Damaged(String),
    /// The data was written by a newer version of the program.
    #[error("data version {found} is newer than this program's {known}")]
    Newer {
        /// The version in the folder.
        found: u32,
        /// The newest version this program can read.
        known: u32,
    },
    /// The folder holds a book in another store than the one that was asked for.
    #[error("the data folder was made with the store {found}, not {asked}; back it up and restore it to change stores")]
    OtherStore {
        /// The store of the folder.
        found: String,
        /// The store that was asked for.
        asked: String,
    },
    /// A book was to be restored, or a new one made, where there already is something.
    #[error("{0} already holds data; name an empty folder")]
    NotEmpty(PathBuf),
    /// The book is encrypted, or its release has sensitive fields, and no key was given.
    #[error("the book needs its data key")]
    KeyMissing,
    /// The book was encrypted with another key.
    #[error("this is not the data key of the book")]
    KeyWrong,
    /// A mistake in the program: a panic in a unit of work, a name without a number.
    #[error("internal fault: {0}")]
    Fault(String),
    /// The store has been closed, or its writer stopped after a failed disk write.
    #[error("the store is closed")]
    Closed,
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(Arc::new(error))
    }
}
