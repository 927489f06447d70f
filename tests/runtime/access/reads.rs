//! What is seen: one record, lists, counts, through references, history, queues of people and rights about no record.

use formwork_runtime::{
    approval::centre::Asked,
    book::Where,
    command::{Input, Request},
    scenario::parse_actor,
};
use formwork_store::table::task::List;
use serde_json::json;

use super::{catalog, client, code, counted, eye, name, names, office, try_list, why_not};

#[test]
fn rows_are_those_of_the_position_and_of_nobody_else() {
    let mut world = office();
    let own = client(&world, "own", "ann", "C", 1);
    let unit = client(&world, "unit", "zoe", "A", 2);
    let below = client(&world, "below", "zoe", "B", 3);
    let other = client(&world, "other", "zoe", "C", 4);
    let sees = |world: &super::World| {
        let ids = [own, unit, below, other];
        ids.map(|id| eye(world, "client", id).is_some())
    };
    for (who, seen, listed) in [
        ("ann", [true, true, false, false], vec!["own", "unit"]),
        ("ben", [false, false, true, false], vec!["below"]),
        ("lea", [false, true, true, false], vec!["below", "unit"]),
        ("hal", [true, true, true, true], vec!["below", "other", "own", "unit"]),
        // A position without the place, a role that says nothing about it, nobody.
        ("joe", [false; 4], vec![]),
        ("nobody", [false; 4], vec![]),
        ("nobody seller", [false; 4], vec![]),
        ("zoe seller", [false, true, true, true], vec!["below", "other", "unit"]),
        // Being called so is no right.
        ("system", [false; 4], vec![]),
    ] {
        world.be(who);
        assert_eq!(sees(&world), seen, "{who}");
        assert_eq!(names(&world, &json!({})), listed, "{who}");
        assert_eq!(counted(&world, &json!({})), listed.len(), "{who}");
    }
}

#[test]
fn several_conditions_hold_together_and_places_reach_below() {
    let mut world = office();
    for (name, area, cost) in [("near", "valley", 5), ("dear", "valley", 500), ("far", "south", 5), ("none", "", 5)] {
        let mut values = json!({"name": name, "cost": cost, "seller": "zoe"});
        if !area.is_empty() {
            values["area"] = json!(area);
        }
        world.create("client", values);
    }
    world.be("may");
    assert_eq!(names(&world, &json!({})), ["near"]);
    // The row is theirs by its cost, which they don't see.
    let near = try_list(&world, "client", &json!({}), "").unwrap().records[0].id;
    let seen = eye(&world, "client", near).unwrap();
    assert!(seen.get("cost").is_none() && seen.get("twice").is_none() && seen.get("phone").is_none(), "{seen}");
    assert_eq!(code(&try_list(&world, "client", &json!({"cost": 5}), "").unwrap_err()), "unknown-field@cost");
}

#[test]
fn the_fields_of_one_grant_never_come_with_the_rows_of_another() {
    let mut world = office();
    let own = client(&world, "own", "ann", "C", 7);
    let unit = client(&world, "unit", "zoe", "A", 9);
    let both = client(&world, "both", "ann", "A", 8);
    world.be("ann");
    let seen = eye(&world, "client", own).unwrap();
    assert_eq!((&seen["cost"], &seen["phone"]), (&json!(7), &json!("13812345678")));
    let seen = eye(&world, "client", unit).unwrap();
    assert_eq!(seen["phone"], "138****5678");
    assert!(seen.get("cost").is_none() && seen.get("twice").is_none(), "{seen}");
    assert_eq!(eye(&world, "client", both).unwrap()["cost"], 8);
    // What is hidden does not order, filter or count.
    let page = try_list(&world, "client", &json!({}), "-cost").unwrap();
    assert_eq!(page.records.iter().map(|record| record.id).collect::<Vec<_>>(), [both, own]);
    assert_eq!(names(&world, &json!({"cost": {"gte": 8}})), ["both"]);
    assert_eq!(counted(&world, &json!({"cost": {"gt": 0}})), 2);
    assert_eq!(counted(&world, &json!({"not": {"cost": 1}})), 2);
    assert_eq!(counted(&world, &json!({"or": [{"cost": 9}, {"name": "unit"}]})), 0);
    // A masked field is no way in either.
    assert_eq!(names(&world, &json!({"phone": "13812345678"})), ["both", "own"]);
    assert_eq!(names(&world, &json!({})), ["both", "own", "unit"]);
}

