//! What the language says, in the words of scenarios: the order of a state's arrival, empty days, hours, lines of an
//! input, files, records that effects made, and limits that do not depend on the machine.

use formwork_runtime::scenario::{Report, run_all, run_some};

use super::world::catalog;

const VISIT: &str = r#"
# definitions/care.book.yaml
book: care
access: open
time_zone: Asia/Shanghai
# definitions/care/visit.object.yaml
object: visit
title: name
owner: owner
fields:
  name:  {type: text, required: true}
  owner: {type: user}
  wait:  {type: text}
  day:   {type: date}
  ends:  {type: date, value: this.day + days(3)}
  left:  {type: integer, value: this.day - today()}
  night: {type: boolean}
  count: {type: integer}
  photo: {type: file}
  lines:
    type: lines
    fields:
      what:  {type: text}
      pieces: {type: integer, default: 2}
      twice: {type: integer, value: this.pieces * 2}
      at: {type: datetime}
      cost: {type: money}
      of: {type: ref, to: visit}
checks:
  not_past: {that: this.day == () || this.ends >= today(), at: day, say: Too late}
rules:
  night: {on: create, set: {night: = hour(this.created_at) >= 22 || hour(this.created_at) < 6}}
# definitions/care/job.object.yaml
object: job
fields: {visit: {type: ref, to: visit}, what: {type: text}}
# forms/care/plan_visit.form.yaml
form: plan_visit
object: visit
for: act
sections: [{fields: [lines]}]
# forms/care/gather_visits.form.yaml
form: gather_visits
object: visit
for: act
inputs: {others: {type: refs, to: visit}, best: {type: ref, to: visit}}
sections: [{fields: [others, best, lines]}]
# definitions/care/visit.flow.yaml
flow: visit
object: visit
start: open
nodes:
  open:
    actions:
      plan: {to: planned, form: plan_visit, set: {count: = input.lines.map(|line| line.pieces).sum()}}
      gather: {form: gather_visits, run: gather}
      work: {run: busy}
      note: {run: note}
      fail: {run: wrong}
  planned:
    enter: {set: {wait: 2h}, create: {job: {object: job, set: {visit: = this, what: = this.name}}}}
    timers: {late: {after: = this.wait, to: late}}
    actions: {done: {to: closed}}
  late: {actions: {done: {to: closed}}}
  closed: {end: {}}
