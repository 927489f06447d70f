//! Queues: who may own work, to whom it is given, what people do with it, and who was responsible when.

mod breach;
mod hours;
mod list;
mod random;
mod scenario;

use formwork_model::{id::RecordId, record::Record, timer::Timer};
use formwork_runtime::{
    approval::centre::Asked,
    book::Task,
    command::{Actor, Outcome, Request},
    queue::Operation,
    rejection::Refusal,
};
use formwork_store::table::task::List;
use serde_json::{Value as Json, json};

use super::world::{World, name, refused, world};

const TICKETS: &str = "
# definitions/x/ticket.object.yaml
object: ticket
title: name
owner: agent
fields:
  name: {type: text}
  agent: {type: user}
  friend: {type: user}
  area: {type: ref, to: territory}
  skill: {type: text}
  queue: {type: text, default: first}
# definitions/x/ticket.flow.yaml
flow: ticket
object: ticket
start: new
nodes:
  new: {run: {set: {name: = this.name}}, to: queued}
  queued:
    queue: {name: = this.queue, skill: this.skill, prefer: friend, in: area}
    actions:
      accept: {by: member, to: working}
      comment: {by: assignee}
      drop: {to: closed}
  working:
    queue: {name: first, keep: true}
    actions: {done: {by: assignee, to: closed}, again: {to: queued}, fork: {to: [checking, asked]}}
  checking: {queue: {name: first, keep: true}, actions: {done: {by: assignee, to: closed}}}
  asked: {queue: {name: first, keep: true}, actions: {answered: {to: closed}}}
  closed: {end: {}}
# definitions/x/first.queue.yaml
queue: first
next: second
members: [{user: ann, limit: 2}, {user: bob}, {role: agent}]
manager: [boss]
# definitions/x/second.queue.yaml
queue: second
level: 2
next: third
members: [{user: cat}, {user: dan}]
manager: role(chief)
assign: least_loaded
# definitions/x/third.queue.yaml
queue: third
level: 3
members: [{user: eve, weight: 3}, {user: fay}]
assign: weighted
# definitions/x/turns.queue.yaml
queue: turns
members: [{user: ann}, {user: bob}, {user: cat, limit: 1}]
manager: boss
assign: round_robin
";

fn ticket(world: &World, values: Json) -> RecordId {
    world.create("ticket", values)
}

fn try_work(world: &World, id: RecordId, operation: Operation) -> Result<Outcome, Refusal> {
    let mut command = world.command(Request::Work {
        object: name("ticket"),
        id,
        rev: None,
        token: None,
        operation: operation.clone(),
    });
    if operation == Operation::Escalate {
        command = command.because("it burns");
    }
    world.book.run(command)
}

#[track_caller]
fn work(world: &World, id: RecordId, operation: Operation) {
    try_work(world, id, operation).unwrap();
}

fn to(login: &str) -> Operation {
    Operation::Assign { to: login.into() }
}

#[track_caller]
fn only(world: &World, id: RecordId) -> Task {
    let mut tasks = world.book.work_at(name("ticket"), id).unwrap();
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    tasks.remove(0)
}

/// `queue owner`, and what the owner field says.
#[track_caller]
fn place(world: &World, id: RecordId) -> String {
    let work = only(world, id).work;
    let owner = work.assignee.as_deref().unwrap_or("nobody").to_owned();
    assert_eq!(world.text("ticket", id, "agent"), if owner == "nobody" { "" } else { &owner });
    format!("{} {owner}", work.queue)
}

/// What somebody has to do: `type record`, in the order of the list, which is as long as its count says.
#[track_caller]
fn todo(world: &World, login: &str) -> Vec<String> {
    let actor = Actor::new(login, world.actor.roles.iter().copied());
    let asked = Asked { list: List::Todo, flow: None, kind: None, limit: 50, after: None };
    let page = world.book.tasks(&actor, &asked).unwrap();
    assert_eq!(world.book.task_counts(&actor).unwrap().todo, page.tasks.len());
    let word = |task: &Json, key: &str| task[key].as_str().unwrap().to_owned();
    page.tasks.iter().map(|task| format!("{} {}", word(task, "type"), word(task, "record"))).collect()
}

