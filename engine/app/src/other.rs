//! Another release than the one a book runs: a folder, or one that the book keeps.

use std::{path::PathBuf, sync::Arc};

use clap::ValueEnum;
use formwork_catalog::catalog::Catalog;
use formwork_runtime::{book::Book, command::Actor, scenario::parse_actor};

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

/// Who does something, whether it is only tried, and how the answer is written.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Doing {
    /// Decides and counts, and writes nothing ‖ 试运行：只判定和统计，不写入
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Who does it: a login and its roles ‖ 操作人：登录名及角色
    #[arg(long = "as", default_value = "admin", value_name = "ACTOR")]
    actor: String,
    /// For people, or for programs ‖ 供人阅读，或供程序使用
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
}

impl Doing {
    /// Who does it; whoever holds the data is not limited.
    pub(crate) fn actor(&self) -> Actor {
        parse_actor(&self.actor).unlimited()
    }
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Human,
    Json,
}
