//! Numbers, revisions and idempotency keys.

use formwork_runtime::command::{Command, Request};
use serde_json::json;

use super::world::{name, refused, world};

const ORDERS: &str = "
# definitions/x/order.object.yaml
object: order
number: \"SO{yyyy}{mm}-{seq:3}\"
fields:
  amount: {type: integer, min: 0}
  more: {type: integer, default: 0}
rules:
  more:
    on: create
    when: this.more > 0
    create: {other: {object: order, set: {amount: = this.amount, more: = this.more - 1}}}
";

#[test]
fn numbers_have_no_gaps_and_begin_anew_each_period() {
    let world = world(ORDERS);
    let number = |id| world.get("order", id).number.unwrap().to_string();
    let first = world.create("order", json!({}));
    assert_eq!(number(first), "SO202603-001");
    for _ in 0..3 {
        assert_eq!(refused(world.try_create("order", json!({"amount": -1}))), "out-of-range@amount");
    }
    assert_eq!(number(world.create("order", json!({}))), "SO202603-002");
    world.create("order", json!({"more": 2}));
    assert_eq!(refused(world.try_create("order", json!({"more": 2, "amount": -1}))), "out-of-range@amount");
    assert_eq!(number(world.create("order", json!({}))), "SO202603-006");
    world.delete("order", first);
    world.later(40 * 24 * 3600);
    assert_eq!(number(world.create("order", json!({}))), "SO202604-001");
    assert_eq!(number(world.create("order", json!({}))), "SO202604-002");
    let mut numbers: Vec<String> = world
        .list("order", &json!({}), "", 100)
        .records
        .iter()
        .map(|record| record.number.clone().unwrap().to_string())
        .collect();
    numbers.sort();
    assert_eq!(numbers.len(), 7);
    numbers.dedup();
    assert_eq!(numbers.len(), 7);
    assert_eq!(
        world.book.resolve(name("order"), &json!("SO202604-002")).unwrap().map(number),
        Some("SO202604-002".into())
    );
    world.verify();
}

#[test]
fn a_stale_revision_is_a_conflict() {
    let world = world(ORDERS);
    let id = world.create("order", json!({"amount": 1}));
    let update = |rev, amount: i64| {
        let values = [("amount".to_owned(), json!(amount))].into_iter().collect();
        world.run(Request::Update { object: name("order"), id, rev: Some(rev), values })
    };
    assert_eq!(update(1, 2).unwrap().record.unwrap().rev, 2);
    assert_eq!(refused(update(1, 3)), "stale-rev@rev");
    assert_eq!(refused(world.run(Request::Delete { object: name("order"), id, rev: Some(1) })), "stale-rev@rev");
    assert_eq!(world.text("order", id, "amount"), "2");
    update(2, 4).unwrap();
    world.run(Request::Delete { object: name("order"), id, rev: Some(3) }).unwrap();
    assert_eq!(refused(update(3, 5)), "no-such-record");
}

#[test]
fn an_idempotency_key_does_it_once() {
    let mut world = world(ORDERS);
    let create = |world: &super::world::World, amount: i64, hash: u8| {
        let values = [("amount".to_owned(), json!(amount))].into_iter().collect();
        let mut command: Command = world.command(Request::Create { object: name("order"), values });
        command.idempotency = Some(("key".into(), [hash; 32]));
        world.book.run(command)
    };
    let first = create(&world, 1, 1).unwrap();
    let again = create(&world, 1, 1).unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(first.record, again.record);
    assert_eq!(world.count("order"), 1);
    assert_eq!(refused(create(&world, 2, 2)), "idempotency-reused");
    assert_eq!(refused(create(&world, -1, 3)), "idempotency-reused");
    world.be("somebody_else");
    assert!(!create(&world, 1, 1).unwrap().replayed, "keys are each caller's own");
    world.be("tester").later(8 * 24 * 3600);
    world.run(Request::Tick).unwrap();
    assert!(!create(&world, 1, 1).unwrap().replayed, "forgotten after a week");
    assert_eq!(world.count("order"), 3);
    world.verify();
}

#[test]
fn a_refused_command_may_be_sent_again_with_its_key() {
    let world = world(ORDERS);
    let create = |amount: i64| {
        let values = [("amount".to_owned(), json!(amount))].into_iter().collect();
        let mut command = world.command(Request::Create { object: name("order"), values });
        command.idempotency = Some(("key".into(), [7; 32]));
        world.book.run(command)
    };
    assert_eq!(refused(create(-1)), "out-of-range@amount");
    assert!(!create(1).unwrap().replayed);
}
