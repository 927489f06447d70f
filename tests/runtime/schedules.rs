//! Schedules: when they run, over what, and what becomes of missed runs.

use formwork_model::clock::Clock as _;
use formwork_runtime::{
    command::{Actor, Command, IncidentStep, Request},
    incident::Wanted,
    rejection::Refusal,
};
use serde_json::json;

use super::world::{World, name, world};

const SITE: &str = r#"
# definitions/site.book.yaml
book: site
access: open
time_zone: Asia/Shanghai
calendar: office
# definitions/shop/office.calendar.yaml
calendar: office
week: {mon: 09:00-17:00, tue: 09:00-17:00, wed: 09:00-17:00, thu: 09:00-17:00, fri: 09:00-17:00}
holidays: [2026-05-01..2026-05-05]
# definitions/shop/item.object.yaml
object: item
fields:
  name: {type: text}
  stale: {type: boolean}
  seen: {type: integer, default: 0}
  bad: {type: boolean, default: false}
checks:
  good: {that: "!this.bad || this.seen == 0", say: This one is bad}
# definitions/shop/run.object.yaml
object: run
fields: {name: {type: text}}
# definitions/shop/daily.schedule.yaml
schedule: daily
cron: "30 8 * * *"
over: item
where: {stale: true}
when: this.seen < 3
set: {seen: = this.seen + 1}
# definitions/shop/closing.schedule.yaml
schedule: closing
working_day: {day: -1, at: "18:00"}
create: {one: {object: run, set: {name: closing}}}
notify: [{to: '= ["li"]', say: The month is over}]
# definitions/shop/each.schedule.yaml
schedule: each
cron: "0 * * * *"
missed: all
create: {one: {object: run, set: {name: each}}}
# definitions/shop/punctual.schedule.yaml
schedule: punctual
cron: "0 12 * * *"
missed: skip
create: {one: {object: run, set: {name: punctual}}}
"#;

fn at(world: &World, time: &str) {
    world.clock.set(format!("2026-{time}+08:00").parse().unwrap());
}

/// Does everything that schedules have to do now; how many commands that took, and those that failed.
fn run(world: &World) -> (usize, Vec<Refusal>) {
    let (mut done, mut failed, mut bad) = (0, Vec::new(), Vec::new());
    while let Some((_, schedule)) =
        world.book.next_schedule(|name| bad.contains(&name)).unwrap().filter(|(at, _)| *at <= world.clock.now())
    {
        match world.book.run(Command::new(Actor::system(), Request::Schedule { schedule })) {
            Ok(outcome) => done += usize::from(outcome.seq > 0),
            Err(refusal) => {
                failed.push(refusal);
                bad.push(schedule);
            }
        }
    }
    (done, failed)
}

fn runs(world: &World, name: &str) -> usize {
    world.list("run", &json!({"name": name}), "", 10_000).records.len()
}

#[test]
fn a_schedule_begins_when_it_is_first_seen_and_then_runs_once_for_each_record() {
    let world = world(SITE);
    at(&world, "03-02T08:00");
    let items: Vec<_> = (0..3).map(|n| world.create("item", json!({"name": n.to_string(), "stale": n > 0}))).collect();
    assert_eq!(run(&world).0, 4, "all four take note of the time");
    at(&world, "03-02T08:29:59");
    assert_eq!(run(&world).0, 0);
    at(&world, "03-02T08:30");
    // Two records, and the end of the run.
    assert_eq!((run(&world).0, run(&world).0), (3, 0));
    let seen = || items.iter().map(|id| world.text("item", *id, "seen")).collect::<Vec<_>>();
    assert_eq!(seen(), ["0", "1", "1"]);
    let entry = world.book.history(name("item"), items[1], None, 1).unwrap().remove(0);
    assert_eq!((&*entry.kind, &*entry.actor), ("schedule daily", "system"));
    // A week without anybody: once for all of it.
    at(&world, "03-09T11:00");
    run(&world);
    assert_eq!(seen(), ["0", "2", "2"]);
    at(&world, "03-10T08:30");
    run(&world);
    at(&world, "03-11T08:30");
    run(&world);
    assert_eq!(seen(), ["0", "3", "3"], "not when its condition does not hold");
    world.verify();
}

#[test]
fn missed_runs_are_left_out_or_made_up_for() {
    let world = world(SITE);
    at(&world, "03-02T11:30");
    run(&world);
    at(&world, "03-02T12:00:30");
    run(&world);
    assert_eq!((runs(&world, "punctual"), runs(&world, "each")), (1, 1));
    at(&world, "03-03T12:10");
    run(&world);
    assert_eq!((runs(&world, "punctual"), runs(&world, "each")), (1, 25));
    at(&world, "03-04T12:00");
    run(&world);
    assert_eq!(runs(&world, "punctual"), 2);
    world.verify();
}