#[test]
fn work_waits_for_a_claim_by_a_member() {
    let mut world = world(TICKETS);
    let id = ticket(&world, json!({"agent": "tester"}));
    assert_eq!(place(&world, id), "first nobody", "whoever owned it before does not");
    assert_eq!(world.book.queue(name("first"), 9).unwrap().tasks[0].id, id);
    assert_eq!(refused(try_work(&world, id, Operation::Claim)), "not-allowed");
    world.be("ann");
    work(&world, id, Operation::Claim);
    assert_eq!(place(&world, id), "first ann");
    assert_eq!(todo(&world, "ann"), [format!("work {id}")]);
    assert_eq!(world.book.queue(name("first"), 9).unwrap().tasks, []);
    assert_eq!(refused(try_work(&world, id, Operation::Claim)), "already-owned");
    world.be("bob");
    assert_eq!(refused(try_work(&world, id, Operation::Claim)), "already-owned");
    assert_eq!(refused(try_work(&world, id, Operation::Release)), "not-allowed");
    world.be("ann");
    work(&world, id, Operation::Release);
    assert_eq!(place(&world, id), "first nobody");
    assert_eq!(refused(try_work(&world, id, Operation::Release)), "not-owned");
    world.act("ticket", id, "drop");
    assert_eq!(refused(try_work(&world, id, Operation::Claim)), "not-in-queue");
    world.verify();
}

#[test]
fn actions_know_members_and_the_owner() {
    let mut world = world(TICKETS);
    let id = ticket(&world, json!({}));
    assert_eq!(world.possible("ticket", id), ["drop"]);
    assert_eq!(refused(world.try_act("ticket", id, "accept", json!(null))), "not-allowed");
    assert_eq!(world.be("bob").possible("ticket", id), ["accept", "drop"]);
    world.act("ticket", id, "accept");
    assert_eq!(place(&world, id), "first bob", "the action claimed it, and it is kept in the next state");
    assert_eq!(world.possible("ticket", id), ["again", "done", "fork"]);
    assert_eq!(world.be("ann").possible("ticket", id), ["again", "fork"]);
    world.act("ticket", id, "again");
    assert_eq!(place(&world, id), "first nobody", "a queue without `keep` begins anew");
    work(&world, id, Operation::Claim);
    assert_eq!(world.possible("ticket", id), ["accept", "comment", "drop"]);
    assert_eq!(world.be("bob").possible("ticket", id), ["drop"], "somebody else owns it");
    world.be("ann").act("ticket", id, "accept");
    world.act("ticket", id, "fork");
    assert_eq!(world.book.work_at(name("ticket"), id).unwrap().len(), 2);
    assert_eq!(refused(try_work(&world, id, Operation::Release)), "ambiguous-action@token");
    world.act("ticket", id, "answered");
    world.act("ticket", id, "done");
    assert_eq!((world.state("ticket", id), world.text("ticket", id, "agent")), ("closed".into(), "ann".into()));
    world.verify();
}

#[test]
fn a_limit_is_never_exceeded() {
    let mut world = world(TICKETS);
    let ids: Vec<_> = (0..3).map(|_| ticket(&world, json!({}))).collect();
    world.be("ann");
    work(&world, ids[0], Operation::Claim);
    work(&world, ids[1], Operation::Claim);
    assert_eq!(refused(try_work(&world, ids[2], Operation::Claim)), "queue-limit");
    assert_eq!(refused(world.try_act("ticket", ids[2], "accept", json!(null))), "queue-limit");
    assert_eq!(world.possible("ticket", ids[2]), ["drop"]);
    world.be("boss");
    assert_eq!(refused(try_work(&world, ids[2], to("ann"))), "queue-limit");
    work(&world, ids[0], Operation::Release);
    work(&world, ids[2], to("ann"));
    let load = &world.book.queue(name("first"), 9).unwrap().members[0];
    assert_eq!((load.login.as_str(), load.owned, load.limit, load.absent), ("ann", 2, Some(2), false));
}

