//! A second business that the engine has never heard of runs on the same binary, from files alone.

use std::{path::Path, sync::Arc};

use formwork_catalog::check::check_folder;
use formwork_runtime::scenario;

#[test]
fn an_office_that_lends_equipment_checks_clean_and_behaves_as_its_scenarios_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/second/equipment");
    let checked = check_folder(&folder).unwrap();
    let found: Vec<String> = checked
        .diagnostics
        .iter()
        .map(|found| format!("{} {} [{}]", checked.sources.locate(found.at), found.message.en, found.code))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    let catalog = Arc::new(checked.catalog.unwrap());
    let reports = scenario::run_all(&catalog);
    assert!(reports.len() >= 6);
    let failed: Vec<String> = reports
        .iter()
        .flat_map(|report| report.failures.iter().map(move |failed| (report, failed)))
        .map(|(report, failed)| format!("{} {} {}", report.name, checked.sources.locate(failed.at), failed.message.en))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let untouched = scenario::coverage(&catalog, &reports).untouched;
    assert!(untouched.is_empty(), "no scenario touches {untouched:?}");
}
