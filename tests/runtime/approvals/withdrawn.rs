//! What a flow itself sets, and what becomes of an approval that watches it.

use formwork_model::id::RecordId;
use serde_json::json;

use super::support::Tasks;
use crate::runtime::{
    timers::fire,
    world::{World, world},
};

/// A claim that waits for `ed`. Whatever withdraws the approval, it comes back by itself with one round more.
fn claim(timers: &str) -> (World, RecordId) {
    let mut world = world(&format!(
        "
# definitions/book.book.yaml
book: book
access: open
# definitions/x/claim.object.yaml
object: claim
fields: {{rounds: {{type: integer, default: 0}}, late: {{type: boolean}}}}
# definitions/x/claim.flow.yaml
flow: claim
object: claim
start: draft
nodes:
  draft: {{actions: {{submit: {{to: review, set: {{rounds: = this.rounds + 1}}}}}}}}
  review:
    approval: [{{by: user(ed)}}]
    watch: [rounds, late]
    timers: {{{timers}}}
    approved: {{to: approved}}
    rejected: {{to: approved}}
    withdrawn: {{to: again}}
  again: {{run: {{set: {{rounds: = this.rounds + 1}}}}, to: review}}
  approved: {{end: {{}}}}
"
    ));
    world.be("setup").create("user", json!({"login": "ed", "name": "Ed"}));
    let claim = world.submitted(json!({}));
    (world, claim)
}

fn rounds(world: &World, claim: RecordId) -> (usize, String, String) {
    (world.approvals(claim).len(), world.text("claim", claim, "rounds"), world.asked(claim))
}

#[test]
fn what_is_set_on_the_way_to_an_approval_does_not_withdraw_it() {
    let (mut world, claim) = claim("");
    assert_eq!(rounds(&world, claim), (1, "1".into(), "ed".into()));
    world.update("claim", claim, json!({"rounds": 7}));
    assert_eq!(rounds(&world, claim), (2, "8".into(), "ed".into()), "once, for what somebody changed");
    world.later(24 * 3600);
    fire(&world);
    assert_eq!(rounds(&world, claim), (2, "8".into(), "ed".into()));
    world.does("ed", claim, "approve", json!({}));
    world.verify();
}

/// What `withdraws-itself` warns of.
#[test]
fn a_timer_that_sets_what_is_watched_withdraws_it_each_time() {
    let (mut world, claim) = claim("daily: {after: 1d, set: {rounds: = this.rounds + 10}}");
    for day in 1..=3 {
        world.later(24 * 3600);
        assert_eq!(fire(&world), 1);
        let (approvals, _, asked) = rounds(&world, claim);
        assert_eq!((approvals, asked.as_str()), (1 + day, "ed"));
    }
    world.does("ed", claim, "approve", json!({}));
    world.verify();
}

/// What it does not warn of.
#[test]
fn a_timer_that_sets_the_same_again_withdraws_it_once() {
    let (mut world, claim) = claim("mark: {after: 1d, set: {late: true}}");
    for _ in 1..=3 {
        world.later(24 * 3600);
        fire(&world);
    }
    assert_eq!(world.approvals(claim).len(), 2);
    world.does("ed", claim, "approve", json!({}));
    world.verify();
}
