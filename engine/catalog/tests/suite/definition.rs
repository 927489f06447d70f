//! `tests/definition/*.md`: definitions with the errors they must give, written where they must be found.
//!
//! Every `##` heading of a file is a case: its fenced blocks are the files of one folder. The first line of a
//! block names the file (`# definitions/x/deal.object.yaml`, `// scripts/x/go.rhai`). A finding is expected
//! where a line ends in `# error: [code] part of the message` or `# warning: [code]`; nothing else may be found.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use formwork_catalog::check::check_parsed;
use formwork_model::diagnostic::Severity;

/// A finding: path, line, severity, code.
type Finding = (String, usize, &'static str, String);

struct Case {
    title: String,
    files: BTreeMap<String, String>,
    expected: BTreeMap<Finding, String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/definition")
}

fn fixtures() -> Vec<(String, String)> {
    let mut fixtures: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    fixtures.sort();
    fixtures
}

/// Splits a line into what stands there and what is expected of it.
fn annotations(line: &str) -> (String, Vec<(&'static str, String, String)>) {
    let marks =
        [("# error: [", "error"), ("// error: [", "error"), ("# warning: [", "warning"), ("// warning: [", "warning")];
    let first = marks.iter().filter_map(|(mark, _)| line.find(mark)).min();
    let Some(first) = first else { return (line.to_owned(), Vec::new()) };
    let (text, mut rest) = line.split_at(first);
    let mut expected = Vec::new();
    while let Some((mark, severity)) = marks.iter().find(|(mark, _)| rest.starts_with(mark)) {
        let (code, after) = rest[mark.len()..].split_once(']').unwrap();
        let next = marks.iter().filter_map(|(mark, _)| after.find(mark)).min().unwrap_or(after.len());
        expected.push((*severity, code.to_owned(), after[..next].trim().to_owned()));
        rest = &after[next..];
    }
    (text.trim_end().to_owned(), expected)
}

fn cases(name: &str, text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut block: Option<Vec<&str>> = None;
    for line in text.lines() {
        match (&mut block, line) {
            (None, line) if line.starts_with("## ") => {
                let title = format!("{name}: {}", &line[3..]);
                cases.push(Case { title, files: BTreeMap::new(), expected: BTreeMap::new() });
            }
            (None, line) if line.starts_with("```") => block = Some(Vec::new()),
            (Some(_), "```") => {
                let lines = block.take().unwrap();
                add(cases.last_mut().unwrap_or_else(|| panic!("{name}: a block before the first `##`")), &lines);
            }
            (Some(lines), line) => lines.push(line),
            (None, _) => {}
        }
    }
    cases
}

fn add(case: &mut Case, lines: &[&str]) {
    let (head, head_expected) = annotations(lines[0]);
    let path = head.trim_start_matches(['#', '/', ' ']).to_owned();
    let csv = path.ends_with(".csv");
    let mut content = Vec::new();
    if !csv {
        content.push(head);
    }
    let at_head = (1, head_expected);
    let mut found = vec![at_head];
    for line in &lines[1..] {
        let (text, expected) = annotations(line);
        content.push(text);
        found.push((content.len(), expected));
    }
    for (line, expected) in found {
        for (severity, code, part) in expected {
            case.expected.insert((path.clone(), line, severity, code), part);
        }
    }
    let again = case.files.insert(path.clone(), content.join("\n") + "\n");
    assert!(again.is_none(), "{}: {path} is there twice", case.title);
}

fn problems(case: &Case) -> Vec<String> {
    let files = case.files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes()));
    let checked = check_parsed(formwork_definition::load::parse(files));
    let mut problems = Vec::new();
    let mut found = BTreeSet::new();
    for diagnostic in checked.diagnostics.iter() {
        let place = checked.sources.place(diagnostic.at);
        let (path, line) = place.map_or((String::new(), 0), |place| (place.path.to_owned(), place.line));
        let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
        let finding = (path.clone(), line, severity, diagnostic.code.to_string());
        let said = format!("{} {}", diagnostic.message.en, diagnostic.help.as_ref().map_or("", |help| &help.en));
        match case.expected.get(&finding) {
            Some(part) if said.contains(part.as_str()) => {}
            Some(part) => problems.push(format!("{path}:{line}: [{}] says `{said}`, not `{part}`", finding.3)),
            None => problems.push(format!("{path}:{line}: unexpected {severity} [{}] {said}", finding.3)),
        }
        found.insert(finding);
    }
    for (path, line, severity, code) in case.expected.keys().filter(|finding| !found.contains(*finding)) {
        problems.push(format!("{path}:{line}: missing {severity} [{code}]"));
    }
    let clean = !case.expected.keys().any(|(.., severity, _)| *severity == "error");
    if clean && checked.catalog.is_none() && problems.is_empty() {
        problems.push("no error, and no catalog".to_owned());
    }
    problems
}

#[test]
fn every_fixture_gives_exactly_the_findings_written_in_it() {
    let mut report = String::new();
    let only = std::env::var("FIXTURE").unwrap_or_default();
    for (name, text) in fixtures() {
        for case in cases(&name, &text) {
            if !case.title.contains(&only) {
                continue;
            }
            let problems = problems(&case);
            if !problems.is_empty() {
                report += &format!("\n{}\n  {}\n", case.title, problems.join("\n  "));
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}

/// Codes that no folder of definitions can give, each with the reason.
const ELSEWHERE: &[(&str, &str)] = &[
    ("unreadable-file", "needs a file that is no UTF-8 or can't be opened; see the tests of formwork-definition"),
    ("script-budget", "raised when a script runs"),
    ("script-failed", "raised when a script runs"),
    ("table-too-large", "needs a table beyond the budget of the analysis; see the tests of table::analysis"),
];

#[test]
fn every_code_has_a_fixture_that_gives_it() {
    fn codes(folder: &Path, out: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                codes(&path, out);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                for rest in text.split("code!(\"").skip(1) {
                    out.insert(rest.split('"').next().unwrap().to_owned());
                }
            }
        }
    }
    let mut used = BTreeSet::new();
    for member in ["definition", "script", "catalog"] {
        codes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(member).join("src"), &mut used);
    }
    let mut given = BTreeSet::new();
    for (name, text) in fixtures() {
        for case in cases(&name, &text) {
            given.extend(case.expected.into_keys().map(|(.., code)| code));
        }
    }
    let missing: Vec<_> = used
        .iter()
        .filter(|code| !given.contains(*code) && !ELSEWHERE.iter().any(|(known, _)| known == code))
        .collect();
    assert!(missing.is_empty(), "no fixture gives {missing:?}");
    let stale: Vec<_> = ELSEWHERE.iter().filter(|(code, _)| given.contains(*code) || !used.contains(*code)).collect();
    assert!(stale.is_empty(), "no exception any more: {stale:?}");
}
