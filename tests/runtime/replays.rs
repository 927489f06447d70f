//! The history decided again gives the book again, and another release gives what it would have done.

use std::sync::Arc;

use formwork_catalog::catalog::Catalog;
use formwork_model::name::Name;
use formwork_runtime::{
    command::{Command, ImportMode, ImportRow, Request, repair::Repair},
    impact::{Impact, impact, parse_since},
    replay::Replay,
    scenario::parse_actor,
};
use formwork_store::{key::KeyKind, store::Order, table::history};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::world::{World, catalog, name, world};

const ORDERS: &str = "
# definitions/x/buyer.object.yaml
object: buyer
title: name
fields:
  name: {type: text, unique: true}
  orders: {type: integer, roll_up: {from: order, by: buyer, count: true}}
# definitions/x/order.object.yaml
object: order
number: \"O{seq:4}\"
owner: seller
fields:
  buyer: {type: ref, to: buyer}
  seller: {type: user, default: = user.login}
  amount: {type: decimal, scale: 2, default: 10}
  level: {type: integer}
  lines: {type: lines, fields: {what: {type: text}, price: {type: decimal, default: 2}}}
  total: {type: decimal, value: 'this.amount + this.lines.sum(\"price\")'}
rules:
  rate: {on: save, table: level}
  BIG
checks:
  small: {that: 'this.amount <= LIMIT', at: amount, say: too much}
# definitions/x/level.table.yaml
table: level
object: order
hit: F
inputs: {amount: {type: decimal, value: this.amount}}
outputs: {level: {type: integer}}
rows:
  - {amount: \"< BOUND\", level: 1}
  - {amount: ~, level: 2}
# definitions/x/order.flow.yaml
flow: order
object: order
start: draft
nodes:
  draft: {actions: {submit: {to: [goods, money], by: role(seller)}}}
  goods: {actions: {pack: {to: all}}}
  money: {actions: {pay: {to: all, reason: optional, post: {ledger: cash, of: {order: = this}, amount: = this.amount}}}}
  all: {join: {need: all}, to: route}
  route: {decide: [{when: 'table(\"level\").level > 1', to: audit}, {else: true, to: done}]}
  audit: {actions: {pass: {to: done}}}
  done: {end: {}}
# definitions/x/cash.ledger.yaml
ledger: cash
dimensions: {order: {type: ref, to: order}}
amount: decimal
";

fn orders(bound: &str, limit: &str, big: &str) -> Arc<Catalog> {
    catalog(&ORDERS.replace("BOUND", bound).replace("LIMIT", limit).replace("BIG", big))
}

/// Every kind of command, over several releases, with migrations and roll-backs.
fn busy() -> World {
    let mut world =
        World::over(Arc::new(formwork_store::embedded::Embedded::memory().unwrap()), orders("100", "1000", ""));
    world.be("ann seller");
    for n in 0..3 {
        world.create("buyer", json!({"name": format!("b{n}")}));
    }
    let mut open = Vec::new();
    for n in 0..12 {
        world.later(3600);
        let id =
            world.create("order", json!({"buyer": format!("b{}", n % 3), "amount": n * 25, "lines": [{"what": "x"}]}));
        world.act("order", id, "submit");
        if n % 2 == 0 {
            world.act("order", id, "pack");
            world.try_act("order", id, "pay", json!({})).unwrap();
        } else {
            open.push(id);
        }
        if n == 5 {
            world.book.activate(orders("120", "1000", "late: {on: update, set: {level: 2}}")).unwrap();
        }
    }
    let first = world.book.releases(false).unwrap().last().unwrap().hash.clone();
    world.book.roll_back(&first, &parse_actor("ann"), Some("back")).unwrap();
    let row = |values: Json, mode, then: Vec<(Name, formwork_runtime::command::Input)>| {
        let Json::Object(values) = values else { panic!("no mapping") };
        Request::Import(ImportRow { object: name("buyer"), key: Some(name("name")), mode, values, then })
    };
    world.run(row(json!({"name": "b9"}), ImportMode::Update, vec![])).unwrap();
    world.run(row(json!({"name": "b1"}), ImportMode::Skip, vec![])).unwrap();
    let paid = world.create("order", json!({"buyer": "b9"}));
    world.try_post("cash", &[(json!({"order": paid.to_string()}), "4.50")], false).unwrap();
    world.update("order", paid, json!({"amount": "31.10", "lines": [{"what": "y", "price": 7}]}));
    world.delete("buyer", {
        let page = world.list("buyer", &json!({"name": "b9"}), "", 1);
        world.update("order", paid, json!({"buyer": null}));
        page.records[0].id
    });
    world.run(Request::Tick).unwrap();
    let mapping = formwork_runtime::migration::Mapping::default();
    let to = world.book.catalog().release.clone();
    let moved =
        formwork_runtime::migration::migrate_all(&world.book, &to, &Arc::new(mapping), &parse_actor("root"), false);
    assert!(moved.unwrap().moved > 0);
    for id in open {
        world.later(60);
        world.act("order", id, "pay");
        world.act("order", id, "pack");
    }
    let stuck = world.create("order", json!({"buyer": "b1"}));
    world.act("order", stuck, "submit");
    let flow = name("order");
    let token = world.book.get(flow, stuck).unwrap().flows[0].tokens[0].id;
    for repair in [Repair::Move { flow, token, to: name("all") }, Repair::Cancel { flow }] {
        let request = Request::Repair { object: flow, id: stuck, rev: None, repair };
        world.book.run(Command::new(parse_actor("root"), request).because("stuck")).unwrap();
    }
    world.verify();
    world
}

fn pairs(world: &World) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut all = Vec::new();
    world
        .book
        .read(|view| {
            view.scan(&[], &[0xFF; 64], Order::Forward, &mut |key, value| {
                all.push((key.to_vec(), value.to_vec()));
                std::ops::ControlFlow::Continue(())
            })?;
            Ok(())
        })
        .unwrap();
    all
}

