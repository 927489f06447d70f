//! Scripts: on behalf of whoever acts, or of the engine where the definition says so.

use formwork_runtime::scenario::parse_actor;
use serde_json::json;

use super::{World, client, office, why_not};

/// The office with a rule on clients whose note is changed.
fn with(rule: &str) -> World {
    let world = office();
    let files = super::FILES.replace(
        "# definitions/x/client.flow.yaml",
        &format!("rules:\n  noted: {{on: change(note), {rule}}}\n# definitions/x/client.flow.yaml"),
    );
    world.book.activate(super::catalog(&files)).unwrap();
    world
}

fn noted(rule: &str) -> (World, formwork_model::id::RecordId) {
    let mut world = with(rule);
    client(&world, "hidden", "zoe", "C", 50);
    let own = client(&world, "own", "ann", "A", 1);
    world.be("ann");
    (world, own)
}

#[test]
fn a_script_finds_counts_and_adds_up_what_whoever_acts_sees() {
    for (system, expected) in [("", "1"), (", as: system", "2")] {
        let (world, own) = noted(&format!("run: '= this.cost = count(\"client\", #{{}})'{system}"));
        world.update("client", own, json!({"note": "n"}));
        assert_eq!(world.text("client", own, "cost"), expected);
    }
    for (system, expected) in [("", "1"), (", as: system", "51")] {
        let (world, own) = noted(&format!("run: '= this.cost = sum(\"client\", \"cost\", #{{}})'{system}"));
        world.update("client", own, json!({"note": "n"}));
        assert_eq!(world.text("client", own, "cost"), expected);
    }
}

#[test]
fn a_script_does_not_read_through_a_reference_what_whoever_acts_does_not_see() {
    for (system, expected) in [("", "-1"), (", as: system", "50")] {
        let (mut world, own) = noted(&format!(
            "run: '= let all = find(\"deal\", #{{}}); this.cost = coalesce(all[0].client.cost, -1)'{system}"
        ));
        world.actor = parse_actor("root").unlimited();
        world.create("deal", json!({"client": "hidden", "owner": "ann"}));
        world.be("ann");
        world.update("client", own, json!({"note": "n"}));
        assert_eq!(world.text("client", own, "cost"), expected);
    }
}

#[test]
fn a_script_does_not_see_what_a_field_was_that_some_grant_hides() {
    for (system, expected) in [("", "-1"), (", as: system", "1")] {
        let (world, own) = noted(&format!("run: '= this.cost = coalesce(old.cost, -1)'{system}"));
        world.update("client", own, json!({"note": "n"}));
        assert_eq!(world.text("client", own, "cost"), expected);
    }
    // Nor in the whole of it.
    for (system, told) in [("", false), (", as: system", true)] {
        let (world, own) = noted(&format!("run: '= this.cost = 1000; this.name = \"\" + old'{system}"));
        world.update("client", own, json!({"note": "n"}));
        assert_eq!(world.text("client", own, "name").contains("cost"), told, "{}", world.text("client", own, "name"));
    }
}

#[test]
fn a_script_changes_creates_and_deletes_what_whoever_acts_may() {
    let cases = [
        ("= this.seller = \"zoe\"", "not-allowed"),
        ("= create(\"client\", #{name: \"theirs\", seller: \"zoe\"})", "not-allowed"),
        ("= delete(this)", "not-allowed"),
        ("= act(this, \"close\", #{})", "not-allowed"),
        ("= post(\"credit\", #{client: this}, 5)", "not-allowed"),
        ("= this.cost = balance(\"credit\", #{client: this})", "not-allowed"),
    ];
    for (script, refused) in cases {
        let (world, own) = noted(&format!("run: '{script}'"));
        assert_eq!(why_not(world.try_update("client", own, json!({"note": "n"}))), refused, "{script}");
        let (world, own) = noted(&format!("run: '{script}', as: system"));
        world.try_update("client", own, json!({"note": "n"})).unwrap();
    }
    let (world, own) = noted("run: '= create(\"client\", #{name: \"mine too\"})'");
    world.update("client", own, json!({"note": "n"}));
    assert_eq!(world.count("client"), 2);
}

#[test]
fn what_the_definition_itself_computes_and_sets_sees_everything() {
    let (world, own) = noted(
        "set: {cost: '= count(\"client\", #{})'}, create: {other: {object: client, set: {name: other, seller: zoe}}}",
    );
    world.update("client", own, json!({"note": "n"}));
    assert_eq!(world.text("client", own, "twice"), "6");
}
