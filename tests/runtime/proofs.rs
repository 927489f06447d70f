//! After an edit only those cases of scenarios run again that the edit can change: never one too few.

use std::{path::Path, sync::Arc};

use formwork_catalog::{
    catalog::Catalog,
    check::{check_folder, check_parsed},
};
use formwork_definition::load;
use formwork_model::source::Span;
use formwork_runtime::scenario::{Proof, Report, run_all};

use super::world::catalog;

const SHOP: &str = r#"
# definitions/shop.book.yaml
book: shop
access: open
# definitions/work/order.object.yaml
object: order
label: {zh: 订单, en: Order}
title: name
fields:
  name: {type: text, max: 20}
  amount: {type: integer}
  level: {type: integer}
rules:
  grade: {on: save, when: this.amount != (), table: level}
# definitions/work/level.table.yaml
table: level
object: order
hit: F
inputs: {amount: {}}
outputs: {level: {type: integer}}
rows:
  - {amount: "> 100", level: 2}
  - {level: 1}
# definitions/work/order.flow.yaml
flow: order
object: order
start: open
nodes:
  open: {actions: {close: {to: closed}}}
  closed: {end: {}}
# definitions/work/visit.object.yaml
object: visit
label: {zh: 拜访, en: Visit}
title: name
fields:
  name: {type: text, max: 20}
  guests: {type: integer}
checks:
  somebody: {that: this.guests > 0, say: {zh: 无人, en: Nobody comes}}
rules:
  note: {on: save, when: this.guests > 3, run: note}
# scripts/work/note.rhai
this.name = "many";
# tests/scenarios/order.scenario.yaml
scenario: order
cases:
  large: {steps: [{when: {create: order, set: {name: A, amount: 200}, as: a}, then: {values: {level: 2}}}]}
  small: {steps: [{when: {create: order, set: {name: A, amount: 20}, as: a}, then: {values: {level: 1}}}]}
  none:  {steps: [{when: {create: order, set: {name: A}, as: a}, then: {state: open}}]}
# tests/scenarios/visit.scenario.yaml
scenario: visit
cases:
  refused: {steps: [{when: {create: visit, set: {name: A, guests: 0}}, then: {refused: check-failed}}]}
  few:     {steps: [{when: {create: visit, set: {name: A, guests: 2}, as: a}, then: {values: {name: A}}}]}
  many:    {steps: [{when: {create: visit, set: {name: A, guests: 5}, as: a}, then: {values: {name: many}}}]}
"#;

/// The cases that run after an edit of the shop, of which one text becomes another.
fn runs(from: &str, to: &str) -> Vec<String> {
    assert!(SHOP.contains(from), "{from}");
    let proof = Proof::default();
    let first = proof.prove(&catalog(SHOP));
    assert_eq!(first.len(), 6);
    assert!(first.iter().all(|report| report.failures.is_empty()), "{first:#?}");
    proof.prove(&catalog(&SHOP.replace(from, to))).into_iter().map(|report| report.name).collect()
}

#[test]
fn only_what_an_edit_can_change_runs_again() {
    let (orders, visits) = (["order.large", "order.small", "order.none"], ["visit.refused", "visit.few", "visit.many"]);
    assert_eq!(runs("shop", "shop"), [""; 0]);
    assert_eq!(runs("level: 2}\n  - {", "level: 3}\n  - {"), ["order.large", "order.small"]);
    assert_eq!(runs("{to: closed}", "{to: closed, reason: required}"), orders);
    assert_eq!(runs("guests > 3", "guests > 4"), visits);
    assert_eq!(runs("guests > 0", "guests >= 0"), visits);
    assert_eq!(runs("\"many\"", "\"lots\""), ["visit.many"]);
    assert_eq!(runs("set: {name: A, amount: 20}", "set: {name: B, amount: 20}"), orders);
    // What other objects are compiled to may change with the fields of one.
    assert_eq!(runs("guests: {type: integer}", "guests: {type: integer, help: How many}").len(), 6);
    // Whoever calls a function does not say where it stands.
    assert_eq!(runs("this.name", "fn hello() { 1 }\nthis.name").len(), 6);
}

