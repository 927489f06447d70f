//! Clocks: targets by table, pauses, warnings, misses, and the values they keep.

use formwork_model::{clock::Clock as _, id::RecordId};
use serde_json::json;

use super::{
    timers::fire,
    world::{World, refused, world},
};

const SITE: &str = r#"
# definitions/site.book.yaml
book: site
access: open
time_zone: Asia/Shanghai
calendar: office
# definitions/desk/office.calendar.yaml
calendar: office
week:
  mon: [08:30-12:00, 13:30-17:30]
  tue: [08:30-12:00, 13:30-17:30]
  wed: [08:30-12:00, 13:30-17:30]
  thu: [08:30-12:00, 13:30-17:30]
  fri: [08:30-12:00, 13:30-17:30]
days: [days.csv]
records: day_off
# definitions/desk/days.csv
day,works,note
2026-10-01..2026-10-07,no,National Day
2026-10-10,yes,for it
# definitions/desk/day_off.object.yaml
object: day_off
fields:
  day: {type: date}
  works: {type: boolean}
  calendar: {type: text}
# definitions/desk/always.calendar.yaml
calendar: always
always: true
# definitions/desk/target.table.yaml
table: target
object: ticket
hit: U
inputs: {priority: {type: choice, options: [p1, p2, p3]}}
outputs: {response: {type: text}, resolve: {type: text}}
rows:
  - {priority: '"p1"', response: 1 working hour, resolve: 1 working day}
  - {priority: '"p2"', response: 2 working hours, resolve: 16 working hours}
  - {priority: '"p3"', response: 1 working hour, resolve: 5 working days}
# definitions/desk/ticket.object.yaml
object: ticket
owner: owner
fields:
  owner: {type: user}
  priority: {type: choice, options: [p1, p2, p3], default: p2}
  level: {type: integer, default: 1}
  note: {type: text}
sla:
  response:
    until: [working, closed]
    target: = if this.priority == "p3" { () } else { table("target").response }
    marks: [{at: 100%, set: {note: late}, notify: [{to: owner, say: Nobody has answered}]}]
  resolve:
    until: closed
    pause: waiting
    target: = table("target").resolve
    marks:
      - {at: 75%, notify: [{to: owner, say: Hurry}]}
      - {at: 100%, set: {note: missed}}
  reopened:
    from: working
    until: [closed, waiting]
    target: 2h
# definitions/desk/ticket.flow.yaml
flow: ticket
object: ticket
start: open
nodes:
  open:
    timers: {up: {after: 2 working hours, every: 2 working hours, when: this.level < 3, set: {level: = this.level + 1}}}
    actions: {accept: {to: working}}
  working: {actions: {ask: {to: waiting}, solve: {to: closed}}}
  waiting: {actions: {answer: {to: working}}}
  closed: {actions: {reopen: {to: working}, confirm: {to: done}}}
  done: {end: {}}
"#;

fn at(world: &World, time: &str) {
    world.clock.set(format!("2026-{time}+08:00").parse().unwrap());
}

/// Lets time pass until then, firing every timer at its own instant.
fn until(world: &World, time: &str) {
    let target: jiff::Timestamp = format!("2026-{time}+08:00").parse().unwrap();
    while let Some(due) = world.book.next_due(|_| false).unwrap().filter(|due| due.at <= target) {
        world.clock.set(due.at.max(world.clock.now()));
        assert!(world.book.run(due.command()).unwrap().seq > 0);
    }
    world.clock.set(target);
}

fn kept(world: &World, id: RecordId, clock: &str) -> [String; 4] {
    ["due", "state", "paused", "elapsed"].map(|what| {
        let text = world.text("ticket", id, &format!("{clock}_{what}"));
        match text.parse::<jiff::Timestamp>() {
            Ok(at) => {
                let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
                at.to_zoned(zone).strftime("%m-%d %H:%M").to_string()
            }
            Err(_) => text,
        }
    })
}

