//! The directory: holders, heads, supervisors, absences; and roles of people from the directory.

mod calendars;
mod naive;

use formwork_model::id::RecordId;
use formwork_runtime::{book::Where, command::Actor};
use serde_json::json;

use super::world::{World, name, refused, world};

/// A deal in a territory, for `by: role(…)` and for `in this.FIELD`.
const DEAL: &str = "
# definitions/x/user.object.yaml
object: user
extend: true
fields: {desk: {type: text, unique: true}}
# definitions/x/deal.object.yaml
object: deal
fields:
  territory: {type: ref, to: territory}
  department: {type: department}
  partner: {type: text}
  free: {type: text}
department: department
partner: partner
# definitions/x/deal.flow.yaml
flow: deal
object: deal
start: open
nodes:
  open: {actions: {approve: {by: [role(seller), role(chief), role(boss)], to: done}}}
  done: {end: {}}
";

fn place(world: &World, tree: &str, code: &str, parent: Option<&str>, head: Option<&str>) -> RecordId {
    world.create(tree, json!({"code": code, "name": code, "parent": parent, "head": head}))
}

fn user(world: &World, login: &str) -> RecordId {
    world.create("user", json!({"login": login, "name": login.to_uppercase()}))
}

/// HQ over west over city; ann heads HQ, bob the west.
fn company() -> World {
    let world = world(DEAL);
    for login in ["ann", "bob", "cat", "dan"] {
        user(&world, login);
    }
    for tree in ["department", "territory", "product_line", "partner"] {
        place(&world, tree, "hq", None, Some("ann"));
        place(&world, tree, "west", Some("hq"), Some("bob"));
        place(&world, tree, "city", Some("west"), None);
        place(&world, tree, "east", Some("hq"), None);
    }
    world
}

