//! Fields of lines: hidden, masked and fixed ones, on every way to a record and in every filter.

use formwork_catalog::role::Action;
use formwork_definition::kind::role::May;
use formwork_model::{field_path::FieldPath, id::RecordId};
use formwork_runtime::{
    access::Verdict,
    command::{Command, Request},
    json,
    scenario::parse_actor,
};
use serde_json::{Value as Json, json};

use super::{World, code, name, try_list, why_not};
use crate::runtime::world::{catalog, world};

const FILES: &str = "
# definitions/shop.book.yaml
book: shop
# definitions/x/part.object.yaml
object: part
label: Part
title: name
fields:
  name:  {type: text, required: true, unique: true, label: Name}
  group: {type: text, label: Group}
# definitions/x/order.object.yaml
object: order
label: Order
fields:
  name: {type: text, label: Name}
  note: {type: text, label: Note}
  lines:
    type: lines
    label: Lines
    fields:
      part:   {type: ref, to: part, label: Part}
      count:  {type: integer, default: 1, label: Count}
      cost:   {type: integer, default: 40, label: Cost}
      phone:  {type: phone, label: Phone}
      plan:   {type: file, label: Plan}
      worth:  {type: integer, value: '= coalesce(this.cost, 0) * coalesce(this.count, 0)', label: Worth}
  total: {type: integer, value: '= this.lines.sum(\"worth\")', label: Total}
rules: {}
# definitions/x/order.flow.yaml
flow: order
label: Order
object: order
start: open
nodes:
  open:
    label: Open
    actions:
      count: {label: Count, to: open, form: order_count}
      close: {label: Close, to: closed}
  closed: {label: Closed, end: {}}
# forms/x/order_count.form.yaml
form: order_count
object: order
for: act
sections: [{fields: [lines]}]
# definitions/x/visit.object.yaml
object: visit
label: Visit
fields:
  order: {type: ref, to: order, label: Order}
# definitions/x/boss.role.yaml
role: boss
label: Boss
may: people
grants:
  all: {on: [order, part, visit], may: [read, create, update], rows: all}
# definitions/x/clerk.role.yaml
role: clerk
label: Clerk
grants:
  parts:  {on: [part, visit], may: [read, create], rows: all}
  orders: {on: order, may: [read, create, update], act: count, rows: all, fields: {hidden: [lines.cost, lines.worth, lines.plan], masked: {lines.phone: ends 3 4}}}
# definitions/x/counter.role.yaml
role: counter
label: Counter
grants:
  parts:  {on: part, may: read, rows: all}
  orders: {on: order, may: [read, update], rows: all, fields: {hidden: [lines.cost, lines.worth], write: lines.count}}
# definitions/x/looker.role.yaml
role: looker
label: Looker
grants:
  orders: {on: order, may: read, rows: all, fields: {read: [name, lines.part]}}
# definitions/x/buyer.role.yaml
role: buyer
label: Buyer
grants:
  parts:  {on: part, may: read, rows: all}
  some:   {on: order, may: read, rows: {where: {lines: {any: {part.group: steel}}}}}
";

/// One order of two lines.
fn shop(rule: &str) -> (World, RecordId) {
    let mut world = world(&FILES.replace("rules: {}", rule));
    world.actor = parse_actor("root").unlimited();
    world.create("part", json!({"name": "bolt", "group": "steel"}));
    world.create("part", json!({"name": "belt", "group": "rubber"}));
    let lines = json!([
        {"part": "bolt", "count": 2, "cost": 30, "phone": "13812345678"},
        {"part": "belt", "count": 1, "cost": 9},
    ]);
    let order = world.create("order", json!({"name": "first", "lines": lines}));
    (world, order)
}

fn eye(world: &World, order: RecordId) -> Json {
    let catalog = world.book.catalog();
    let shown = world.book.eyes(&world.actor).get(name("order"), order).unwrap();
    json::pinned_record(catalog.object(name("order")).unwrap(), None, (&shown.record, &shown.absent), None)
}

