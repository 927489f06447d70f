//! Named outcomes: actions of an approval that those may take who are asked. And the calendar its times count by.

use formwork_model::approval::{End, Outcome};
use formwork_store::table::task::List;
use serde_json::json;

use super::support::{Tasks as _, claims};
use crate::runtime::world::{World, refused};

const BOARD: &str = "approval: [{by: ['user(bo)', 'user(cy)'], need: all}]
actions:
  to_board: {by: approver, to: approved, reason: required, set: {note: = `board ` + reason}}
  remark: {by: approver, set: {note: seen}}
  stop: {by: creator, to: paid}";

fn ends(world: &World, claim: formwork_model::id::RecordId) -> Vec<(String, Option<End>)> {
    let approval = world.approvals(claim).pop().unwrap();
    approval.tasks().map(|task| (task.login.to_string(), task.how())).collect()
}

#[test]
fn whoever_is_asked_may_choose_another_way_out_and_has_acted() {
    let mut world = claims(BOARD);
    let claim = world.submitted(json!({}));
    assert_eq!(world.be("ann").possible("claim", claim), ["stop"], "who submitted is not asked");
    assert_eq!(world.be("ed").possible("claim", claim), [""; 0]);
    assert_eq!(refused(world.try_act("claim", claim, "to_board", json!(null))), "not-allowed");
    assert_eq!(world.be("bo").possible("claim", claim), ["remark", "to_board"]);
    world.act("claim", claim, "remark");
    assert_eq!((world.asked(claim), world.text("claim", claim, "note")), ("bo cy".into(), "seen".into()));
    let object = crate::runtime::world::name("claim");
    let act = |world: &World, reason: Option<&str>| {
        let action = crate::runtime::world::name("to_board");
        let input = formwork_runtime::command::Input::new();
        let request =
            formwork_runtime::command::Request::Act { object, id: claim, rev: None, action, token: None, input };
        let mut command = world.command(request);
        command.reason = reason.map(Into::into);
        world.book.run(command)
    };
    assert_eq!(refused(act(&world, None)), "required@reason");
    act(&world, Some("too big")).unwrap();
    assert_eq!(
        (world.state("claim", claim), world.text("claim", claim, "note")),
        ("approved".into(), "board too big".into())
    );
    assert_eq!(ends(&world, claim), [("bo".into(), Some(End::Acted)), ("cy".into(), Some(End::Cancelled))]);
    let ended = world.approvals(claim).pop().unwrap().ended.unwrap();
    assert_eq!((ended.outcome, &*ended.by), (Outcome::Left, "bo"));
    assert_eq!((world.tasks("bo", List::Done).tasks.len(), world.tasks("cy", List::Done).tasks.len()), (1, 0));
    assert_eq!(world.tasks("bo", List::Done).tasks[0]["state"], "acted");
    assert_eq!(refused(world.try_to("cy", claim, "approve", json!({}))), "task-ended");
    world.verify();
}

#[test]
fn a_proxy_chooses_for_who_is_asked_and_the_history_says_so() {
    let mut world = claims(BOARD);
    let days = json!({"user": "cy", "from": "2026-03-01", "to": "2026-03-31", "substitute": "ed"});
    world.be("setup").create("absence", days);
    let claim = world.submitted(json!({}));
    world.be("ed");
    let mut command = world.command(formwork_runtime::command::Request::Act {
        object: crate::runtime::world::name("claim"),
        id: claim,
        rev: None,
        action: crate::runtime::world::name("to_board"),
        token: None,
        input: formwork_runtime::command::Input::new(),
    });
    command.reason = Some("too big".into());
    world.book.run(command).unwrap();
    let task = world.approvals(claim).pop().unwrap();
    let task = task.tasks().find(|task| *task.login == *"cy").unwrap().end.clone().unwrap();
    assert_eq!((task.how, &*task.by, task.on_behalf_of.as_deref()), (End::Acted, "ed", Some("cy")));
    let entry = world.book.history(crate::runtime::world::name("claim"), claim, None, 1).unwrap().remove(0);
    assert_eq!((&*entry.actor, entry.on_behalf_of.as_deref()), ("ed", Some("cy")));
    world.verify();
}

#[test]
fn the_times_of_an_approval_count_by_the_calendar_it_names() {
    let due = |calendar: &str, note: &str| {
        let files = "
# definitions/x/days.calendar.yaml
calendar: days
week: {mon: 09:00-17:00, tue: 09:00-17:00, wed: 09:00-17:00, thu: 09:00-17:00, fri: 09:00-17:00}
# definitions/x/round.calendar.yaml
calendar: round
always: true
";
        let review = format!("approval: [{{by: user(bo)}}]\nlimit: {{after: 10 working hours}}\ncalendar: {calendar}");
        let mut world = super::support::claims_with(&review, files);
        let claim = world.submitted(json!({"note": note}));
        let timer = world.get("claim", claim).timers.into_iter().find(|timer| timer.name == "limit").unwrap();
        timer.due.unwrap().to_string()
    };
    // Monday, nine in the morning in Shanghai.
    assert_eq!(due("round", ""), "2026-03-02T11:00:00Z");
    assert_eq!(due("days", ""), "2026-03-03T03:00:00Z");
    assert_eq!(due("= this.note", "round"), "2026-03-02T11:00:00Z");
    assert_eq!(due("= this.note", "days"), "2026-03-03T03:00:00Z");
}
