//! Whose calendar says how long work may wait: the state's, else the queue's, else the book's.

use serde_json::json;

use crate::runtime::world::{World, world};

/// The world begins on a Monday at nine in the morning.
const FILES: &str = "
# definitions/x.book.yaml
book: x
access: open
time_zone: Asia/Shanghai
calendar: office
# definitions/x/office.calendar.yaml
calendar: office
week: {mon: [08:30-12:00, 13:30-17:30], tue: [08:30-12:00, 13:30-17:30]}
# definitions/x/round.calendar.yaml
calendar: round
always: true
# definitions/x/late.calendar.yaml
calendar: late
week: {mon: 13:00-21:00, tue: 13:00-21:00}
# definitions/x/ticket.object.yaml
object: ticket
owner: agent
fields: {agent: {type: user}, hours: {type: text}}
# definitions/x/ticket.flow.yaml
flow: ticket
object: ticket
start: queued
nodes:
  queued: {queue: {name: first STATE}, actions: {close: {to: closed}}}
  closed: {end: {}}
# definitions/x/first.queue.yaml
queue: first
members: [{user: ann}]
accept: 4 working hours
QUEUE
";

/// When work must have an owner, in UTC.
fn due(queue: &str, state: &str, hours: &str) -> String {
    let world: World = world(&FILES.replace("QUEUE", queue).replace(" STATE", state));
    let ticket = world.create("ticket", json!({"hours": hours}));
    world.verify();
    world.get("ticket", ticket).timers[0].due.unwrap().to_string()
}

#[test]
fn work_waits_by_the_calendar_of_the_state_the_queue_or_the_book() {
    assert_eq!(due("", "", ""), "2026-03-02T06:30:00Z", "the book's: over lunch");
    assert_eq!(due("calendar: round", "", ""), "2026-03-02T05:00:00Z", "the queue's: round the clock");
    assert_eq!(due("calendar: round", ", calendar: late", ""), "2026-03-02T09:00:00Z", "the state's: from one o'clock");
    let computed = ", calendar: = this.hours";
    assert_eq!(due("", computed, "late"), "2026-03-02T09:00:00Z", "as the record says");
    assert_eq!(due("", computed, "round"), "2026-03-02T05:00:00Z");
}
