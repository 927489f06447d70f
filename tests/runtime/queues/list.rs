//! The list of what somebody has to do: approvals and the work they own, by due time, also for who stands in.

use formwork_runtime::queue::Operation;
use serde_json::json;

use super::{
    super::world::{World, name, world},
    todo,
};

const DESK: &str = "
# definitions/x/call.object.yaml
object: call
owner: agent
fields: {agent: {type: user}, hours: {type: duration}}
sla:
  resolve: {until: solved, target: = this.hours, pause: waiting}
# definitions/x/call.flow.yaml
flow: call
object: call
start: open
nodes:
  open:    {queue: first, actions: {solve: {to: solved}, ask: {to: waiting}}}
  waiting: {queue: {name: first, keep: true}, actions: {answered: {to: open}}}
  solved:  {end: {}}
# definitions/x/paper.object.yaml
object: paper
fields: {hours: {type: integer}}
# definitions/x/paper.flow.yaml
flow: paper
object: paper
start: check
nodes:
  check:
    approval: [{by: user(ann)}]
    limit: {after: 3h, then: reject}
    approved: {to: good}
    rejected: {to: bad}
  good: {end: {}}
  bad: {end: {}}
# definitions/x/first.queue.yaml
queue: first
members: [{user: ann}, {user: bob}]
";

fn call(world: &mut World, hours: &str) -> String {
    let id = world.create("call", json!({"hours": hours}));
    world.be("ann");
    let object = name("call");
    let claim =
        formwork_runtime::command::Request::Work { object, id, rev: None, token: None, operation: Operation::Claim };
    world.run(claim).unwrap();
    format!("work {id}")
}

#[test]
fn approvals_and_work_are_one_list_by_due_time() {
    let mut world = world(DESK);
    let (slow, quick) = (call(&mut world, "5h"), call(&mut world, "2h"));
    world.be("tester");
    let paper = world.create("paper", json!({}));
    let paper = format!("approval {paper}");
    assert_eq!(todo(&world, "ann"), [quick.clone(), paper.clone(), slow.clone()]);
    // What is missed stays first; what stands still has no due time and comes last.
    world.later(2 * 3_600);
    super::super::timers::fire(&world);
    assert_eq!(todo(&world, "ann"), [quick.clone(), paper.clone(), slow.clone()]);
    let id = quick.trim_start_matches("work ").parse().unwrap();
    world.act("call", id, "ask");
    assert_eq!(todo(&world, "ann"), [quick.clone(), paper.clone(), slow.clone()], "missed is missed");
    let id = slow.trim_start_matches("work ").parse().unwrap();
    world.act("call", id, "ask");
    assert_eq!(todo(&world, "ann").last(), Some(&slow));
    world.act("call", id, "answered");
    assert_eq!(todo(&world, "ann"), [quick, paper], "back in the queue, nobody owns it");
    world.verify();
}

#[test]
fn who_stands_in_sees_the_work_as_well() {
    let mut world = world(DESK);
    let work = call(&mut world, "2h");
    world.be("tester");
    for login in ["ann", "bob"] {
        world.create("user", json!({"login": login, "name": login}));
    }
    assert_eq!(todo(&world, "bob"), Vec::<String>::new());
    let days = json!({"user": "ann", "from": "2026-03-01", "to": "2026-03-31", "substitute": "bob"});
    world.create("absence", days);
    assert_eq!((todo(&world, "ann"), todo(&world, "bob")), (vec![work.clone()], vec![work]));
}

#[test]
fn the_work_of_who_leaves_goes_back_to_the_queue() {
    let mut world = world(DESK);
    let work = call(&mut world, "2h");
    let id = work.trim_start_matches("work ").parse().unwrap();
    world.be("tester");
    let ann = world.create("user", json!({"login": "ann", "name": "Ann"}));
    assert_eq!(todo(&world, "ann"), [work]);
    world.update("user", ann, json!({"active": false}));
    assert_eq!(todo(&world, "ann"), Vec::<String>::new());
    let works = &world.get("call", id).flows[0].works;
    assert_eq!((works[0].assignee.as_deref(), works[0].queue.as_str()), (None, "first"));
    assert_eq!(world.text("call", id, "agent"), "");
    world.verify();
}
