//! Timers of nodes: when they fire, what they do, what ends them.

use formwork_model::clock::Clock as _;
use formwork_runtime::command::{Command, Input, Request};
use serde_json::json;

use super::world::{World, name, refused, world};

const SITE: &str = r#"
# definitions/site.book.yaml
book: site
access: open
time_zone: Asia/Shanghai
calendar: office
# definitions/shop/office.calendar.yaml
calendar: office
week:
  mon: [08:30-12:00, 13:30-17:30]
  tue: [08:30-12:00, 13:30-17:30]
  wed: [08:30-12:00, 13:30-17:30]
  thu: [08:30-12:00, 13:30-17:30]
  fri: [08:30-12:00, 13:30-17:30]
holidays: [2026-05-01..2026-05-05]
working_days: [2026-05-09]
# definitions/shop/always.calendar.yaml
calendar: always
always: true
# definitions/shop/offer.object.yaml
object: offer
title: name
owner: owner
fields:
  name: {type: text}
  owner: {type: user}
  valid_to: {type: date}
  hours: {type: text}
  shift: {type: text}
  nudged: {type: integer, default: 0}
  paid: {type: decimal}
# definitions/shop/offer.flow.yaml
flow: offer
object: offer
start: draft
nodes:
  draft:
    timers:
      nudge: {after: 4 working hours, every: 1 working day, when: this.nudged < 3, set: {nudged: = this.nudged + 1}, notify: [{to: owner, say: It waits}]}
      old: {after: 30d, to: gone}
    actions:
      send: {to: sent}
  sent:
    timers:
      expire: {at: this.valid_to, to: gone}
      custom: {after: = this.hours, calendar: = this.shift, set: {name: late}}
    actions:
      back: {to: draft}
      accept: {to: pay}
  pay:
    wait: {event: paid, ttl: 2d, when: event.amount > 0, set: {paid: = event.amount}}
    timers: {lost: {after: 60d, to: gone}}
    to: cool
  cool:
    wait: {for: 2 working days}
    to: done
  done: {end: {}}
  gone: {end: {}}
"#;

/// Fires everything that is due, in order, at the clock's time.
pub(super) fn fire(world: &World) -> usize {
    let due = world.book.due(world.clock.now(), 10_000, |_| false).unwrap();
    due.iter().filter(|due| world.book.run(due.command()).unwrap().seq > 0).count()
}

fn at(world: &World, time: &str) {
    world.clock.set(format!("{time}+08:00").parse().unwrap());
}

/// The timers of a record: `name due`, sorted.
fn timers(world: &World, id: formwork_model::id::RecordId) -> Vec<String> {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let record = world.get("offer", id);
    let mut shown: Vec<String> = record
        .timers
        .iter()
        .map(|timer| {
            let due = timer.due.map(|due| due.to_zoned(zone.clone()).strftime("%m-%d %H:%M").to_string());
            format!("{} {}", timer.name, due.unwrap_or_else(|| "-".into()))
        })
        .collect();
    shown.sort();
    shown
}

#[test]
fn timers_begin_with_the_token_and_end_with_it() {
    let world = world(SITE);
    at(&world, "2026-03-06T16:30");
    let offer = world.create("offer", json!({"name": "A", "owner": "li"}));
    assert_eq!(timers(&world, offer), ["nudge 03-09 11:30", "old 04-05 16:30"]);
    assert_eq!(fire(&world), 0);
    world.act("offer", offer, "send");
    assert_eq!(timers(&world, offer), [""; 0]);
    at(&world, "2026-06-01T09:00");
    assert_eq!(fire(&world), 0, "timers of a node that was left never fire");
    world.act("offer", offer, "back");
    assert_eq!(timers(&world, offer), ["nudge 06-01 14:30", "old 07-01 09:00"]);
    world.verify();
}

