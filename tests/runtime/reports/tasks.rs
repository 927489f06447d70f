//! Reports over what was asked of people: steps of approvals, and work in queues.

use formwork_model::value::Value;
use formwork_runtime::{report::Asked, scenario::run_all};
use serde_json::json;

use super::{rows, sheet};
use crate::runtime::world::{World, catalog, world};

const ASKED: &str = "
# definitions/shop.book.yaml
book: shop
time_zone: Asia/Shanghai
calendar: office
# definitions/office.calendar.yaml
calendar: office
week: {mon: 09:00-17:00, tue: 09:00-17:00, wed: 09:00-17:00, thu: 09:00-17:00, fri: 09:00-17:00}
# definitions/x/quote.object.yaml
object: quote
label: Quote
owner: owner
fields: {owner: {type: user, label: Owner}, boss: {type: user, label: Boss}, chief: {type: user, label: Chief}}
# definitions/x/quote.flow.yaml
flow: quote
label: Quoting
object: quote
start: draft
nodes:
  draft: {label: Draft, actions: {submit: {label: Submit, to: review}}}
  review:
    label: Review
    approval: [{name: first, label: First, by: boss}, {name: last, label: Last, by: chief}]
    approved: {to: done}
    rejected: {to: done}
    returned: {to: draft}
    withdrawn: {to: draft}
  done: {label: Done, end: {}}
# definitions/x/order.object.yaml
object: order
label: Order
owner: owner
fields: {owner: {type: user, label: Owner}, boss: {type: user, label: Boss}}
# definitions/x/order.flow.yaml
flow: order
label: Ordering
object: order
start: check
nodes:
  check:
    label: Check
    approval: [{name: only, label: Only, by: boss}]
    approved: {to: packing}
    rejected: {to: done}
    withdrawn: {to: done}
  packing: {label: Packing, queue: packers, actions: {pack: {label: Pack, to: done}}}
  done: {label: Done, end: {}}
# definitions/x/packers.queue.yaml
queue: packers
label: Packers
members: [{user: pat}]
# definitions/x/times.report.yaml
report: times
label: Times
from:
  quotes: {on: quote, lines: tasks, period: tasks.ended_at}
  orders: {on: order, lines: tasks, period: tasks.ended_at}
dimensions: {flow: tasks.flow, node: tasks.node, step: tasks.step, holder: tasks.holder, decision: tasks.decision, queue: tasks.queue}
measures:
  n: {count: true}
  open: {count: true, where: {tasks.waits: true}}
  mean: {mean: tasks.took}
  worked: {mean: tasks.worked, where: {tasks.decision: {in: [approved, rejected]}}}
  most: {max: tasks.took}
  middle: {median: tasks.took}
rows: [step]
# definitions/x/quotes.report.yaml
report: quotes
label: Quotes
on: quote
lines: tasks
dimensions: {step: tasks.step, boss: boss}
measures: {n: {count: true}, mean: {mean: tasks.took}}
rows: [step]
# definitions/x/all.role.yaml
role: all
label: All
grants:
  quotes: {on: quote, may: [read, create], act: submit, rows: all}
  orders: {on: order, may: [read, create], rows: all}
# definitions/x/own.role.yaml
role: own
label: Own
grants: {own: {on: quote, may: read, rows: own}}
# tests/scenarios/x/times.scenario.yaml
scenario: times
actor: root all
now: 2026-03-02T01:00:00Z
given:
  a: {object: quote, set: {owner: li, boss: bo, chief: cy}, act: submit}
  b: {object: quote, set: {owner: wu, boss: bo, chief: cy}, act: submit}
  c: {object: order, set: {owner: li, boss: bo}}
cases:
  times:
    steps:
      - when: {clock: 2026-03-02T03:00:00Z}
      - when: {decide: approve, on: a, actor: bo}
      - when: {clock: 2026-03-03T03:00:00Z}
      - when: {decide: approve, on: a, actor: cy}
      - when: {decide: reject, on: b, actor: bo, reason: 'no'}
      - when: {decide: approve, on: c, actor: bo}
      - then:
          report:
            of: times
            cells:
              - {step: quote.review.first, n: 2, open: 0, mean: 50400, worked: 21600, most: 93600, middle: 50400}
              - {step: quote.review.last, n: 1, mean: 86400, worked: 28800}
              - {step: order.check.only, n: 1, mean: 93600, worked: 36000}
              - {step: null, n: 1, open: 1, mean: null}
              - {n: 5, open: 1, worked: 27000}
      - then: {actor: li own, report: {of: times, cells: [{step: quote.review.first, n: 1, mean: 7200}, {n: 2, open: 0}]}}
";

#[test]
fn the_time_of_every_step_is_known_to_whoever_sees_its_record() {
    for report in run_all(&catalog(ASKED)) {
        let failures: Vec<&str> = report.failures.iter().map(|failed| failed.message.en.as_str()).collect();
        assert_eq!(failures, [""; 0], "{}", report.name);
    }
}

fn asked(world: &mut World) {
    world.be("ann all");
    let quote = world.create("quote", json!({"owner": "ann", "boss": "bo", "chief": "cy"}));
    world.act("quote", quote, "submit");
    world.create("order", json!({"owner": "ann", "boss": "bo"}));
}

#[test]
fn tasks_are_told_apart_in_words_and_lead_to_their_records() {
    let mut world = world(ASKED);
    asked(&mut world);
    let by = |row: &str| Asked { rows: Some(vec![row.into()]), show: Some(vec!["n".into()]), ..Asked::default() };
    assert_eq!(rows(&sheet(&world, "times", &by("flow"))), ["Ordering 1", "Quoting 1", "total 2"]);
    assert_eq!(rows(&sheet(&world, "times", &by("node"))), ["Check 1", "Review 1", "total 2"]);
    assert_eq!(rows(&sheet(&world, "times", &by("step"))), ["Check 1", "Review: First 1", "total 2"]);
    // Records of several objects are no one list; those of one are.
    assert_eq!(sheet(&world, "times", &by("step")).drill(None, None, 0), None);
    let quotes = sheet(&world, "quotes", &Asked::default());
    assert_eq!((quotes.cell(Some(0), None, 0), quotes.cell(Some(0), None, 1)), (Some(&Value::Int(1)), None));
    let drill = quotes.drill(Some(0), None, 0).unwrap();
    assert_eq!(drill.filter, json!({"tasks": {"any": {"step": {"eq": "quote.review.first"}}}}));
    assert_eq!(world.list("quote", &drill.filter, "", 10).records.len(), 1);
}

#[test]
fn lists_are_filtered_by_what_waits_for_somebody() {
    let mut world = world(ASKED);
    asked(&mut world);
    let found =
        |world: &World, that: serde_json::Value| world.list("quote", &json!({"tasks": that}), "", 10).records.len();
    let mine = json!({"any": {"waits": true, "holder": "$me"}});
    assert_eq!((found(&world, mine.clone()), found(&world, json!({"empty": false}))), (0, 1));
    world.be("bo all");
    assert_eq!(found(&world, mine), 1);
    let nobody = json!({"none": {"kind": "approval", "decision": {"empty": true}}});
    assert_eq!(found(&world, nobody), 0);
}
