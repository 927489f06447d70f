//! A book in which time passes and other systems speak, decided again from its recorded commands: timers, waits and
//! events, approvals, schedules, incidents, work in queues with clocks, calls, hooks and messages.

use std::{collections::BTreeSet, sync::Arc};

use formwork_model::{
    clock::Clock as _,
    id::RecordId,
    outbox::{Answer, Report, Sending},
};
use formwork_runtime::{
    approval::Operation,
    command::{Actor, Command, IncidentStep, Message, Request},
    incident::Wanted,
    queue,
    replay::Replay,
    scenario::parse_actor,
};
use formwork_store::{key::KeyKind, store::Order};
use serde_json::{Value as Json, json};

use super::world::{World, catalog, name, world};

const SHOP: &str = r#"
# definitions/shop.book.yaml
book: shop
time_zone: Asia/Shanghai
calendar: office
incidents: role(keeper)
channels: {email: {from: shop@example.com, server: MAIL_SERVER}}
# definitions/x/office.calendar.yaml
calendar: office
week: {mon: 09:00-17:00, tue: 09:00-17:00, wed: 09:00-17:00, thu: 09:00-17:00, fri: 09:00-17:00}
records: day_off
# definitions/x/day_off.object.yaml
object: day_off
fields: {day: {type: date}, works: {type: boolean}}
# definitions/x/job.object.yaml
object: job
title: what
owner: agent
number: "J{seq:4}"
fields:
  what:   {type: text, unique: true}
  agent:  {type: user}
  boss:   {type: user}
  erp:    {type: text}
  weight: {type: integer}
  nudged: {type: integer, default: 0}
  seen:   {type: integer, default: 0}
sla:
  resolve:
    until: [done, lost]
    target: 8 working hours
    pause: away
    restart: escalate
    marks:
      - {at: 50%, notify: [{to: '= ["li"]', say: Half of it}]}
      - {at: 100%, escalate: next}
# definitions/x/job.flow.yaml
flow: job
object: job
start: draft
nodes:
  draft: {actions: {send: {to: open}}}
  open:
    queue: first
    timers: {nudge: {after: 1h, every: 2h, set: {nudged: = this.nudged + 1}}}
    actions: {take: {by: member, to: review}, hold: {to: away}}
  away: {wait: {event: back, ttl: 2d, set: {erp: = event.what}}, to: open}
  review:
    approval: [{by: boss}, {by: [cy, di], need: all}]
    remind: 2 working hours
    limit: {after: 16 working hours, then: reject}
    approved: {to: ask}
    rejected: {to: lost}
    returned: {to: draft}
    withdrawn: {to: draft}
  ask:
    call: {connector: mill, request: order, with: {number: = this.what}, set: {erp: = answer.number}}
    to: weigh
    failed: {to: lost}
  weigh: {run: {set: {weight: = this.weight + 1}}, to: rest}
  rest: {wait: {for: 2 working days}, to: done}
  done: {end: {}}
  lost: {end: {}}
# definitions/x/first.queue.yaml
queue: first
next: second
accept: 6 working hours
members: [{user: ann}, {user: bob}]
# definitions/x/second.queue.yaml
queue: second
level: 2
members: [{user: eve}]
assign: round_robin
# definitions/x/mill.connector.yaml
connector: mill
url: https://mill.example.com
secret: MILL_SECRET
owner: role(keeper)
requests: {order: {path: /orders, input: [number], body: '#{n: input.number}'}}
hooks:
  job: {object: job, key: what, set: {what: = body.name, boss: = body.boss, weight: = body.weight}}
# definitions/x/daily.schedule.yaml
schedule: daily
cron: "30 8 * * *"
over: job
where: {state: {not: done}}
set: {seen: = this.seen + 1}
# definitions/x/monthly.schedule.yaml
schedule: monthly
working_day: {day: 2, at: "10:00"}
missed: all
create: {one: {object: job, set: {what: '= "month " + now()', boss: bo}}}
"#;

