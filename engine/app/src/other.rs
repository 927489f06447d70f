//! Another release than the one a book runs: a folder, or one that the book keeps.

use std::{path::PathBuf, sync::Arc};

use clap::ValueEnum;
use formwork_catalog::catalog::Catalog;
use formwork_runtime::book::Book;

use crate::{console::Console, definitions, failure::Failure};

/// Which other release.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Other {
    /// The folder that holds definitions/ ‖ 含有 definitions/ 的文件夹
    #[arg(default_value = ".", value_name = "DIR")]
    dir: PathBuf,
    /// A kept release, in place of the folder ‖ 已保存的版本，代替文件夹
    #[arg(long, value_name = "HASH")]
    to: Option<String>,
}

impl Other {
    /// Its catalog.
    ///
    /// # Errors
    /// When the folder has an error, or the release is not kept.
    pub(crate) fn catalog(&self, book: &Book, console: &Console) -> Result<Arc<Catalog>, Failure> {
        match &self.to {
            Some(hash) => book.kept(hash).map_err(|refusal| Failure::refusal(&refusal, None)),
            None => definitions::catalog(&self.dir, console),
        }
    }
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Human,
    Json,
}
