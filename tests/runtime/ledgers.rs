//! Ledgers: balances, limits, openings, and refusals that leave nothing.

use formwork_model::{record::Fields, value::Value};
use jiff::civil::date;
use serde_json::json;

use super::world::{World, name, refused, world};

const BANK: &str = "
# definitions/x/account.object.yaml
object: account
title: name
fields:
  name: {type: text, unique: true}
  credit_limit: {type: decimal, default: 0}
# definitions/x/cash.ledger.yaml
ledger: cash
dimensions:
  account: {type: ref, to: account}
  year: {type: integer}
amount: decimal
limits:
  credit: {over: account, min: = -this.credit_limit, say: beyond the credit limit}
  year: {max: 1000, say: too much for one year}
# definitions/x/books.ledger.yaml
ledger: books
dimensions: {account: {type: text}}
amount: decimal
balanced: true
# definitions/x/order.object.yaml
object: order
fields:
  account: {type: ref, to: account, required: true}
  amount: {type: decimal, default: 0}
  day: {type: date}
# definitions/x/order.flow.yaml
flow: order
object: order
start: draft
nodes:
  draft:
    actions:
      pay:
        to: paid
        post:
          - {ledger: cash, of: {account: = this.account, year: 2026}, amount: = -this.amount, date: = this.day, note: an order}
          - {ledger: books, of: {account: stock}, amount: = this.amount}
          - {ledger: books, of: {account: cash}, amount: = -this.amount}
      half: {post: {ledger: books, of: {account: stock}, amount: = this.amount}}
  paid: {end: {}}
";

fn bank() -> World {
    let world = world(BANK);
    world.create("account", json!({"name": "ann", "credit_limit": "100"}));
    world.create("account", json!({"name": "bob"}));
    world
}

#[test]
fn postings_add_up() {
    let world = bank();
    let of = |account: &str, year: i64| json!({"account": account, "year": year});
    world
        .try_post("cash", &[(of("ann", 2025), "10.5"), (of("ann", 2026), "20"), (of("bob", 2026), "1")], false)
        .unwrap();
    world.try_post("cash", &[(of("ann", 2026), "-5")], false).unwrap();
    assert_eq!(world.balance("cash", json!({"account": "ann"})), "25.5");
    assert_eq!(world.balance("cash", of("ann", 2026)), "15");
    assert_eq!(world.balance("cash", json!({"year": 2026})), "16", "also over a later dimension alone");
    assert_eq!(world.balance("cash", json!({})), "26.5");
    assert_eq!(refused(world.try_post("cash", &[(json!({"account": "ann"}), "1")], false)), "missing-dimension@year");
    assert_eq!(refused(world.try_post("cash", &[(json!({"acount": "ann"}), "1")], false)), "unknown-field@acount");
    world.verify();
}

#[test]
fn limits_hold_for_the_whole_commit() {
    let world = bank();
    let of = |account: &str, year: i64| json!({"account": account, "year": year});
    world.try_post("cash", &[(of("ann", 2026), "-100")], false).unwrap();
    assert_eq!(refused(world.try_post("cash", &[(of("ann", 2025), "-0.01")], false)), "ledger-limit");
    assert_eq!(refused(world.try_post("cash", &[(of("bob", 2026), "-1")], false)), "ledger-limit");
    world.try_post("cash", &[(of("bob", 2026), "-500"), (of("bob", 2025), "500")], false).unwrap();
    assert_eq!(refused(world.try_post("cash", &[(of("bob", 2025), "500.5")], false)), "ledger-limit");
    let mixed = [(of("ann", 2026), "50"), (of("bob", 2026), "-1000")];
    assert_eq!(refused(world.try_post("cash", &mixed, false)), "ledger-limit");
    assert_eq!(world.balance("cash", json!({"account": "ann"})), "-100", "nothing of a refused commit stays");
    let ann = world.book.resolve(name("account"), &json!("ann")).unwrap().unwrap();
    world.update("account", ann, json!({"credit_limit": "101"}));
    world.try_post("cash", &[(of("ann", 2025), "-1")], false).unwrap();
    world.verify();
}