#[test]
fn a_restricted_list_reads_what_is_theirs_only() {
    let mut world = office();
    for n in 0..60 {
        client(&world, &format!("c{n}"), if n % 20 == 0 { "ann" } else { "zoe" }, "C", n);
    }
    world.be("ann");
    let page = try_list(&world, "client", &json!({}), "-cost").unwrap();
    assert_eq!(page.records.len(), 3);
    assert!(page.plan.describe().starts_with("index by_seller"), "{}", page.plan.describe());
    let page = try_list(&world, "client", &json!({}), "").unwrap();
    assert!(page.plan.describe().starts_with("2 ranges"), "{}", page.plan.describe());
}

#[test]
fn pages_of_what_is_theirs_follow_each_other_without_a_gap() {
    let mut world = office();
    for n in 0..40 {
        client(
            &world,
            &format!("c{n:02}"),
            if n % 3 == 0 { "ann" } else { "zoe" },
            if n % 2 == 0 { "A" } else { "C" },
            40 - n,
        );
    }
    world.be("ann");
    for sort in ["", "name", "-name", "cost"] {
        let all = try_list(&world, "client", &json!({}), sort).unwrap().records;
        let mut paged = Vec::new();
        let catalog = world.book.catalog();
        let sort = formwork_runtime::query::parse_sort(catalog.object(name("client")).unwrap(), sort).unwrap();
        let filter = formwork_catalog::filter::Filter::And(Vec::new());
        let mut query = formwork_runtime::query::Query { object: name("client"), filter, sort, limit: 4, after: None };
        loop {
            let page = world.book.list(&query, &world.actor).unwrap();
            paged.extend(page.records);
            let Some(next) = page.next else { break };
            query.after = Some(next);
        }
        assert_eq!(paged, all);
    }
}

#[test]
fn a_reference_tells_nothing_of_what_it_leads_to() {
    let mut world = office();
    let hidden = client(&world, "hidden", "zoe", "C", 77);
    let unit = client(&world, "unit", "zoe", "A", 66);
    world.create("deal", json!({"client": hidden.to_string(), "owner": "ann", "amount": 1}));
    world.create("deal", json!({"client": unit.to_string(), "owner": "ann", "amount": 2}));
    world.be("ann");
    let found = |world: &super::World, filter| try_list(world, "deal", &filter, "").unwrap().records.len();
    assert_eq!(found(&world, json!({"client.name": "hidden"})), 0);
    assert_eq!(found(&world, json!({"client.name": "unit"})), 1);
    assert_eq!(found(&world, json!({"client.cost": 66})), 0, "its cost is hidden");
    assert_eq!(found(&world, json!({"client.phone": "13812345678"})), 0, "its phone is masked");
    assert_eq!(found(&world, json!({"client.cost": {"empty": true}})), 2);
    // By name, by id, as a value.
    let eyes = world.book.eyes(&world.actor);
    assert_eq!(eyes.resolve(name("client"), &json!("hidden")).unwrap(), None);
    assert_eq!(eyes.resolve(name("client"), &json!(hidden.to_string())).unwrap(), None);
    assert_eq!(eyes.resolve(name("client"), &json!("unit")).unwrap(), Some(unit));
    assert_eq!(eyes.title(name("client"), hidden).unwrap(), "");
    assert_eq!(why_not(world.try_create("deal", json!({"client": "hidden"}))), "no-such-reference@client");
    assert_eq!(why_not(world.try_create("deal", json!({"client": hidden.to_string()}))), "no-such-reference@client");
}

