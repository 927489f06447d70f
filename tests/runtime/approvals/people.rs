//! Who is asked: by field, role, head, supervisor, expression and choice; proxies, substitutes, leavers.

use formwork_runtime::{approval::centre::Page, incident::Wanted};
use formwork_store::table::task::List;
use serde_json::{Value as Json, json};

use super::support::{Tasks as _, claims};
use crate::runtime::world::{World, name, refused};

#[test]
fn people_are_found_by_field_role_head_supervisor_and_expression() {
    let finds = |by: &str, values: Json| {
        let mut world = claims(&format!("approval: [{{by: {by}, need: all}}]"));
        let claim = world.submitted(values);
        world.asked(claim)
    };
    assert_eq!(finds("owner", json!({"owner": "ed"})), "ed");
    assert_eq!(finds("second", json!({"second": "cy"})), "cy");
    assert_eq!(finds("creator", json!({})), "bo", "the submitter's supervisor");
    assert_eq!(finds("user(di)", json!({})), "di");
    assert_eq!(finds("role(manager)", json!({})), "bo ed");
    assert_eq!(finds("role(manager) in this.office", json!({"office": "all"})), "ed");
    assert_eq!(finds("role(manager) in this.office", json!({"office": "sales"})), "bo ed");
    assert_eq!(finds("head(this.office)", json!({"office": "sales"})), "cy");
    assert_eq!(finds("supervisor(2)", json!({})), "cy");
    assert_eq!(
        finds("'= this.lines.map(|line| line.payer)'", json!({"lines": [{"payer": "ed"}, {"payer": "di"}]})),
        "di ed"
    );
    assert_eq!(finds("role(nobody)", json!({})), "fay", "an administrator");
    assert_eq!(finds("[owner, second]", json!({"owner": "ed", "second": "ed"})), "ed", "each once");
}

#[test]
fn supervisors_are_asked_level_by_level_up_to_the_role() {
    let mut world = claims("approval: [{by: supervisors(director)}]");
    let claim = world.submitted(json!({}));
    for who in ["bo", "cy", "di"] {
        assert_eq!(world.asked(claim), who);
        world.does(who, claim, "approve", json!({}));
    }
    assert_eq!(world.state("claim", claim), "approved");
}

#[test]
fn a_chain_goes_step_by_step_and_skips_what_does_not_apply() {
    let mut world = claims(
        "approval:
  - {by: role(manager) in this.office}
  - {name: big, by: role(director), when: this.amount > 1000}
  - {name: last, by: second}",
    );
    let small = world.submitted(json!({"office": "all", "amount": 10, "second": "cy"}));
    world.does("ed", small, "approve", json!({}));
    assert_eq!(world.asked(small), "cy");
    let big = world.submitted(json!({"office": "all", "amount": 5000, "second": "cy"}));
    world.does("ed", big, "approve", json!({}));
    assert_eq!(world.asked(big), "di");
    assert_eq!(refused(world.try_to("cy", big, "approve", json!({"task": "di"}))), "not-your-task");
    world.does("di", big, "approve", json!({}));
    world.does("cy", big, "reject", json!({}));
    assert_eq!(world.state("claim", big), "rejected");
}

#[test]
fn a_leaver_gets_no_task_and_an_administrator_hands_theirs_on() {
    let mut world = claims("approval: [{by: owner}]");
    let claim = world.submitted(json!({"owner": "ed"}));
    let ed = world.book.resolve(name("user"), &json!({"login": "ed"})).unwrap().unwrap();
    world.be("setup").update("user", ed, json!({"active": false}));
    assert_eq!(world.asked(claim), "cy", "handed over in the same commit");
    assert_eq!(refused(world.try_to("di", claim, "transfer", json!({"task": "cy", "to": "di"}))), "not-your-task");
    world.does("fay", claim, "transfer", json!({"task": "cy", "to": "di"}));
    assert_eq!(world.asked(claim), "di");
    let later = world.submitted(json!({"owner": "ed"}));
    assert_eq!(world.asked(later), "cy", "the leaver's supervisor");
    assert_eq!(refused(world.try_to("cy", later, "transfer", json!({"to": "ed"}))), "inactive-user@to");
}

#[test]
fn whoever_approved_earlier_can_be_kept_out_also_by_proxy_and_as_added_signer() {
    let mut world = claims("approval: [{by: owner}, {by: [owner, second], not: earlier}]");
    world
        .be("setup")
        .create("proxy", json!({"principal": "cy", "agent": "ed", "from": "2026-03-01", "to": "2026-03-31"}));
    let claim = world.submitted(json!({"owner": "ed", "second": "cy"}));
    world.does("ed", claim, "approve", json!({}));
    assert_eq!(world.asked(claim), "cy");
    assert_eq!(refused(world.try_to("ed", claim, "approve", json!({"task": "cy"}))), "not-your-task");
    assert_eq!(refused(world.try_to("cy", claim, "add", json!({"to": "ed"}))), "separation-of-duties");
    assert_eq!(world.tasks("ed", List::Todo).tasks.len(), 0);
}

