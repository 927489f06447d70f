//! What the audit log tells of approvals: every decision, by who really acted, for whom, and what came of it.

use std::ops::ControlFlow;

use formwork_model::id::RecordId;
use formwork_runtime::command::Request;
use formwork_store::{
    store::{Order, read},
    table::{audit, history},
};
use serde_json::{Value as Json, json};

use super::support::{Tasks as _, claims};
use crate::runtime::world::{World, name};

/// The decisions about a claim: by whom, and what else is told.
fn told(world: &World, claim: RecordId) -> Vec<(String, Json)> {
    let (start, end) = audit::range_from(0);
    let mut all = Vec::new();
    read(&**world.book.store(), |view| {
        view.scan(&start, &end, Order::Forward, &mut |_, bytes| {
            all.push(audit::decode(bytes).unwrap().entry);
            ControlFlow::Continue(())
        })
    })
    .unwrap();
    let about = format!("claim {claim}");
    let decisions = all.into_iter().filter(|entry| entry.what == "decision" && entry.about == about);
    decisions.map(|entry| (entry.actor, serde_json::from_str(&entry.more).unwrap())).collect()
}

/// As [`told`], in short: `actor: kind of (what by for to)… outcome`.
fn short(world: &World, claim: RecordId) -> Vec<String> {
    let word = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    told(world, claim)
        .into_iter()
        .map(|(actor, more)| {
            let mut line = format!("{actor}: {}", word(&more["kind"]));
            for task in more["tasks"].as_array().into_iter().flatten() {
                line.push_str(&format!(" {} {}", word(&task["of"]), word(&task["is"])));
                for (sign, member) in [("by", "by"), ("for", "for"), ("to", "to")] {
                    if let Some(who) = task.get(member).and_then(Json::as_str) {
                        line.push_str(&format!(" {sign} {who}"));
                    }
                }
            }
            if let Some(outcome) = more["outcome"].as_str() {
                line.push_str(&format!(" = {outcome}"));
            }
            line
        })
        .collect()
}

#[test]
fn every_decision_is_told_by_who_acted_and_for_whom_and_nothing_that_was_said() {
    let mut world = claims("approval: [{by: user(bo)}, {by: ['user(cy)', 'user(di)'], need: all}]");
    let days = json!({"user": "cy", "from": "2026-03-01", "to": "2026-03-31", "substitute": "ed"});
    world.be("setup").create("absence", days);
    let claim = world.submitted(json!({}));
    assert_eq!(short(&world, claim), [""; 0], "to ask is no decision");
    world.does("bo", claim, "delegate", json!({"to": "fay"}));
    world.does("fay", claim, "approve", json!({}));
    world.does("bo", claim, "approve", json!({}));
    world.does("ed", claim, "approve", json!({"task": "cy"}));
    world.does("di", claim, "return", json!({"to": "submitter"}));
    let expected = [
        "bo: decide delegate fay delegated by bo",
        "fay: decide approve fay approved by fay",
        "bo: decide approve bo approved by bo",
        "ed: decide approve cy approved by ed for cy",
        "di: decide return di returned by di = returned",
    ];
    assert_eq!(short(&world, claim), expected);
    let (_, more) = &told(&world, claim)[3];
    let entry = &world.book.history(name("claim"), claim, None, 2).unwrap()[1];
    assert_eq!(
        json!([more["flow"], more["node"], more["for"], more["history"], more["release"]]),
        json!(["claim", "review", "cy", entry.seq, &*world.book.catalog().release])
    );
    assert!(entry.on_behalf_of.as_deref() == Some("cy") && more["step"].is_string());
    assert!(!format!("{:?}", told(&world, claim)).contains("because"), "words can be erased, the log can't");
}

#[test]
fn what_is_handed_on_added_removed_recalled_and_taken_back_is_told() {
    let mut world = claims("approval: [{by: user(bo)}]");
    let claim = world.submitted(json!({}));
    world.does("bo", claim, "add", json!({"to": ["fay"], "place": "before"}));
    world.does("bo", claim, "remove", json!({"task": "fay"}));
    world.does("bo", claim, "transfer", json!({"to": "cy"}));
    world.does("ann", claim, "urge", json!({}));
    world.does("ann", claim, "comment", json!({}));
    world.does("ann", claim, "recall", json!({}));
    world.be("ann").act("claim", claim, "submit");
    world.does("bo", claim, "approve", json!({}));
    world.does("bo", claim, "unapprove", json!({}));
    world.does("bo", claim, "reject", json!({}));
    let expected = [
        "bo: decide add fay added by bo",
        "bo: decide remove fay removed by bo",
        "bo: decide transfer bo transferred by bo to cy",
        "ann: decide recall = withdrawn",
        "bo: decide approve bo approved by bo = approved",
        "bo: decide unapprove = reopened",
        "bo: decide reject bo rejected by bo = rejected",
    ];
    assert_eq!(short(&world, claim), expected);
}

#[test]
fn what_the_clock_and_an_outcome_of_its_own_decide_is_told_too() {
    let mut world = claims("approval: [{by: user(bo)}]\nlimit: {after: 1h, then: approve}");
    let claim = world.submitted(json!({}));
    world.later(3600);
    let timer = world.get("claim", claim).timers[0].id;
    world.be("system").run(Request::Fire { object: name("claim"), id: claim, timer }).unwrap();
    assert_eq!(short(&world, claim), ["system: timer limit bo expired by system = approved"]);
    let mut world = claims("approval: [{by: user(bo)}]\nactions: {hold: {to: rejected, by: approver}}");
    let claim = world.submitted(json!({}));
    world.be("bo").act("claim", claim, "hold");
    assert_eq!(short(&world, claim), ["bo: act hold bo acted by bo = left"]);
}

#[test]
fn a_decision_that_is_refused_is_not_told() {
    let mut world = claims("approval: [{by: user(bo)}]");
    let claim = world.submitted(json!({}));
    assert!(world.try_to("ed", claim, "approve", json!({"task": "bo"})).is_err());
    assert_eq!(short(&world, claim), [""; 0]);
    let (head, _) = read(&**world.book.store(), history::head).unwrap();
    world.does("bo", claim, "approve", json!({}));
    assert_eq!(told(&world, claim)[0].1["history"], json!(head + 1));
}