#[test]
fn managers_assign_to_members_who_are_there() {
    let mut world = world(TICKETS);
    for login in ["ann", "bob"] {
        world.create("user", json!({"login": login, "name": login}));
    }
    let id = ticket(&world, json!({}));
    world.be("ann");
    assert_eq!(refused(try_work(&world, id, to("bob"))), "not-allowed");
    world.be("boss");
    assert_eq!(refused(try_work(&world, id, to("mo"))), "not-a-member@to");
    let changes = world.book.run_full(world.command(Request::Work {
        object: name("ticket"),
        id,
        rev: None,
        token: None,
        operation: to("bob"),
    }));
    assert_eq!(changes.unwrap().notified, ["bob"]);
    assert_eq!(refused(try_work(&world, id, to("bob"))), "already-owned");
    let away = json!({"user": "ann", "from": "2026-03-02", "to": "2026-03-02"});
    let absence = world.create("absence", away);
    assert_eq!(refused(try_work(&world, id, to("ann"))), "member-absent@to");
    work(&world, id, Operation::Release);
    world.update("absence", absence, json!({"substitute": "bob"}));
    work(&world, id, to("ann"));
    assert_eq!(place(&world, id), "first bob", "who stands in gets it");
    world.create("absence", json!({"user": "bob", "from": "2026-03-02", "to": "2026-03-02", "substitute": "mo"}));
    let outcome = world.be("mo").try_act("ticket", id, "comment", json!(null)).unwrap();
    let entry = &world.book.history(name("ticket"), id, None, 1).unwrap()[0];
    assert_eq!((entry.seq, entry.on_behalf_of.as_deref()), (outcome.seq, Some("bob")), "mo for bob");
    world.update("user", user(&world, "ann"), json!({"active": false}));
    assert_eq!(refused(try_work(world.be("boss"), id, to("ann"))), "not-a-member@to");
}

fn user(world: &World, login: &str) -> RecordId {
    world.book.resolve(name("user"), &json!({"login": login})).unwrap().unwrap()
}

#[test]
fn escalation_moves_up_and_remembers() {
    let mut world = world(TICKETS);
    let id = ticket(&world, json!({"name": "fire"}));
    world.later(60);
    world.be("ann");
    work(&world, id, Operation::Claim);
    world.later(60);
    let command = world.command(Request::Work {
        object: name("ticket"),
        id,
        rev: None,
        token: None,
        operation: Operation::Escalate,
    });
    assert_eq!(refused(world.book.run(command.clone())), "required@reason");
    let changes = world.book.run_full(command.because("too hot")).unwrap();
    assert_eq!(changes.notified, ["cat", "dan", "cat"], "the members, and who it was given to");
    assert_eq!(place(&world, id), "second cat");
    let task = only(&world, id).work;
    assert_eq!((task.escalations, task.readers), (1, vec!["ann".into()]));
    assert_eq!(refused(try_work(&world, id, Operation::Escalate)), "not-allowed", "ann is no member there");
    world.later(60);
    world.be("mia chief");
    work(&world, id, Operation::Escalate);
    assert_eq!(place(&world, id), "third eve");
    assert_eq!(only(&world, id).work.readers, ["ann".into(), "cat".into()]);
    assert_eq!(refused(try_work(world.be("eve"), id, Operation::Escalate)), "no-next-queue");
    world.later(60);
    world.act("ticket", id, "drop");
    let periods: Vec<_> = world
        .book
        .responsible(name("ticket"), id)
        .unwrap()
        .into_iter()
        .map(|period| {
            let minutes = |at: jiff::Timestamp| (at.as_second() - 1_772_413_200) / 60;
            let who = period.assignee.unwrap_or_else(|| "nobody".into());
            format!("{} {who} {}-{}", period.queue, minutes(period.from), minutes(period.to.unwrap()))
        })
        .collect();
    assert_eq!(periods, ["first nobody 0-1", "first ann 1-2", "second cat 2-3", "third eve 3-4"]);
    world.verify();
}

