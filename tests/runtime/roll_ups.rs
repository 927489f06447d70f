//! Roll-ups: kept in the commit that changes the records they are over.

use formwork_model::id::RecordId;
use proptest::prelude::*;
use serde_json::json;

use super::world::{World, world};

const SHOP: &str = "
# definitions/shop/customer.object.yaml
object: customer
title: name
fields:
  name: {type: text, unique: true}
  orders: {type: integer, roll_up: {from: order, by: customer, count: true}}
  spent: {type: decimal, roll_up: {from: order, by: customer, sum: amount}}
  paid: {type: decimal, roll_up: {from: order, by: customer, sum: amount, where: {paid: true}}}
  least: {type: decimal, roll_up: {from: order, by: customer, min: amount}}
  last: {type: date, roll_up: {from: order, by: customer, max: day}}
  rank: {type: text, value: 'if this.spent > 100 { \"gold\" } else { \"plain\" }'}
# definitions/shop/order.object.yaml
object: order
fields:
  customer: {type: ref, to: customer, on_delete: cascade}
  quantity: {type: integer, default: 1}
  price: {type: decimal, default: 10}
  amount: {type: decimal, value: this.quantity * this.price}
  paid: {type: boolean, default: false}
  day: {type: date}
";

#[track_caller]
fn sees(world: &World, id: RecordId, expected: [&str; 5]) {
    let seen = ["orders", "spent", "paid", "least", "last"].map(|field| world.text("customer", id, field));
    let seen = seen.map(|text| text.parse::<rust_decimal::Decimal>().map_or(text, |n| n.normalize().to_string()));
    assert_eq!(seen, expected.map(String::from));
}

#[test]
fn they_follow_create_update_move_and_delete() {
    let world = world(SHOP);
    let ann = world.create("customer", json!({"name": "ann"}));
    let bob = world.create("customer", json!({"name": "bob"}));
    let first = world.create("order", json!({"customer": "ann", "day": "2026-01-01"}));
    let second = world.create("order", json!({"customer": "ann", "quantity": 3, "paid": true, "day": "2026-02-01"}));
    sees(&world, ann, ["2", "40", "30", "10", "2026-02-01"]);
    world.update("order", first, json!({"price": "50", "day": "2026-03-01"}));
    sees(&world, ann, ["2", "80", "30", "30", "2026-03-01"]);
    world.update("order", second, json!({"paid": false}));
    sees(&world, ann, ["2", "80", "0", "30", "2026-03-01"]);
    world.update("order", second, json!({"customer": "bob", "quantity": 4}));
    sees(&world, ann, ["1", "50", "0", "50", "2026-03-01"]);
    sees(&world, bob, ["1", "40", "0", "40", "2026-02-01"]);
    world.update("order", first, json!({"quantity": 3}));
    assert_eq!(world.text("customer", ann, "rank"), "gold", "a computed value follows");
    world.delete("order", first);
    sees(&world, ann, ["0", "0", "0", "", ""]);
    assert_eq!(world.text("customer", ann, "rank"), "plain");
    world.update("order", second, json!({"customer": null}));
    sees(&world, bob, ["0", "0", "0", "", ""]);
    world.verify();
}

#[test]
fn a_deleted_holder_takes_its_records_along() {
    let world = world(SHOP);
    let ann = world.create("customer", json!({"name": "ann"}));
    let order = world.create("order", json!({"customer": "ann"}));
    world.delete("customer", ann);
    assert!(!world.exists("order", order));
    world.verify();
}

#[derive(Debug, Clone)]
enum Step {
    Create { customer: Option<u8>, quantity: u8, paid: bool, day: u8 },
    Change { order: u8, quantity: u8, paid: bool },
    Move { order: u8, customer: Option<u8> },
    Delete { order: u8 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let customer = || prop::option::of(0..3u8);
    let step = prop_oneof![
        (customer(), 0..9u8, any::<bool>(), 1..28u8).prop_map(|(customer, quantity, paid, day)| Step::Create {
            customer,
            quantity,
            paid,
            day
        }),
        (any::<u8>(), 0..9u8, any::<bool>()).prop_map(|(order, quantity, paid)| Step::Change { order, quantity, paid }),
        (any::<u8>(), customer()).prop_map(|(order, customer)| Step::Move { order, customer }),
        any::<u8>().prop_map(|order| Step::Delete { order }),
    ];
    prop::collection::vec(step, 1..25)
}

/// What the records say, taken anew.
fn naive(world: &World, customer: RecordId) -> [String; 5] {
    let all = world.list("order", &json!({"customer": customer.to_string()}), "", 1000).records;
    let number = |field: &str| -> Vec<rust_decimal::Decimal> {
        all.iter().filter_map(|record| record.fields.get(super::world::name(field)).as_decimal()).collect()
    };
    let sum: rust_decimal::Decimal = number("amount").iter().sum();
    let is_paid =
        |record: &&formwork_model::record::Record| record.fields.get(super::world::name("paid")).to_string() == "true";
    let paid: rust_decimal::Decimal = all
        .iter()
        .filter(is_paid)
        .filter_map(|record| record.fields.get(super::world::name("amount")).as_decimal())
        .sum();
    let least = number("amount").into_iter().min().map(|n| n.normalize().to_string()).unwrap_or_default();
    let last =
        all.iter().map(|record| record.fields.get(super::world::name("day")).to_string()).max().unwrap_or_default();
    [all.len().to_string(), sum.normalize().to_string(), paid.normalize().to_string(), least, last]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn they_are_what_the_records_say(steps in steps()) {
        let world = world(SHOP);
        let customers: Vec<RecordId> = ["a", "b", "c"].iter().map(|n| world.create("customer", json!({"name": n}))).collect();
        let mut orders: Vec<RecordId> = Vec::new();
        for step in steps {
            let who = |customer: Option<u8>| customer.map(|n| customers[usize::from(n)].to_string());
            let of = |order: u8| (!orders.is_empty()).then(|| usize::from(order) % orders.len());
            match step {
                Step::Create { customer, quantity, paid, day } => {
                    let day = format!("2026-01-{day:02}");
                    orders.push(world.create("order", json!({"customer": who(customer), "quantity": quantity, "paid": paid, "day": day})));
                }
                Step::Change { order, quantity, paid } => if let Some(at) = of(order) {
                    world.update("order", orders[at], json!({"quantity": quantity, "paid": paid}));
                },
                Step::Move { order, customer } => if let Some(at) = of(order) {
                    world.update("order", orders[at], json!({"customer": who(customer)}));
                },
                Step::Delete { order } => if let Some(at) = of(order) {
                    world.delete("order", orders.remove(at));
                },
            }
        }
        for customer in &customers {
            let zero = |text: String| if text.is_empty() { "0".to_owned() } else { text };
            let [orders, spent, paid, least, last] = ["orders", "spent", "paid", "least", "last"].map(|field| world.text("customer", *customer, field));
            let normal = |text: String| text.parse::<rust_decimal::Decimal>().map_or(text, |n| n.normalize().to_string());
            prop_assert_eq!([zero(orders), normal(zero(spent)), normal(zero(paid)), normal(least), last], naive(&world, *customer));
        }
        world.verify();
    }
}
