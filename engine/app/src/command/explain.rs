//! `formwork explain`: the page of a code.

use formwork_model::{
    code::{PAGES, page},
    nearest::nearest,
    text,
};

use crate::{
    console::Console,
    failure::{Exit, Failure},
};

/// The arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The code, as diagnostics and refusals show it; without it all are listed ‖ 诊断或拒绝信息中的代码；省略则列出全部
    code: Option<String>,
}

/// Prints the page, or the list of all codes.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let Some(code) = &args.code else {
        for (_, page) in PAGES {
            console.answer(page.lines().next().unwrap_or_default().trim_start_matches("# "));
        }
        return Ok(Exit::Done);
    };
    if let Some(page) = page(code.trim_matches(['[', ']'])) {
        console.answer(page.trim_end());
        return Ok(Exit::Done);
    }
    let near = nearest(code, PAGES.iter().map(|(known, _)| *known));
    let (en, zh) = near.map_or_else(
        || ("; `formwork explain` lists all of them".to_owned(), "；`formwork explain` 列出全部代码".to_owned()),
        |near| (format!("; did you mean `{near}`?"), format!("；是不是 `{near}`？")),
    );
    Err(Failure::usage(text!("there is no code `{code}`{en}", "没有代码 `{code}`{zh}")))
}
