//! What is done: created, changed, given away, deleted, acted on, posted, imported, done again.

use std::sync::Arc;

use formwork_runtime::{
    command::{Command, ImportMode, ImportRow, Input, Request},
    scenario::parse_actor,
};
use serde_json::{Value as Json, json};

use super::{client, eye, name, office, why_not};

#[test]
fn a_record_is_created_where_a_grant_covers_what_comes_of_it() {
    let mut world = office();
    world.be("ann");
    let id = world.create("client", json!({"name": "mine"}));
    assert_eq!(world.text("client", id, "seller"), "ann");
    assert_eq!(why_not(world.try_create("client", json!({"name": "theirs", "seller": "zoe"}))), "not-allowed");
    assert_eq!(why_not(world.try_create("department", json!({"code": "X", "name": "X"}))), "not-allowed");
    for who in ["lea", "may", "nobody", "system"] {
        world.be(who);
        assert_eq!(why_not(world.try_create("client", json!({"name": who}))), "not-allowed", "{who}");
    }
    world.be("hal");
    world.create("client", json!({"name": "theirs", "seller": "zoe"}));
}

#[test]
fn a_change_is_covered_before_and_after() {
    let mut world = office();
    let own = client(&world, "own", "ann", "C", 1);
    let unit = client(&world, "unit", "zoe", "A", 2);
    let other = client(&world, "other", "zoe", "C", 3);
    world.be("ann");
    world.update("client", own, json!({"cost": 5, "note": "n"}));
    assert_eq!(why_not(world.try_update("client", unit, json!({"note": "n"}))), "not-allowed", "seen, not theirs");
    assert_eq!(why_not(world.try_update("client", other, json!({"note": "n"}))), "no-such-record");
    // To give away what is theirs takes a right of its own.
    assert_eq!(why_not(world.try_update("client", own, json!({"seller": "zoe"}))), "not-allowed");
    world.be("lea");
    assert_eq!(why_not(world.try_update("client", unit, json!({"note": "n"}))), "not-allowed@note");
    world.update("client", unit, json!({"seller": "ben"}));
    // With it they can give it to where they don't see it any more; the answer then shows nothing.
    let given = world.try_update("client", unit, json!({"unit": "C"})).unwrap();
    assert_eq!(given.record, None);
    assert!(eye(&world, "client", unit).is_none());
    assert_eq!(why_not(world.try_update("client", unit, json!({"unit": "A"}))), "no-such-record");
}

#[test]
fn a_field_that_is_not_seen_is_not_there_to_be_set() {
    let mut world = office();
    let id = client(&world, "one", "ann", "A", 1);
    world.actor = parse_actor("root").unlimited();
    let files = super::FILES.replace(
        "role: lead\n",
        "role: editor\nlabel: Editor\ngrants:\n  all: {on: client, may: [read, update], rows: all, fields: {hidden: cost, write: [name, note], masked: {phone: last 4}}}\n# definitions/x/lead.role.yaml\nrole: lead\n",
    );
    let files =
        files.replace("# definitions/x/lead.role.yaml\nrole: editor", "# definitions/x/editor.role.yaml\nrole: editor");
    world.book.activate(super::catalog(&files)).unwrap();
    world.be("eve editor");
    world.update("client", id, json!({"note": "n"}));
    assert_eq!(why_not(world.try_update("client", id, json!({"cost": 1}))), "unknown-field@cost");
    assert_eq!(why_not(world.try_update("client", id, json!({"phone": "13812345678"}))), "not-allowed@phone");
    assert_eq!(why_not(world.try_update("client", id, json!({"unit": "B"}))), "not-allowed@unit");
    // What the system keeps is nobody's to set, whatever is sent along.
    for (field, value) in
        [("created_by", "eve"), ("state", "gone"), ("id", "x"), ("number", "1"), ("rev", "7"), ("twice", "1")]
    {
        let refused = why_not(world.try_update("client", id, json!({field: value, "note": "m"})));
        assert!(refused.starts_with("unknown-field@") || refused.starts_with("computed-field@"), "{field}: {refused}");
    }
    assert_eq!(world.text("client", id, "note"), "n");
}

#[test]
fn a_mask_that_is_sent_back_with_an_action_is_no_value() {
    let mut world = office();
    let id = client(&world, "one", "ann", "A", 1);
    world.update("client", id, json!({"note": "a long secret"}));
    world.actor = parse_actor("root").unlimited();
    let files = super::FILES
        .replace("      close:  {label", "      reach:  {label: Reach, to: open, require: note}\n      close:  {label")
        .replace(
            "# definitions/x/lead.role.yaml\n",
            "# definitions/x/caller.role.yaml\nrole: caller\nlabel: Caller\ngrants:\n  all: {on: client, may: read, act: reach, rows: all, fields: {masked: {note: ends 1 2}}}\n# definitions/x/lead.role.yaml\n",
        );
    world.book.activate(super::catalog(&files)).unwrap();
    world.be("eve caller");
    let reach = |values: Json| world.try_act("client", id, "reach", values);
    assert_eq!(why_not(reach(json!({"note": "a****et"}))), "not-allowed@note");
    reach(json!({})).unwrap();
    assert_eq!(world.text("client", id, "note"), "a long secret");
    // The form asks for it, so another one can be filled in without seeing the one that is there.
    reach(json!({"note": "another secret"})).unwrap();
    assert_eq!(world.text("client", id, "note"), "another secret");
}

