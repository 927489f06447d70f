//! The conditions of forms hold for whoever sends values.

use serde_json::json;

use super::world::{refused, world};

const TRIP: &str = "
# definitions/x/trip.object.yaml
object: trip
fields:
  to: {type: text}
  kind: {type: choice, options: [car, train]}
  plate: {type: text}
  seat: {type: text}
  price: {type: integer}
  approved: {type: boolean, default: false}
# definitions/x/trip.flow.yaml
flow: trip
object: trip
start: draft
nodes:
  draft: {actions: {book: {to: booked, form: book_trip, set: {price: = input.fare}}}}
  booked: {end: {}}
# forms/x/trip_create.form.yaml
form: trip_create
object: trip
for: create
sections:
  - fields: [{field: to, required: true}, kind]
  - visible: this.kind == \"car\"
    fields: [{field: plate, required: true}]
  - fields: [{field: seat, visible: this.kind == \"train\"}]
# forms/x/trip_edit.form.yaml
form: trip_edit
object: trip
for: edit
sections:
  - fields: [to, kind, seat, {field: price, read_only: = this.approved}, approved]
# forms/x/book_trip.form.yaml
form: book_trip
object: trip
for: act
inputs: {fare: {type: integer, required: true, min: 1}}
sections:
  - fields: [{field: seat, required: '= this.kind == \"train\"'}]
";

#[test]
fn hidden_fields_are_refused_and_required_ones_missed() {
    let world = world(TRIP);
    assert_eq!(refused(world.try_create("trip", json!({}))), "required@to");
    assert_eq!(refused(world.try_create("trip", json!({"to": "x", "kind": "car"}))), "required@plate");
    let hidden = json!({"to": "x", "kind": "train", "plate": "B 1"});
    assert_eq!(refused(world.try_create("trip", hidden)), "hidden-field@plate");
    assert_eq!(refused(world.try_create("trip", json!({"to": "x", "seat": "4"}))), "hidden-field@seat");
    world.create("trip", json!({"to": "x", "kind": "car", "plate": "B 1"}));
    world.create("trip", json!({"to": "x", "kind": "train", "seat": "4"}));
    assert_eq!(world.count("trip"), 2);
}

#[test]
fn read_only_fields_keep_their_value() {
    let world = world(TRIP);
    let trip = world.create("trip", json!({"to": "x"}));
    world.update("trip", trip, json!({"price": 5}));
    world.update("trip", trip, json!({"approved": true}));
    assert_eq!(refused(world.try_update("trip", trip, json!({"price": 6}))), "read-only-field@price");
    assert_eq!(refused(world.try_update("trip", trip, json!({"price": null}))), "read-only-field@price");
    world.update("trip", trip, json!({"price": 5, "to": "y"}));
    assert_eq!(world.text("trip", trip, "price"), "5");
}

#[test]
fn an_action_takes_its_form_and_nothing_else() {
    let world = world(TRIP);
    let trip = world.create("trip", json!({"to": "x", "kind": "train"}));
    assert_eq!(refused(world.try_act("trip", trip, "book", json!({}))), "required@fare");
    assert_eq!(refused(world.try_act("trip", trip, "book", json!({"fare": 3}))), "required@seat");
    assert_eq!(
        refused(world.try_act("trip", trip, "book", json!({"fare": 3, "seat": "1", "to": "y"}))),
        "unknown-input@to"
    );
    assert_eq!(refused(world.try_act("trip", trip, "book", json!({"fare": "many", "seat": "1"}))), "bad-value@fare");
    assert_eq!(refused(world.try_act("trip", trip, "book", json!({"fare": 0, "seat": "1"}))), "out-of-range@fare");
    assert_eq!(world.state("trip", trip), "draft");
    world.try_act("trip", trip, "book", json!({"fare": 3, "seat": "1"})).unwrap();
    assert_eq!((world.text("trip", trip, "price"), world.text("trip", trip, "seat")), ("3".into(), "1".into()));
    assert_eq!(world.state("trip", trip), "booked");
}