fn holders(world: &World, role: &str, places: &[(&'static str, &str)]) -> Vec<String> {
    let places = places.iter().map(|(tree, code)| (*tree, (*code).to_owned())).collect();
    let found = world.book.holders(name(role), &Where::Places(places)).unwrap();
    found.into_iter().map(|holder| holder.login).collect()
}

#[test]
fn a_department_position_covers_those_below_only_when_it_says_so() {
    let world = company();
    world.create("position", json!({"user": "ann", "role": "chief", "department": "west"}));
    world.create("position", json!({"user": "bob", "role": "chief", "department": "west", "with_below": true}));
    world.create("position", json!({"user": "cat", "role": "chief"}));
    assert_eq!(holders(&world, "chief", &[("department", "west")]), ["ann", "bob", "cat"]);
    assert_eq!(holders(&world, "chief", &[("department", "city")]), ["bob", "cat"]);
    assert_eq!(holders(&world, "chief", &[("department", "east")]), ["cat"]);
    assert_eq!(holders(&world, "chief", &[("department", "hq")]), ["cat"]);
    assert_eq!(holders(&world, "chief", &[]), ["ann", "bob", "cat"]);
}

#[test]
fn other_trees_are_held_with_their_parts_and_every_limit_counts() {
    let world = company();
    for tree in ["territory", "product_line", "partner"] {
        world.create("position", json!({"user": "ann", "role": "seller", tree: "west"}));
        assert_eq!(holders(&world, "seller", &[(tree, "city")]), ["ann"], "{tree}");
        assert_eq!(holders(&world, "seller", &[(tree, "hq")]), [""; 0], "{tree}");
        world.delete("position", world.list("position", &json!({}), "", 1).records[0].id);
    }
    world.create("position", json!({"user": "ann", "role": "seller", "territory": "west", "partner": "east"}));
    assert_eq!(holders(&world, "seller", &[("territory", "city"), ("partner", "east")]), ["ann"]);
    assert_eq!(holders(&world, "seller", &[("territory", "city"), ("partner", "west")]), [""; 0]);
    let nowhere = world.book.holders(name("seller"), &Where::Places(vec![("partner", "mars".to_owned())]));
    assert!(nowhere.is_err());
}

#[test]
fn a_field_of_a_record_says_where() {
    let world = company();
    world.create("position", json!({"user": "ann", "role": "seller", "territory": "west"}));
    world.create("position", json!({"user": "bob", "role": "seller", "department": "east", "partner": "east"}));
    let values = json!({"territory": "city", "department": "east", "partner": "city", "free": "west"});
    let id = world.create("deal", values);
    let at = |field: &str| {
        let at = Where::Field { object: name("deal"), id, field: name(field) };
        let found = world.book.holders(name("seller"), &at).unwrap();
        found.into_iter().map(|holder| holder.login).collect::<Vec<_>>()
    };
    assert_eq!(at("territory"), ["ann", "bob"]);
    assert_eq!(at("department"), ["ann", "bob"]);
    assert_eq!(at("partner"), ["ann"]);
    assert_eq!(at("free"), [""; 0], "a text that is no place");
    world.update("deal", id, json!({"territory": null, "department": "nothing"}));
    assert_eq!(at("territory"), [""; 0], "an empty field is nowhere");
    assert_eq!(at("department"), [""; 0], "a code that nothing has is nowhere");
}

#[test]
fn positions_have_days_and_users_leave() {
    let world = company();
    world.create("position", json!({"user": "ann", "role": "seller", "from": "2026-03-02", "to": "2026-03-02"}));
    world.create("position", json!({"user": "bob", "role": "seller", "from": "2026-03-03"}));
    world.create("position", json!({"user": "cat", "role": "seller", "to": "2026-03-01"}));
    assert_eq!(holders(&world, "seller", &[]), ["ann"]);
    world.later(24 * 3600);
    assert_eq!(holders(&world, "seller", &[]), ["bob"]);
    let bob = world.book.resolve(name("user"), &json!("bob")).unwrap().unwrap();
    world.update("user", bob, json!({"active": false}));
    assert_eq!(holders(&world, "seller", &[]), [""; 0]);
    assert!(world.book.person("bob", None).unwrap().roles.is_empty());
}

#[test]
fn roles_are_those_given_and_those_of_the_positions() {
    let mut world = company();
    world.create("position", json!({"user": "ann", "role": "seller"}));
    let ids: Vec<_> = (0..3).map(|_| world.create("deal", json!({}))).collect();
    world.be("bob");
    assert_eq!(refused(world.try_act("deal", ids[0], "approve", json!(null))), "not-allowed");
    world.be("bob boss").act("deal", ids[0], "approve");
    world.be("ann").act("deal", ids[1], "approve");
    let seller = world.list("position", &json!({"user": "ann"}), "", 1).records[0].id;
    world.update("position", seller, json!({"to": "2026-03-02"}));
    world.later(24 * 3600);
    assert_eq!(refused(world.try_act("deal", ids[2], "approve", json!(null))), "not-allowed");
}

#[test]
fn supervisors_come_from_the_position_the_user_or_the_department() {
    let world = company();
    let up = |login: &str| world.book.person(login, None).unwrap().supervisors;
    world.create("position", json!({"user": "dan", "role": "seller", "department": "city"}));
    world.create("position", json!({"user": "bob", "role": "chief", "department": "west", "main": true}));
    world.create("position", json!({"user": "ann", "role": "boss", "department": "hq"}));
    assert_eq!(up("dan"), ["bob", "ann"], "nobody heads the city, bob heads the west and is not above himself");
    let dan = world.book.resolve(name("user"), &json!("dan")).unwrap().unwrap();
    world.update("user", dan, json!({"supervisor": "cat"}));
    assert_eq!(up("dan"), ["cat"]);
    world.create("position", json!({"user": "dan", "role": "seller", "main": true, "supervisor": "bob"}));
    let person = world.book.person("dan", None).unwrap();
    assert_eq!((person.supervisor.as_deref(), person.supervisors), (Some("bob"), vec!["bob".into(), "ann".into()]));
    assert_eq!(world.book.person("dan", Some(name("chief"))).unwrap().supervisors, ["bob"]);
    assert_eq!(world.book.person("dan", Some(name("nobody_is"))).unwrap().supervisors, ["bob", "ann"]);
    let ann = world.book.resolve(name("user"), &json!("ann")).unwrap().unwrap();
    world.update("user", ann, json!({"supervisor": "dan"}));
    assert_eq!(up("dan"), ["bob", "ann"], "going round ends");
    assert_eq!(up("nobody"), [""; 0]);
}

#[test]
fn whoever_is_away_is_stood_in_for() {
    let world = company();
    let stand_in = |login: &str| world.book.person(login, None).unwrap().stand_in;
    world.create("absence", json!({"user": "ann", "from": "2026-03-02", "to": "2026-03-03", "substitute": "bob"}));
    assert_eq!(stand_in("ann").as_deref(), Some("bob"));
    assert_eq!(stand_in("bob").as_deref(), Some("bob"));
    world.create("absence", json!({"user": "bob", "from": "2026-03-02", "to": "2026-03-02", "substitute": "cat"}));
    assert_eq!(stand_in("ann").as_deref(), Some("cat"));
    world.create("absence", json!({"user": "cat", "from": "2026-03-02", "to": "2026-03-02", "substitute": "ann"}));
    assert_eq!(stand_in("ann"), None, "all of them are away");
    world.later(24 * 3600);
    assert_eq!(stand_in("ann").as_deref(), Some("bob"));
    let bob = world.book.resolve(name("user"), &json!("bob")).unwrap().unwrap();
    world.update("user", bob, json!({"active": false}));
    assert_eq!(stand_in("ann"), None);
    world.later(24 * 3600);
    assert_eq!(stand_in("ann").as_deref(), Some("ann"));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let world = company();
    assert_eq!(refused(world.try_create("user", json!({"login": "ann", "name": "x"}))), "duplicate-key@login");
    assert_eq!(refused(world.try_create("user", json!({"name": "x"}))), "required@login");
    let selfish = json!({"login": "eve", "name": "Eve", "supervisor": "eve"});
    assert_eq!(refused(world.try_create("user", selfish)), "check-failed@supervisor");
    assert_eq!(refused(world.try_create("position", json!({"user": "zed", "role": "seller"}))), "check-failed@user");
    let days = json!({"user": "ann", "role": "seller", "from": "2026-03-02", "to": "2026-03-01"});
    assert_eq!(refused(world.try_create("position", days)), "check-failed@to");
    let hq = world.book.resolve(name("department"), &json!({"code": "hq"})).unwrap().unwrap();
    assert_eq!(refused(world.try_update("department", hq, json!({"parent": {"code": "city"}}))), "tree-cycle@parent");
    let own = json!({"user": "ann", "from": "2026-03-02", "to": "2026-03-02", "substitute": "ann"});
    assert_eq!(refused(world.try_create("absence", own)), "check-failed@substitute");
    let proxy = json!({"principal": "ann", "agent": "ann", "from": "2026-03-02", "to": "2026-03-02"});
    assert_eq!(refused(world.try_create("proxy", proxy)), "check-failed@agent");
    let ann = world.book.resolve(name("user"), &json!("ann")).unwrap().unwrap();
    assert_eq!(refused(world.try_update("user", ann, json!({"login": "anna"}))), "fixed-field@login");
    world.update("user", ann, json!({"desk": "D1"}));
    assert_eq!(
        refused(world.try_create("user", json!({"login": "fay", "name": "Fay", "desk": "D1"}))),
        "duplicate-key@desk",
        "a field that the site has added"
    );
    assert_eq!(world.book.offered(&Actor::system(), name("user"), ann).unwrap(), []);
    world.verify();
}
