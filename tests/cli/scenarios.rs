//! `formwork test`: scenarios, their failures and their coverage.

use super::binary::Folder;

#[test]
fn a_failure_is_shown_at_its_expectation() {
    let folder = Folder::shop();
    folder.edit("tests/scenarios/work/job.scenario.yaml", "state: done,", "state: open,");
    folder
        .run(&["test"])
        .code(1)
        .stdout("error[scenario-failed]")
        .stdout("tests/scenarios/work/job.scenario.yaml:9:")
        .stdout("then: {state: open, balance")
        .stdout("^^^^")
        .stdout("0 passed, 1 failed")
        .stderr("FAIL job.finished");
}

#[test]
fn what_no_scenario_touched_is_listed() {
    Folder::shop().run(&["test", "--coverage"]).code(0).stdout("1 passed, 0 failed").stdout("  table level#2");
}

#[test]
fn a_filter_runs_only_what_it_names() {
    let folder = Folder::shop();
    folder.edit("tests/scenarios/work/job.scenario.yaml", "state: done,", "state: open,");
    folder.run(&["test", "--filter", "finish"]).code(1).stdout("0 passed, 1 failed");
    folder.run(&["test", "--filter", "nothing"]).code(0).stdout("0 passed, 0 failed");
}

#[test]
fn a_filter_narrows_and_says_when_nothing_is_left() {
    let folder = Folder::shop();
    folder.run(&["test", "--filter", "finish"]).code(0).stdout("1 passed");
    folder.run(&["test", "--filter", "nothing"]).code(0).stdout("0 passed").stderr("no case contains `nothing`");
}

#[test]
fn definitions_with_errors_are_not_run() {
    let folder = Folder::shop();
    folder.edit("definitions/work/job.flow.yaml", "to: done", "to: doen");
    folder.run(&["test"]).code(1).stderr("error[unknown-target]").stderr("have errors");
    folder.run(&["test", "nowhere"]).code(2);
}
