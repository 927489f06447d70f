//! Failed scenarios as whoever edits the definitions is told of them: on the command line, in the log and on pages.

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    text,
};

use super::Report;

/// What the scenarios did not see as expected: each at its place, with its case and its step.
pub fn failures<'a>(reports: impl IntoIterator<Item = &'a Report>) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for report in reports {
        for failed in &report.failures {
            let name = &report.name;
            let help = match failed.step {
                Some(step) => text!("in the case `{name}`, at step {step}", "用例 `{name}` 第 {step} 步"),
                None => text!("in the case `{name}`, before its first step", "用例 `{name}` 的准备阶段"),
            };
            let mut found = Diagnostic::error(code!("scenario-failed"), failed.at, failed.message.clone()).help(help);
            if let Some(because) = failed.because {
                found = found.related(because, text!("it came about here", "原因在这里"));
            }
            diagnostics.push(found);
        }
    }
    diagnostics
}