#[test]
fn what_failed_is_tried_until_it_passes() {
    let proof = Proof::default();
    let failures = |text: &str| {
        let reports = proof.prove(&catalog(text));
        (reports.len(), reports.iter().filter(|report| !report.failures.is_empty()).count())
    };
    let wrong = SHOP.replace("\"many\"", "\"lots\"");
    assert_eq!(failures(&wrong), (6, 1));
    assert_eq!(failures(&wrong), (6, 1));
    assert_eq!(failures(SHOP), (6, 0));
    assert_eq!(failures(&wrong), (1, 1));
    assert_eq!(failures(&wrong), (1, 1));
    assert_eq!(failures(SHOP), (0, 0));
}

type Files = Vec<(String, Vec<u8>)>;

fn files(catalog: &Catalog) -> Files {
    let own = catalog.sources.iter().filter(|source| !source.path.starts_with("system/"));
    own.map(|source| (source.path.to_string(), source.text.as_bytes().to_vec())).collect()
}

/// The definitions without one line of one file, when they still pass the checks.
fn without(files: &Files, at: usize, line: usize) -> Option<Arc<Catalog>> {
    let mut files = files.clone();
    let text = String::from_utf8(files[at].1.clone()).unwrap();
    let rest = text.lines().enumerate().filter(|(n, _)| *n != line).map(|(_, line)| format!("{line}\n"));
    files[at].1 = rest.collect::<String>().into_bytes();
    check_parsed(load::parse(files)).catalog.map(Arc::new)
}

/// The cases that failed, with the places of what was not as expected.
fn failed(reports: &[Report]) -> Vec<(&str, Vec<Span>)> {
    let failed = reports.iter().filter(|report| !report.failures.is_empty());
    failed.map(|report| (report.name.as_str(), report.failures.iter().map(|failed| failed.at).collect())).collect()
}

/// Leaves out one wanted line after the other and compares what runs again with all there is; says how many edits were tried, how
/// many of them failed, and how many cases did not have to run.
fn leave_out(folder: &str, wanted: impl Fn(&str, usize) -> bool) -> (usize, usize, usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let base = Arc::new(check_folder(&folder).unwrap().catalog.unwrap());
    let files = files(&base);
    let proof = Proof::default();
    assert_eq!(failed(&proof.prove(&base)), []);
    let (mut tried, mut failing, mut spared) = (0, 0, 0);
    for (at, (path, text)) in files.iter().enumerate() {
        let lines = String::from_utf8_lossy(text).lines().count();
        for line in (0..lines).filter(|line| wanted(path, *line)) {
            let Some(edited) = without(&files, at, line) else { continue };
            let (all, ran) = (run_all(&edited), proof.prove(&edited));
            assert_eq!(failed(&ran), failed(&all), "{path} without line {}", line + 1);
            tried += 1;
            failing += usize::from(!failed(&all).is_empty());
            spared += all.len() - ran.len();
        }
    }
    (tried, failing, spared)
}

#[test]
fn no_failure_is_missed_whatever_line_is_left_out() {
    let (tried, failing, spared) =
        leave_out("../../tests/second/equipment", |path, line| line % 2 == 1 && !path.starts_with("tests/"));
    assert!(tried > 30 && failing > 8 && spared > 0, "{tried} {failing} {spared}");
}

/// The same with a few lines of the shipped files.
#[test]
fn no_failure_is_missed_in_a_large_book() {
    let some = [
        ("definitions/sales/opportunity.flow.yaml", 30),
        ("definitions/service/sla.table.yaml", 12),
        ("scripts/service/judge_claim.rhai", 7),
        ("scripts/sales/copy_quote.rhai", 5),
    ];
    let few = |path: &str, line: usize| some.iter().any(|(known, from)| path == *known && line == *from);
    let (tried, _, spared) = leave_out("../..", few);
    assert!(tried > 1 && spared > 300, "{tried} {spared}");
}