#[test]
fn the_history_tells_what_is_seen() {
    let mut world = office();
    let unit = client(&world, "unit", "zoe", "A", 5);
    let other = client(&world, "other", "zoe", "C", 5);
    world.update("client", unit, json!({"cost": 6}));
    world.update("client", unit, json!({"cost": 7, "note": "n"}));
    world.be("ann");
    let eyes = world.book.eyes(&world.actor);
    let told = eyes.history(name("client"), unit, None, 10).unwrap();
    // The change of the cost alone tells nothing.
    assert_eq!(told.len(), 2);
    let text = format!("{told:?}");
    assert!(text.contains("note") && !text.contains("cost") && !text.contains("138123"), "{text}");
    assert_eq!(code(&eyes.history(name("client"), other, None, 10).unwrap_err()), "no-such-record");
    assert_eq!(code(&eyes.responsible(name("client"), other).unwrap_err()), "no-such-record");
    assert_eq!(eyes.history(name("client"), unit, None, 1).unwrap().len(), 1);
    // A record that is gone is history for those only who see every record.
    world.actor = parse_actor("root").unlimited();
    world.delete("client", unit);
    world.be("ann");
    assert_eq!(
        code(&world.book.eyes(&world.actor).history(name("client"), unit, None, 10).unwrap_err()),
        "no-such-record"
    );
    world.be("hal");
    assert_eq!(world.book.eyes(&world.actor).history(name("client"), unit, None, 10).unwrap().len(), 4);
    world.be("cat");
    let told = format!("{:?}", world.book.eyes(&world.actor).history(name("client"), unit, None, 10).unwrap());
    assert!(!told.contains("cost"), "{told}");
}

#[test]
fn a_conflict_quotes_only_what_is_seen() {
    let mut world = office();
    let deal = client(&world, "shared", "ann", "A", 5);
    world.be("lea");
    world.update("client", deal, json!({"name": "again"}));
    let stale = |world: &super::World| {
        let (object, id) = (name("client"), deal);
        let values = Input::from_iter([("name".to_owned(), json!("mine"))]);
        world.run(Request::Update { object, id, rev: Some(1), values }).unwrap_err()
    };
    world.actor = parse_actor("root").unlimited();
    world.update("client", deal, json!({"cost": 99, "seller": "zoe"}));
    world.be("ben");
    assert_eq!(code(&stale(&world)), "no-such-record");
    world.be("ann");
    let told = format!("{:?}", stale(&world));
    assert!(told.contains("again") && !told.contains("99"), "{told}");
}

#[test]
fn whoever_is_asked_sees_the_record_and_nobody_else() {
    let mut world = office();
    world.be("ann");
    let deal = world.create("deal", json!({"amount": 3}));
    world.be("bo");
    assert!(eye(&world, "deal", deal).is_none());
    world.be("ann").act("deal", deal, "submit");
    world.be("bo");
    assert_eq!(eye(&world, "deal", deal).unwrap()["amount"], 3);
    assert_eq!(world.book.eyes(&world.actor).approvals(name("deal"), deal).unwrap().len(), 1);
    let asked = Asked { list: List::Todo, flow: None, kind: None, limit: 10, after: None };
    assert_eq!(world.book.tasks(&world.actor, &asked).unwrap().tasks.len(), 1);
    // Deciding needs no grant; anything else does.
    assert_eq!(why_not(world.try_update("deal", deal, json!({"amount": 4}))), "not-allowed");
    assert_eq!(world.count("deal"), 0);
    world.be("ben");
    assert!(eye(&world, "deal", deal).is_none());
    assert_eq!(code(&world.book.eyes(&world.actor).approvals(name("deal"), deal).unwrap_err()), "no-such-record");
}