#[test]
fn what_repeats_fires_once_however_long_nobody_looked() {
    let world = world(SITE);
    at(&world, "2026-03-06T16:30");
    let offer = world.create("offer", json!({"name": "A", "owner": "li"}));
    at(&world, "2026-03-09T11:29:59");
    assert_eq!(fire(&world), 0);
    at(&world, "2026-03-09T11:30");
    assert_eq!((fire(&world), fire(&world)), (1, 0));
    assert_eq!(timers(&world, offer), ["nudge 03-10 17:30", "old 04-05 16:30"]);
    // Two weeks without anybody: once, and then the next working day.
    at(&world, "2026-03-24T10:00");
    assert_eq!((fire(&world), fire(&world)), (1, 0));
    assert_eq!(world.text("offer", offer, "nudged"), "2");
    assert_eq!(timers(&world, offer)[0], "nudge 03-24 17:30");
    let rev = world.get("offer", offer).rev;
    at(&world, "2026-03-24T17:30");
    fire(&world);
    assert_eq!(world.get("offer", offer).rev, rev + 1);
    // Its condition does not hold any more: nothing is done, and nobody's revision grows.
    at(&world, "2026-03-25T17:30");
    assert_eq!(fire(&world), 1);
    assert_eq!((world.text("offer", offer, "nudged"), world.get("offer", offer).rev), ("3".into(), rev + 1));
    world.verify();
}

#[test]
fn what_repeats_fires_in_due_order_after_weeks_without_anybody() {
    let world = world(SITE);
    let offers: Vec<_> = ["2026-03-05T10:00", "2026-03-02T09:00", "2026-03-03T15:30"]
        .into_iter()
        .map(|time| {
            at(&world, time);
            (world.create("offer", json!({"name": time, "owner": "li"})), time)
        })
        .collect();
    // Five weeks: the timers that repeat, and the one that ends the draft in April.
    at(&world, "2026-04-07T08:00");
    let mut order = Vec::new();
    let mut last = None;
    while let Some(due) = world.book.next_due(|_| false).unwrap().filter(|due| due.at <= world.clock.now()) {
        assert!(last.is_none_or(|last| last <= due.at), "in due order");
        last = Some(due.at);
        let fired = world.book.run(due.command()).unwrap();
        let entry = world.book.history(name("offer"), fired.record.unwrap().id, None, 1).unwrap().remove(0);
        order.push(format!("{} {}", entry.kind, world.text("offer", entry.target.unwrap().1, "name")));
    }
    // Each once, by when it was due first; then the two drafts that are over.
    assert_eq!(
        order,
        [
            "timer nudge 2026-03-02T09:00",
            "timer nudge 2026-03-03T15:30",
            "timer nudge 2026-03-05T10:00",
            "timer old 2026-03-02T09:00",
            "timer old 2026-03-03T15:30",
            "timer old 2026-03-05T10:00",
        ]
    );
    for (offer, _) in offers {
        assert_eq!((world.text("offer", offer, "nudged"), world.state("offer", offer)), ("1".into(), "gone".into()));
    }
    world.verify();
}

#[test]
fn a_timer_moves_the_token_and_withdraws_others() {
    let world = world(SITE);
    at(&world, "2026-03-02T09:00");
    let offer = world.create("offer", json!({"name": "A"}));
    at(&world, "2026-04-02T09:00");
    let history = |world: &World| world.book.history(name("offer"), offer, None, 1).unwrap().remove(0);
    assert_eq!(fire(&world), 2, "both in due order");
    assert_eq!(world.state("offer", offer), "gone");
    let last = history(&world);
    assert_eq!((&*last.kind, &*last.actor), ("timer old", "system"));
    assert!(last.fired.iter().any(|fired| &*fired.what == "timer offer.draft.old"), "{last:?}");
    assert_eq!(timers(&world, offer), [""; 0]);
    world.verify();
}

#[test]
fn a_timer_for_an_instant_follows_what_it_reads() {
    let world = world(SITE);
    at(&world, "2026-03-02T09:00");
    let offer = world.create("offer", json!({"name": "A"}));
    world.act("offer", offer, "send");
    assert_eq!(timers(&world, offer), [""; 0]);
    world.update("offer", offer, json!({"valid_to": "2026-03-10"}));
    assert_eq!(timers(&world, offer), ["expire 03-10 00:00"]);
    world.update("offer", offer, json!({"valid_to": "2026-03-20"}));
    assert_eq!(timers(&world, offer), ["expire 03-20 00:00"]);
    at(&world, "2026-03-19T23:59");
    assert_eq!(fire(&world), 0);
    world.update("offer", offer, json!({"valid_to": null}));
    at(&world, "2026-03-21T00:00");
    assert_eq!(fire(&world), 0);
    // A day that has passed already is due at once.
    world.update("offer", offer, json!({"valid_to": "2026-03-20"}));
    assert_eq!((fire(&world), world.state("offer", offer)), (1, "gone".into()));
    world.verify();
}

