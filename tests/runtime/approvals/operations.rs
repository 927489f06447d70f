//! What is done to tasks and approvals, and what time does.

use formwork_runtime::{
    approval::{Operation, centre::Asked},
    command::Request,
};
use formwork_store::table::task::List;
use serde_json::json;

use super::support::{Tasks as _, claims};
use crate::runtime::world::{World, name, refused};

#[test]
fn two_clicks_at_once_count_once_and_the_other_task_is_superseded() {
    let mut world = claims("approval: [{by: [owner, second], need: any}]");
    let claim = world.submitted(json!({"owner": "ed", "second": "cy"}));
    let (ed, rev) = (world.number(claim, "ed"), world.get("claim", claim).rev);
    let request = |task| Request::Decide {
        object: name("claim"),
        id: claim,
        task,
        operation: Operation::Approve { input: Default::default() },
    };
    world.be("ed");
    let (first, second) = (world.command(request(ed)), world.command(request(ed)));
    let (book, results) = (&world.book, std::sync::Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for command in [first, second] {
            let results = &results;
            scope.spawn(move || results.lock().unwrap().push(book.run(command).is_ok()));
        }
    });
    let mut results = results.into_inner().unwrap();
    results.sort_unstable();
    assert_eq!(results, [false, true]);
    assert_eq!(world.get("claim", claim).rev, rev + 1);
    assert_eq!(refused(world.try_to("cy", claim, "approve", json!({}))), "task-ended");
    let said = world.try_to("cy", claim, "approve", json!({})).unwrap_err();
    assert!(format!("{said:?}").contains("somebody else's decision"), "{said:?}");
    world.verify();
}

#[test]
fn returns_go_to_the_submitter_and_start_again_or_resume() {
    for (resubmit, asked) in [("restart", "ed"), ("resume", "cy")] {
        let mut world = claims(&format!("approval: [{{by: owner}}, {{by: second}}]\nresubmit: {resubmit}"));
        let claim = world.submitted(json!({"owner": "ed", "second": "cy"}));
        world.does("ed", claim, "approve", json!({}));
        world.does("cy", claim, "return", json!({}));
        assert_eq!((world.state("claim", claim), world.asked(claim)), ("draft".into(), String::new()));
        world.be("ann").act("claim", claim, "submit");
        assert_eq!(world.asked(claim), asked, "{resubmit}");
    }
}

#[test]
fn a_return_from_a_half_signed_step_goes_to_the_step_before() {
    let mut world = claims("approval: [{name: first, by: owner}, {by: [second, role(director)], need: all}]");
    let claim = world.submitted(json!({"owner": "ed", "second": "cy"}));
    world.does("ed", claim, "approve", json!({}));
    world.does("cy", claim, "approve", json!({}));
    world.does("di", claim, "return", json!({"to": "previous"}));
    assert_eq!(world.asked(claim), "ed");
    world.does("ed", claim, "approve", json!({}));
    assert_eq!(world.asked(claim), "cy di");
    assert_eq!(refused(world.try_to("di", claim, "return", json!({"to": "nowhere"}))), "not-passed@to");
    world.does("di", claim, "return", json!({"to": "first", "resume": true}));
    world.does("ed", claim, "approve", json!({}));
    assert_eq!(world.asked(claim), "cy di");
}

#[test]
fn transfers_delegations_and_added_signers_through_the_book() {
    let mut world = claims("approval: [{by: owner, need: all}]");
    let claim = world.submitted(json!({"owner": "ed"}));
    world.does("ed", claim, "delegate", json!({"to": "cy"}));
    world.does("cy", claim, "transfer", json!({"to": "di"}));
    assert_eq!(refused(world.try_to("ed", claim, "approve", json!({}))), "task-waits");
    world.does("di", claim, "reject", json!({}));
    assert_eq!(world.asked(claim), "ed");
    world.does("ed", claim, "add", json!({"to": ["cy"], "place": "before"}));
    world.does("cy", claim, "add", json!({"to": "di", "place": "parallel"}));
    assert_eq!(world.asked(claim), "cy di");
    assert_eq!(refused(world.try_to("ed", claim, "add", json!({"to": "di"}))), "task-waits");
    assert_eq!(refused(world.try_to("cy", claim, "add", json!({"to": "ann"}))), "separation-of-duties");
    assert_eq!(refused(world.try_to("cy", claim, "transfer", json!({"to": "di"}))), "already-asked@to");
    assert_eq!(refused(world.try_to("ed", claim, "remove", json!({"task": "di"}))), "not-your-task");
    world.does("cy", claim, "remove", json!({"task": "di"}));
    world.does("cy", claim, "approve", json!({}));
    world.does("ed", claim, "approve", json!({}));
    assert_eq!(world.state("claim", claim), "approved");
    assert_eq!(world.tasks("di", List::Done).tasks.len(), 1, "only what was decided");
}

