//! Deciding and expecting tasks in scenarios.

use formwork_runtime::scenario::{coverage, run_all};

use crate::runtime::world::catalog;

const FILES: &str = "
# definitions/x/claim.object.yaml
object: claim
fields:
  owner:  {type: user}
  second: {type: user}
# definitions/x/claim.flow.yaml
flow: claim
object: claim
start: draft
nodes:
  draft: {actions: {submit: {to: review}}}
  review:
    approval: [{name: both, by: [owner, second], need: all}, {name: never, by: owner, when: false}]
    approved: {to: granted}
    rejected: {to: done}
    returned: {to: draft}
    withdrawn: {to: draft}
  granted: {actions: {close: {to: done}}}
  done: {end: {}}
# tests/scenarios/x/claim.scenario.yaml
scenario: claim
actor: ann
given:
  claim: {object: claim, set: {owner: bo, second: cy}, act: submit}
cases:
  decided:
    steps:
      - then: {of: claim, state: review, tasks: [bo, cy]}
      - when: {decide: approve, on: claim, actor: bo}
        then: {tasks: [cy]}
      - when: {decide: approve, on: claim, actor: ann, task: cy}
        then: {refused: not-your-task}
      - when: {decide: add, on: claim, actor: cy, to: [di, ed], place: before}
        then: {tasks: [di, ed], notified: [di, ed]}
      - when: {decide: remove, on: claim, actor: cy, task: di}
      - when: {decide: transfer, on: claim, actor: ed, to: fay}
        then: {tasks: [fay]}
      - when: {decide: approve, on: claim, actor: fay}
        then: {tasks: [cy]}
      - when: {decide: return, on: claim, actor: cy}
        then: {refused: required, at: reason}
      - when: {decide: return, on: claim, actor: cy, reason: look again}
        then: {state: draft, tasks: [], notified: [ann]}
      - when: {act: submit, on: claim}
        then: {tasks: [bo, cy]}
      - when: {decide: cc, on: claim, to: gus}
      - when: {decide: read, on: claim, actor: gus}
      - when: {decide: urge, on: claim}
        then: {notified: [bo, cy]}
      - when: {decide: recall, on: claim}
        then: {state: draft}
  handed_on:
    steps:
      - when: {decide: delegate, on: claim, actor: bo, to: di}
        then: {tasks: [cy, di], notified: [di]}
      - when: {decide: approve, on: claim, actor: bo}
        then: {refused: task-waits}
      - when: {decide: approve, on: claim, actor: di}
        then: {tasks: [bo, cy]}
      - when: {decide: comment, on: claim, actor: cy}
        then: {refused: required, at: reason}
      - when: {decide: comment, on: claim, actor: cy, reason: see the second page}
        then: {tasks: [bo, cy]}
      - when: {decide: approve, on: claim, actor: bo}
      - when: {decide: approve, on: claim, actor: cy}
        then: {state: granted, tasks: []}
      - when: {decide: unapprove, on: claim, actor: ann, reason: it was wrong}
        then: {refused: not-your-task}
      - when: {decide: unapprove, on: claim, actor: cy}
        then: {refused: required, at: reason}
      - when: {decide: unapprove, on: claim, actor: cy, reason: it was wrong}
        then: {state: review, tasks: [cy]}
      - when: {decide: reject, on: claim, actor: cy}
        then: {refused: required, at: reason}
      - when: {decide: reject, on: claim, actor: cy, reason: not this year}
        then: {state: done, tasks: []}
  closed:
    steps:
      - when: {decide: approve, on: claim, actor: bo}
      - when: {decide: approve, on: claim, actor: cy}
      - when: {act: close, on: claim}
        then: {state: done}
      - when: {decide: unapprove, on: claim, actor: cy, reason: it was wrong}
        then: {refused: depended-on}
  said:
    given: {di: {object: user, set: {login: di, name: Di}}}
    steps:
      - when: {comment: 'please look, @di.', on: claim}
        then: {notified: [di], state: review, values: {rev: 2}}
      - when: {comment: '@nobody look', on: claim}
        then: {refused: no-such-reference}
      - when: {comment: ' ', on: claim}
        then: {refused: required}
";

#[test]
fn a_scenario_decides_tasks_and_expects_them() {
    let reports = run_all(&catalog(FILES));
    assert_eq!(reports.len(), 4);
    let failures: Vec<&str> =
        reports.iter().flat_map(|report| &report.failures).map(|failed| failed.message.en.as_str()).collect();
    assert!(failures.is_empty(), "{failures:#?}");
    let coverage = coverage(&catalog(FILES), &reports);
    let untouched: Vec<&str> = coverage.untouched.iter().map(String::as_str).collect();
    assert_eq!(untouched, ["step claim.review.never"]);
}

#[test]
fn a_wrong_expectation_of_tasks_fails() {
    let wrong = FILES.replace("state: review, tasks: [bo, cy]", "state: review, tasks: [bo]");
    let reports = run_all(&catalog(&wrong));
    let failures: Vec<&str> =
        reports.iter().flat_map(|report| &report.failures).map(|failed| failed.message.en.as_str()).collect();
    assert_eq!(failures, ["expected tasks of [bo], there are some of [bo, cy]"]);
}
