//! Checks a folder of definitions and runs its scenarios:
//! `cargo run -p formwork-runtime --example scenarios -- DIR`.
//! Prints diagnostics and failures with their places; exits with 1 when there is an error or a failure.

use std::{path::Path, process::ExitCode, sync::Arc};

use formwork_catalog::check;
use formwork_model::{render, source::Span, text::Language};
use formwork_runtime::scenario;

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: scenarios DIR");
        return ExitCode::FAILURE;
    };
    let checked = match check::check_folder(Path::new(&folder)) {
        Ok(checked) => checked,
        Err(error) => {
            eprintln!("{folder}: {error}");
            return ExitCode::FAILURE;
        }
    };
    print!("{}", render::render(&checked.diagnostics, &checked.sources, Language::En, false));
    println!("{}", render::summary(&checked.diagnostics, Language::En));
    let Some(catalog) = checked.catalog else { return ExitCode::FAILURE };
    let reports = scenario::run_all(&Arc::new(catalog));
    let mut failed = 0;
    for report in reports.iter().filter(|report| !report.failures.is_empty()) {
        failed += 1;
        println!("FAILED {}", report.name);
        for failure in &report.failures {
            let known = failure.at != Span::default() && checked.sources.get(failure.at.source).is_some();
            let place = if known { checked.sources.locate(failure.at) } else { report.path.clone() };
            println!("  {place}: {}", failure.message.en);
        }
    }
    println!("{} cases, {failed} failed", reports.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
