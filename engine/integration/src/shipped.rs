//! The shipped configuration, checked with this crate's own faces: demo plan, scenarios.

use std::{path::PathBuf, sync::Arc};

use formwork_catalog::{catalog::Catalog, check::check_folder};
use formwork_model::{clock::SettableClock, code};
use formwork_runtime::book::Book;
use formwork_store::embedded::Embedded;

use crate::demo;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shipped() -> Arc<Catalog> {
    let checked = check_folder(&root()).unwrap();
    let found: Vec<String> = checked
        .diagnostics
        .iter()
        .map(|d| {
            let help = d.help.as_ref().map_or("", |help| &help.en);
            format!("{:?} {} {} [{}] {help}", d.severity, checked.sources.locate(d.at), d.message.en, d.code)
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    Arc::new(checked.catalog.unwrap())
}

#[test]
fn the_shipped_folder_has_no_diagnostic_and_its_scenarios_hold() {
    let catalog = shipped();
    let reports = formwork_runtime::scenario::run_all(&catalog);
    let failed: Vec<String> = reports
        .iter()
        .flat_map(|report| {
            report
                .failures
                .iter()
                .map(|failed| format!("{} {} {}", report.name, catalog.sources.locate(failed.at), failed.message.en))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let untouched = formwork_runtime::scenario::coverage(&catalog, &reports).untouched;
    assert!(untouched.is_empty(), "no scenario touches {untouched:?}");
}

#[test]
fn the_demo_year_can_be_played() {
    let catalog = shipped();
    let clock = Arc::new(SettableClock::at("2026-11-01T00:00:00Z".parse().unwrap()));
    let store = Arc::new(Embedded::memory().unwrap());
    let book = Book::open(store, catalog.clone(), clock.clone()).unwrap();
    let plan = demo::Plan::open(&root().join("demo/sales.demo.yaml"), &catalog).unwrap_or_else(|e| panic!("{e:#?}"));
    let options = demo::Options { seed: 1, until: jiff::civil::date(2026, 11, 2) };
    let report = demo::run(&book, Some(&clock), &plan, &options, &mut |_| ()).unwrap();
    let created: u64 = report.created.values().sum();
    assert!(created > 4_000 && report.acted > 6_000, "{report:#?}");
    // Some meet a limit, as people do; most must not. How long a script may take is no limit of theirs: a build for
    // tests on a busy machine meets it.
    let by_people = report.refused.iter().filter(|(code, _)| **code != code!("script-budget")).map(|(_, times)| times);
    assert!(by_people.sum::<u64>() < 250, "{report:#?}");
}