#[test]
fn the_submitter_recalls_until_the_first_decision_or_as_the_definition_says() {
    let steps = "approval: [{by: owner}, {by: second}]";
    let mut world = claims(steps);
    let claim = world.submitted(json!({"owner": "ed", "second": "cy"}));
    assert_eq!(refused(world.try_to("ed", claim, "recall", json!({}))), "not-your-task");
    world.does("ann", claim, "recall", json!({}));
    assert_eq!(world.state("claim", claim), "draft");
    assert_eq!(refused(world.try_to("ed", claim, "approve", json!({}))), "task-ended");
    world.be("ann").act("claim", claim, "submit");
    world.does("ed", claim, "approve", json!({}));
    assert_eq!(refused(world.try_to("ann", claim, "recall", json!({}))), "already-decided");
    let mut world = claims(&format!("{steps}\nrecall: always"));
    let claim = world.submitted(json!({"owner": "ed", "second": "cy"}));
    world.does("ed", claim, "approve", json!({}));
    world.does("ann", claim, "recall", json!({}));
    let mut world = claims(&format!("{steps}\nrecall: never"));
    let claim = world.submitted(json!({"owner": "ed", "second": "cy"}));
    assert_eq!(refused(world.try_to("ann", claim, "recall", json!({}))), "not-possible");
}

#[test]
fn a_watched_change_withdraws_and_another_does_not() {
    let mut world = claims("approval: [{by: owner}]\nwatch: [amount, lines]");
    let claim = world.submitted(json!({"owner": "ed", "amount": 5}));
    world.update("claim", claim, json!({"note": "x"}));
    assert_eq!(world.asked(claim), "ed");
    world.update("claim", claim, json!({"amount": 6}));
    assert_eq!((world.state("claim", claim), world.asked(claim)), ("draft".into(), String::new()));
    world.act("claim", claim, "submit");
    world.update("claim", claim, json!({"lines": [{"payer": "bo"}]}));
    assert_eq!(world.state("claim", claim), "draft");
    world.verify();
}

#[test]
fn an_approval_is_taken_back_only_while_nothing_depends_on_it() {
    let mut world = claims("approval: [{by: owner}]");
    let approved = |world: &mut World| {
        let claim = world.submitted(json!({"owner": "ed"}));
        world.does("ed", claim, "approve", json!({}));
        claim
    };
    let claim = approved(&mut world);
    assert_eq!(refused(world.try_to("cy", claim, "unapprove", json!({}))), "not-your-task");
    world.does("ed", claim, "unapprove", json!({}));
    assert_eq!((world.state("claim", claim), world.asked(claim)), ("review".into(), "ed".into()));
    world.does("ed", claim, "reject", json!({}));
    let moved = approved(&mut world);
    world.act("claim", moved, "pay");
    assert_eq!(refused(world.try_to("ed", moved, "unapprove", json!({}))), "depended-on");
    let referred = approved(&mut world);
    world.create("order", json!({"claim": referred.to_string()}));
    assert_eq!(refused(world.try_to("ed", referred, "unapprove", json!({}))), "depended-on");
}

