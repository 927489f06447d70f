//! Decisions that fill in a form.

use formwork_runtime::replay::Replay;
use formwork_store::table::task::List;
use serde_json::json;

use super::support::{Tasks as _, claims_with};
use crate::runtime::world::{World, refused};

const FORM: &str = "
# forms/x/grant.form.yaml
form: grant
object: claim
for: act
inputs: {remark: {type: text, max: 20}}
sections: [{fields: [amount, {field: remark, required: '= this.amount > 100'}]}]
";

fn audited() -> World {
    claims_with(
        "approval:
  - {by: ['user(bo)', 'user(cy)'], need: all, approve: {form: grant, require: amount}, reject: {require: note}}
  - {by: user(di)}
watch: second",
        FORM,
    )
}

#[test]
fn whoever_approves_fills_in_the_form_of_the_step() {
    let mut world = audited();
    let claim = world.submitted(json!({}));
    let task = &world.tasks("bo", List::Todo).tasks[0];
    assert_eq!(
        (&task["approve"], &task["reject"]),
        (&json!({"form": "grant", "require": ["amount"]}), &json!({"form": null, "require": ["note"]}))
    );
    assert_eq!(refused(world.try_to("bo", claim, "approve", json!({}))), "required@amount");
    let more = json!({"input": {"amount": 500}});
    assert_eq!(refused(world.try_to("bo", claim, "approve", more)), "required@remark");
    let other = json!({"input": {"amount": 5, "what": "x"}});
    assert_eq!(refused(world.try_to("bo", claim, "approve", other)), "unknown-input@what");
    assert_eq!(world.text("claim", claim, "amount"), "", "nothing of a refused decision is kept");
    world.does("bo", claim, "approve", json!({"input": {"amount": 500, "remark": "as agreed"}}));
    assert_eq!((world.text("claim", claim, "amount"), world.asked(claim)), ("500.00".into(), "cy".into()));
    world.does("cy", claim, "approve", json!({"input": {"amount": 90}}));
    assert_eq!((world.text("claim", claim, "amount"), world.asked(claim)), ("90.00".into(), "di".into()));
    assert_eq!(refused(world.try_to("di", claim, "approve", json!({"input": {"amount": 1}}))), "unknown-input@amount");
    world.does("di", claim, "approve", json!({}));
    assert_eq!(world.state("claim", claim), "approved");
    let mut replay = Replay::new(&world.book).unwrap();
    let mut decided = 0;
    while let Some(step) = replay.step().unwrap() {
        if let Some(changes) = &step.changes {
            decided += usize::from(step.recorded.kind.starts_with("decide"));
            assert_eq!(changes.entry, step.recorded, "decided again it is the same");
        }
    }
    assert_eq!(decided, 3);
}

#[test]
fn whoever_rejects_fills_in_what_that_needs_and_nobody_else_can() {
    let mut world = audited();
    let claim = world.submitted(json!({}));
    assert_eq!(refused(world.try_to("bo", claim, "reject", json!({}))), "required@note");
    let theirs = json!({"task": "bo", "input": {"note": "no"}});
    assert_eq!(refused(world.try_to("ed", claim, "reject", theirs)), "not-your-task");
    assert_eq!(world.text("claim", claim, "note"), "");
    world.does("bo", claim, "reject", json!({"input": {"note": "too late"}}));
    assert_eq!(
        (world.state("claim", claim), world.text("claim", claim, "note")),
        ("rejected".into(), "too late".into())
    );
}

#[test]
fn tasks_of_somebody_away_go_along_the_chain_of_substitutes() {
    let mut world = audited();
    let days = |user: &str, substitute: &str| json!({"user": user, "from": "2026-03-01", "to": "2026-03-31", "substitute": substitute});
    world.be("setup").create("absence", days("bo", "cy"));
    let claim = world.submitted(json!({}));
    let todo = |world: &mut World, who: &str| world.tasks(who, List::Todo).tasks.len();
    assert_eq!((todo(&mut world, "cy"), todo(&mut world, "ed")), (2, 0));
    world.be("setup").create("absence", days("cy", "ed"));
    assert_eq!((todo(&mut world, "ed"), world.told("ed")), (2, 0));
    let granted = json!({"task": "bo", "input": {"amount": 5}});
    assert_eq!(refused(world.try_to("fay", claim, "approve", granted.clone())), "not-your-task");
    world.does("ed", claim, "approve", granted);
    let entry = &world.book.history(crate::runtime::world::name("claim"), claim, None, 1).unwrap()[0];
    assert_eq!((&*entry.actor, entry.on_behalf_of.as_deref()), ("ed", Some("bo")));
    assert_eq!(todo(&mut world, "ed"), 1);
}