#[test]
fn an_opening_comes_first() {
    let world = bank();
    let of = |account: &str| json!({"account": account, "year": 2026});
    world.try_post("cash", &[(of("ann"), "30")], true).unwrap();
    assert_eq!(refused(world.try_post("cash", &[(of("ann"), "30")], true)), "ledger-opened");
    world.try_post("cash", &[(of("bob"), "5")], false).unwrap();
    assert_eq!(refused(world.try_post("cash", &[(of("bob"), "30")], true)), "ledger-opened");
    assert_eq!(world.balance("cash", json!({})), "35");
    assert_eq!(
        refused(world.try_post(
            "cash",
            &[(json!({"account": "ann", "year": 2020}), "1"), (json!({"account": "ann", "year": 2020}), "1")],
            true
        )),
        "ledger-opened"
    );
    world.verify();
}

#[test]
fn a_balanced_ledger_sums_to_zero_in_each_commit() {
    let world = bank();
    let of = |account: &str| json!({"account": account});
    assert_eq!(refused(world.try_post("books", &[(of("a"), "1")], false)), "unbalanced-posting");
    assert_eq!(refused(world.try_post("books", &[(of("a"), "1"), (of("b"), "-0.5")], false)), "unbalanced-posting");
    world.try_post("books", &[(of("a"), "1"), (of("b"), "-0.5"), (of("c"), "-0.5")], false).unwrap();
    world.try_post("books", &[(of("d"), "7")], true).unwrap();
    assert_eq!(world.balance("books", json!({})), "7");
}

#[test]
fn a_refused_posting_stops_the_action() {
    let world = bank();
    let order = world.create("order", json!({"account": "ann", "amount": "60", "day": "2026-02-01"}));
    let second = world.create("order", json!({"account": "ann", "amount": "60"}));
    world.act("order", order, "pay");
    let seq = world.book.history(name("order"), order, None, 1).unwrap()[0].seq;
    assert_eq!(refused(world.try_act("order", second, "pay", json!({}))), "ledger-limit");
    assert_eq!(refused(world.try_act("order", second, "half", json!({}))), "unbalanced-posting");
    assert_eq!((world.state("order", second), world.get("order", second).rev), ("draft".into(), 1));
    assert_eq!(world.balance("cash", json!({"account": "ann"})), "-60");
    assert_eq!(world.balance("books", json!({"account": "stock"})), "60");
    assert_eq!(world.create("order", json!({"account": "bob"})).bytes().len(), 16);
    assert_eq!(world.book.history(name("order"), order, None, 9).unwrap()[0].seq, seq);
    world.verify();
}

#[test]
fn a_balance_at_a_day_knows_only_what_counted_then() {
    let world = bank();
    let order = world.create("order", json!({"account": "ann", "amount": "60", "day": "2026-02-01"}));
    world.act("order", order, "pay");
    let ann = world.book.resolve(name("account"), &json!("ann")).unwrap().unwrap();
    let dimensions: Fields = [(name("account"), Value::Ref(ann))].into_iter().collect();
    let at = |day| world.book.balance(name("cash"), &dimensions, Some(day)).unwrap().to_string();
    assert_eq!((at(date(2026, 1, 31)), at(date(2026, 2, 1))), ("0".into(), "-60".into()));
    world.try_post("cash", &[(json!({"account": "ann", "year": 2026}), "15")], false).unwrap();
    assert_eq!((at(date(2026, 3, 1)), at(date(2026, 3, 2))), ("-60".into(), "-45".into()));
    let lines = world.book.statement(name("cash"), &dimensions, None).unwrap();
    let seen: Vec<(String, String, &str, bool)> = lines
        .iter()
        .map(|line| {
            (
                line.amount.to_string(),
                line.balance.to_string(),
                line.note.as_str(),
                line.record == Some((name("order"), order)),
            )
        })
        .collect();
    assert_eq!(seen, [("-60".into(), "-60".into(), "an order", true), ("15".into(), "-45".into(), "", false)]);
}