#[test]
fn a_complaint_over_national_day() {
    let world = world(SITE);
    at(&world, "09-30T16:30");
    let ticket = world.create("ticket", json!({"owner": "zheng"}));
    assert_eq!(kept(&world, ticket, "response"), ["10-08 09:30", "running", "0", ""]);
    assert_eq!(kept(&world, ticket, "resolve"), ["10-09 17:30", "running", "0", ""]);
    // Nobody accepts: one level up at 09:30 and at 11:30; the next would be at 15:00, after lunch.
    until(&world, "10-08T09:29");
    assert_eq!(world.text("ticket", ticket, "level"), "1");
    until(&world, "10-08T09:30");
    assert_eq!(
        (world.text("ticket", ticket, "level"), world.text("ticket", ticket, "note")),
        ("2".into(), "late".into())
    );
    assert_eq!(kept(&world, ticket, "response"), ["10-08 09:30", "missed", "0", ""]);
    until(&world, "10-08T11:30");
    assert_eq!(world.text("ticket", ticket, "level"), "3");
    let up = world.get("ticket", ticket).timers.into_iter().find(|timer| timer.name == "up").unwrap();
    assert_eq!(up.due.unwrap().to_string(), "2026-10-08T07:00:00Z");
    until(&world, "10-08T14:10");
    world.act("ticket", ticket, "accept");
    // 1 hour on the 30th, 3.5 before lunch, 40 minutes after it.
    assert_eq!(kept(&world, ticket, "response"), ["10-08 09:30", "missed", "0", "18600"]);
    until(&world, "10-09T10:00");
    world.act("ticket", ticket, "ask");
    assert_eq!(kept(&world, ticket, "resolve"), ["10-09 17:30", "paused", "0", ""]);
    until(&world, "10-09T14:30");
    world.act("ticket", ticket, "answer");
    assert_eq!(kept(&world, ticket, "resolve"), ["10-10 11:30", "running", "10800", ""]);
    until(&world, "10-10T10:45");
    world.act("ticket", ticket, "solve");
    assert_eq!(kept(&world, ticket, "resolve"), ["10-10 11:30", "met", "10800", "54900"]);
    assert_eq!(world.get("ticket", ticket).timers, []);
    // A clock that begins with a state begins anew with it; one that begins with the record does not.
    world.act("ticket", ticket, "reopen");
    assert_eq!(kept(&world, ticket, "reopened"), ["10-10 12:45", "running", "0", ""]);
    assert_eq!(kept(&world, ticket, "resolve"), ["10-10 11:30", "met", "10800", "54900"]);
    world.verify();
}

#[test]
fn a_clock_warns_and_is_missed_and_says_so_once() {
    let world = world(SITE);
    at(&world, "10-08T08:30");
    let ticket = world.create("ticket", json!({"owner": "li"}));
    world.act("ticket", ticket, "accept");
    assert_eq!(kept(&world, ticket, "response"), ["10-08 10:30", "met", "0", "0"]);
    // Three quarters of sixteen hours.
    let due = |part| {
        let timers = world.get("ticket", ticket).timers;
        let timer = timers.into_iter().find(|timer| timer.name == "resolve" && timer.part == part);
        timer.and_then(|timer| timer.due).unwrap().to_string()
    };
    assert_eq!((due(75), due(0)), ("2026-10-09T06:30:00Z".into(), "2026-10-10T01:30:00Z".into()));
    let messages = |world: &World| world.book.messages("li", 10).unwrap().len();
    until(&world, "10-09T14:29");
    assert_eq!(messages(&world), 0);
    until(&world, "10-09T14:30");
    assert_eq!(messages(&world), 1);
    // Everything late at once: nobody looked for a week.
    at(&world, "10-16T09:00");
    fire(&world);
    assert_eq!(
        (world.text("ticket", ticket, "note"), kept(&world, ticket, "resolve")[1].clone()),
        ("missed".into(), "missed".into())
    );
    world.update("ticket", ticket, json!({"note": "seen"}));
    world.act("ticket", ticket, "ask");
    at(&world, "10-16T10:00");
    world.act("ticket", ticket, "answer");
    world.act("ticket", ticket, "solve");
    // Missed is missed; the pause counts all the same, and nothing is done twice.
    assert_eq!(kept(&world, ticket, "resolve"), ["10-10 09:30", "missed", "3600", "190800"]);
    assert_eq!(world.text("ticket", ticket, "note"), "seen");
    world.verify();
}

#[test]
fn who_comes_late_before_the_timer_does_has_missed_it() {
    let world = world(SITE);
    at(&world, "10-08T08:30");
    let ticket = world.create("ticket", json!({"owner": "li"}));
    at(&world, "10-08T10:30:01");
    world.act("ticket", ticket, "accept");
    assert_eq!(
        (kept(&world, ticket, "response")[1].clone(), world.text("ticket", ticket, "note")),
        ("missed".into(), "late".into())
    );
}

#[test]
fn a_target_follows_what_it_reads_and_may_be_none() {
    let world = world(SITE);
    at(&world, "10-08T08:30");
    let ticket = world.create("ticket", json!({"owner": "li"}));
    world.update("ticket", ticket, json!({"priority": "p1"}));
    assert_eq!(kept(&world, ticket, "response")[0], "10-08 09:30");
    assert_eq!(kept(&world, ticket, "resolve")[0], "10-09 17:30");
    let slow = world.create("ticket", json!({"owner": "li", "priority": "p3"}));
    assert_eq!(kept(&world, slow, "response"), ["", "", "", ""]);
    assert_eq!(
        refused(world.try_update("ticket", slow, json!({"response_state": "met"}))),
        "computed-field@response_state"
    );
    // What a clock keeps is listed like any other field.
    let page = world.list("ticket", &json!({"resolve_state": "running"}), "resolve_due", 10);
    assert_eq!(page.records.len(), 2);
    world.verify();
}

