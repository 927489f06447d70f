//! The workflow patterns: `README.md` lists them, one tested definition each.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use formwork_catalog::check::check_folder;
use formwork_model::{render, text::Language};
use formwork_runtime::scenario::run_all;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/patterns")
}

/// The names in the third column of the first table.
fn names_in_readme() -> BTreeSet<String> {
    let text = fs::read_to_string(folder().join("README.md")).unwrap();
    let rows =
        text.lines().skip_while(|line| !line.starts_with("|---")).skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split('|').nth(3).unwrap().trim().trim_matches('`').to_owned()).collect()
}

fn names_of_files(below: &str, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder().join(below)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter_map(|name| name.strip_suffix(ending).map(str::to_owned)).collect()
}

#[test]
fn every_pattern_holds() {
    let checked = check_folder(&folder()).unwrap();
    let found = render::render(&checked.diagnostics, &checked.sources, Language::En, false);
    assert!(checked.diagnostics.is_empty(), "{found}");
    let reports = run_all(&Arc::new(checked.catalog.unwrap()));
    let failures: Vec<String> = reports
        .iter()
        .flat_map(|report| report.failures.iter().map(move |failure| (report, failure)))
        .map(|(report, failure)| {
            format!("{} ({}): {}", checked.sources.locate(failure.at), report.name, failure.message.en)
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let tested: BTreeSet<String> =
        reports.iter().filter_map(|report| Some(report.name.split_once('.')?.0.to_owned())).collect();
    assert_eq!(tested, names_in_readme());
}

#[test]
fn the_table_lists_every_file() {
    let names = names_in_readme();
    assert_eq!(names.len(), 43);
    assert_eq!(names_of_files("tests/scenarios/patterns", ".scenario.yaml"), names);
    assert_eq!(names_of_files("definitions/patterns", ".flow.yaml"), names);
    assert_eq!(names_of_files("definitions/patterns", ".object.yaml"), names);
}

/// Every action, branch and rule of the patterns is taken by some scenario.
#[test]
fn nothing_in_the_patterns_is_untouched() {
    let catalog = Arc::new(check_folder(&folder()).unwrap().catalog.unwrap());
    let reports = run_all(&catalog);
    let coverage = formwork_runtime::scenario::coverage(&catalog, &reports);
    let untouched: Vec<&str> = coverage.untouched.iter().map(String::as_str).collect();
    assert_eq!(untouched, [""; 0]);
}
