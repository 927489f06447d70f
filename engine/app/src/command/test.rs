//! `formwork test`: the scenarios of a folder.

use std::path::PathBuf;

use formwork_model::text;
use formwork_runtime::scenario::{self, Report, coverage, run_some};

use crate::{
    console::Console,
    definitions,
    failure::{Exit, Failure},
};

/// The arguments of `test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder that holds definitions/ and tests/scenarios/ ‖ 含有 definitions/ 与 tests/scenarios/ 的文件夹
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Lists actions, branches, rules and table rows that no scenario touched ‖ 列出没有场景覆盖的操作、分支、规则和决策表行
    #[arg(long)]
    coverage: bool,
    /// Only cases whose scenario.case contains this text ‖ 只运行名称（场景.用例）含此文本的用例
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
}

/// Runs the scenarios.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let catalog = definitions::catalog(&args.dir, console)?;
    let wanted = |name: &str| args.filter.as_ref().is_none_or(|text| name.contains(text.as_str()));
    let reports: Vec<Report> = run_some(&catalog, wanted);
    let failed = reports.iter().filter(|report| !report.failures.is_empty()).count();
    for report in &reports {
        let (mark, name) = (if report.failures.is_empty() { "ok  " } else { "FAIL" }, &report.name);
        console.say(&text!("{mark} {name}", "{mark} {name}"));
    }
    let mut failures = scenario::failures(&reports);
    failures.sort();
    console.answer_diagnostics(&failures, &catalog.sources);
    let passed = reports.len() - failed;
    console.answer_text(&text!("{passed} passed, {failed} failed", "{passed} 个通过，{failed} 个失败"));
    if let Some(filter) = args.filter.as_ref().filter(|_| reports.is_empty()) {
        console.say(&text!("no case contains `{filter}`", "没有名称含 `{filter}` 的用例"));
    }
    if args.coverage {
        let coverage = coverage(&catalog, &reports);
        let (all, left) = (coverage.all, coverage.untouched.len());
        let touched = all - left;
        console.answer_text(&text!(
            "touched {touched} of {all}, {left} untouched",
            "覆盖 {touched}/{all}，{left} 项未覆盖"
        ));
        for what in &coverage.untouched {
            console.answer(format!("  {what}"));
        }
    }
    Ok(if failed > 0 { Exit::Found } else { Exit::Done })
}
