//! What `definitions/COVERAGE.md` says is there, is there.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The rows of the table: the number of the requirement and what is said of it.
fn rows() -> Vec<(u32, String)> {
    let text = fs::read_to_string(root().join("definitions/COVERAGE.md")).unwrap();
    text.lines()
        .filter_map(|line| {
            let (name, by) = line.strip_prefix("| R")?.split_once(" | ")?;
            Some((name.parse().ok()?, by.trim_end_matches('|').trim().to_owned()))
        })
        .collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The names of the cases of a scenario file: what is indented by two below `cases:`.
fn cases(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .skip_while(|line| *line != "cases:")
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with([' ', '#']))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_requirement_has_one_row() {
    let numbers: Vec<u32> = rows().into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, (1..=125).collect::<Vec<_>>());
}

#[test]
fn a_row_names_a_file_or_says_that_it_comes_later() {
    for (number, by) in rows() {
        let names_a_file = quoted(&by).any(|name| name.contains('/'));
        assert!(names_a_file || by.starts_with("*later*"), "R{number} names neither a file nor says `later`: {by}");
    }
}

#[test]
fn every_named_file_and_case_exists() {
    let root = root();
    let mut seen = 0;
    for (number, by) in rows() {
        for name in quoted(&by).filter(|name| name.contains('/')) {
            let (file, case) = name.split_once('#').map_or((name, None), |(file, case)| (file, Some(case)));
            let path = root.join(file);
            assert!(path.is_file(), "R{number}: there is no file {file}");
            if let Some(case) = case {
                let known = cases(&path);
                assert!(known.iter().any(|known| known == case), "R{number}: {file} has no case {case}, but {known:?}");
            }
            seen += 1;
        }
    }
    assert!(seen > 125, "only {seen} names were looked at");
}