#[test]
fn the_owner_field_is_the_queues() {
    let mut world = world(TICKETS);
    let id = ticket(&world, json!({}));
    assert_eq!(refused(world.try_update("ticket", id, json!({"agent": "bob"}))), "owned-by-queue@agent");
    work(world.be("ann"), id, Operation::Claim);
    assert_eq!(refused(world.try_update("ticket", id, json!({"agent": null}))), "owned-by-queue@agent");
    world.update("ticket", id, json!({"name": "other"}));
    world.act("ticket", id, "drop");
    world.update("ticket", id, json!({"agent": "mo"}));
    assert_eq!(refused(world.try_create("ticket", json!({"queue": "nowhere"}))), "unknown-queue");
}

#[test]
fn preferred_members_and_skills_come_first() {
    let mut world = world(TICKETS);
    for login in ["ann", "bob", "cat", "dan"] {
        world.create("user", json!({"login": login, "name": login}));
    }
    world.create("skill", json!({"code": "motor", "name": "Motor"}));
    world.update("user", user(&world, "dan"), json!({"skills": ["motor"]}));
    let given = |values: Json| place(&world, ticket(&world, values));
    assert_eq!(given(json!({"friend": "bob"})), "first bob", "also where nothing is given otherwise");
    assert_eq!(given(json!({"friend": "mo"})), "first nobody");
    assert_eq!(given(json!({"queue": "second", "skill": "motor"})), "second dan");
    assert_eq!(given(json!({"queue": "second"})), "second cat", "who owns least");
    assert_eq!(given(json!({"queue": "second"})), "second dan", "of two, who has waited longer");
    assert_eq!(given(json!({"queue": "second", "skill": "wings"})), "second nobody");
    world.create("absence", json!({"user": "bob", "from": "2026-03-02", "to": "2026-03-02", "substitute": "ann"}));
    assert_eq!(place(&world, ticket(&world, json!({"friend": "bob"}))), "first ann");
    world.be("boss");
}

#[test]
fn members_by_a_role_hold_it_where_the_record_is() {
    let mut world = world(TICKETS);
    world.create("territory", json!({"code": "west", "name": "West"}));
    world.create("territory", json!({"code": "east", "name": "East"}));
    world.create("user", json!({"login": "gil", "name": "Gil"}));
    world.create("position", json!({"user": "gil", "role": "agent", "territory": "west"}));
    let (west, east, any) =
        (ticket(&world, json!({"area": "west"})), ticket(&world, json!({"area": "east"})), ticket(&world, json!({})));
    world.be("gil");
    work(&world, west, Operation::Claim);
    assert_eq!(refused(try_work(&world, east, Operation::Claim)), "not-allowed");
    work(&world, any, Operation::Claim);
}

