//! A new release over records of an earlier one.

use formwork_runtime::rejection::Refusal;
use serde_json::json;

use super::world::{catalog, name, refused, world};

const FIRST: &str = "
# definitions/x/item.object.yaml
object: item
fields:
  name: {type: text}
  color: {type: text}
  size: {type: integer}
# definitions/x/item.flow.yaml
flow: item
object: item
start: draft
nodes:
  draft: {actions: {submit: {to: check}}}
  check: {actions: {pass: {to: done}}}
  done: {end: {}}
";

const SECOND: &str = "
# definitions/x/item.object.yaml
object: item
title: name
fields:
  name: {type: text, unique: true}
  size: {type: integer, indexed: true}
  weight: {type: integer, default: 3}
  heavy: {type: boolean, value: this.weight > 5}
# definitions/x/item.flow.yaml
flow: item
object: item
start: draft
nodes:
  draft: {actions: {submit: {to: review}}}
  review: {actions: {approve: {to: done}}}
  done: {end: {}}
";

#[test]
fn indexes_are_built_over_what_is_there() {
    let world = world(FIRST);
    for n in 0..20 {
        world.create("item", json!({"name": format!("n{n}"), "size": n % 4}));
    }
    assert!(world.list("item", &json!({"size": 2}), "", 10).plan.describe().starts_with("every record"));
    world.book.activate(catalog(SECOND)).unwrap();
    let page = world.list("item", &json!({"size": 2}), "", 10);
    assert!(page.plan.describe().starts_with("index by_size"), "{}", page.plan.describe());
    assert_eq!(page.records.len(), 5);
    assert_eq!(world.list("item", &json!({"name": "n7"}), "", 10).records.len(), 1);
    assert_eq!(refused(world.try_create("item", json!({"name": "n7"}))), "duplicate-key@name");
    world.verify();
    world.book.activate(catalog(FIRST)).unwrap();
    world.create("item", json!({"name": "n7", "size": 2}));
    assert_eq!(world.list("item", &json!({"size": 2}), "", 10).records.len(), 6);
    world.verify();
    // What was not kept up meanwhile is built anew, or found not to fit.
    let Err(Refusal::Rejected(rejection)) = world.book.activate(catalog(SECOND)) else {
        panic!("two records are called n7")
    };
    assert_eq!(rejection.code().as_str(), "duplicate-key");
    assert_eq!(world.list("item", &json!({"size": 2}), "", 10).records.len(), 6, "the old release goes on");
    let twin = world.list("item", &json!({"name": "n7"}), "", 10).records[0].id;
    world.delete("item", twin);
    world.book.activate(catalog(SECOND)).unwrap();
    assert_eq!(world.list("item", &json!({"size": 2}), "", 10).records.len(), 5);
    world.verify();
}

#[test]
fn records_of_an_earlier_release_stay_readable() {
    let world = world(FIRST);
    let old = world.create("item", json!({"name": "a", "color": "red", "size": 1}));
    world.book.activate(catalog(SECOND)).unwrap();
    assert_eq!((world.text("item", old, "name"), world.text("item", old, "weight")), ("a".into(), String::new()));
    assert_eq!(world.see("item", old, "removed_fields"), json!({"color": "red"}));
    world.update("item", old, json!({"weight": 9}));
    assert_eq!(world.text("item", old, "heavy"), "true");
    assert_eq!(world.see("item", old, "removed_fields"), json!({"color": "red"}), "still there after a change");
    assert_eq!(refused(world.try_update("item", old, json!({"color": "blue"}))), "unknown-field@color");
    world.book.activate(catalog(FIRST)).unwrap();
    assert_eq!(world.text("item", old, "color"), "red");
    let history = world.book.history(name("item"), old, None, 10).unwrap();
    assert_eq!(history.len(), 2);
    assert_ne!(history[0].release, history[1].release);
    world.verify();
}

#[test]
fn a_token_on_a_node_that_is_gone_goes_on_by_its_own_release() {
    let world = world(FIRST);
    let old = world.create("item", json!({"name": "a"}));
    world.act("item", old, "submit");
    world.book.activate(catalog(SECOND)).unwrap();
    assert_eq!((world.state("item", old), world.possible("item", old)), ("check".into(), vec!["pass".to_owned()]));
    assert_eq!(refused(world.try_act("item", old, "approve", json!({}))), "unknown-action");
    world.update("item", old, json!({"size": 4}));
    assert_eq!(
        world.list("item", &json!({"size": 4}), "", 10).records.len(),
        1,
        "indexes are those of the newest release"
    );
    world.act("item", old, "pass");
    assert_eq!(world.state("item", old), "done");
    world.verify();
}

#[test]
fn a_new_roll_up_counts_what_is_there() {
    let files = |roll_up: &str| {
        format!(
            "
# definitions/x/box.object.yaml
object: box
fields: {{name: {{type: text, unique: true}}{roll_up}}}
# definitions/x/thing.object.yaml
object: thing
fields:
  in: {{type: ref, to: box}}
  weight: {{type: integer, default: 2}}
"
        )
    };
    let world = world(&files(""));
    let full = world.create("box", json!({"name": "full"}));
    let empty = world.create("box", json!({"name": "empty"}));
    for _ in 0..3 {
        world.create("thing", json!({"in": "full"}));
    }
    let more = ", n: {type: integer, roll_up: {from: thing, by: in, count: true}}, most: {type: integer, roll_up: {from: thing, by: in, max: weight}}";
    world.book.activate(catalog(&files(more))).unwrap();
    assert_eq!((world.text("box", full, "n"), world.text("box", full, "most")), ("3".into(), "2".into()));
    world.create("thing", json!({"in": "full", "weight": 9}));
    world.create("thing", json!({"in": "empty"}));
    assert_eq!((world.text("box", full, "n"), world.text("box", full, "most")), ("4".into(), "9".into()));
    assert_eq!(world.text("box", empty, "n"), "1");
    world.verify();
}