#[test]
fn urging_copies_and_comments_reach_those_concerned() {
    let mut world = claims("approval: [{by: owner}]\ncc: [second]");
    let claim = world.submitted(json!({"owner": "ed", "second": "di"}));
    let told = world.told("ed");
    world.does("ann", claim, "urge", json!({}));
    assert_eq!(world.told("ed"), told + 1);
    assert_eq!(refused(world.try_to("ann", claim, "urge", json!({}))), "urged-already");
    world.later(3600);
    world.does("ann", claim, "urge", json!({}));
    assert_eq!(refused(world.try_to("cy", claim, "comment", json!({}))), "not-your-task");
    world.does("ed", claim, "cc", json!({"to": ["cy"]}));
    let copies = |world: &mut World, who: &str| world.tasks(who, List::Copies).tasks;
    assert_eq!((copies(&mut world, "di").len(), copies(&mut world, "cy")[0]["read"].clone()), (1, json!(false)));
    let counts = |world: &mut World| {
        world.be("cy");
        world.book.task_counts(&world.actor).unwrap().cc
    };
    assert_eq!(counts(&mut world), 1);
    let copy = world.approvals(claim)[0].copies.iter().find(|copy| &*copy.login == "cy").unwrap().id;
    let read = Request::Decide { object: name("claim"), id: claim, task: copy, operation: Operation::Read };
    world.be("cy").run(read).unwrap();
    assert_eq!((counts(&mut world), copies(&mut world, "cy")[0]["read"].clone()), (0, json!(true)));
    world.does("cy", claim, "comment", json!({}));
    assert_eq!(world.approvals(claim)[0].comments[0].text.as_ref(), "because");
}

#[test]
fn reminders_escalations_and_limits_follow_the_clock() {
    let keys = "remind: 4 working hours\nescalate: {after: 8 working hours}\nlimit: {after: 24 working hours}";
    let mut world = claims(&format!("approval: [{{by: owner}}]\n{keys}"));
    let claim = world.submitted(json!({"owner": "ed"}));
    let fire = |world: &World, word: &str| {
        let record = world.get("claim", claim);
        let timer = record.timers.iter().find(|timer| timer.name == *word).unwrap();
        world.clock.set(timer.due.unwrap());
        world.run(Request::Fire { object: name("claim"), id: claim, timer: timer.id }).unwrap();
        world.verify();
    };
    assert_eq!(world.tasks("ed", List::Todo).tasks[0]["due"].as_str().map(|due| due.len() > 9), Some(true));
    let told = world.told("ed");
    world.be("system");
    fire(&world, "remind");
    assert_eq!((world.told("ed"), world.told("cy")), (told + 1, 0));
    fire(&world, "escalate");
    assert_eq!(world.told("cy"), 1);
    fire(&world, "limit");
    assert_eq!(world.asked(claim), "cy", "the supervisor decides instead");
    assert_eq!(refused(world.try_to("ed", claim, "approve", json!({}))), "task-ended");
    world.does("cy", claim, "approve", json!({}));
    assert!(world.get("claim", claim).timers.is_empty(), "timers end with the approval");
    for (then, state) in [("approve", "approved"), ("reject", "rejected")] {
        let mut world = claims(&format!("approval: [{{by: owner}}]\nlimit: {{after: 1h, then: {then}}}"));
        let claim = world.submitted(json!({"owner": "ed"}));
        world.later(3600);
        let timer = world.get("claim", claim).timers[0].id;
        world.be("system").run(Request::Fire { object: name("claim"), id: claim, timer }).unwrap();
        assert_eq!(world.state("claim", claim), state);
        // Somebody who decides at the same moment comes too late.
        assert_eq!(refused(world.try_to("ed", claim, "approve", json!({}))), "task-ended");
    }
}

#[test]
fn lists_page_by_due_time_and_filter_by_flow() {
    let mut world = claims("approval: [{by: owner}]\nshow: [what, amount]");
    for n in 0..7 {
        world.later(60);
        world.submitted(json!({"owner": "ed", "what": format!("c{n}"), "amount": n}));
    }
    world.be("ed");
    let mut asked = Asked { list: List::Todo, flow: Some(name("claim")), kind: None, limit: 3, after: None };
    let mut seen = Vec::new();
    loop {
        let page = world.book.tasks(&world.actor, &asked).unwrap();
        seen.extend(page.tasks.iter().map(|task| task["fields"]["what"].as_str().unwrap().to_owned()));
        asked.after = page.next;
        if asked.after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["c0", "c1", "c2", "c3", "c4", "c5", "c6"]);
    let started = world.tasks("ann", List::Started).tasks;
    assert_eq!(
        (started.len(), &started[0]["fields"]["what"], &started[0]["waits_for"]),
        (7, &json!("c6"), &json!(["ed"]))
    );
    assert_eq!(world.book.task_counts(&world.actor).unwrap().started, 7);
}
