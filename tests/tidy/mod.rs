//! House rules that a compiler can't check. `engine/README.md` says why each of them is there.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every file below `folder` with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "target" && name != "fuzz") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn rust_files() -> Vec<(String, String)> {
    let root = root();
    let all = [root.join("engine"), root.join("tests")].into_iter().flat_map(|folder| files(&folder, "rs"));
    all.map(|path| (path.strip_prefix(&root).unwrap().display().to_string(), fs::read_to_string(&path).unwrap()))
        .collect()
}

/// The edges that are allowed: a crate may use those after it. Every crate may use `model`.
const EDGES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("definition", &[]),
    ("script", &[]),
    ("store", &[]),
    ("catalog", &["definition", "script"]),
    ("runtime", &["definition", "catalog", "script", "store"]),
    ("account", &["store"]),
    ("integration", &["definition", "catalog", "runtime", "script", "store"]),
    ("report", &["runtime", "catalog"]),
    ("web", &["account", "catalog", "runtime", "integration", "report", "definition", "script", "store"]),
    ("app", &["account", "definition", "script", "store", "catalog", "runtime", "integration", "report", "web"]),
];

#[test]
fn crates_depend_downwards_only() {
    for (name, allowed) in EDGES {
        let manifest = fs::read_to_string(root().join("engine").join(name).join("Cargo.toml")).unwrap();
        let used = manifest
            .lines()
            .take_while(|line| *line != "[dev-dependencies]")
            .filter_map(|line| line.strip_prefix("formwork-")?.split(['.', ' ']).next())
            .filter(|used| *used != "model");
        for used in used {
            assert!(
                allowed.contains(&used),
                "engine/{name} must not use formwork-{used}; see the edge table in tests/tidy"
            );
        }
    }
    let known: BTreeSet<&str> = EDGES.iter().map(|(name, _)| *name).collect();
    for entry in fs::read_dir(root().join("engine")).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir())
    {
        let name = entry.file_name().into_string().unwrap();
        assert!(known.contains(name.as_str()), "engine/{name} is not in the edge table");
    }
}

#[test]
fn every_rust_file_says_what_lives_there() {
    let silent: Vec<String> =
        rust_files().into_iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "without a first `//!` line: {silent:#?}");
}

#[test]
fn no_file_is_longer_than_500_lines() {
    let long: Vec<String> = rust_files()
        .into_iter()
        .filter_map(|(path, text)| (text.lines().count() > 500).then(|| format!("{path}: {}", text.lines().count())))
        .collect();
    assert!(long.is_empty(), "one reason to exist each; split {long:#?}");
}

#[test]
fn no_function_is_longer_than_80_lines() {
    let mut long = Vec::new();
    for (path, text) in rust_files().into_iter().filter(|(path, _)| !path.contains("tests")) {
        let mut start: Option<(usize, usize)> = None;
        let mut opened = false;
        for (number, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let word = line.trim_start();
            let words =
                word.trim_start_matches("pub ").trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ");
            if start.is_none() && (words.starts_with("fn ") || words.starts_with("async fn ")) {
                start = Some((number, indent));
                opened = false;
            }
            opened |= line.ends_with('{');
            let Some((first, depth)) = start else { continue };
            if !opened && line.ends_with(';') {
                start = None;
            } else if line == format!("{}}}", " ".repeat(depth)) || (number == first && line.ends_with('}')) {
                if number - first > 80 {
                    long.push(format!("{path}:{}: {} lines", first + 1, number - first));
                }
                start = None;
            }
        }
    }
    assert!(long.is_empty(), "too long: {long:#?}");
}

#[test]
fn no_dumping_grounds() {
    for (path, _) in rust_files() {
        let stem = Path::new(&path).file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(
            !["util", "utils", "helper", "helpers", "common", "misc"].contains(&stem.as_str()),
            "{path}: name it by what it does"
        );
    }
}

#[test]
fn only_one_file_knows_each_replaceable_library() {
    let homes: &[(&str, &[&str])] = &[
        ("serde_saphyr::", &["engine/definition/src/yaml"]),
        ("sled::", &["engine/store/"]),
        ("fjall::", &["engine/store/"]),
        ("rhai::", &["engine/script/"]),
        ("axum::", &["engine/web/", "engine/app/", "tests/"]),
        ("annotate_snippets::", &["engine/model/src/render"]),
    ];
    for (path, text) in rust_files().into_iter().filter(|(path, _)| path != "tests/tidy/mod.rs") {
        for (word, allowed) in homes {
            let used = text.lines().any(|line| line.contains(word) && !line.trim_start().starts_with("//"));
            assert!(
                !used || allowed.iter().any(|home| path.starts_with(home)),
                "{path} names {word}; allowed in {allowed:?}"
            );
        }
    }
}

/// Words of the businesses that are shipped or tested. Whoever needs one of them in `engine/` is about to
/// write business code.
const BUSINESS: &[&str] =
    &["opportunit", "warranty", "dealer", "invoice", "customer", "salesperson", "truck", "lending"];

/// A book answers the engine itself with everything; people get what [`formwork_runtime::access::Eyes`] shows.
#[test]
fn what_answers_to_people_sees_the_book_as_they_do() {
    let whole =
        ["get", "resolve", "title", "history", "approvals", "file", "queue_lengths", "queue", "work_of", "work_at"];
    let rest = ["responsible", "person", "holders", "incidents", "incident", "read_dimensions", "balance", "statement"];
    for (path, text) in rust_files()
        .iter()
        .filter(|(path, _)| path.starts_with("engine/web/src/api/") || path.starts_with("engine/web/src/page/"))
    {
        for method in whole.iter().chain(&rest) {
            for call in [format!("book.{method}("), format!("book().{method}(")] {
                assert!(!text.contains(&call), "{path} asks the book itself: {call}");
            }
        }
    }
}

#[test]
fn the_engine_knows_no_business_word() {
    let mut found = Vec::new();
    for (path, text) in rust_files()
        .into_iter()
        .filter(|(path, _)| path.starts_with("engine/") && !path.contains("/tests") && !path.contains("fixtures"))
    {
        // Examples in comments and unit tests may speak of a business; code may not.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let lower = line.to_lowercase();
            found.extend(
                BUSINESS
                    .iter()
                    .filter(|word| lower.contains(**word))
                    .map(|word| format!("{path}:{}: {word}", number + 1)),
            );
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_code_has_a_page_in_both_languages_and_every_page_a_code() {
    let mut used = BTreeSet::new();
    for (_, text) in rust_files() {
        for part in text.split("code!(\"").skip(1) {
            used.extend(part.split('"').next().map(str::to_owned));
        }
    }
    for path in files(&root().join("engine/model/codes"), "md") {
        let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let page = fs::read_to_string(&path).unwrap();
        assert!(page.starts_with(&format!("# {code}: ")), "{code}: the first line is `# {code}: what it means`");
        for heading in ["## What it means", "## Why it matters", "## Example", "## Instead", "## 中文"] {
            assert!(page.contains(heading), "{code} lacks {heading}");
        }
        assert!(used.contains(&code), "nothing raises {code}; delete its page");
    }
}

#[test]
fn nothing_is_left_open() {
    let words = [
        "to".to_owned() + "do!(",
        "unimple".to_owned() + "mented!(",
        "FIX".to_owned() + "ME",
        "#[ig".to_owned() + "nore",
    ];
    for (path, text) in rust_files() {
        for word in &words {
            assert!(!text.contains(word.as_str()), "{path} contains {word}");
        }
    }
}
