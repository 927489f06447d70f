//! What deleting a record does to those that refer to it.

use serde_json::json;

use super::world::{World, refused, world};

const FIRM: &str = "
# definitions/x/firm.object.yaml
object: firm
title: name
fields: {name: {type: text, unique: true}}
# definitions/x/person.object.yaml
object: person
title: name
fields:
  name: {type: text, unique: true}
  firm: {type: ref, to: firm, on_delete: cascade}
  friends: {type: refs, to: person}
# definitions/x/letter.object.yaml
object: letter
fields:
  to: {type: ref, to: person, on_delete: cascade}
  cc: {type: ref, to: person, on_delete: clear}
# definitions/x/contract.object.yaml
object: contract
fields:
  firm: {type: ref, to: firm}
  parties:
    type: lines
    fields:
      person: {type: ref, to: person, on_delete: clear}
      firm: {type: ref, to: firm, on_delete: restrict}
";

fn people(world: &World) {
    world.create("firm", json!({"name": "acme"}));
    world.create("person", json!({"name": "ann", "firm": "acme"}));
    world.create("person", json!({"name": "bob", "firm": "acme"}));
    world.create("person", json!({"name": "cat"}));
}

fn id(world: &World, object: &str, title: &str) -> formwork_model::id::RecordId {
    world.book.resolve(super::world::name(object), &json!(title)).unwrap().unwrap()
}

#[test]
fn restrict_is_the_default_also_inside_lines() {
    let world = world(FIRM);
    people(&world);
    let acme = id(&world, "firm", "acme");
    let contract = world.create("contract", json!({"firm": "acme"}));
    assert_eq!(refused(world.try_delete("firm", acme)), "still-referred@firm");
    world.update("contract", contract, json!({"firm": null, "parties": [{"firm": "acme"}]}));
    assert_eq!(refused(world.try_delete("firm", acme)), "still-referred@firm");
    assert_eq!(world.count("person"), 3, "what would have cascaded is still there");
    world.update("contract", contract, json!({"parties": []}));
    world.delete("firm", acme);
    assert_eq!(world.count("person"), 1);
    world.verify();
}

#[test]
fn clear_empties_references_also_in_lines() {
    let world = world(FIRM);
    people(&world);
    let cat = id(&world, "person", "cat");
    let ann = id(&world, "person", "ann");
    world.update("person", ann, json!({"friends": ["cat", "bob"]}));
    let bob = id(&world, "person", "bob");
    world.update("person", bob, json!({"friends": ["cat"]}));
    let letter = world.create("letter", json!({"to": "ann", "cc": "cat"}));
    let contract = world.create("contract", json!({"parties": [{"person": "cat"}, {"person": "bob"}]}));
    assert_eq!(refused(world.try_delete("person", cat)), "still-referred@friends", "a list of references restricts");
    world.update("person", ann, json!({"friends": ["bob"]}));
    world.update("person", bob, json!({"friends": []}));
    world.delete("person", cat);
    assert_eq!(world.text("letter", letter, "cc"), "");
    assert_eq!(world.see("contract", contract, "parties")[0]["person"], json!(null));
    assert_eq!(world.see("contract", contract, "parties")[1]["person"], json!(bob.to_string()));
    world.verify();
}

#[test]
fn cascades_follow_cascades() {
    let world = world(FIRM);
    people(&world);
    for to in ["ann", "bob", "cat"] {
        world.create("letter", json!({"to": to, "cc": "ann"}));
    }
    let acme = id(&world, "firm", "acme");
    world.delete("firm", acme);
    assert_eq!((world.count("person"), world.count("letter")), (1, 1));
    let left = &world.list("letter", &json!({}), "", 10).records[0];
    assert!(left.fields.get(super::world::name("cc")).is_empty());
    let entry = &world.book.history(super::world::name("firm"), acme, None, 1).unwrap()[0];
    assert_eq!(&*entry.kind, "delete");
    world.verify();
}
