//! Incidents: what fails with nobody waiting is undone, kept, and dealt with exactly once.

use formwork_model::{id::RecordId, incident::Incident};
use formwork_runtime::{
    command::{Command, IncidentStep, Outcome, Request},
    incident::Wanted,
    rejection::Refusal,
};
use serde_json::{Value as Json, json};

use super::world::{World, catalog, name, refused, world};

const PARCEL: &str = "
# definitions/x.book.yaml
book: x
access: open
incidents: role(keeper)
# definitions/x/parcel.object.yaml
object: parcel
fields:
  name:   {type: text, unique: true}
  weight: {type: integer}
  class:  {type: text}
  seen:   {type: integer, default: 0}
checks:
  sane: {that: 'this.weight == () || this.weight < 100', at: weight, say: Too heavy}
# definitions/x/parcel.flow.yaml
flow: parcel
object: parcel
start: draft
nodes:
  draft: {actions: {send: {to: [note, weigh]}}}
  note: {run: {set: {seen: = this.seen + 1}}, to: gather}
  weigh:
    run:
      set:
        class: '= if this.weight + 0 > 10 { `heavy` } else { `light` }'
        name: '= `w` + this.weight'
    to: sort
  sort:
    decide:
      - {when: 'this.class == `heavy`', to: gather}
      - {when: 'this.class.len() == 5', to: gather}
      - {else: true, to: lost}
  lost: {run: {set: {weight: '= this.weight + 1'}}, to: gather}
  gather: {join: {need: chosen}, to: sent}
  sent: {actions: {drop: {to: done}}}
  done: {end: {}}
";

fn incidents(world: &World) -> Vec<Incident> {
    world.book.incidents(&Wanted { limit: 100, ..Wanted::default() }).unwrap()
}

fn ended(world: &World) -> Vec<(String, String)> {
    let wanted = Wanted { ended: true, limit: 100, ..Wanted::default() };
    let how = |incident: Incident| {
        let end = incident.end.unwrap();
        (end.how.word().to_owned(), end.by.to_string())
    };
    world.book.incidents(&wanted).unwrap().into_iter().map(how).collect()
}

fn deal(world: &World, id: RecordId, step: IncidentStep, reason: Option<&str>) -> Result<Outcome, Refusal> {
    let mut command: Command = world.command(Request::Incident { id, step });
    command.reason = reason.map(Into::into);
    world.book.run(command)
}

/// A parcel that the engine itself sends on, whose weight nobody has entered.
fn stuck() -> (World, RecordId) {
    let mut world = world(PARCEL);
    let id = world.create("parcel", json!({"name": "p"}));
    assert_eq!(refused(world.try_act("parcel", id, "send", Json::Null)), "script-failed", "a person is told");
    world.be("system").act("parcel", id, "send");
    world.be("kim keeper");
    (world, id)
}

#[test]
fn a_step_that_nobody_waits_for_is_undone_and_kept() {
    let (world, id) = stuck();
    assert_eq!(world.state("parcel", id), "weigh+gather");
    assert_eq!((world.text("parcel", id, "seen"), world.text("parcel", id, "class")), ("1".into(), String::new()));
    let found = incidents(&world);
    assert_eq!(found.len(), 1);
    let place = found[0].about.place.unwrap();
    assert_eq!((place.node, found[0].what.word(), found[0].times), (name("weigh"), "script", 1));
    assert_eq!(found[0].owner.to_string(), "role(keeper)");
    assert!(found[0].cause.en.contains("definitions/x/parcel.flow.yaml:"), "{}", found[0].cause.en);
    world.verify();
}