#[test]
fn lengths_and_calendars_may_be_computed() {
    let world = world(SITE);
    at(&world, "2026-03-06T16:30");
    let send = |values| {
        let offer = world.create("offer", values);
        world.act("offer", offer, "send");
        timers(&world, offer)
    };
    assert_eq!(send(json!({"hours": "4 working hours"})), ["custom 03-09 11:30"]);
    assert_eq!(send(json!({"hours": "4 working hours", "shift": "always"})), ["custom 03-06 20:30"]);
    assert_eq!(send(json!({"hours": "90m"})), ["custom 03-06 18:00"]);
    assert_eq!(send(json!({"hours": ""})), [""; 0]);
    let offer = world.create("offer", json!({"hours": "4 hours of work", "shift": "always"}));
    assert_eq!(refused(world.try_act("offer", offer, "send", json!(null))), "bad-value");
    let offer = world.create("offer", json!({"hours": "4h", "shift": "night"}));
    assert_eq!(refused(world.try_act("offer", offer, "send", json!(null))), "unknown-calendar");
}

fn event(world: &World, id: formwork_model::id::RecordId, event: &str, data: serde_json::Value) -> Command {
    let data: Input = data.as_object().cloned().unwrap_or_default();
    world.command(Request::Event { object: name("offer"), id, event: name(event), data })
}

#[test]
fn an_event_is_taken_kept_or_dropped() {
    let world = world(SITE);
    at(&world, "2026-03-06T16:30");
    let offer = world.create("offer", json!({"name": "A"}));
    assert_eq!(refused(world.book.run(event(&world, offer, "refunded", json!({})))), "unknown-event");
    // It comes before anything waits, and is kept for two days.
    world.book.run(event(&world, offer, "paid", json!({"amount": 5}))).unwrap();
    assert_eq!(world.get("offer", offer).events.len(), 1);
    at(&world, "2026-03-08T16:30");
    assert_eq!((fire(&world), world.get("offer", offer).events.len()), (1, 0));
    world.book.run(event(&world, offer, "paid", json!({"amount": 7}))).unwrap();
    world.act("offer", offer, "send");
    world.act("offer", offer, "accept");
    assert_eq!((world.state("offer", offer), world.text("offer", offer, "paid")), ("cool".into(), "7".into()));
    assert!(world.get("offer", offer).events.is_empty());
    world.verify();

    let other = world.create("offer", json!({"name": "B"}));
    world.act("offer", other, "send");
    world.act("offer", other, "accept");
    assert_eq!(world.state("offer", other), "pay");
    // One that does not fit is kept, too: another token may want it.
    world.book.run(event(&world, other, "paid", json!({"amount": 0}))).unwrap();
    assert_eq!((world.state("offer", other), world.get("offer", other).events.len()), ("pay".into(), 1));
    world.book.run(event(&world, other, "paid", json!({"amount": 9}))).unwrap();
    assert_eq!((world.state("offer", other), world.text("offer", other, "paid")), ("cool".into(), "9".into()));
    world.verify();
}

#[test]
fn a_wait_lasts_its_working_days() {
    let world = world(SITE);
    at(&world, "2026-04-29T10:00");
    let offer = world.create("offer", json!({"name": "A"}));
    world.act("offer", offer, "send");
    world.act("offer", offer, "accept");
    world.book.run(event(&world, offer, "paid", json!({"amount": 1}))).unwrap();
    // Thursday the 30th, then the holiday, then Wednesday the 6th.
    assert_eq!(timers(&world, offer), ["due 05-06 17:30"]);
    at(&world, "2026-05-06T17:30");
    assert_eq!((fire(&world), world.state("offer", offer)), (1, "done".into()));
    world.verify();
}

#[test]
fn a_timer_that_is_gone_or_not_due_decides_nothing() {
    let world = world(SITE);
    at(&world, "2026-03-02T09:00");
    let offer = world.create("offer", json!({"name": "A"}));
    let next = world.book.next_due(|_| false).unwrap().unwrap();
    let seq = |world: &World| world.book.run(next.command()).unwrap().seq;
    assert_eq!(seq(&world), 0, "not due");
    at(&world, "2026-03-02T13:30");
    world.act("offer", offer, "send");
    assert_eq!(seq(&world), 0, "gone");
    assert_eq!(world.book.history(name("offer"), offer, None, 10).unwrap().len(), 2);
}