/// Lets time pass until then; every timer and schedule at its own instant, as the clockwork does.
fn until(world: &World, hours: i64) {
    let target = world.clock.now().checked_add(jiff::SignedDuration::from_hours(hours)).unwrap();
    let mut bad = BTreeSet::new();
    loop {
        world.book.move_timers().unwrap();
        let timer = world.book.next_due(|due| bad.contains(&format!("{due:?}"))).unwrap();
        let schedule = world.book.next_schedule(|name| bad.contains(name.as_str())).unwrap();
        let (at, command, what) = match (timer, schedule) {
            (Some(due), next) if next.is_none_or(|(at, _)| due.at <= at) => {
                (due.at, due.command(), format!("{due:?}"))
            }
            (_, Some((at, name))) => {
                (at, Command::new(Actor::system(), Request::Schedule { schedule: name }), name.to_string())
            }
            _ => break,
        };
        if at > target {
            break;
        }
        world.clock.set(at.max(world.clock.now()));
        if world.book.run(command).is_err() {
            bad.insert(what);
        }
    }
    world.clock.set(target);
}

fn decide(world: &mut World, who: &str, job: RecordId, word: &str, values: Json) {
    let approvals: Vec<_> = world.get("job", job).flows.into_iter().flat_map(|flow| flow.approvals).collect();
    let tasks = approvals.iter().flat_map(|approval| approval.tasks());
    let Some(task) = tasks.filter(|task| *task.login == *who && task.is_open()).map(|task| task.id).next() else {
        panic!("{who} is not asked: {approvals:?}");
    };
    let Json::Object(values) = values else { panic!("no mapping") };
    let operation = Operation::read(word, &values.into_iter().collect()).unwrap();
    world.be(who);
    let mut command = world.command(Request::Decide { object: name("job"), id: job, task, operation });
    command.reason = Some("because".into());
    world.book.run(command).unwrap();
}

fn work(world: &mut World, who: &str, job: RecordId, operation: queue::Operation) {
    world.be(who);
    let mut command =
        world.command(Request::Work { object: name("job"), id: job, rev: None, token: None, operation });
    command.reason = Some("it burns".into());
    world.book.run(command).unwrap();
}

fn report(world: &World, job: RecordId, report: Report) {
    let entries = world.book.outbox(100).unwrap();
    let mine = |entry: &&formwork_model::outbox::Entry| {
        entry.about == Some((name("job"), job)) && matches!(entry.what, Sending::Call { .. })
    };
    let entry = entries.iter().find(mine).unwrap().id;
    world.book.run(Command::new(Actor::system(), Request::Report { entry, report })).unwrap();
}

fn hook(world: &World, id: &str, body: Json) {
    let message = Message { connector: name("mill"), hook: name("job"), id: id.into(), body };
    let once = Some((message.key(), message.fingerprint()));
    let command = |request, idempotency| Command {
        idempotency,
        ..Command::new(Actor::connector(name("mill")), request)
    };
    if let Err(refusal) = world.book.run(command(Request::Receive(message.clone()), once)) {
        let formwork_runtime::rejection::Refusal::Rejected(rejection) = refusal else { panic!("{refusal:?}") };
        let cause = rejection.cause(&world.book.catalog().sources);
        world.book.run(command(Request::Unreadable { message, cause }, None)).unwrap();
    }
}

fn deal(world: &mut World, step: IncidentStep) {
    world.be("kim keeper");
    let open = world.book.incidents(&Wanted { limit: 100, ..Wanted::default() }).unwrap();
    let mut command = world.command(Request::Incident { id: open[0].id, step });
    command.reason = Some("seen to".into());
    world.book.run(command).unwrap();
}

