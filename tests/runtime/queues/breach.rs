//! Clocks that are missed move their work up, one queue when the target has passed and to the last when half as much
//! again has, in the words of scenarios.

use formwork_model::{clock::Clock as _, id::RecordId};
use formwork_runtime::scenario;
use serde_json::json;

use super::super::{
    timers::fire,
    world::{World, catalog, world},
};

const CALLS: &str = "
# definitions/site.book.yaml
book: site
access: open
time_zone: Asia/Shanghai
# definitions/x/call.object.yaml
object: call
title: what
owner: agent
fields: {what: {type: text}, agent: {type: user}, note: {type: text}, hurried: {type: integer, default: 0}}
sla:
  answer:
    until: solved
    restart: escalate
    target: 2h
    marks: [{at: 50%, set: {hurried: = this.hurried + 1}}]
  resolve:
    until: solved
    pause: waiting
    target: 4h
    marks:
      - {at: 75%, notify: [{to: owner, say: Hurry}]}
      - {at: 100%, escalate: next, set: {note: late}}
      - {at: 150%, escalate: top, set: {note: very late}, notify: [{to: '= [\"chief\"]', say: Half as late again}]}
# definitions/x/call.flow.yaml
flow: call
object: call
start: open
nodes:
  open:    {queue: first, actions: {solve: {to: solved}, ask: {to: waiting}}}
  waiting: {queue: {name: first, keep: true}, actions: {answered: {to: again}}}
  again:   {queue: {name: first, keep: true}, actions: {solve: {to: solved}}}
  solved:  {end: {}}
# definitions/x/first.queue.yaml
queue: first
next: second
members: [{user: ann}]
# definitions/x/second.queue.yaml
queue: second
level: 2
next: third
members: [{user: bob}]
# definitions/x/third.queue.yaml
queue: third
level: 3
next: fourth
members: [{user: cat}]
# definitions/x/fourth.queue.yaml
queue: fourth
level: 4
members: [{user: dan}]
# tests/scenarios/x/call.scenario.yaml
scenario: call
now: 2026-03-02T08:00+08:00
cases:
  goes_up:
    steps:
      - when: {create: call, as: c, set: {what: no light}}
        then: {queue: first, assignee: nobody, timers: {answer: 2026-03-02T10:00+08:00, resolve: 2026-03-02T12:00+08:00}}
      - when: {claim: c, actor: ann}
        then: {assignee: ann}
      - when: {clock: 2026-03-02T11:00+08:00}
        then: {of: c, queue: first, assignee: ann, values: {answer_state: missed, hurried: 1}, notified: [ann]}
      - when: {clock: 2026-03-02T12:00+08:00}
        then: {of: c, queue: second, assignee: nobody, values: {note: late, resolve_state: missed, answer_state: running, answer_due: 2026-03-02T14:00+08:00}, notified: [ann, bob]}
      - when: {clock: 2026-03-02T13:59+08:00}
        then: {of: c, queue: second, values: {hurried: 2}}
      - when: {clock: 2026-03-02T14:00+08:00}
        then: {of: c, queue: fourth, assignee: nobody, values: {note: very late, answer_state: running}, notified: [chief, dan]}
      - when: {act: solve, on: c, actor: dan}
        then: {state: solved, values: {resolve_state: missed, answer_state: met, resolve_elapsed: 6h}}
  stands_still:
    steps:
      - when: {create: call, as: c, set: {what: no light}}
      - when: {clock: 2026-03-02T12:30+08:00}
        then: {of: c, queue: second}
      - when: {act: ask, on: c}
      - when: {clock: 2026-03-02T16:30+08:00}
        then: {of: c, queue: second, values: {note: late}}
      - when: {act: answered, on: c}
      - when: {clock: 2026-03-02T17:59+08:00}
        then: {of: c, queue: second}
      - when: {clock: 2026-03-02T18:00+08:00}
        then: {of: c, queue: fourth, values: {note: very late, resolve_paused: 4h}}
  in_time:
    steps:
      - when: {create: call, as: c, set: {what: no light}}
      - when: {act: solve, on: c}
      - when: {clock: +9h}
        then: {of: c, values: {note: null, resolve_state: met}}
";

#[test]
fn a_missed_clock_moves_work_up() {
    let reports = scenario::run_all(&catalog(CALLS));
    assert_eq!(reports.len(), 3);
    for report in reports {
        assert!(report.failures.is_empty(), "{}: {:?}", report.name, report.failures);
    }
}

fn queue(world: &World, id: RecordId) -> String {
    world.get("call", id).flows[0].works[0].queue.to_string()
}

#[test]
fn everything_late_at_once_goes_up_in_due_order_and_only_once() {
    let world = world(CALLS);
    let id = world.create("call", json!({"what": "no light"}));
    world.later(30 * 86_400);
    assert!(fire(&world) > 0);
    assert_eq!((queue(&world, id), world.text("call", id, "note")), ("fourth".into(), "very late".into()));
    let escalations = world.get("call", id).flows[0].works[0].escalations;
    world.later(86_400);
    fire(&world);
    assert_eq!(
        (queue(&world, id), world.get("call", id).flows[0].works[0].escalations),
        ("fourth".into(), escalations)
    );
    world.verify();
}

#[test]
fn who_solves_it_late_before_the_timers_fire_has_missed_every_mark_that_was_due() {
    let world = world(CALLS);
    let id = world.create("call", json!({"what": "no light"}));
    world.later(7 * 3_600);
    world.act("call", id, "solve");
    assert_eq!(
        (world.text("call", id, "note"), world.text("call", id, "resolve_state"), world.state("call", id)),
        ("very late".into(), "missed".into(), "solved".into())
    );
    assert_eq!(world.book.messages("chief", 9).unwrap().len(), 1);
    assert_eq!((world.get("call", id).timers, world.book.next_due(|_| false).unwrap()), (Vec::new(), None));
    assert!(world.clock.now() > world.get("call", id).created_at);
    world.verify();
}
