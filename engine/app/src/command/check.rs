//! `formwork check`: what is wrong with a folder of definitions.

use std::path::PathBuf;

use clap::ValueEnum;
use formwork_model::{render::summary, text::Text};
use serde_json::{Value as Json, json};

use crate::{
    console::Console,
    definitions,
    failure::{Exit, Failure},
};

/// The arguments of `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder that holds definitions/ ‖ 含有 definitions/ 的文件夹
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// For people, or for editors ‖ 供人阅读，或供编辑器使用
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Warnings fail too ‖ 有警告也算失败
    #[arg(long)]
    deny_warnings: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

/// Checks a folder.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let checked = definitions::check(&args.dir)?;
    let found = &checked.diagnostics;
    match args.format {
        Format::Human => {
            console.answer_diagnostics(found, &checked.sources);
            console.say(&Text::same(summary(found, console.language)));
        }
        Format::Json => {
            let all: Vec<Json> = found.iter().map(|one| one.to_json(&checked.sources)).collect();
            let release = checked.catalog.as_ref().map(|catalog| &*catalog.release);
            console.answer(json!({"release": release, "diagnostics": all}).to_string());
        }
    }
    let failed = found.has_errors() || (args.deny_warnings && !found.is_empty());
    Ok(if failed { Exit::Found } else { Exit::Done })
}