/// Two weeks of it.
fn lived() -> World {
    let mut world = world(SHOP);
    world.be("setup");
    for (login, boss) in [("ann", "bo"), ("bob", "bo"), ("bo", "cy"), ("cy", ""), ("di", ""), ("eve", ""), ("li", "")] {
        let boss = if boss.is_empty() { Json::Null } else { json!(boss) };
        world.create("user", json!({"login": login, "name": login, "supervisor": boss, "email": format!("{login}@example.com")}));
    }
    until(&world, 1);
    let jobs: Vec<RecordId> = (0..6)
        .map(|n| {
            world.be("ann");
            let weight = if n == 1 { Json::Null } else { json!(n) };
            let job = world.create("job", json!({"what": format!("j{n}"), "boss": "bo", "weight": weight}));
            world.act("job", job, "send");
            job
        })
        .collect();
    // The first and the second go all the way; the step after the second's call fails and is mended.
    for job in &jobs[..3] {
        world.be("bob").act("job", *job, "take");
    }
    decide(&mut world, "bo", jobs[0], "approve", json!({}));
    decide(&mut world, "cy", jobs[0], "add", json!({"to": ["eve"], "place": "before"}));
    decide(&mut world, "eve", jobs[0], "approve", json!({}));
    decide(&mut world, "cy", jobs[0], "approve", json!({}));
    decide(&mut world, "di", jobs[0], "transfer", json!({"to": "li"}));
    decide(&mut world, "li", jobs[0], "approve", json!({}));
    report(&world, jobs[0], Report::Failed(formwork_model::text!("no answer", "无应答")));
    until(&world, 1);
    report(&world, jobs[0], Report::Done(Answer { status: 200, body: r#"{"number": "E-1"}"#.into() }));
    decide(&mut world, "bo", jobs[1], "approve", json!({}));
    for who in ["cy", "di"] {
        decide(&mut world, who, jobs[1], "approve", json!({}));
    }
    report(&world, jobs[1], Report::Done(Answer { status: 200, body: r#"{"number": "E-2"}"#.into() }));
    deal(&mut world, IncidentStep::Skip);
    decide(&mut world, "bo", jobs[2], "return", json!({"to": "submitter"}));
    // A pause, an event that ends it, one that nobody waits for, and work that goes up by hand and by itself.
    world.be("ann").act("job", jobs[3], "hold");
    until(&world, 3);
    let data = json!({"what": "rain"}).as_object().cloned().unwrap();
    for job in [jobs[3], jobs[4]] {
        world.run(Request::Event { object: name("job"), id: job, event: name("back"), data: data.clone() }).unwrap();
    }
    work(&mut world, "ann", jobs[4], queue::Operation::Claim);
    work(&mut world, "ann", jobs[4], queue::Operation::Release);
    work(&mut world, "bob", jobs[4], queue::Operation::Escalate);
    world.be("setup").create("day_off", json!({"day": "2026-03-04", "works": false}));
    let away = json!({"user": "eve", "from": "2026-03-05", "to": "2026-03-06", "substitute": "li"});
    world.create("absence", away);
    hook(&world, "m1", json!({"name": "j9", "boss": "bo", "weight": 3}));
    hook(&world, "m2", json!({"name": "j8", "boss": "bo", "weight": "heavy"}));
    deal(&mut world, IncidentStep::Retry);
    deal(&mut world, IncidentStep::Skip);
    until(&world, 100);
    let more = catalog(&SHOP.replace("say: Half of it", "say: Half of the time"));
    world.book.activate(more).unwrap();
    until(&world, 300);
    let user = world.list("user", &json!({"login": "bob"}), "", 1).records[0].id;
    world.be("setup").update("user", user, json!({"active": false}));
    world.run(Request::Tick).unwrap();
    let _root = parse_actor("root");
    world.verify();
    world
}

#[test]
fn everything_that_time_people_and_other_systems_did_is_decided_again_to_the_byte() {
    let world = lived();
    let mut replay = Replay::new(&world.book).unwrap();
    let mut kinds = BTreeSet::new();
    while let Some(step) = replay.step().unwrap() {
        kinds.insert(step.recorded.kind.split(' ').next().unwrap().to_owned());
        if let Some(changes) = &step.changes {
            assert_eq!(changes.entry, step.recorded);
        }
    }
    for kind in ["timer", "event", "schedule", "incident", "retry", "skip", "report", "receive", "queue", "move"] {
        let there = kinds.iter().any(|known| known == kind);
        assert!(there, "{kind} is not in {kinds:?}");
    }
    let again: Vec<_> = replay.world.pairs().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
    let mut book = Vec::new();
    let read = world.book.read(|view| {
        Ok(view.scan(&[], &[0xFF; 64], Order::Forward, &mut |key, value| {
            book.push((key.to_vec(), value.to_vec()));
            std::ops::ControlFlow::Continue(())
        })?)
    });
    read.unwrap();
    assert_eq!(again.len(), book.len());
    for (a, b) in again.iter().zip(&book) {
        assert_eq!(a, b);
    }
    let kinds: BTreeSet<u8> = book.iter().map(|(key, _)| key[0]).collect();
    for kind in [KeyKind::Timer, KeyKind::Task, KeyKind::Queue, KeyKind::Outbox, KeyKind::Incident, KeyKind::Message] {
        assert!(kinds.contains(&kind.number()), "{kind:?} has keys");
    }
    let _catalog: Arc<formwork_catalog::catalog::Catalog> = world.book.catalog();
}
