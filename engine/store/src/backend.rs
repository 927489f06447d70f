//! What a place for bytes must offer, so that [`crate::embedded`] can make a store of it.

use std::{
    any::Any,
    collections::BTreeMap,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    str::FromStr,
};

use crate::{error::Error, store::View};

pub mod fjall;
pub mod memory;
pub mod sled;

/// What one group of commits writes: the new value of each key, `None` where it is removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch(pub BTreeMap<Vec<u8>, Option<Vec<u8>>>);

/// Bytes under ordered keys. As a [`View`] it is only for the one thread that applies batches; everybody
/// else reads inside [`Backend::snapshot`].
pub trait Backend: View + Send + Sync + fmt::Debug {
    /// Makes the whole batch visible, or, after a crash, all or nothing of it. Not durable before [`Backend::sync`].
    ///
    /// # Errors
    /// When the disk fails; how much is visible then is not known.
    fn apply(&self, batch: Batch) -> Result<(), Error>;

    /// Returns when everything applied has reached the disk.
    ///
    /// # Errors
    /// When the disk fails; how much reached it then is not known.
    fn sync(&self) -> Result<(), Error>;

    /// Calls `reader` with a view during which no batch becomes visible.
    ///
    /// # Errors
    /// When the view can't be had.
    fn snapshot(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error>;

    /// Bytes on disk; 0 for a store in memory.
    fn size_on_disk(&self) -> u64;

    /// A word for messages: `sled`, `fjall`, `memory`.
    fn kind(&self) -> &'static str;
}

/// The stores that keep a book in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// sled 0.34.7.
    #[default]
    Sled,
    /// fjall 3.
    Fjall,
}

/// The text names no store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no store is called {0}; there are sled and fjall")]
pub struct UnknownKind(String);

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Sled, Self::Fjall];

    /// The word for it: `sled`, `fjall`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sled => "sled",
            Self::Fjall => "fjall",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;
    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| UnknownKind(text.into()))
    }
}

/// Runs what a library does and turns its panic into an error: a damaged file must not end the program.
pub(crate) fn guarded<T>(library: &str, run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|panic| Err(Error::Damaged(format!("{library} gave up: {}", panic_text(&*panic)))))
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "a panic without a text",
    }
}