#[test]
fn a_proxy_moves_tasks_both_ways_within_its_scope_and_is_logged() {
    let mut world = claims("approval: [{by: owner}]\namount: amount");
    let small = world.submitted(json!({"owner": "ed", "amount": 100}));
    let big = world.submitted(json!({"owner": "ed", "amount": 900}));
    let to = |page: Page| page.tasks.iter().map(|task| task["record"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(to(world.tasks("ed", List::Todo)).len(), 2);
    world.be("setup").create(
        "proxy",
        json!({"principal": "ed", "agent": "cy", "from": "2026-03-03", "to": "2026-03-04", "up_to": 500,
            "flows": [{"flow": "claim"}]}),
    );
    // The submitter is never anybody's proxy for what they submitted.
    world.create("proxy", json!({"principal": "ed", "agent": "ann", "from": "2026-03-01", "to": "2026-03-31"}));
    assert_eq!(to(world.tasks("cy", List::Todo)), Vec::<String>::new());
    assert_eq!(refused(world.try_to("cy", small, "approve", json!({"task": "ed"}))), "not-your-task");
    world.later(24 * 3600);
    assert_eq!(to(world.tasks("cy", List::Todo)), [small.to_string()]);
    assert_eq!(world.tasks("cy", List::Todo).tasks[0]["on_behalf_of"], "ed");
    assert_eq!(to(world.tasks("ed", List::Todo)), [big.to_string()]);
    assert_eq!(world.book.task_counts(&world.actor).unwrap().todo, 1);
    assert_eq!(refused(world.try_to("cy", big, "approve", json!({"task": "ed"}))), "not-your-task");
    assert_eq!(refused(world.try_to("ann", small, "approve", json!({"task": "ed"}))), "not-your-task");
    world.later(48 * 3600);
    assert_eq!(to(world.tasks("ed", List::Todo)).len(), 2, "back again");
    world.later(-48 * 3600);
    world.does("cy", small, "approve", json!({"task": "ed"}));
    let entry = &world.book.history(name("claim"), small, None, 1).unwrap()[0];
    assert_eq!((&*entry.actor, entry.on_behalf_of.as_deref()), ("cy", Some("ed")));
    assert_eq!((world.tasks("cy", List::Done).tasks.len(), world.tasks("ed", List::Done).tasks.len()), (1, 1));
}

#[test]
fn a_substitute_decides_while_somebody_is_away() {
    let mut world = claims("approval: [{by: owner}]");
    world
        .be("setup")
        .create("absence", json!({"user": "ed", "from": "2026-03-01", "to": "2026-03-31", "substitute": "cy"}));
    let claim = world.submitted(json!({"owner": "ed"}));
    assert_eq!(world.told("cy"), 1);
    assert_eq!(world.tasks("cy", List::Todo).tasks.len(), 1);
    world.does("cy", claim, "approve", json!({"task": "ed"}));
    assert_eq!(world.state("claim", claim), "approved");
}

#[test]
fn the_submitter_chooses_and_the_choice_is_needed() {
    let mut world = claims("approval: [{name: friend, by: chosen}]");
    let claim = world.be("ann").create("claim", json!({}));
    assert_eq!(refused(world.try_act("claim", claim, "submit", Json::Null)), "required@approvers.friend");
    let unknown = json!({"approvers": {"foe": "ed"}});
    assert_eq!(refused(world.try_act("claim", claim, "submit", unknown)), "unknown-input@approvers.foe");
    world.try_act("claim", claim, "submit", json!({"approvers": {"friend": ["ed", "cy"]}})).unwrap();
    assert_eq!(world.asked(claim), "cy ed");
    world.does("ed", claim, "return", json!({}));
    world.be("ann").act("claim", claim, "submit");
    assert_eq!(world.asked(claim), "cy ed", "as the last time");
}

#[test]
fn whoever_decided_before_is_preferred_where_that_is_wanted() {
    let mut world = claims("approval: [{by: [owner, second], familiar: true}]");
    let claim = world.submitted(json!({"owner": "ed", "second": "cy"}));
    assert_eq!(world.asked(claim), "cy ed");
    world.does("cy", claim, "return", json!({}));
    world.be("ann").act("claim", claim, "submit");
    assert_eq!(world.asked(claim), "cy");
}

#[test]
fn a_step_for_which_nobody_is_found_waits_for_an_administrator() {
    let mut world = claims("approval: [{by: role(auditor), empty: block}]");
    let claim = world.submitted(json!({}));
    assert_eq!((world.state("claim", claim), world.asked(claim)), ("review".into(), String::new()));
    let open = |world: &World| world.book.incidents(&Wanted { limit: 9, ..Wanted::default() }).unwrap().len();
    assert_eq!(open(&world), 1, "with an incident");
    world.does("fay", claim, "retry", json!({}));
    assert_eq!((world.asked(claim), open(&world)), (String::new(), 1));
    world.be("setup").create("position", json!({"user": "cy", "role": "auditor"}));
    assert_eq!(refused(world.try_to("cy", claim, "retry", json!({}))), "not-your-task");
    world.does("fay", claim, "retry", json!({}));
    assert_eq!((world.asked(claim), open(&world)), ("cy".into(), 0));
    assert_eq!(refused(world.try_to("fay", claim, "retry", json!({}))), "not-blocked");
}