fn lines(world: &mut World, order: RecordId) -> Json {
    let before = world.actor.clone();
    world.actor = parse_actor("root").unlimited();
    let lines = eye(world, order)["lines"].clone();
    world.actor = before;
    lines
}

fn found(world: &World, filter: &Json) -> Result<usize, String> {
    try_list(world, "order", filter, "").map(|page| page.records.len()).map_err(|refusal| code(&refusal))
}

#[test]
fn a_field_of_lines_is_shown_as_the_grant_says() {
    let (mut world, order) = shop("rules: {}");
    let part = |n: usize, world: &World| eye(world, order)["lines"][n].clone();
    world.be("cleo clerk");
    let first = part(0, &world);
    assert_eq!((&first["phone"], &first["count"], &first["key"]), (&json!("138****5678"), &json!(2), &json!(1)));
    assert!(first.get("cost").is_none() && first.get("worth").is_none(), "{first}");
    assert_eq!(eye(&world, order)["total"], 69, "what the record itself shows is the record's");
    world.be("lou looker");
    let first = part(0, &world);
    assert_eq!(first.as_object().unwrap().keys().collect::<Vec<_>>(), ["key", "part"]);
    assert!(eye(&world, order).get("total").is_none());
    // Two positions add up, grant by grant.
    world.be("max clerk boss");
    assert_eq!((part(0, &world)["cost"].clone(), part(0, &world)["phone"].clone()), (json!(30), json!("13812345678")));
    // In lists too.
    world.be("cleo clerk");
    let page = try_list(&world, "order", &json!({}), "").unwrap();
    assert!(page.records[0].fields.get(name("lines")).rows().iter().all(|row| row.fields.get(name("cost")).is_empty()));
    assert!(page.absent[0].contains(&FieldPath::find("lines.cost").unwrap()));
}

