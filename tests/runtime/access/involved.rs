//! Queues and incidents: members see what waits for them, owners what they have to deal with.

use formwork_runtime::{
    command::{IncidentStep, Request},
    incident::Wanted,
    queue::Operation,
    scenario::parse_actor,
};
use serde_json::json;

use super::super::world::{World, name, world};
use super::code;

const DESK: &str = "
# definitions/desk.book.yaml
book: desk
incidents: role(fixer)
# definitions/x/call.object.yaml
object: call
label: Call
title: what
owner: agent
fields:
  what:  {type: text, label: What}
  agent: {type: user, label: Agent}
  cost:  {type: integer, label: Cost}
# definitions/x/call.flow.yaml
flow: call
label: Call
object: call
start: open
nodes:
  open:
    label: Open
    queue: desk
    timers: {late: {after: 1h, run: '= this.cost = 1 / 0'}}
    actions: {close: {label: Close, to: closed}}
  closed: {label: Closed, end: {}}
# definitions/x/desk.queue.yaml
queue: desk
label: Desk
members: [{user: kim}, {user: lou}]
manager: boss
# definitions/x/fixer.role.yaml
role: fixer
label: Fixer
grants:
  none: {on: call, may: read, rows: {where: {what: nothing}}}
# definitions/x/looker.role.yaml
role: looker
label: Looker
may: [incidents, queues]
grants:
  none: {on: call, may: read, rows: {where: {what: nothing}}}
# definitions/x/agent.role.yaml
role: agent
label: Agent
grants:
  own: {on: call, may: [read, update, act], rows: own}
";

fn desk() -> (World, formwork_model::id::RecordId) {
    let mut world = world(DESK);
    world.actor = parse_actor("root").unlimited();
    let id = world.create("call", json!({"what": "printer", "cost": 3}));
    (world, id)
}

fn sees(world: &World, who: &str, id: formwork_model::id::RecordId) -> bool {
    let actor = parse_actor(who);
    world.book.eyes(&actor).get(name("call"), id).is_ok()
}

#[test]
fn members_see_what_waits_for_them_and_owners_what_is_theirs() {
    let (mut world, id) = desk();
    let work = |operation: Operation| Request::Work { object: name("call"), id, rev: None, token: None, operation };
    assert!(sees(&world, "kim", id) && sees(&world, "lou", id) && sees(&world, "boss", id));
    assert!(!sees(&world, "ann", id) && !sees(&world, "ann agent", id));
    let waiting = |who: &str| {
        let actor = parse_actor(who);
        world.book.eyes(&actor).queue(name("desk"), 10).map(|waiting| waiting.tasks.len())
    };
    assert_eq!((waiting("kim").unwrap(), waiting("boss").unwrap()), (1, 1));
    assert_eq!(code(&waiting("ann").unwrap_err()), "unknown-queue");
    // A right shows the queue, not the records in it.
    assert_eq!(waiting("ann looker").unwrap(), 0);
    world.be("ann");
    assert_eq!(super::why_not(world.run(work(Operation::Claim))), "no-such-record");
    world.be("kim");
    world.run(work(Operation::Claim)).unwrap();
    assert!(sees(&world, "kim", id) && sees(&world, "boss", id));
    assert!(!sees(&world, "lou", id), "it is somebody else's work now");
    // What the queue allows is not what a grant allows.
    assert_eq!(super::why_not(world.try_update("call", id, json!({"cost": 1}))), "not-allowed");
    world.be("kim agent");
    world.update("call", id, json!({"cost": 1}));
    assert_eq!(world.possible("call", id), ["close"]);
}

#[test]
fn incidents_are_for_those_who_deal_with_them() {
    let (mut world, _) = desk();
    world.later(3700);
    world
        .book
        .run(formwork_runtime::command::Command::new(formwork_runtime::command::Actor::system(), {
            let due = world.book.due(world.book.now(), 10, |_| false).unwrap();
            let due = &due[0];
            Request::Fire { object: due.object, id: due.id, timer: due.timer }
        }))
        .unwrap();
    let wanted = || Wanted { limit: 10, ..Wanted::default() };
    let listed = |who: &str| {
        let actor = parse_actor(who);
        world.book.eyes(&actor).incidents(wanted()).unwrap().len()
    };
    assert_eq!([listed("ann"), listed("ann agent"), listed("ann fixer"), listed("ann looker")], [0, 0, 1, 1]);
    let id = world.book.incidents(&wanted()).unwrap()[0].id;
    for (who, seen) in [("ann", false), ("ann fixer", true), ("ann looker", true)] {
        let actor = parse_actor(who);
        assert_eq!(world.book.eyes(&actor).incident(id).is_ok(), seen, "{who}");
    }
    // The cause quotes what the record held: only whoever sees all of it is told.
    let cause = |who: &str| {
        let actor = parse_actor(who).unlimited();
        let limited = parse_actor(who);
        let told = world.book.eyes(&limited).incident(id).unwrap().cause.en;
        (told, world.book.eyes(&actor).incident(id).unwrap().cause.en)
    };
    let (told, whole) = cause("ann fixer");
    assert!(told.contains("may quote") && whole.contains("zero"), "{told} / {whole}");
    assert_eq!(world.book.eyes(&parse_actor("ann fixer")).incidents(wanted()).unwrap()[0].cause.en, told);
    world.be("ann");
    let step = IncidentStep::Retry;
    assert_eq!(super::why_not(world.run(Request::Incident { id, step })), "no-such-incident");
}