#[test]
fn what_is_about_no_record_takes_a_right() {
    let mut world = office();
    let id = client(&world, "one", "ann", "A", 9);
    world.try_post("credit", &[(json!({"client": id.to_string()}), "10")], false).unwrap();
    let inputs = Input::from_iter([("cost".to_owned(), json!(9))]);
    let dimensions = Input::from_iter([("client".to_owned(), json!(id.to_string()))]);
    for (who, tables, ledgers, people) in [
        ("ann", false, false, false),
        ("cat", true, true, true),
        ("hal", true, true, true),
        ("nobody", false, false, false),
    ] {
        world.be(who);
        let eyes = world.book.eyes(&world.actor);
        assert_eq!(world.book.evaluate(name("grade"), None, &inputs, &world.actor).is_ok(), tables, "{who}");
        let read = eyes.read_dimensions(name("credit"), &dimensions);
        assert_eq!(read.is_ok(), ledgers, "{who}");
        let balance = eyes.balance(name("credit"), &read.unwrap_or_default(), None);
        assert_eq!(balance.is_ok(), ledgers, "{who}");
        assert_eq!(eyes.statement(name("credit"), &Default::default(), None).is_ok(), ledgers, "{who}");
        assert_eq!(eyes.person("hal", None).is_ok(), people, "{who}");
        assert!(eyes.person(&world.actor.login, None).is_ok());
        assert_eq!(eyes.holders(name("head"), &Where::Places(Vec::new())).is_ok(), people, "{who}");
    }
    // A table over a record of which something is hidden would tell it.
    world.be("cat");
    let this = Some((name("client"), id));
    assert!(world.book.evaluate(name("grade"), this, &inputs, &world.actor).is_err());
    world.be("hal");
    assert!(world.book.evaluate(name("grade"), this, &inputs, &world.actor).is_ok());
}

#[test]
fn a_file_is_reached_by_a_record_that_is_seen() {
    let mut world = office();
    let file = world.book.keep_file("ann", "plan.txt", "text/plain", b"secret".to_vec()).unwrap();
    let plan = json!({"sha256": file.sha256, "name": file.name, "media": file.media, "size": file.size});
    let id = world.create("client", json!({"name": "one", "seller": "ann", "unit": "A", "plan": plan}));
    let empty = world.create("client", json!({"name": "two", "seller": "ann"}));
    let read = |world: &super::World, by| world.book.eyes(&world.actor).file(&file.sha256, by).ok().flatten();
    for (who, seen) in [("ann", true), ("lea", true), ("ben", false), ("cat", false), ("hal", true)] {
        world.be(who);
        assert_eq!(read(&world, Some((name("client"), id))).is_some(), seen, "{who}");
        assert_eq!(read(&world, Some((name("client"), empty))), None, "{who}");
        assert_eq!(read(&world, None), None, "{who}");
    }
}

#[test]
fn a_position_counts_from_the_day_it_begins_to_the_day_it_ends_and_goes_at_once() {
    let mut world = office();
    let id = client(&world, "one", "zoe", "C", 1);
    let user = world.create("user", json!({"login": "new", "name": "New"}));
    let position =
        world.create("position", json!({"user": "new", "role": "head", "from": "2026-03-03", "to": "2026-03-04"}));
    let sees = |world: &mut super::World| {
        world.be("new");
        eye(world, "client", id).is_some()
    };
    assert!(!sees(&mut world));
    world.later(86_400);
    assert!(sees(&mut world));
    world.later(2 * 86_400);
    assert!(!sees(&mut world));
    world.actor = parse_actor("root").unlimited();
    world.update("position", position, json!({"to": null}));
    assert!(sees(&mut world));
    world.actor = parse_actor("root").unlimited();
    world.update("user", user, json!({"active": "false"}));
    assert!(!sees(&mut world));
    world.be("new head");
    assert!(eye(&world, "client", id).is_none(), "somebody who left has no role, whoever says so");
}

#[test]
fn in_an_open_book_everybody_may_do_everything() {
    let files = super::FILES.replace("book: office", "book: office\naccess: open");
    let (open, _) = files.split_once("# definitions/x/seller.role.yaml").unwrap();
    assert!(catalog(open).book.open);
    assert!(!catalog(super::FILES).book.open);
}
