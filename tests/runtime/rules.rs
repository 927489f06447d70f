//! Rules: when they fire, what they see, and loops.

use serde_json::json;

use super::world::{refused, world};

const TASKS: &str = "
# definitions/x/task.object.yaml
object: task
fields:
  name: {type: text}
  amount: {type: integer, default: 0}
  size: {type: text, value: 'if this.amount > 10 { \"big\" } else { \"small\" }'}
  created: {type: integer, default: 0}
  updated: {type: integer, default: 0}
  saved: {type: integer, default: 0}
  renamed: {type: integer, default: 0}
  grown: {type: integer, default: 0}
  raised: {type: integer, default: 0}
  before: {type: text}
rules:
  on_create: {on: create, set: {created: = this.created + 1}}
  on_update: {on: update, set: {updated: = this.updated + 1}}
  on_save: {on: save, set: {saved: = this.saved + 1}}
  on_rename: {on: change(name), set: {renamed: = this.renamed + 1, before: = old.name}}
  on_size: {on: change(size), set: {grown: = this.grown + 1}}
  on_raise: {on: update, when: this.amount > old.amount, set: {raised: = this.raised + 1}}
  on_delete: {on: delete, create: {note: {object: note, set: {said: '= \"gone: \" + this.name'}}}}
# definitions/x/note.object.yaml
object: note
title: said
fields: {said: {type: text}}
";

#[test]
fn each_fires_when_it_says() {
    let world = world(TASKS);
    let id = world.create("task", json!({"name": "a"}));
    let counts = |expected: [&str; 6]| {
        let seen =
            ["created", "updated", "saved", "renamed", "grown", "raised"].map(|field| world.text("task", id, field));
        assert_eq!(seen, expected.map(String::from));
    };
    // Everything is new on create: a field that got a value has changed.
    counts(["1", "0", "1", "1", "1", "0"]);
    world.update("task", id, json!({"amount": 5}));
    counts(["1", "1", "2", "1", "1", "1"]);
    world.update("task", id, json!({"amount": 50}));
    counts(["1", "2", "3", "1", "2", "2"]);
    world.update("task", id, json!({"amount": 20, "name": "b"}));
    counts(["1", "3", "4", "2", "2", "2"]);
    assert_eq!(world.text("task", id, "before"), "a");
    world.delete("task", id);
    let notes = world.list("note", &json!({"said": "gone: b"}), "", 10).records;
    assert_eq!(notes.len(), 1);
    world.verify();
}

#[test]
fn a_rule_says_in_the_history_that_it_fired_and_why() {
    let world = world(TASKS);
    let id = world.create("task", json!({"name": "a"}));
    world.update("task", id, json!({"amount": 5}));
    let entry = &world.book.history(super::world::name("task"), id, None, 1).unwrap()[0];
    let raised = entry.fired.iter().find(|fired| &*fired.what == "rule task.on_raise").unwrap();
    assert_eq!(&*raised.values, r#"{"amount":5}"#);
    assert!(!entry.fired.iter().any(|fired| &*fired.what == "rule task.on_rename"));
}

#[test]
fn loops_are_stopped_and_named() {
    let world = world(
        "
# definitions/x/ping.object.yaml
object: ping
fields:
  a: {type: integer, default: 0}
  b: {type: integer, default: 0}
rules:
  there: {on: change(a), when: this.a > 0, set: {b: = this.a + 1}}
  back: {on: change(b), when: this.b > 0, set: {a: = this.b + 1}}
",
    );
    let id = world.create("ping", json!({}));
    let Err(formwork_runtime::rejection::Refusal::Rejected(rejection)) = world.try_update("ping", id, json!({"a": 1}))
    else {
        panic!("a loop must be refused");
    };
    assert_eq!(rejection.code().as_str(), "step-budget");
    assert_eq!(rejection.kind, formwork_runtime::rejection::Kind::Limit);
    let said = &rejection.problems[0].message.en;
    assert!(said.contains("rule ping.") || said.contains("recomputing ping"), "{said}");
    assert_eq!(world.get("ping", id).rev, 1, "nothing was written");
    world.verify();
}

#[test]
fn a_loop_through_other_records_is_stopped_too() {
    let world = world(
        "
# definitions/x/left.object.yaml
object: left
fields:
  other: {type: ref, to: right}
  n: {type: integer, default: 0}
rules:
  push: {on: change(n), when: this.n > 0 && !is_empty(this.other), run: = this.other.n = this.n + 1}
# definitions/x/right.object.yaml
object: right
fields:
  other: {type: ref, to: left}
  n: {type: integer, default: 0}
rules:
  push: {on: change(n), when: this.n > 0 && !is_empty(this.other), run: = this.other.n = this.n + 1}
",
    );
    let right = world.create("right", json!({}));
    let left = world.create("left", json!({"other": right.to_string()}));
    world.update("right", right, json!({"other": left.to_string()}));
    assert_eq!(refused(world.try_update("left", left, json!({"n": 1}))), "step-budget");
    assert_eq!(world.text("left", left, "n"), "0");
}

#[test]
fn a_check_sees_what_rules_have_set() {
    let world = world(
        "
# definitions/x/bill.object.yaml
object: bill
fields:
  amount: {type: integer, default: 0}
  limit: {type: decimal}
rules:
  limit: {on: save, set: {limit: = this.amount / 2}}
checks:
  low: {that: this.limit <= 50, at: amount, say: too much}
  not_when_zero: {that: this.limit > 0, when: this.amount != 0, say: too little}
",
    );
    assert_eq!(refused(world.try_create("bill", json!({"amount": 102}))), "check-failed@amount");
    assert_eq!(refused(world.try_create("bill", json!({"amount": -2}))), "check-failed");
    world.create("bill", json!({"amount": 0}));
    let bill = world.create("bill", json!({"amount": 100}));
    assert_eq!(refused(world.try_update("bill", bill, json!({"amount": 200}))), "check-failed@amount");
    assert_eq!(world.text("bill", bill, "amount"), "100");
}
