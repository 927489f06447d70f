//! `formwork reference`: the manual of the definition language, generated from what the program accepts.

use std::{fs, path::PathBuf};

use formwork_catalog::reference::page;
use formwork_model::text;

use crate::{
    console::Console,
    failure::{Exit, Failure},
};

/// The arguments of `reference`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file; by default stdout ‖ 输出文件，默认 stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes the page.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let page = page(console.language);
    let Some(file) = &args.out else {
        console.answer(page.trim_end());
        return Ok(Exit::Done);
    };
    fs::write(file, &page).map_err(|error| Failure::path(file, &error))?;
    let (shown, lines) = (file.display(), page.lines().count());
    console.say(&text!("{lines} lines written to {shown}", "已写入 {shown}，共 {lines} 行"));
    Ok(Exit::Done)
}