# scripts/care/note.rhai
let lines = [];
for line in this.lines {
    lines.push(#{what: line.what, at: line.at, cost: line.cost + 0.5});
}
lines.push(#{what: "now", at: now(), cost: 1.25});
this.lines = lines;
# scripts/care/busy.rhai
let text = "0123456789";
for n in 0..13 { text += text; }
for n in 0..100000 { text.upper(); }
this.count = text.len();
# scripts/care/gather.rhai
this.count = input.others.map(|other| other.count).sum() + input.best.count;
let names = input.lines.map(|line| line.of.name);
this.wait = names[0] + input.others[0].owner;
# scripts/care/wrong.rhai
let n = this.count;
this.count = 1 / (n - n);
"#;

fn cases(steps: &str) -> Vec<Report> {
    let steps: String = steps.trim_matches('\n').lines().map(|line| format!("      {line}\n")).collect();
    let scenario = format!(
        "# tests/scenarios/care/visit.scenario.yaml
scenario: visit
now: 2026-03-02T23:30
actor: ann
given:
  one: {{object: visit, set: {{name: First, count: 1}}}}
cases:
  only:
    steps:
{steps}"
    );
    run_all(&catalog(&format!("{VISIT}{scenario}")))
}

fn passes(steps: &str) {
    for report in cases(steps) {
        assert!(report.failures.is_empty(), "{:?}", report.failures);
    }
}

#[test]
fn timers_of_a_state_begin_after_what_happens_on_arrival() {
    passes(
        "
- when: {act: plan, on: one}
  then: {state: planned, timers: {late: 2026-03-03T01:30}}
- when: {clock: +3h}
  then: {of: one, state: late}
",
    );
}

#[test]
fn an_empty_day_moved_is_empty_and_hours_are_those_of_the_book() {
    passes(
        "
- when: {create: visit, as: two, set: {name: Night}}
  then: {values: {ends: '', left: '', night: true}}
- when: {update: two, set: {day: 2026-03-05}}
  then: {values: {ends: 2026-03-08, left: 3}}
- when: {clock: 2026-03-03T06:00}
- when: {create: visit, set: {name: Day}}
  then: {values: {night: false}}
",
    );
}

#[test]
fn lines_of_an_input_are_completed_with_their_defaults() {
    passes(
        "
- when: {act: plan, on: one, set: {lines: [{what: a}, {what: b, pieces: 5}]}}
  then: {that: 'this.count == 7 && this.lines[0].pieces == 2 && this.lines[0].twice == 4'}
",
    );
}

#[test]
fn lines_that_a_script_sets_keep_their_types() {
    passes(
        "
- when: {act: note, on: one}
- when: {act: note, on: one}
  then: {that: 'this.lines.len() == 2 && this.lines[0].cost == 1.75 && this.lines[1].cost == 1.25 && date_of(this.lines[0].at) == today()'}
",
    );
}

#[test]
fn records_of_an_input_and_of_its_lines_can_be_read() {
    passes(
        "
- when: {create: visit, as: two, set: {name: Second, count: 3, owner: bo}}
- when: {create: visit, as: three, set: {name: Third, count: 5}}
- when: {act: gather, on: one, set: {others: [two, three], best: three, lines: [{of: two}]}}
  then: {values: {count: 13, wait: Secondbo}}
- when: {update: three, set: {lines: [{what: a, of: two}]}}
  then: {that: 'this.lines[0].of.name == \"Second\" && this.lines.all(|line| line.of.owner == \"bo\")'}
",
    );
}

#[test]
fn a_scenario_names_what_an_effect_made_and_gives_files() {
    passes(
        "
- when: {act: plan, on: one}
- when: {find: job, as: job, set: {visit: one}}
  then: {values: {what: First}}
- when: {update: job, set: {what: again}}
- when: {create: visit, set: {name: Photo, photo: front door.jpg}}
  then: {that: 'this.photo.name == \"front door.jpg\" && this.photo.size == 14'}
",
    );
}

#[test]
fn what_is_found_never_or_twice_fails_at_its_line() {
    let reports = cases(
        "
- when: {find: job, as: job, set: {visit: one}}
- when: {create: job, set: {visit: one}}
- when: {create: job, set: {visit: one}}
- when: {find: job, as: job, set: {visit: one}}
",
    );
    let said: Vec<&str> = reports[0].failures.iter().map(|failed| failed.message.en.as_str()).collect();
    assert_eq!(said, ["no `job` has these values", "several `job` have these values"]);
}

#[test]
fn a_failing_script_is_named_with_its_place_and_the_step() {
    let catalog_text = cases("- when: {act: fail, on: one}");
    let failed = &catalog_text[0].failures[0];
    assert!(failed.message.en.contains("script-failed"), "{failed:?}");
    let because = failed.because.unwrap();
    assert_ne!(because.source, failed.at.source, "one is in the scenario, the other in the script");
}

/// 100,000 capitalised texts of 81,920 letters take longer than the quarter of a second that a script has, and few steps.
#[test]
fn the_steps_of_a_script_count_in_a_scenario_and_not_its_time() {
    passes("- when: {act: work, on: one}\n  then: {values: {count: 81920}}");
}

#[test]
fn only_what_is_wanted_is_run() {
    let catalog = catalog(&format!(
        "{VISIT}# tests/scenarios/care/visit.scenario.yaml
scenario: visit
cases:
  first: {{steps: [{{when: {{create: visit, set: {{name: a}}}}}}]}}
  second: {{steps: [{{when: {{create: visit}}}}]}}
"
    ));
    let mut asked = std::cell::RefCell::new(Vec::new());
    let reports = run_some(&catalog, |name| {
        asked.borrow_mut().push(name.to_owned());
        name == "visit.first"
    });
    assert_eq!(asked.get_mut().as_slice(), ["visit.first", "visit.second"]);
    let names: Vec<&str> = reports.iter().map(|report| report.name.as_str()).collect();
    assert_eq!(names, ["visit.first"]);
    assert_eq!(run_all(&catalog).iter().filter(|report| !report.failures.is_empty()).count(), 1);
}