#[test]
fn a_retry_that_fails_again_keeps_the_incident_and_one_that_succeeds_ends_it_once() {
    let (mut world, id) = stuck();
    let first = incidents(&world).remove(0);
    assert_eq!(refused(deal(world.be("eve"), first.id, IncidentStep::Retry, None)), "not-allowed");
    world.be("kim keeper").later(60);
    deal(&world, first.id, IncidentStep::Retry, None).unwrap();
    let again = incidents(&world).remove(0);
    assert_eq!((again.id, again.times, again.opened_at), (first.id, 2, first.opened_at));
    assert!(again.last_at > first.last_at);
    world.update("parcel", id, json!({"weight": 20}));
    deal(&world, first.id, IncidentStep::Retry, None).unwrap();
    assert_eq!((world.state("parcel", id), world.text("parcel", id, "class")), ("sent".into(), "heavy".into()));
    assert_eq!((incidents(&world), ended(&world)), (vec![], vec![("solved".into(), "kim".into())]));
    assert_eq!(refused(deal(&world, first.id, IncidentStep::Retry, None)), "incident-ended");
    assert_eq!(refused(deal(&world, first.id, IncidentStep::Skip, Some("late"))), "incident-ended");
    assert_eq!(refused(deal(&world, id, IncidentStep::Retry, None)), "no-such-incident");
    let history = world.book.history(name("parcel"), id, None, 10).unwrap();
    assert_eq!(&*history[0].kind, "retry incident");
    assert!(history[0].fired.iter().any(|fired| &*fired.what == "incident script solved"));
    world.verify();
}

#[test]
fn what_fails_only_when_the_whole_is_checked_keeps_the_incident_too() {
    let (world, id) = stuck();
    world.create("parcel", json!({"name": "w20"}));
    world.update("parcel", id, json!({"weight": 20}));
    let known = incidents(&world).remove(0).id;
    deal(&world, known, IncidentStep::Retry, None).unwrap();
    let found = incidents(&world).remove(0);
    assert_eq!((found.id, found.times, world.state("parcel", id).as_str()), (known, 2, "weigh+gather"));
    assert!(found.cause.en.contains("w20"), "{}", found.cause.en);
    assert_eq!(world.text("parcel", id, "name"), "p");
    world.verify();
}

#[test]
fn a_step_is_left_out_for_a_reason_and_a_decision_never() {
    let (world, id) = stuck();
    let first = incidents(&world).remove(0).id;
    assert_eq!(refused(deal(&world, first, IncidentStep::Skip, None)), "required@reason");
    deal(&world, first, IncidentStep::Skip, Some("weighed by hand")).unwrap();
    assert_eq!(world.state("parcel", id), "gather+sort", "the step behind it fails in its turn");
    let second = incidents(&world).remove(0);
    assert_eq!(second.about.place.unwrap().node, name("sort"));
    assert_eq!(refused(deal(&world, second.id, IncidentStep::Skip, Some("x"))), "cannot-skip");
    let skipped = world.book.incident(first).unwrap().end.unwrap();
    assert_eq!((skipped.how.word(), skipped.reason.as_deref()), ("skipped", Some("weighed by hand")));
    world.verify();
}

/// A release in which the step is called otherwise and says otherwise what is heavy.
fn renamed() -> String {
    PARCEL.replace("weigh:", "scale:").replace("[note, weigh]", "[note, scale]").replace("heavy", "bulky")
}

#[test]
fn a_retry_goes_on_in_the_release_the_record_was_submitted_under() {
    let (world, id) = stuck();
    world.book.activate(catalog(&renamed())).unwrap();
    let first = incidents(&world).remove(0).id;
    deal(&world, first, IncidentStep::Retry, None).unwrap();
    assert_eq!((incidents(&world)[0].times, world.state("parcel", id).as_str()), (2, "weigh+gather"));
    world.update("parcel", id, json!({"weight": 20}));
    deal(&world, first, IncidentStep::Retry, None).unwrap();
    assert_eq!((world.state("parcel", id), world.text("parcel", id, "class")), ("sent".into(), "heavy".into()));
    assert_eq!((incidents(&world), ended(&world)), (vec![], vec![("solved".into(), "kim".into())]));
    world.verify();
}

