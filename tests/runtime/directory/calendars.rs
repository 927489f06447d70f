//! Whose calendar counts: somebody's own, their department's or one above it, else the book's.

use serde_json::{Value as Json, json};

use super::super::world::{World, world};

const DESK: &str = "
# definitions/site.book.yaml
book: site
access: open
time_zone: Asia/Shanghai
calendar: office
# definitions/x/office.calendar.yaml
calendar: office
week: {mon: 09:00-17:00, tue: 09:00-17:00, wed: 09:00-17:00, thu: 09:00-17:00, fri: 09:00-17:00}
# definitions/x/round.calendar.yaml
calendar: round
always: true
# definitions/x/late.calendar.yaml
calendar: late
week: {mon: 13:00-21:00, tue: 13:00-21:00}
# definitions/x/call.object.yaml
object: call
fields: {agent: {type: user}, spent: {type: duration}}
sla:
  resolve: {until: done, target: 4 working hours, calendar: = calendar_of(this.agent)}
rules:
  spent: {on: create, set: {spent: '= working_time(now(), now() + days(1), calendar_of(this.agent))'}}
# definitions/x/call.flow.yaml
flow: call
object: call
start: open
nodes:
  open:
    timers: {late: {after: 10 working hours, calendar: = calendar_of(this.agent), set: {agent: null}}}
    actions: {solve: {to: done}}
  done: {end: {}}
";

/// When the clock, the timer and the day's working seconds are of a call of `agent`, in UTC.
fn of(world: &World, agent: Json) -> [String; 3] {
    let call = world.create("call", json!({"agent": agent}));
    let timers = world.get("call", call).timers;
    let due = |name: &str| timers.iter().find(|timer| timer.name == name).unwrap().due.unwrap().to_string();
    [due("resolve"), due("late"), world.text("call", call, "spent")]
}

#[test]
fn a_person_works_by_their_own_calendar_their_departments_or_the_books() {
    let world = world(DESK);
    let place = |code: &str, parent: Option<&str>, calendar: Option<&str>| {
        world.create("department", json!({"code": code, "name": code, "parent": parent, "calendar": calendar}))
    };
    place("hq", None, Some("late"));
    let service = place("service", Some("hq"), None);
    for (login, calendar) in [("ann", Some("round")), ("bob", None), ("cat", None)] {
        world.create("user", json!({"login": login, "name": login, "calendar": calendar}));
    }
    for login in ["ann", "bob"] {
        let position = json!({"user": login, "role": "agent", "department": service.to_string(), "main": true});
        world.create("position", position);
    }
    // Monday, 2 March 2026, nine in the morning in Shanghai.
    assert_eq!(of(&world, json!("ann")), ["2026-03-02T05:00:00Z", "2026-03-02T11:00:00Z", "86400"], "her own");
    assert_eq!(of(&world, json!("bob")), ["2026-03-02T09:00:00Z", "2026-03-03T07:00:00Z", "28800"], "that of hq");
    let office = ["2026-03-02T05:00:00Z", "2026-03-03T03:00:00Z", "28800"];
    assert_eq!(of(&world, json!("cat")), office, "the book's");
    assert_eq!(
        (of(&world, json!("nobody_known")), of(&world, Json::Null)),
        (office.map(Into::into), office.map(Into::into))
    );
    assert_eq!(world.book.calendar_of("bob").unwrap(), "late");
    world.verify();
}