#[test]
fn actions_are_offered_and_taken_where_a_grant_names_them() {
    let mut world = office();
    let own = client(&world, "own", "ann", "C", 1);
    let unit = client(&world, "unit", "zoe", "A", 2);
    let other = client(&world, "other", "zoe", "C", 2);
    world.be("ann");
    assert_eq!(world.possible("client", own), ["praise"]);
    assert_eq!(world.possible("client", unit), [""; 0]);
    assert!(world.book.offered(&world.actor, name("client"), other).is_err());
    world.act("client", own, "praise");
    // What the flow sets is the definition's to say.
    assert_eq!(world.text("client", own, "note"), "praised");
    assert_eq!(why_not(world.try_act("client", own, "close", json!({}))), "not-allowed");
    assert_eq!(why_not(world.try_act("client", unit, "praise", json!({}))), "not-allowed");
    assert_eq!(why_not(world.try_act("client", other, "praise", json!({}))), "no-such-record");
    world.be("hal");
    assert_eq!(world.possible("client", own), ["close", "praise"]);
}

#[test]
fn deleting_tells_nothing_of_what_stands_in_the_way() {
    let mut world = office();
    let id = client(&world, "one", "zoe", "A", 1);
    world.create("deal", json!({"client": id.to_string(), "owner": "zoe"}));
    world.be("ann");
    assert_eq!(why_not(world.try_delete("client", id)), "not-allowed");
    world.be("lea");
    let refused = world.try_delete("client", id).unwrap_err();
    assert!(format!("{refused:?}").contains("something still refers to it"), "{refused:?}");
    world.be("hal");
    let refused = world.try_delete("client", id).unwrap_err();
    assert!(format!("{refused:?}").contains("D0001"), "{refused:?}");
    world.be("ben");
    assert_eq!(why_not(world.try_delete("client", id)), "no-such-record");
}

#[test]
fn a_unique_value_that_is_taken_does_not_name_who_has_it() {
    let mut world = office();
    let id = client(&world, "taken", "zoe", "C", 1);
    world.be("ann");
    let refused = format!("{:?}", world.try_create("client", json!({"name": "taken"})).unwrap_err());
    assert!(
        refused.contains("duplicate-key") && !refused.contains(&id.to_string()) && !refused.contains("zoe"),
        "{refused}"
    );
}

#[test]
fn postings_take_the_right_or_the_record() {
    let mut world = office();
    let id = client(&world, "one", "zoe", "C", 1);
    let entry = [(json!({"client": id.to_string()}), "5")];
    world.be("cat");
    world.try_post("credit", &entry, false).unwrap();
    world.be("hal");
    world.try_post("credit", &entry, false).unwrap();
    world.be("ann");
    assert_eq!(why_not(world.try_post("credit", &entry, false)), "no-such-reference@client");
    let own = client(&world, "own", "ann", "A", 1);
    assert_eq!(why_not(world.try_post("credit", &[(json!({"client": own.to_string()}), "5")], false)), "not-allowed");
}

#[test]
fn an_import_asks_for_itself_and_for_what_it_does() {
    let mut world = office();
    client(&world, "one", "zoe", "C", 1);
    let row = |values: serde_json::Value| {
        let (object, key, mode) = (name("client"), Some(name("name")), ImportMode::Update);
        let values = values.as_object().unwrap().clone();
        Request::Import(ImportRow { object, key, mode, values, then: vec![(name("close"), Input::new())] })
    };
    world.be("ann");
    assert_eq!(why_not(world.run(row(json!({"name": "new"})))), "not-allowed");
    world.be("hal");
    world.run(row(json!({"name": "new"}))).unwrap();
    world.run(row(json!({"name": "one", "note": "n"}))).unwrap();
}

#[test]
fn a_request_that_is_made_again_shows_what_may_be_seen_now() {
    let mut world = office();
    let id = client(&world, "one", "ann", "C", 1);
    world.be("ann");
    let values = Input::from_iter([("note".to_owned(), json!("n"))]);
    let command = || Command {
        idempotency: Some((Arc::from("key"), [7; 32])),
        ..Command::new(
            parse_actor("ann"),
            Request::Update { object: name("client"), id, rev: None, values: values.clone() },
        )
    };
    assert!(world.book.run(command()).unwrap().record.is_some());
    assert!(world.book.run(command()).unwrap().replayed);
    world.actor = parse_actor("root").unlimited();
    world.update("client", id, json!({"seller": "zoe"}));
    let again = world.book.run(command()).unwrap();
    assert!(again.replayed && again.record.is_none());
}

#[test]
fn what_only_the_engine_asks_for_is_nobodys() {
    let mut world = office();
    world.be("hal");
    assert_eq!(why_not(world.run(Request::Tick)), "not-allowed");
    assert_eq!(why_not(world.run(Request::MoveTimers)), "not-allowed");
}