#[test]
fn a_replay_gives_every_key_and_every_hash_again() {
    let world = busy();
    let mut replay = Replay::new(&world.book).unwrap();
    let mut steps = 0;
    while let Some(step) = replay.step().unwrap() {
        steps += 1;
        if let Some(changes) = &step.changes {
            assert_eq!(changes.entry, step.recorded);
        }
    }
    assert_eq!(steps, replay.last);
    // What going back holds back is no decision about records.
    let kept =
        |key: &[u8]| key.first() != Some(&KeyKind::Meta.number()) || !key.windows(9).any(|part| part == b"held_back");
    let again: Vec<_> = replay.world.pairs().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
    let book: Vec<_> = pairs(&world).into_iter().filter(|(key, _)| kept(key)).collect();
    assert_eq!(again.len(), book.len());
    for (a, b) in again.iter().zip(&book) {
        assert_eq!(a, b);
    }
}

fn everything(world: &World, other: &Arc<Catalog>) -> Impact {
    let found = impact(&world.book, other, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(impact(&world.book, other, Timestamp::UNIX_EPOCH).unwrap(), found, "the same answer twice");
    assert_eq!((found.drifted, found.drifts.len()), (0, 0));
    found
}

fn groups(found: &Impact) -> Vec<(u64, String, String)> {
    found.groups.iter().map(|group| (group.count, group.cause.en.clone(), group.effect.en.clone())).collect()
}

#[test]
fn a_release_that_was_live_all_the_time_changes_nothing() {
    let world = World::over(Arc::new(formwork_store::embedded::Embedded::memory().unwrap()), orders("100", "1000", ""));
    for n in 0..20 {
        world.create("order", json!({"amount": n * 10}));
    }
    let found = everything(&world, &orders("100", "1000", ""));
    assert_eq!((found.decided, found.changed, found.undecided), (20, 0, 0));
}

#[test]
fn differences_are_counted_by_what_fired() {
    let mut world =
        World::over(Arc::new(formwork_store::embedded::Embedded::memory().unwrap()), orders("100", "1000", ""));
    world.be("ann seller");
    for n in 0..20 {
        let id = world.create("order", json!({"amount": n * 10}));
        world.act("order", id, "submit");
        world.act("order", id, "pack");
        world.act("order", id, "pay");
        world.later(3600);
    }
    // 50, 60, 70, 80 and 90 would be graded higher.
    let found = everything(&world, &orders("50", "1000", ""));
    assert_eq!(found.decided, 80);
    let all = groups(&found);
    let row = (15, "`table level#1` before, `table level#2` now".to_owned(), "order.level would differ".to_owned());
    assert!(all.contains(&row), "{all:?}");
    // What really happened is where every command starts from, so later steps read the level that was.
    assert!(all.contains(&(5, row.1.clone(), "order: state `done` would be `audit`".to_owned())), "{all:?}");
    assert_eq!(found.changed, 5 + 5 * 3, "each save of those orders rates again: {all:?}");
    let example = &found.groups[0].examples[0];
    assert!(example.record.is_some() && example.seq > 0);
    // A check that would refuse.
    let found = everything(&world, &orders("100", "150", ""));
    let refused: u64 =
        groups(&found).iter().filter(|(_, _, effect)| effect == "would be refused").map(|(count, ..)| count).sum();
    assert!(refused >= 4, "{:?}", groups(&found));
    assert!(groups(&found).iter().all(|(_, cause, _)| cause == "check-failed order.small"), "{:?}", groups(&found));
    // A rule that is new.
    let found = everything(&world, &orders("100", "1000", "big: {on: create, set: {level: 7}}"));
    assert!(
        groups(&found).iter().any(|(count, cause, _)| *count == 20 && cause.contains("rule order.big")),
        "{:?}",
        groups(&found)
    );
    // Only the last hour.
    let since = parse_since("2h", world.book.now(), &world.book.catalog().book.zone).unwrap();
    let found = impact(&world.book, &orders("100", "1000", "big: {on: create, set: {level: 7}}"), since).unwrap();
    assert_eq!((found.decided, found.before), (8, 72));
}

#[test]
fn a_record_on_a_node_that_the_other_release_has_not_is_told_apart() {
    let mut world =
        World::over(Arc::new(formwork_store::embedded::Embedded::memory().unwrap()), orders("100", "1000", ""));
    world.be("ann seller");
    let id = world.create("order", json!({}));
    world.act("order", id, "submit");
    world.act("order", id, "pack");
    let without = catalog(
        &ORDERS
            .replace("BOUND", "100")
            .replace("LIMIT", "1000")
            .replace("BIG", "")
            .replace("to: [goods, money], by", "to: [packing, money], by")
            .replace("  goods: {actions", "  packing: {actions"),
    );
    let found = everything(&world, &without);
    assert_eq!((found.decided, found.changed, found.undecided), (3, 1, 1), "{:?}", groups(&found));
}

#[test]
fn roll_ups_and_keys_of_the_other_release_are_its_own() {
    let world = World::over(Arc::new(formwork_store::embedded::Embedded::memory().unwrap()), orders("100", "1000", ""));
    for n in 0..4 {
        world.create("buyer", json!({"name": format!("b{n}")}));
    }
    for n in 0..12 {
        world.create("order", json!({"buyer": format!("b{}", n % 2), "amount": 10 + n}));
    }
    let more = ORDERS
        .replace("BOUND", "100")
        .replace("LIMIT", "1000")
        .replace("BIG", "")
        .replace("  orders: {type", "  most: {type: decimal, roll_up: {from: order, by: buyer, max: amount}}\n  full: {type: boolean, value: this.most != () && this.most >= 20}\n  orders: {type")
        .replace("amount: {type: decimal, scale: 2, default: 10}", "amount: {type: decimal, scale: 2, default: 10, unique: true}");
    let since =
        world.book.history(name("order"), world.list("order", &json!({}), "", 99).records[0].id, None, 1).unwrap()[0]
            .at;
    let found = impact(&world.book, &catalog(&more), since).unwrap();
    assert_eq!(found.undecided, 0, "{:?}", groups(&found));
    assert!(
        groups(&found).iter().all(|(_, _, effect)| effect.starts_with("buyer.") || effect.contains("order.")),
        "{:?}",
        groups(&found)
    );
}

#[test]
fn a_history_of_an_earlier_program_is_not_guessed_at() {
    let world = world(&ORDERS.replace("BOUND", "100").replace("LIMIT", "1000").replace("BIG", ""));
    world.create("order", json!({}));
    // As it was before activations were entries.
    let book = &world.book;
    let store = book.store().clone();
    formwork_store::store::transact(&*store, |txn| {
        txn.delete(history::key(1));
        Ok::<(), ()>(())
    })
    .unwrap()
    .unwrap();
    let refused = impact(book, &book.catalog(), Timestamp::UNIX_EPOCH).unwrap_err();
    assert!(format!("{refused:?}").contains("not-replayable"), "{refused:?}");
}

#[test]
fn lengths_of_time_and_days_are_read() {
    let now: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
    let zone = jiff::tz::TimeZone::UTC;
    let read = |text: &str| parse_since(text, now, &zone).map(|at| at.to_string());
    assert_eq!(read("90d").as_deref(), Some("2025-12-02T01:00:00Z"));
    assert_eq!(read("12h").as_deref(), Some("2026-03-01T13:00:00Z"));
    assert_eq!(read("2026-01-05").as_deref(), Some("2026-01-05T00:00:00Z"));
    assert_eq!((read("soon"), read("-1d")), (None, None));
}
