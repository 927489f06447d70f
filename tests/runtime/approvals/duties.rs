//! Separation of duties over several approvals: whoever signed one does not decide the next.

use formwork_model::id::RecordId;
use formwork_store::table::task::List;
use serde_json::json;

use super::support::Tasks;
use crate::runtime::world::{World, refused, world};

/// A claim that `wu` decides first, and then `wu` or `li`, but nobody twice; `hold` is where somebody hands it on.
fn claim() -> (World, RecordId) {
    let mut world = world(
        "
# definitions/book.book.yaml
book: book
access: open
# definitions/x/claim.object.yaml
object: claim
fields: {amount: {type: integer, default: 0}}
# definitions/x/claim.flow.yaml
flow: claim
object: claim
start: draft
nodes:
  draft: {actions: {submit: {to: first}}}
  first:
    approval: [{by: user(wu)}]
    approved: {to: which}
    rejected: {to: refused}
  which: {decide: [{when: this.amount > 5, to: hold}, {else: true, to: pause}]}
  hold: {actions: {on: {to: second}}}
  pause: {wait: {for: 2h}, to: second}
  second:
    approval: [{by: [user(wu), user(li)], not: earlier, need: any}]
    approved: {to: paid}
    rejected: {to: refused}
  paid: {end: {}}
  refused: {end: {}}
",
    );
    world.be("setup");
    for login in ["ann", "wu", "li", "mo"] {
        world.create("user", json!({"login": login, "name": login}));
    }
    let claim = world.submitted(json!({}));
    (world, claim)
}

/// `wu` signs the first, and time passes.
fn signed(world: &mut World, claim: RecordId) {
    world.does("wu", claim, "approve", json!({}));
    world.later(2 * 3600);
    crate::runtime::timers::fire(world);
}

#[test]
fn whoever_signed_an_earlier_approval_is_asked_nothing_in_the_next_by_no_way() {
    let (mut world, claim) = claim();
    world
        .be("setup")
        .create("proxy", json!({"principal": "li", "agent": "wu", "from": "2026-03-01", "to": "2026-03-31"}));
    signed(&mut world, claim);
    assert_eq!((world.state("claim", claim), world.asked(claim)), ("second".into(), "li".into()));
    assert_eq!(world.tasks("wu", List::Todo).tasks.len(), 0);
    assert_eq!(refused(world.try_to("wu", claim, "approve", json!({"task": "li"}))), "not-your-task");
    assert_eq!(refused(world.try_to("li", claim, "transfer", json!({"to": "wu"}))), "separation-of-duties");
    assert_eq!(refused(world.try_to("li", claim, "delegate", json!({"to": "wu"}))), "separation-of-duties");
    for place in ["before", "parallel", "after"] {
        let added = world.try_to("li", claim, "add", json!({"to": "wu", "place": place}));
        assert_eq!(refused(added), "separation-of-duties", "{place}");
    }
    world.does("li", claim, "transfer", json!({"to": "mo"}));
    world.does("mo", claim, "approve", json!({}));
    assert_eq!(world.state("claim", claim), "paid");
    world.verify();
}

#[test]
fn what_was_signed_counts_after_a_return_and_no_more_when_it_is_submitted_anew() {
    let (mut world, claim) = claim();
    signed(&mut world, claim);
    world.does("li", claim, "return", json!({"to": "first", "resume": true}));
    assert_eq!((world.state("claim", claim), world.asked(claim)), ("first".into(), "wu".into()));
    world.does("wu", claim, "approve", json!({}));
    assert_eq!((world.state("claim", claim), world.asked(claim)), ("second".into(), "li".into()), "straight back");

    let anew = world.submitted(json!({"amount": 9}));
    world.does("wu", anew, "approve", json!({}));
    world.be("ann").act("claim", anew, "on");
    assert_eq!(world.asked(anew), "li wu", "ann submits it once more, as it is now");
    world.verify();
}

#[test]
fn a_proxy_is_not_handed_on() {
    let (mut world, claim) = claim();
    world.be("setup");
    for (principal, agent) in [("wu", "mo"), ("mo", "li")] {
        world
            .create("proxy", json!({"principal": principal, "agent": agent, "from": "2026-03-01", "to": "2026-03-31"}));
    }
    assert_eq!(world.tasks("li", List::Todo).tasks.len(), 0);
    assert_eq!(refused(world.try_to("li", claim, "approve", json!({"task": "wu"}))), "not-your-task");
    world.does("mo", claim, "approve", json!({"task": "wu"}));
    // Both the principal and who decided for them have signed.
    world.later(2 * 3600);
    crate::runtime::timers::fire(&world);
    assert_eq!(refused(world.try_to("li", claim, "transfer", json!({"to": "mo"}))), "separation-of-duties");
    world.verify();
}