#[test]
fn a_changed_calendar_moves_what_is_open() {
    let world = world(SITE);
    at(&world, "10-08T08:30");
    let tickets: Vec<_> = (0..700).map(|_| world.create("ticket", json!({"owner": "li"}))).collect();
    world.act("ticket", tickets[0], "accept");
    assert_eq!(kept(&world, tickets[1], "resolve")[0], "10-10 09:30");
    let day = world.create("day_off", json!({"day": "2026-10-09", "works": false}));
    world.book.move_timers().unwrap();
    let due = |id| world.get("ticket", id).timers.iter().find(|timer| timer.name == "resolve").unwrap().due;
    let expected = |text: &str| Some(format!("2026-{text}+08:00").parse().unwrap());
    // The 10th is worked, then Monday the 12th.
    for ticket in &tickets {
        assert_eq!(due(*ticket), expected("10-12T09:30"));
    }
    assert_eq!(kept(&world, tickets[1], "resolve")[0], "10-12 09:30");
    world.delete("day_off", day);
    // Another calendar is not meant.
    world.create("day_off", json!({"day": "2026-10-09", "works": false, "calendar": "always"}));
    world.book.move_timers().unwrap();
    for ticket in &tickets {
        assert_eq!(due(*ticket), expected("10-10T09:30"));
    }
    world.verify();
}

#[test]
fn a_timer_that_a_holiday_moved_does_not_fire_before() {
    let world = world(SITE);
    at(&world, "10-08T08:30");
    let ticket = world.create("ticket", json!({"owner": "li"}));
    world.create("day_off", json!({"day": "2026-10-08", "works": false}));
    // Nobody has moved the timers yet.
    at(&world, "10-08T10:30");
    fire(&world);
    assert_eq!(
        (world.text("ticket", ticket, "level"), kept(&world, ticket, "response")[1].clone()),
        ("1".into(), "running".into())
    );
    at(&world, "10-09T10:30");
    fire(&world);
    assert_eq!(
        (world.text("ticket", ticket, "level"), kept(&world, ticket, "response")[1].clone()),
        ("2".into(), "missed".into())
    );
}

#[test]
fn what_stood_still_before_a_miss_is_not_counted_afterwards() {
    let world = world(SITE);
    at(&world, "03-02T09:00:00");
    let id = world.create("ticket", json!({}));
    world.act("ticket", id, "accept");
    until(&world, "03-02T09:30:00");
    world.act("ticket", id, "ask");
    until(&world, "03-02T11:00:00");
    world.act("ticket", id, "answer");
    until(&world, "03-04T14:30:00");
    assert_eq!(kept(&world, id, "resolve"), ["03-04 11:30", "missed", "5400", ""]);
    world.act("ticket", id, "solve");
    assert_eq!(kept(&world, id, "resolve"), ["03-04 11:30", "missed", "5400", "63000"]);
    world.verify();
}

const LEVELS: &str = "
# definitions/x/call.object.yaml
object: call
owner: agent
fields: {agent: {type: user}}
sla:
  answer:  {until: solved, restart: escalate, target: 1h}
  resolve: {until: solved, target: 3h}
# definitions/x/call.flow.yaml
flow: call
object: call
start: open
nodes:
  open:   {queue: first, actions: {solve: {to: solved}}}
  solved: {end: {}}
# definitions/x/first.queue.yaml
queue: first
next: second
accept: 40m
members: [{user: ann}]
# definitions/x/second.queue.yaml
queue: second
level: 2
members: [{user: eve}]
";

#[test]
fn an_escalation_restarts_the_clocks_that_say_so_and_keeps_the_others() {
    let world = world(LEVELS);
    let start = world.clock.now();
    let call = world.create("call", json!({}));
    let due = |clock: &str| {
        let due: jiff::Timestamp = world.text("call", call, &format!("{clock}_due")).parse().unwrap();
        due.duration_since(start).as_mins()
    };
    assert_eq!((due("answer"), due("resolve")), (60, 180));
    world.later(2400);
    fire(&world);
    assert_eq!(world.get("call", call).flows[0].works[0].queue.as_str(), "second", "nobody took it");
    assert_eq!((due("answer"), due("resolve")), (100, 180));
    world.later(600);
    world.act("call", call, "solve");
    assert_eq!(
        (world.text("call", call, "answer_elapsed"), world.text("call", call, "resolve_elapsed")),
        ("600".into(), "3000".into())
    );
    world.verify();
}
