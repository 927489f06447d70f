//! Why somebody may, who may, and taking records out.

use formwork_catalog::role::Action;
use formwork_definition::kind::role::May;
use formwork_runtime::{access::Verdict, query::Query, scenario::parse_actor};
use serde_json::json;

use super::{World, client, code, name, office};

const READ: Action = Action::May(May::Read);
const UPDATE: Action = Action::May(May::Update);

fn verdicts(world: &World, id: formwork_model::id::RecordId, action: Action, field: Option<&str>) -> Vec<Verdict> {
    let why =
        world.book.why(&world.actor, (name("client"), id), action, field.map(|field| name(field).into())).unwrap();
    why.grants.iter().map(|asked| asked.verdict).collect()
}

#[test]
fn every_grant_says_why_it_covers_or_does_not() {
    let mut world = office();
    let unit = client(&world, "unit", "zoe", "A", 2);
    world.be("ann");
    assert_eq!(verdicts(&world, unit, READ, None), [Verdict::Row, Verdict::Covers]);
    assert_eq!(verdicts(&world, unit, READ, Some("cost")), [Verdict::Row, Verdict::Hidden]);
    assert_eq!(verdicts(&world, unit, READ, Some("phone")), [Verdict::Row, Verdict::Masked]);
    assert_eq!(verdicts(&world, unit, UPDATE, None), [Verdict::Row, Verdict::Action]);
    world.be("lea");
    assert_eq!(verdicts(&world, unit, UPDATE, Some("note")), [Verdict::Fixed]);
    assert_eq!(verdicts(&world, unit, UPDATE, Some("name")), [Verdict::Covers]);
    world.be("nobody");
    assert_eq!(verdicts(&world, unit, READ, None), []);
}

#[test]
fn who_may_is_everybody_who_may_and_nobody_else() {
    let world = office();
    let unit = client(&world, "unit", "ann", "B", 2);
    let who = |action, field: Option<&str>| {
        let who = world.book.who((name("client"), unit), action, field.map(|field| name(field).into())).unwrap();
        who.iter().map(|why| why.login.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(who(READ, None), ["ann", "ben", "cat", "hal", "lea"]);
    assert_eq!(who(READ, Some("cost")), ["ann", "hal", "lea"]);
    assert_eq!(who(UPDATE, None), ["ann", "hal", "lea"]);
    assert_eq!(who(UPDATE, Some("note")), ["ann", "hal"]);
    assert_eq!(who(Action::Act(name("close")), None), ["hal"]);
    for login in ["ann", "ben", "cat", "hal", "lea", "may", "joe"] {
        let actor = parse_actor(login);
        let sees = world.book.eyes(&actor).get(name("client"), unit).is_ok();
        assert_eq!(who(READ, None).contains(&login.to_owned()), sees, "{login}");
    }
}

#[test]
fn asking_who_takes_the_right_and_the_record() {
    let mut world = office();
    let hidden = client(&world, "hidden", "zoe", "C", 2);
    for (actor, refused) in
        [("ann", Some("not-allowed")), ("nobody", Some("not-allowed")), ("hal", None), ("cat", None)]
    {
        world.be(actor);
        let eyes = world.book.eyes(&world.actor);
        let said = eyes.why("hal", (name("client"), hidden), READ, None);
        assert_eq!(said.as_ref().err().map(code).as_deref(), refused, "{actor}");
        assert_eq!(eyes.who((name("client"), hidden), READ, None).err().as_ref().map(code).as_deref(), refused);
    }
}

#[test]
fn taking_out_asks_for_itself() {
    let mut world = office();
    client(&world, "own", "ann", "A", 1);
    client(&world, "other", "zoe", "C", 1);
    let filter = formwork_catalog::filter::Filter::And(Vec::new());
    let query = Query { object: name("client"), filter, sort: Vec::new(), limit: 10, after: None };
    let out = |world: &World| world.book.export(&query, &world.actor).map(|page| page.records.len());
    world.be("ann");
    assert_eq!(code(&out(&world).unwrap_err()), "not-allowed");
    world.be("hal");
    assert_eq!(out(&world).unwrap(), 2);
    // Rows and fields are those of the grants that allow taking out, not of others.
    let files = super::FILES.replace(
        "  unit:    {on: client, may: read,",
        "  out:     {on: client, may: export, rows: own, fields: {hidden: cost}}\n  unit:    {on: client, may: read,",
    );
    world.book.activate(super::catalog(&files)).unwrap();
    world.be("ann");
    let page = world.book.export(&query, &world.actor).unwrap();
    assert_eq!(page.records.len(), 1);
    assert_eq!(page.records[0].fields.get(name("cost")).to_string(), "");
    assert_eq!(page.absent, [vec![name("cost").into()]]);
    let seen = super::eye(&world, "client", page.records[0].id).unwrap();
    assert_eq!(seen["cost"], json!(1));
}
