//! `formwork reference`: the manual of the definition language, generated from what the program accepts.

use std::{fmt::Write as _, fs, path::PathBuf};

use formwork_definition::reference::reference as keys;
use formwork_model::text;
use formwork_script::functions::reference as functions;

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
    let page = page();
    let Some(file) = &args.out else {
        console.answer(page.trim_end());
        return Ok(Exit::Done);
    };
    fs::write(file, &page).map_err(|error| Failure::path(file, &error))?;
    let (shown, lines) = (file.display(), page.lines().count());
    console.say(&text!("{lines} lines written to {shown}", "已写入 {shown}，共 {lines} 行"));
    Ok(Exit::Done)
}

/// The keys of every kind, then the functions of expressions and scripts.
fn page() -> String {
    let mut page = keys();
    page.push_str(
        "\n## Expressions\n\nEvery expression is Rhai. Keys such as `when`, `value` and `check` always hold one; where a plain value \
         could stand too, an expression begins with `=`.\n\n| function | what it does | 说明 |\n|---|---|---|\n",
    );
    for function in functions() {
        let cell = |text: &str| text.replace('|', "\\|");
        // Writing to a `String` can't fail.
        let _written = writeln!(
            page,
            "| `{}` | {} | {} |",
            cell(function.signature),
            cell(function.doc_en),
            cell(function.doc_zh)
        );
    }
    page
}
