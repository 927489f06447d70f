//! A submitted record stays on the release it was submitted under; a draft follows the newest.

use std::sync::Arc;

use formwork_model::{clock::Clock as _, instance::Instance};
use formwork_runtime::{book::Book, rejection::Refusal};
use formwork_store::embedded::Embedded;
use serde_json::{Value as Json, json};

use super::world::{World, catalog, name, refused, world};

/// Two releases that differ in everything a record can be decided by.
fn release(two: bool) -> String {
    let pick = |one: &'static str, other: &'static str| if two { other } else { one };
    format!(
        "
# definitions/shop.book.yaml
book: shop
access: open
locales: [en]
settings: {{bonus: {{type: integer, default: {bonus}}}}}
# definitions/x/claim.object.yaml
object: claim
fields:
  name: {{type: text, required: true}}
  amount: {{type: integer, default: 1{max}}}
  level: {{type: integer}}
  by_rule: {{type: text}}
  by_script: {{type: text}}
  doubled: {{type: integer, value: 'this.amount * {factor}'}}
  {extra}
rules:
  mark: {{on: update, set: {{by_rule: {rule}}}}}
checks:
  small: {{that: 'this.amount < {limit} + setting(\"bonus\")', at: amount, say: too much}}
# definitions/x/level.table.yaml
table: level
object: claim
hit: F
inputs: {{amount: {{type: integer, value: this.amount}}}}
outputs: {{level: {{type: integer}}}}
rows:
  - {{amount: \"< {bound}\", level: 1}}
  - {{amount: ~, level: 2}}
# scripts/x/stamp.rhai
this.by_script = \"{script}\";
# forms/x/decide.form.yaml
form: decide
object: claim
for: act
inputs: {{note: {{type: text, required: {note}}}}}
sections: [{{fields: [note, level]}}]
# definitions/x/claim.flow.yaml
flow: claim
object: claim
start: draft
nodes:
  draft: {{actions: {{submit: {{to: check}}}}}}
  check:
    actions:
      grade: {{table: level}}
      stamp: {{run: stamp}}
      decide: {{form: decide, to: route}}
  route:
    decide:
      - {{when: this.amount >= {bound}, to: {high}}}
      - {{else: true, to: paid}}
  {review}
  paid: {{actions: {{close: {{to: done}}}}}}
  done: {{end: {{}}}}
",
        bonus = pick("0", "50"),
        max = pick("", ", max: 60"),
        factor = pick("2", "3"),
        extra = pick("", "weight: {type: integer, default: 7}"),
        rule = pick("old", "new"),
        limit = pick("1000", "10"),
        bound = pick("100", "5"),
        script = pick("old", "new"),
        note = pick("false", "true"),
        high = pick("review", "audit"),
        review = pick("review: {actions: {approve: {to: paid}}}", "audit: {actions: {audited: {to: paid}}}"),
    )
}

fn instance(world: &World, id: formwork_model::id::RecordId) -> Instance {
    world.get("claim", id).flow(name("claim")).unwrap().clone()
}

fn submitted(world: &World, amount: i64) -> formwork_model::id::RecordId {
    let id = world.create("claim", json!({"name": "a", "amount": amount}));
    world.act("claim", id, "submit");
    id
}

#[test]
fn rules_tables_forms_scripts_checks_settings_and_the_graph_stay_together() {
    let world = world(&release(false));
    let pinned = submitted(&world, 200);
    world.book.activate(catalog(&release(true))).unwrap();
    let newer = submitted(&world, 20);

    // Rules and computed values.
    world.update("claim", pinned, json!({"amount": 201}));
    world.update("claim", newer, json!({"amount": 21}));
    assert_eq!(
        (world.text("claim", pinned, "by_rule"), world.text("claim", newer, "by_rule")),
        ("old".into(), "new".into())
    );
    assert_eq!(
        (world.text("claim", pinned, "doubled"), world.text("claim", newer, "doubled")),
        ("402".into(), "63".into())
    );
    // Checks, bounds and settings.
    assert_eq!(refused(world.try_update("claim", pinned, json!({"amount": 1000}))), "check-failed@amount");
    assert_eq!(refused(world.try_update("claim", newer, json!({"amount": 61}))), "out-of-range@amount");
    // Tables.
    world.act("claim", pinned, "grade");
    world.act("claim", newer, "grade");
    assert_eq!((world.text("claim", pinned, "level"), world.text("claim", newer, "level")), ("2".into(), "2".into()));
    world.update("claim", pinned, json!({"amount": 99}));
    world.act("claim", pinned, "grade");
    assert_eq!(world.text("claim", pinned, "level"), "1", "99 is below the bound of the first release");
    // Scripts.
    world.act("claim", pinned, "stamp");
    world.act("claim", newer, "stamp");
    assert_eq!(
        (world.text("claim", pinned, "by_script"), world.text("claim", newer, "by_script")),
        ("old".into(), "new".into())
    );
    // Forms.
    assert_eq!(refused(world.try_act("claim", newer, "decide", json!({}))), "required@note");
    world.update("claim", pinned, json!({"amount": 300}));
    world.act("claim", pinned, "decide");
    // The graph.
    assert_eq!(world.state("claim", pinned), "review");
    world.try_act("claim", newer, "decide", json!({"note": "x"})).unwrap();
    assert_eq!(world.state("claim", newer), "audit");
    assert_eq!(world.possible("claim", pinned), ["approve"]);
    assert_eq!(refused(world.try_act("claim", pinned, "audited", Json::Null)), "unknown-action");
    world.act("claim", pinned, "approve");
    world.act("claim", pinned, "close");
    // Once it has ended it is decided by the newest release.
    assert_eq!(refused(world.try_update("claim", pinned, json!({"amount": 301}))), "out-of-range@amount");
    world.verify();
}

#[test]
fn a_draft_follows_the_newest_release_until_it_is_submitted() {
    let world = world(&release(false));
    let draft = world.create("claim", json!({"name": "a"}));
    assert!(instance(&world, draft).draft);
    let first = world.book.catalog().release.clone();
    world.book.activate(catalog(&release(true))).unwrap();
    let second = world.book.catalog().release.clone();
    world.update("claim", draft, json!({"amount": 30}));
    assert_eq!(world.text("claim", draft, "by_rule"), "new");
    world.act("claim", draft, "submit");
    let submitted = instance(&world, draft);
    assert_eq!((submitted.draft, submitted.release.as_str()), (false, &*second));
    world.book.activate(catalog(&release(false))).unwrap();
    world.act("claim", draft, "stamp");
    assert_eq!(world.text("claim", draft, "by_script"), "new");
    let entry = world.book.history(name("claim"), draft, None, 1).unwrap().remove(0);
    assert_eq!((&*entry.release, entry.pinned.as_deref()), (&*first, Some(&*second)));
    world.verify();
}

const DRAFTS: &str = "
# definitions/x/note.object.yaml
object: note
fields: {text: {type: text}}
rules: {mark: {on: update, set: {text: RULE}}}
# definitions/x/note.flow.yaml
flow: note
object: note
start: open
nodes:
  open: {KEY actions: {send: {to: sent}}}
  sent: {actions: {back: {to: rework}, end: {to: done}}}
  rework: {draft: true, actions: {send: {to: sent}}}
  done: {end: {}}
";

#[test]
fn the_key_says_which_states_are_drafts() {
    let text = |id, world: &World| {
        world.update("note", id, json!({"text": "x"}));
        world.text("note", id, "text")
    };
    let files = |key: &str, rule: &str| DRAFTS.replace("KEY", key).replace("RULE", rule);
    let world = world(&files("draft: false,", "one"));
    let never = world.create("note", json!({}));
    let back = world.create("note", json!({}));
    world.act("note", back, "send");
    world.book.activate(catalog(&files("draft: false,", "two"))).unwrap();
    assert_eq!(text(never, &world), "one", "`draft: false` on the first node");
    assert_eq!(text(back, &world), "one");
    world.act("note", back, "back");
    assert_eq!(text(back, &world), "two", "`draft: true` wherever it stands");
    world.act("note", back, "send");
    world.book.activate(catalog(&files("", "three"))).unwrap();
    assert_eq!(text(back, &world), "two", "submitted again under the second release");
    let fresh = world.create("note", json!({}));
    world.act("note", fresh, "send");
    world.act("note", fresh, "back");
    world.book.activate(catalog(&files("", "four"))).unwrap();
    assert_eq!(text(fresh, &world), "four");
    world.verify();
}

#[test]
fn a_draft_on_a_node_that_is_gone_stays_where_it_can_go_on() {
    let files = |node: &str| DRAFTS.replace("KEY", "").replace("RULE", node).replace("open", node);
    let world = world(&files("open"));
    let draft = world.create("note", json!({}));
    world.book.activate(catalog(&files("begin"))).unwrap();
    assert_eq!(world.possible("note", draft), ["send"]);
    world.act("note", draft, "send");
    assert_eq!(world.state("note", draft), "sent");
    world.update("note", draft, json!({"text": "x"}));
    assert_eq!(world.text("note", draft, "text"), "open");
    world.verify();
}

fn world_of(catalog: Arc<formwork_catalog::catalog::Catalog>) -> World {
    World::over(Arc::new(Embedded::memory().unwrap()), catalog)
}

#[test]
fn pins_outlive_a_restart() {
    let store = Arc::new(Embedded::memory().unwrap());
    let world = World::over(store.clone(), catalog(&release(false)));
    let pinned = submitted(&world, 300);
    world.book.activate(catalog(&release(true))).unwrap();
    let clock = world.clock.clone();
    drop(world);
    let mut again = world_of(catalog(&release(true)));
    again.book = Book::open(store, catalog(&release(true)), clock).unwrap();
    again.act("claim", pinned, "stamp");
    assert_eq!(again.text("claim", pinned, "by_script"), "old");
    again.act("claim", pinned, "decide");
    assert_eq!(again.state("claim", pinned), "review");
    again.verify();
}

const TWO: &str = "
# definitions/x/box.object.yaml
object: box
fields:
  name: {type: text}
  seen: {type: text}
  n: {type: integer, roll_up: {from: thing, by: at, count: true}}
rules: {see: {on: update, set: {seen: RULE}}}
# definitions/x/box.flow.yaml
flow: box
object: box
start: open
nodes:
  open: {actions: {use: {to: used}}}
  used: {actions: {touch: {set: {name: touched}}, end: {to: done}}}
  done: {end: {}}
# definitions/x/thing.object.yaml
object: thing
fields:
  at: {type: ref, to: box}
  code: {type: text KEY}
# scripts/x/touch.rhai
if !is_empty(this.at) { act(this.at, \"touch\"); }
# definitions/x/thing.flow.yaml
flow: thing
object: thing
start: open
nodes:
  open: {actions: {go: {to: gone, run: touch}}}
  gone: {actions: {end: {to: done}}}
  done: {end: {}}
";

#[test]
fn one_command_decides_every_record_by_its_own_release() {
    let files = |rule: &str, key: &str| TWO.replace("RULE", rule).replace("KEY", key);
    let world = world(&files("one", ""));
    let used = world.create("box", json!({"name": "a"}));
    world.act("box", used, "use");
    world.book.activate(catalog(&files("two", ", unique: true"))).unwrap();
    let thing = world.create("thing", json!({"at": used.to_string(), "code": "c"}));
    world.act("thing", thing, "go");
    assert_eq!(world.text("box", used, "seen"), "one", "the box is decided by its own release");
    assert_eq!(world.text("box", used, "n"), "1", "roll-ups are kept for all");
    let other = world.create("box", json!({"name": "b"}));
    world.act("box", other, "use");
    world.act("box", other, "touch");
    assert_eq!(world.text("box", other, "seen"), "two");
    // Unique keys hold for every record, whatever release decides it.
    let pinned = world.create("thing", json!({"code": "d"}));
    world.act("thing", pinned, "go");
    world.book.activate(catalog(&files("three", ", unique: true"))).unwrap();
    assert_eq!(refused(world.try_update("thing", pinned, json!({"code": "c"}))), "duplicate-key@code");
    world.verify();
}

#[test]
fn an_object_with_records_under_way_can_not_go() {
    let world = world(
        &format!("{DRAFTS}{}", "# definitions/x/other.object.yaml\nobject: other\nfields: {a: {type: text}}\n")
            .replace("KEY", "")
            .replace("RULE", "x"),
    );
    let id = world.create("note", json!({}));
    world.act("note", id, "send");
    let without = catalog("\n# definitions/x/other.object.yaml\nobject: other\nfields: {a: {type: text}}\n");
    let Err(Refusal::Rejected(rejection)) = world.book.activate(without.clone()) else { panic!("it went live") };
    assert_eq!(rejection.code().as_str(), "object-in-use");
    world.act("note", id, "end");
    world.book.activate(without).unwrap();
}

#[test]
fn what_is_wrong_in_an_old_script_is_placed_in_the_old_files() {
    let files = |text: &str| {
        format!("{DRAFTS}\n# scripts/x/pad.rhai\n// {text}\n")
            .replace("KEY", "")
            .replace("RULE", "= (1 / (this.text.len() - 1)).to_string()")
    };
    let world = world(&files("one"));
    let id = world.create("note", json!({"text": "ab"}));
    world.act("note", id, "send");
    world.book.activate(catalog(&files("two"))).unwrap();
    let Err(Refusal::Rejected(rejection)) = world.try_update("note", id, json!({"text": "x"})) else {
        panic!("it was carried out")
    };
    let problem = &rejection.problems[0];
    assert_eq!(problem.at, None);
    assert!(problem.message.en.contains("definitions/x/note.object.yaml:"), "{}", problem.message.en);
}

#[test]
fn every_release_that_was_live_is_kept_with_who_and_when() {
    let world = world(&release(false));
    let (first, clock) = (world.book.catalog().release.clone(), world.clock.clone());
    submitted(&world, 300);
    world.later(60);
    world.book.activate(catalog(&release(true))).unwrap();
    world.later(60);
    let actor = formwork_runtime::scenario::parse_actor("ann");
    world.book.roll_back(&first[..6], &actor, Some("it refused too much")).unwrap();
    let kept = world.book.releases(true).unwrap();
    let shown: Vec<_> = kept.iter().map(|kept| (kept.live, kept.activations.len(), kept.running)).collect();
    assert_eq!(shown, [(true, 2, Some(1)), (false, 1, Some(0))]);
    let last = kept[0].activations.last().unwrap();
    assert_eq!((&*last.actor, last.reason.as_deref(), last.at), ("ann", Some("it refused too much"), clock.now()));
    assert_eq!(world.book.held_back().unwrap().as_deref(), Some(&*kept[1].hash));
    world.verify();
}
