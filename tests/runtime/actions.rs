//! Who may take an action, when, and with what.

use formwork_runtime::command::{Input, Request};
use serde_json::json;

use super::world::{name, refused, world};

const DEAL: &str = "
# definitions/x/deal.object.yaml
object: deal
owner: seller
fields:
  seller: {type: user}
  helper: {type: user}
  amount: {type: integer, default: 0}
  why: {type: text}
  note: {type: text}
# definitions/x/deal.flow.yaml
flow: deal
object: deal
start: open
nodes:
  open:
    actions:
      win: {to: won, by: owner, when: this.amount > 0, say: {zh: 金额为空, en: without an amount nothing is won}}
      lose: {to: lost, by: [owner, role(boss)], reason: required, set: {why: = reason}}
      help: {by: helper, set: {note: helped}}
      forget: {to: lost, by: creator, reason: optional}
      fill: {require: amount, set: {note: filled}}
      ring: {set: {note: rung}}
  won: {end: {}}
  lost: {end: {}}
";

#[test]
fn only_those_named_may() {
    let mut world = world(DEAL);
    let deal = world.create("deal", json!({"seller": "sam", "helper": "hal", "amount": 5}));
    assert_eq!(world.possible("deal", deal), ["fill", "forget", "ring"]);
    assert_eq!(refused(world.try_act("deal", deal, "win", json!({}))), "not-allowed");
    world.be("bert boss");
    assert_eq!(world.possible("deal", deal), ["fill", "lose", "ring"]);
    world.be("hal");
    assert_eq!(world.possible("deal", deal), ["fill", "help", "ring"]);
    world.act("deal", deal, "help");
    world.be("sam");
    assert_eq!(world.possible("deal", deal), ["fill", "lose", "ring", "win"]);
    world.act("deal", deal, "win");
    assert_eq!(world.possible("deal", deal), [""; 0]);
    assert_eq!(refused(world.try_act("deal", deal, "win", json!({}))), "action-not-here");
    assert_eq!(refused(world.try_act("deal", deal, "wim", json!({}))), "unknown-action");
}

#[test]
fn a_condition_says_why_not() {
    let mut world = world(DEAL);
    let deal = world.create("deal", json!({"seller": "sam"}));
    world.be("sam");
    let offered = world.book.offered(&world.actor, name("deal"), deal).unwrap();
    let win = offered.iter().find(|offer| offer.action == "win").unwrap().refused.clone().unwrap();
    assert_eq!(
        (win.message.en.as_str(), win.rule.as_deref()),
        ("without an amount nothing is won", Some("deal.open.win"))
    );
    assert_eq!(refused(world.try_act("deal", deal, "win", json!({}))), "not-possible");
    world.update("deal", deal, json!({"amount": 1}));
    world.act("deal", deal, "win");
}

#[test]
fn reasons_and_required_fields() {
    let mut world = world(DEAL);
    let deal = world.create("deal", json!({"seller": "sam", "amount": null}));
    let act = |world: &super::world::World, action: &str, reason: Option<&str>| {
        let request = Request::Act {
            object: name("deal"),
            id: deal,
            rev: None,
            action: name(action),
            token: None,
            input: Input::new(),
        };
        let mut command = world.command(request);
        command.reason = reason.map(Into::into);
        world.book.run(command)
    };
    assert_eq!(refused(act(&world, "ring", Some("why"))), "unknown-input@reason");
    assert_eq!(refused(act(&world, "fill", None)), "required@amount");
    world.try_act("deal", deal, "fill", json!({"amount": 7})).unwrap();
    assert_eq!((world.text("deal", deal, "amount"), world.text("deal", deal, "note")), ("7".into(), "filled".into()));
    assert_eq!(refused(world.try_act("deal", deal, "ring", json!({"amount": 7}))), "unknown-input@amount");
    world.be("sam");
    assert_eq!(refused(act(&world, "lose", None)), "required@reason");
    assert_eq!(refused(act(&world, "lose", Some("  "))), "required@reason");
    act(&world, "lose", Some("too dear")).unwrap();
    assert_eq!(world.text("deal", deal, "why"), "too dear");
    let entry = &world.book.history(name("deal"), deal, None, 1).unwrap()[0];
    assert_eq!((entry.reason.as_deref(), &*entry.kind, &*entry.actor), (Some("too dear"), "act lose", "sam"));
}

#[test]
fn an_optional_reason_may_be_left_out() {
    let world = world(DEAL);
    let deal = world.create("deal", json!({}));
    world.act("deal", deal, "forget");
    assert_eq!(world.state("deal", deal), "lost");
}
