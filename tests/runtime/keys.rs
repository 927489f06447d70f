//! Unique keys, trees, rows that hold for a time.

use serde_json::json;

use super::world::{refused, world};

const KEYS: &str = "
# definitions/x/room.object.yaml
object: room
title: name
unique: {place: [floor, door]}
fields:
  name: {type: text, unique: true}
  floor: {type: integer}
  door: {type: integer}
  swap: {type: ref, to: room}
rules:
  take_name:
    on: change(swap)
    when: '!is_empty(this.swap)'
    run: = let mine = this.name; this.name = this.swap.name; this.swap.name = mine;
  twins:
    on: create
    when: this.name == \"twin\" && is_empty(this.floor)
    create: {other: {object: room, set: {name: twin, floor: 9}}}
";

#[test]
fn no_two_records_share_a_key() {
    let world = world(KEYS);
    let a = world.create("room", json!({"name": "a", "floor": 1, "door": 1}));
    assert_eq!(refused(world.try_create("room", json!({"name": "a"}))), "duplicate-key@name");
    assert_eq!(refused(world.try_create("room", json!({"name": "b", "floor": 1, "door": 1}))), "duplicate-key@floor");
    let b = world.create("room", json!({"name": "b", "floor": 1, "door": 2}));
    assert_eq!(refused(world.try_update("room", b, json!({"door": 1}))), "duplicate-key@floor");
    world.create("room", json!({"floor": 1}));
    world.create("room", json!({"floor": 1}));
    world.update("room", a, json!({"door": 3}));
    world.update("room", b, json!({"door": 1}));
    world.delete("room", a);
    world.create("room", json!({"name": "a", "floor": 1, "door": 3}));
    world.verify();
}

#[test]
fn two_in_one_commit_are_refused_and_a_swap_is_not() {
    let world = world(KEYS);
    assert_eq!(refused(world.try_create("room", json!({"name": "twin"}))), "duplicate-key@name");
    assert_eq!(world.count("room"), 0);
    let a = world.create("room", json!({"name": "a"}));
    let b = world.create("room", json!({"name": "b"}));
    world.update("room", a, json!({"swap": b.to_string()}));
    assert_eq!((world.text("room", a, "name"), world.text("room", b, "name")), ("b".into(), "a".into()));
    assert_eq!(refused(world.try_create("room", json!({"name": "a"}))), "duplicate-key@name");
    assert_eq!(refused(world.try_create("room", json!({"name": "b"}))), "duplicate-key@name");
    world.verify();
}

const TREE: &str = "
# definitions/x/part.object.yaml
object: part
title: name
fields:
  name: {type: text, unique: true}
  above: {type: ref, to: part, tree: true, on_delete: cascade}
";

#[test]
fn a_tree_has_no_circle() {
    let world = world(TREE);
    let root = world.create("part", json!({"name": "root"}));
    let branch = world.create("part", json!({"name": "branch", "above": "root"}));
    let leaf = world.create("part", json!({"name": "leaf", "above": "branch"}));
    assert_eq!(refused(world.try_update("part", root, json!({"above": "root"}))), "tree-cycle@above");
    assert_eq!(refused(world.try_update("part", root, json!({"above": "leaf"}))), "tree-cycle@above");
    world.update("part", leaf, json!({"above": "root"}));
    world.update("part", branch, json!({"above": "leaf"}));
    assert_eq!(refused(world.try_update("part", leaf, json!({"above": "branch"}))), "tree-cycle@above");
    world.delete("part", root);
    assert_eq!(world.count("part"), 0);
    world.verify();
}

#[test]
fn rows_of_one_key_do_not_overlap() {
    let world = world(
        "
# definitions/x/rate.object.yaml
object: rate
effective: {key: [currency, kind], from: since, to: until}
fields:
  currency: {type: text, required: true}
  kind: {type: text}
  since: {type: date, required: true}
  until: {type: date}
",
    );
    let rate = |currency: &str, since: &str, until: Option<&str>| json!({"currency": currency, "since": since, "until": until});
    let first = world.create("rate", rate("EUR", "2026-01-01", Some("2026-03-31")));
    assert_eq!(refused(world.try_create("rate", rate("EUR", "2026-03-31", None))), "effective-overlap@since");
    assert_eq!(
        refused(world.try_create("rate", rate("EUR", "2025-01-01", Some("2026-01-01")))),
        "effective-overlap@since"
    );
    assert_eq!(refused(world.try_create("rate", rate("EUR", "2025-01-01", None))), "effective-overlap@since");
    assert_eq!(
        refused(world.try_create("rate", rate("EUR", "2026-05-01", Some("2026-04-01")))),
        "effective-range@until"
    );
    world.create("rate", rate("EUR", "2026-04-01", None));
    world.create("rate", rate("USD", "2026-01-01", None));
    world.create("rate", json!({"currency": "EUR", "kind": "b", "since": "2026-01-01"}));
    world.create("rate", rate("EUR", "2025-12-31", Some("2025-12-31")));
    assert_eq!(refused(world.try_update("rate", first, json!({"until": null}))), "effective-overlap@since");
    assert_eq!(refused(world.try_update("rate", first, json!({"until": "2026-04-01"}))), "effective-overlap@since");
    world.update("rate", first, json!({"until": "2026-02-01"}));
    world.verify();
}