#[test]
fn a_step_is_left_out_in_the_release_the_record_was_submitted_under() {
    let (world, id) = stuck();
    world.book.activate(catalog(&renamed())).unwrap();
    world.update("parcel", id, json!({"class": "heavy"}));
    let first = incidents(&world).remove(0).id;
    deal(&world, first, IncidentStep::Skip, Some("weighed by hand")).unwrap();
    assert_eq!(world.state("parcel", id), "sent");
    world.verify();
}

#[test]
fn the_incidents_of_a_record_that_is_no_more_end_with_it() {
    let (world, id) = stuck();
    world.delete("parcel", id);
    assert_eq!((incidents(&world), ended(&world)), (vec![], vec![("gone".into(), "kim".into())]));
    world.verify();
}

#[test]
fn lists_are_narrowed_and_paged() {
    let (mut world, id) = stuck();
    let other = world.create("parcel", json!({"name": "q"}));
    world.later(1);
    world.be("system").act("parcel", other, "send");
    let all = incidents(&world);
    assert_eq!(all.len(), 2);
    let list = |wanted: Wanted| world.book.incidents(&wanted).unwrap().iter().map(|i| i.id).collect::<Vec<_>>();
    let wanted = Wanted { limit: 10, ..Wanted::default() };
    assert_eq!(list(Wanted { record: Some((name("parcel"), id)), ..wanted.clone() }), [all[0].id]);
    assert_eq!(list(Wanted { after: Some(all[0].id), ..wanted.clone() }), [all[1].id]);
    assert_eq!(list(Wanted { limit: 1, ..wanted.clone() }), [all[0].id]);
    let by = |login: &str| Some(formwork_runtime::scenario::parse_actor(login));
    assert_eq!(list(Wanted { owner: by("eve"), ..wanted.clone() }), []);
    assert_eq!(list(Wanted { owner: by("kim keeper"), ..wanted }).len(), 2);
}

const ALARM: &str = "
# definitions/x/alarm.object.yaml
object: alarm
fields:
  name:  {type: text}
  level: {type: integer}
checks:
  sane: {that: 'this.level == () || this.level < 3', at: level, say: Too high}
# definitions/x/alarm.flow.yaml
flow: alarm
object: alarm
start: open
nodes:
  open:
    timers: {rise: {after: 1h, to: raise}}
    actions: {close: {to: done}}
  raise: {run: {set: {level: '= this.level + 1'}}, to: open}
  done: {end: {}}
";

/// Fires whatever is due, as the clock of a server does.
fn fire_due(world: &World) {
    for due in world.book.due(world.book.now(), 10, |_| false).unwrap() {
        world.book.run(due.command()).unwrap();
    }
}

#[test]
fn a_timer_that_fails_waits_until_somebody_has_dealt_with_it() {
    let mut world = world(ALARM);
    world.be("kim admin");
    let id = world.create("alarm", json!({"name": "a", "level": 2}));
    world.later(3600);
    fire_due(&world);
    let found = incidents(&world).remove(0);
    assert_eq!((found.what.word(), found.about.place.unwrap().node, found.times), ("timer", name("open"), 1));
    assert!(found.cause.en.contains("Too high"), "{:?}", found.cause);
    world.later(3600);
    fire_due(&world);
    assert_eq!((incidents(&world)[0].times, world.text("alarm", id, "level")), (1, "2".into()), "it is not due again");
    deal(&world, found.id, IncidentStep::Retry, None).unwrap();
    assert_eq!(incidents(&world)[0].times, 2);
    world.update("alarm", id, json!({"level": 1}));
    deal(&world, found.id, IncidentStep::Retry, None).unwrap();
    assert_eq!((incidents(&world), world.text("alarm", id, "level")), (vec![], "2".into()));
    world.later(3600);
    fire_due(&world);
    let again = incidents(&world).remove(0).id;
    deal(&world, again, IncidentStep::Skip, Some("known")).unwrap();
    assert_eq!((incidents(&world), world.state("alarm", id)), (vec![], "open".into()));
    world.verify();
}