#[test]
fn after_weeks_without_anybody_what_was_missed_runs_in_due_order_as_each_schedule_says() {
    let world = world(SITE);
    at(&world, "03-02T11:30");
    run(&world);
    world.create("item", json!({"name": "a", "stale": true}));
    at(&world, "03-23T12:10");
    let (mut done, mut last) = (Vec::new(), None);
    while let Some((due, schedule)) =
        world.book.next_schedule(|_| false).unwrap().filter(|(due, _)| *due <= world.clock.now())
    {
        if schedule == "each" {
            assert!(last.is_none_or(|last| last < due), "every missed run, the oldest first");
            last = Some(due);
        }
        world.book.run(Command::new(Actor::system(), Request::Schedule { schedule })).unwrap();
        done.push(schedule.to_string());
    }
    let times = |name: &str| done.iter().filter(|known| *known == name).count();
    // `all`: 21 days of 24 hours and the noon of the last; `once`: the record and the end of the run; `skip`: passed over.
    assert_eq!((times("each"), times("daily"), times("punctual")), (21 * 24 + 1, 2, 1));
    assert_eq!((runs(&world, "each"), runs(&world, "punctual")), (21 * 24 + 1, 0));
    let item = world.list("item", &json!({}), "", 1).records[0].id;
    assert_eq!(world.text("item", item, "seen"), "1", "once for all of it");
    let skipped = |name: &str| done.iter().position(|known| known == name).unwrap();
    assert!(skipped("each") < skipped("daily"), "noon of the second comes before the morning of the third");
    world.verify();
}

#[test]
fn however_many_runs_were_missed_they_are_one() {
    let every_minute = "
# definitions/site.book.yaml
book: site
access: open
# definitions/shop/run.object.yaml
object: run
fields: {name: {type: text}}
# definitions/shop/minutely.schedule.yaml
schedule: minutely
cron: '* * * * *'
create: {one: {object: run, set: {name: minutely}}}
";
    let world = world(every_minute);
    at(&world, "01-01T00:00:30");
    run(&world);
    // 288,000 minutes.
    at(&world, "07-20T00:00:30");
    assert_eq!(run(&world).0, 1);
    assert_eq!(runs(&world, "minutely"), 1, "once for all of them");
    let next = world.book.next_schedule(|_| false).unwrap().unwrap().0;
    assert_eq!(next.to_string(), "2026-07-19T16:01:00Z", "and the next is to come");
    world.verify();
}

#[test]
fn the_last_working_day_of_a_month_follows_the_calendar() {
    let world = world(SITE);
    at(&world, "04-15T12:00");
    run(&world);
    let next = |world: &World| {
        let others = |name: formwork_model::name::Name| name != "closing";
        world.book.next_schedule(others).unwrap().unwrap().0.to_string()
    };
    assert_eq!(next(&world), "2026-04-30T10:00:00Z");
    at(&world, "04-30T18:00");
    run(&world);
    assert_eq!(runs(&world, "closing"), 1);
    // The 31st of May is a Sunday.
    assert_eq!(next(&world), "2026-05-29T10:00:00Z");
    assert_eq!(world.book.messages("li", 10).unwrap().len(), 1);
}

#[test]
fn a_record_that_fails_becomes_an_incident_and_the_others_are_done() {
    let mut world = world(SITE);
    at(&world, "03-02T08:00");
    let items: Vec<_> = (0..3).map(|n| world.create("item", json!({"stale": true, "bad": n == 1}))).collect();
    run(&world);
    at(&world, "03-02T08:30");
    assert_eq!(run(&world).1.len(), 0);
    let seen = |world: &World| items.iter().map(|id| world.text("item", *id, "seen")).collect::<Vec<_>>();
    assert_eq!(seen(&world), ["1", "0", "1"]);
    let open = |world: &World| world.book.incidents(&Wanted { limit: 10, ..Wanted::default() }).unwrap();
    let incident = open(&world).remove(0);
    assert_eq!((incident.what.word(), &*incident.about.part), ("schedule", "daily"));
    assert_eq!(incident.about.record, Some((name("item"), items[1])));
    // Mended, it is done once more for that record alone.
    world.be("ann admin").update("item", items[1], json!({"bad": false}));
    let retry = Request::Incident { id: incident.id, step: IncidentStep::Retry };
    world.run(retry).unwrap();
    assert_eq!(seen(&world), ["1", "1", "1"]);
    assert!(open(&world).is_empty());
    world.verify();
}
