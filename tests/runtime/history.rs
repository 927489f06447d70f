//! What the history keeps, and that nobody can bend it.

use formwork_model::value::Value;
use formwork_runtime::verify::verify;
use formwork_store::store::transact;
use serde_json::json;

use super::world::{name, refused, world};

const TASK: &str = "
# definitions/x/task.object.yaml
object: task
title: name
fields:
  name: {type: text, indexed: true}
  steps: {type: lines, fields: {what: {type: text}, done: {type: boolean, default: false}}}
  open: {type: integer, value: 'this.steps.count()'}
";

#[test]
fn every_change_is_there_with_old_and_new() {
    let mut world = world(TASK);
    let id = world.create("task", json!({"name": "a", "steps": [{"what": "x"}, {"what": "y"}]}));
    world.be("ann").later(60);
    world.update("task", id, json!({"name": "b", "steps": [{"key": 2, "done": true}]}));
    assert_eq!(refused(world.try_update("task", id, json!({"nme": "c"}))), "unknown-field@nme");
    world.delete("task", id);
    let entries = world.book.history(name("task"), id, None, 10).unwrap();
    let kinds: Vec<&str> = entries.iter().map(|entry| &*entry.kind).collect();
    assert_eq!(kinds, ["delete", "update", "create"]);
    let update = &entries[1];
    assert_eq!((&*update.actor, update.input.contains("\"name\":\"b\"")), ("ann", true));
    let change = |path: &str| update.changes.iter().find(|change| &*change.path == path).cloned().unwrap();
    assert_eq!((change("name").old, change("name").new), (Value::text("a"), Value::text("b")));
    assert_eq!((change("open").old, change("open").new), (Value::Int(2), Value::Int(1)));
    assert!(
        update.changes.iter().any(|change| change.path.starts_with("steps[") && change.path.ends_with("done")),
        "{:?}",
        update.changes
    );
    assert!(entries[0].changes.iter().any(|change| &*change.path == "name" && change.new.is_empty()));
    assert!(entries.windows(2).all(|pair| pair[0].seq > pair[1].seq && pair[0].at >= pair[1].at));
    let older = world.book.history(name("task"), id, Some(entries[0].seq), 1).unwrap();
    assert_eq!(older[0].seq, entries[1].seq);
    world.verify();
}

#[test]
fn a_changed_byte_is_found() {
    let world = world(TASK);
    let id = world.create("task", json!({"name": "a"}));
    world.create("task", json!({"name": "b"}));
    world.update("task", id, json!({"name": "c"}));
    let verdict = verify(&world.book).unwrap();
    assert_eq!((verdict.findings.len(), verdict.records), (0, 2));
    let key = formwork_store::table::history::key(2);
    transact(&**world.book.store(), move |txn| -> Result<(), ()> {
        let mut bytes = txn.get(&key).unwrap().unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        txn.put(key.clone(), bytes);
        Ok(())
    })
    .unwrap()
    .unwrap();
    assert!(!verify(&world.book).unwrap().findings.is_empty());
}

#[test]
fn a_lost_index_entry_is_found() {
    let world = world(TASK);
    let id = world.create("task", json!({"name": "a"}));
    let release = world.book.release();
    let (table, index) = (release.number(name("task")).unwrap(), release.number(name("by_name")).unwrap());
    let key = formwork_store::table::index::key(table, index, &[&Value::text("a")], id);
    transact(&**world.book.store(), move |txn| -> Result<(), ()> {
        assert!(txn.get(&key).unwrap().is_some(), "the name is indexed");
        txn.delete(key.clone());
        Ok(())
    })
    .unwrap()
    .unwrap();
    assert_eq!(
        verify(&world.book).unwrap().findings.len(),
        2,
        "the record misses its entry, and the index has one too few"
    );
}