#[test]
fn the_history_tells_of_a_line_what_is_seen_of_it() {
    let (mut world, order) = shop("rules: {}");
    world.update(
        "order",
        order,
        json!({"lines": [{"key": 1, "cost": 5531}, {"key": 2}, {"part": "bolt", "cost": 6677}]}),
    );
    world.update("order", order, json!({"lines": [{"key": 1}, {"key": 3}]}));
    world.be("cleo clerk");
    let told = world.book.eyes(&world.actor).history(name("order"), order, None, 10).unwrap();
    let text = Json::Array(told.iter().map(json::entry).collect()).to_string();
    for hidden in ["\"cost\"", "6677", "5531", "\"worth\"", "13812345678"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    for shown in ["lines[3]", "lines[2]", "\"part\""] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    world.be("bea boss");
    let told = world.book.eyes(&world.actor).history(name("order"), order, None, 10).unwrap();
    let text = Json::Array(told.iter().map(json::entry).collect()).to_string();
    assert!(text.contains("6677") && text.contains("lines[1].cost"), "{text}");
    // Who sends an old version is told of the same.
    world.be("cleo clerk");
    let stale = Request::Update {
        object: name("order"),
        id: order,
        rev: Some(1),
        values: json!({"note": "n"}).as_object().unwrap().clone(),
    };
    let refusal = format!("{:?}", world.run(stale).unwrap_err());
    assert!(
        refusal.contains("lines[3]") && !refusal.contains("6677") && !refusal.contains("lines[1].cost"),
        "{refusal}"
    );
}

#[test]
fn lines_are_changed_as_far_as_their_fields_are_seen_and_set() {
    let (mut world, order) = shop("rules: {}");
    world.be("cleo clerk");
    // What is sent back keeps what is not seen; new lines get it from the definition.
    let bolt = json!({"key": 1, "part": "bolt", "count": 5});
    world.update("order", order, json!({"lines": [bolt, {"key": 2}, {"part": "belt"}]}));
    let all = lines(&mut world, order);
    assert_eq!((&all[0]["cost"], &all[0]["count"], &all[0]["phone"]), (&json!(30), &json!(5), &json!("13812345678")));
    assert_eq!((&all[1]["cost"], &all[2]["cost"]), (&json!(9), &json!(40)));
    // What is not seen can't be set, whatever it holds; and not found out by sending it.
    for cost in [30, 31] {
        let sent = json!({"lines": [{"key": 1, "cost": cost}, {"key": 2}, {"key": 3}]});
        assert_eq!(why_not(world.try_update("order", order, sent)), "unknown-field@lines.cost");
    }
    for phone in ["13812345678", "138****5678"] {
        let sent = json!({"lines": [{"key": 1, "phone": phone}, {"key": 2}, {"key": 3}]});
        let refused = why_not(world.try_update("order", order, sent));
        assert!(["not-allowed@lines.phone", "bad-value@lines[0].phone"].contains(&&*refused), "{refused}");
    }
    let new = json!({"name": "second", "lines": [{"part": "bolt", "cost": 1}]});
    assert_eq!(why_not(world.try_create("order", new)), "unknown-field@lines.cost");
    world.create("order", json!({"name": "second", "lines": [{"part": "bolt"}]}));
}

#[test]
fn an_action_that_asks_for_lines_takes_of_them_what_is_seen() {
    let (mut world, order) = shop("rules: {}");
    world.be("cleo clerk");
    world.try_act("order", order, "count", json!({"lines": [{"key": 1, "count": 8}, {"key": 2}]})).unwrap();
    let first = lines(&mut world, order)[0].clone();
    assert_eq!((&first["count"], &first["cost"], &first["phone"]), (&json!(8), &json!(30), &json!("13812345678")));
    for (cell, refused) in [
        (json!({"key": 1, "cost": 30}), "unknown-field@lines.cost"),
        (json!({"key": 1, "phone": "13812345678"}), "not-allowed@lines.phone"),
    ] {
        let sent = json!({"lines": [cell, {"key": 2}]});
        assert_eq!(why_not(world.try_act("order", order, "count", sent)), refused);
    }
}

#[test]
fn whoever_sets_some_fields_of_lines_neither_adds_nor_drops_lines() {
    let (mut world, order) = shop("rules: {}");
    world.be("cora counter");
    // Lines travel whole: what is seen in full and comes back as it was sets nothing.
    let first = json!({"key": 1, "part": "bolt", "count": 7, "phone": "13812345678"});
    world.update("order", order, json!({"lines": [first, {"key": 2, "part": "belt"}]}));
    assert_eq!(lines(&mut world, order)[0]["count"], 7);
    for (sent, refused) in [
        (json!([{"key": 1, "part": "belt"}, {"key": 2}]), "not-allowed@lines.part"),
        (json!([{"key": 1}, {"key": 2}, {"count": 1}]), "not-allowed@lines"),
        (json!([{"key": 1}]), "not-allowed@lines"),
        (json!(null), "not-allowed@lines"),
        (json!([{"key": 1, "cost": 1}, {"key": 2}]), "unknown-field@lines.cost"),
    ] {
        assert_eq!(why_not(world.try_update("order", order, json!({"lines": sent}))), refused, "{sent}");
    }
    let settable = world.book.eyes(&world.actor).settable(name("order"), Some(order)).unwrap();
    let mut fields: Vec<String> = settable.fields.iter().map(ToString::to_string).collect();
    fields.sort();
    assert_eq!((fields, settable.lines.len()), (vec!["lines".to_owned(), "lines.count".to_owned()], 0));
    world.be("lou looker");
    assert_eq!(why_not(world.try_update("order", order, json!({"lines": []}))), "not-allowed");
}

#[test]
fn filters_look_into_lines_only_by_what_is_seen_of_them() {
    let (mut world, order) = shop("rules: {}");
    let second = world.create("order", json!({"name": "none"}));
    world.create("visit", json!({"order": order.to_string()}));
    world.create("visit", json!({"order": second.to_string()}));
    world.be("bea boss");
    for (filter, expected) in [
        (json!({"lines": {"any": {"cost": {"gt": 20}}}}), 1),
        (json!({"lines": {"any": {"cost": {"gt": 20}, "count": 1}}}), 0),
        (json!({"lines": {"all": {"cost": {"gt": 20}}}}), 1),
        (json!({"lines": {"all": {"cost": {"gt": 20}}, "empty": false}}), 0),
        (json!({"lines": {"none": {"cost": {"gt": 20}}}}), 1),
        (json!({"lines": {"any": {"part.group": "steel"}}}), 1),
        (json!({"lines": {"any": {"or": [{"count": 99}, {"not": {"phone": null}}]}}}), 1),
        (json!({"lines": {"any": {"worth": 60}}}), 1),
    ] {
        assert_eq!(found(&world, &filter), Ok(expected), "{filter}");
    }
    world.be("cleo clerk");
    assert_eq!(found(&world, &json!({"lines": {"any": {"cost": 30}}})), Err("unknown-field@lines.cost".to_owned()));
    assert_eq!(
        found(&world, &json!({"lines": {"none": {"phone": null}}})),
        Err("unknown-field@lines.phone".to_owned())
    );
    assert_eq!(found(&world, &json!({"lines": {"any": {"count": 2}}})), Ok(1));
    // Through a reference what is not seen is empty.
    let visits = |world: &World, filter: Json| try_list(world, "visit", &filter, "").unwrap().records.len();
    assert_eq!(visits(&world, json!({"order.lines": {"any": {"cost": {"gt": 0}}}})), 0);
    assert_eq!(visits(&world, json!({"order.lines": {"any": {"count": 2}}})), 1);
    world.be("bea boss");
    assert_eq!(visits(&world, json!({"order.lines": {"any": {"cost": {"gt": 0}}}})), 1);
}

#[test]
fn rows_of_a_role_are_told_by_their_lines_and_found_by_index() {
    let (mut world, order) = shop("rules: {}");
    let rubber = world.create("order", json!({"name": "rubber", "lines": [{"part": "belt"}]}));
    world.be("bud buyer");
    assert_eq!(found(&world, &json!({})), Ok(1));
    let sees = |id| world.book.eyes(&world.actor).get(name("order"), id).is_ok();
    assert!(sees(order) && !sees(rubber));
    // A reference in a line is found by its index; anything else looks at each record, and says so.
    let bolt = try_list(&world, "part", &json!({"name": "bolt"}), "").unwrap().records[0].id.to_string();
    let plan = |filter: Json| try_list(&world, "order", &filter, "").unwrap().plan.describe();
    let by_part = plan(json!({"lines": {"any": {"part": bolt, "count": 2}}}));
    assert!(by_part.starts_with("index ") && by_part.contains("filter checked on each record"), "{by_part}");
    for filter in [json!({"lines": {"none": {"part": bolt}}}), json!({"lines": {"any": {"count": 2}}})] {
        let scanned = plan(filter);
        assert!(scanned.starts_with("every record") && scanned.contains("checked on each record"), "{scanned}");
    }
}

#[test]
fn a_script_sees_and_sets_of_lines_what_whoever_acts_does() {
    let noted = |run: &str| {
        let (mut world, order) = shop(&format!("rules:\n  noted: {{on: change(note), run: '{run}'}}"));
        world.be("cleo clerk");
        let done = world.try_update("order", order, json!({"note": "n"})).map_err(|refusal| code(&refusal));
        (done.map(|_| eye(&world, order)["name"].clone()), lines(&mut world, order))
    };
    let name_by = |expression: &str| noted(&format!("= this.name = \"\" + {expression}")).0.unwrap();
    assert_eq!(name_by("coalesce(this.lines[0].cost, -1)"), "-1");
    assert_eq!(name_by("this.lines.sum(\"count\")"), "3");
    assert_eq!(name_by("this.lines.sum(\"cost\")"), "0");
    assert_eq!(name_by("coalesce(old.lines[0].cost, -1)"), "-1");
    assert_eq!(name_by("count(\"order\", #{lines: #{any: #{count: 2}}})"), "1");
    assert_eq!(
        noted("= this.name = \"\" + count(\"order\", #{lines: #{any: #{cost: 30}}})").0,
        Err("unknown-field".into())
    );
    assert_eq!(noted("= this.lines[0].count = 9").1[0]["count"], 9);
    assert_eq!(noted("= this.lines[0].cost = 9").0, Err("unknown-field".into()));
}

#[test]
fn why_who_and_the_difference_know_fields_of_lines() {
    let (mut world, order) = shop("rules: {}");
    let read = Action::May(May::Read);
    let verdict = |world: &World, path: &str, action| {
        let why = world.book.why(&world.actor, (name("order"), order), action, FieldPath::find(path)).unwrap();
        why.grants[0].verdict
    };
    world.be("cleo clerk");
    assert_eq!(verdict(&world, "lines.cost", read), Verdict::Hidden);
    assert_eq!(verdict(&world, "lines.phone", read), Verdict::Masked);
    assert_eq!(verdict(&world, "lines", read), Verdict::Covers);
    world.be("cora counter");
    assert_eq!(verdict(&world, "lines.part", Action::May(May::Update)), Verdict::Fixed);
    world.actor = parse_actor("root").unlimited();
    world.create("user", json!({"login": "cleo", "name": "Cleo"}));
    world.create("position", json!({"user": "cleo", "role": "clerk"}));
    let who = world.book.who((name("order"), order), read, FieldPath::find("lines.cost")).unwrap();
    assert!(who.is_empty(), "{who:?}");
    let shown = catalog(&FILES.replace("hidden: [lines.cost, lines.worth, lines.plan]", "hidden: lines.worth"));
    let found = world.book.access_difference(&world.book.catalog(), &shown).unwrap();
    let gains = found[0].to_json()["gains"][0]["fields"].clone();
    assert_eq!(gains, json!(["lines.cost", "lines.plan"]));
}

#[test]
fn a_file_in_a_line_is_fetched_by_whoever_sees_it() {
    let (mut world, order) = shop("rules: {}");
    world.actor = parse_actor("root").unlimited();
    let kept = world.book.keep_file("root", "plan.txt", "text/plain", b"plan".to_vec()).unwrap();
    let sha256 = kept.sha256.clone();
    let file = json!({"name": "plan.txt", "media": "text/plain", "size": 4, "sha256": sha256});
    world.update("order", order, json!({"lines": [{"key": 1, "plan": file}, {"key": 2}]}));
    let fetched =
        |world: &World| world.book.eyes(&world.actor).file(&sha256, Some((name("order"), order))).unwrap().is_some();
    world.be("bea boss");
    assert!(fetched(&world));
    world.be("cleo clerk");
    assert!(!fetched(&world));
}

#[test]
fn a_repeated_request_shows_what_may_be_seen_now() {
    let (mut world, order) = shop("rules: {}");
    let values = json!({"note": "again"}).as_object().unwrap().clone();
    let mut command =
        Command::new(parse_actor("bea boss"), Request::Update { object: name("order"), id: order, rev: None, values });
    command.idempotency = Some(("k".into(), [7; 32]));
    world.book.run(command.clone()).unwrap();
    command.actor = parse_actor("bea clerk");
    world.be("bea clerk");
    let outcome = world.book.run(command).unwrap();
    assert!(outcome.replayed);
    let rows = outcome.record.unwrap().fields.get(name("lines")).rows().to_vec();
    assert!(rows.iter().all(|row| row.fields.get(name("cost")).is_empty()), "{rows:?}");
}