#[test]
fn turns_are_fair_and_weights_count() {
    let world = world(TICKETS);
    let owners = |queue: &str, n: usize| {
        let mut owners = std::collections::BTreeMap::<String, usize>::new();
        for _ in 0..n {
            let place = place(&world, ticket(&world, json!({"queue": queue})));
            *owners.entry(place.split(' ').nth(1).unwrap().to_owned()).or_default() += 1;
        }
        owners.into_iter().map(|(login, n)| format!("{login} {n}")).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(owners("third", 8), "eve 6, fay 2");
    assert_eq!(owners("turns", 7), "ann 3, bob 3, cat 1", "cat has enough after one");
}

/// Working hours from 8:30 to 12 and 13:30 to 17:30; the world begins on a Monday at nine.
const CLOCKS: &str = "
# definitions/x.book.yaml
book: x
access: open
calendar: office
# definitions/x/office.calendar.yaml
calendar: office
week: {mon: [08:30-12:00, 13:30-17:30], tue: [08:30-12:00, 13:30-17:30]}
# definitions/x/ticket.object.yaml
object: ticket
title: name
owner: agent
fields: {name: {type: text}, agent: {type: user}, short: {type: boolean}}
# definitions/x/ticket.flow.yaml
flow: ticket
object: ticket
start: queued
nodes:
  queued:
    queue: {name: first, accept: '= if this.short == true { \"1h\" } else { \"\" }'}
    timers: {reply: {after: 4h, to: late}}
    actions: {wait: {to: waiting}}
  waiting:
    queue: {name: first, keep: true, accept: 30m}
    actions: {back: {to: queued}}
  late: {end: {}}
# definitions/x/first.queue.yaml
queue: first
next: second
members: [{user: ann}]
accept: 2 working hours
# definitions/x/second.queue.yaml
queue: second
level: 2
members: [{user: cat}]
manager: boss
accept: 1 working hours
";

fn accept(record: &Record) -> Option<&Timer> {
    record.timers.iter().find(|timer| timer.name == "accept")
}

/// Fires what is due now, as the book's clock does.
fn fire(world: &World) -> usize {
    let due = world.book.due(world.book.now(), 10, |_| false).unwrap();
    for due in &due {
        world.book.run(due.command()).unwrap();
    }
    due.len()
}

#[test]
fn what_nobody_takes_in_time_goes_up_and_keeps_its_other_clocks() {
    let mut world = world(&CLOCKS.replace("accept: '= if this.short == true { \"1h\" } else { \"\" }'", "keep: false"));
    let id = ticket(&world, json!({}));
    let due = |world: &World| only(world, id).due.map(|due| due.to_string()).unwrap_or_default();
    assert_eq!(due(&world), "2026-03-02T03:00:00Z", "eleven o'clock");
    world.later(3600);
    assert_eq!(fire(&world), 0);
    work(world.be("ann"), id, Operation::Claim);
    assert_eq!(due(&world), "", "owned in time");
    work(&world, id, Operation::Release);
    assert_eq!(due(&world), "2026-03-02T04:00:00Z", "given back, it waits anew");
    world.later(2 * 3600);
    let reply = world.get("ticket", id).timers.iter().find(|timer| timer.name == "reply").unwrap().clone();
    assert_eq!(fire(&world), 1);
    assert_eq!(place(&world, id), "second nobody");
    assert_eq!(due(&world), "2026-03-02T06:30:00Z", "one working hour over lunch");
    assert!(world.get("ticket", id).timers.contains(&reply), "the other clock goes on");
    world.later(2 * 3600);
    world.later(1800);
    let changes = world.book.due(world.book.now(), 10, |_| false).unwrap();
    let last = changes.iter().find(|due| Some(due.timer) == accept(&world.get("ticket", id)).map(|timer| timer.id));
    let told = world.book.run_full(last.unwrap().command()).unwrap();
    assert_eq!(told.notified, ["boss"], "there is no queue above");
    assert_eq!(place(&world, id), "second nobody");
    fire(&world);
    assert_eq!(world.get("ticket", id).timers, [], "the record has moved on");
    world.verify();
}

#[test]
fn the_state_can_say_how_long_work_may_wait() {
    let world = world(CLOCKS);
    let (long, short) = (ticket(&world, json!({})), ticket(&world, json!({"short": true})));
    assert!(accept(&world.get("ticket", long)).is_none(), "an empty length is none");
    assert_eq!(only(&world, short).due.unwrap().to_string(), "2026-03-02T02:00:00Z");
    world.act("ticket", short, "wait");
    assert_eq!(only(&world, short).due.unwrap().to_string(), "2026-03-02T01:30:00Z", "counted anew in the next state");
    let order: Vec<_> = world.book.queue(name("first"), 9).unwrap().tasks.iter().map(|task| task.id).collect();
    assert_eq!(order, [short, long], "what is due first comes first");
    world.verify();
}
