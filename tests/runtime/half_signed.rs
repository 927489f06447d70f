//! Releases that change an approval which some have signed and others have not.

use std::sync::Arc;

use formwork_catalog::soundness::Fate;
use formwork_model::{approval::Approval, id::RecordId};
use formwork_runtime::{
    approval::Operation,
    command::{Outcome, Request},
    migration::{Mapping, Migrated, migrate_all},
    plan::{Fit, Plan, Standing, plan},
    rejection::Refusal,
    scenario::parse_actor,
};
use serde_json::{Value as Json, json};

use super::world::{World, catalog, name, refused, world};

/// Three have to sign, then one more.
const FIRST: &str = "
# definitions/x/claim.object.yaml
object: claim
fields: {what: {type: text}}
# definitions/x/claim.flow.yaml
flow: claim
object: claim
start: draft
nodes:
  draft: {actions: {submit: {to: review}}}
  review:
    approval:
      - {name: board, by: ['user(bo)', 'user(cy)', 'user(di)'], need: all}
      - {name: last, by: user(ed)}
    approved: {to: paid}
    rejected: {to: refused}
    withdrawn: {to: draft}
    returned: {to: draft}
  paid: {end: {}}
  refused: {end: {}}
";

fn second(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(FIRST.to_owned(), |files, (from, to)| {
        assert!(files.contains(from), "{from}");
        files.replace(from, to)
    })
}

/// A claim that `cy` has signed, and one that nobody has.
fn claims() -> (World, RecordId, RecordId) {
    let mut world = world(FIRST);
    world.be("ann");
    let ids = ["half", "fresh"].map(|what| world.create("claim", json!({"what": what})));
    for id in ids {
        world.act("claim", id, "submit");
    }
    sign(&mut world, "cy", ids[0]).unwrap();
    (world, ids[0], ids[1])
}

fn approval(world: &World, claim: RecordId) -> Approval {
    world.get("claim", claim).flows.remove(0).approvals.pop().unwrap()
}

fn asked(world: &World, claim: RecordId) -> String {
    let approval = approval(world, claim);
    let mut open: Vec<_> = approval.tasks().filter(|task| task.is_open()).map(|task| task.login.to_string()).collect();
    open.sort();
    open.join(" ")
}

fn sign(world: &mut World, who: &str, claim: RecordId) -> Result<Outcome, Refusal> {
    let task = approval(world, claim).tasks().filter(|task| *task.login == *who).last().unwrap().id;
    let operation = Operation::read("approve", &serde_json::Map::new().into_iter().collect()).unwrap();
    world.be(who);
    world.run(Request::Decide { object: name("claim"), id: claim, task, operation })
}

fn made(world: &World, to: &str, with: &Mapping) -> Plan {
    plan(&world.book, &world.book.catalog(), &catalog(to), with).unwrap()
}

/// Where those stand that these people have signed.
fn standing<'p>(plan: &'p Plan, signed: &[&str]) -> &'p Standing {
    let is = |one: &&Standing| one.place.signed.iter().map(|login| &**login).eq(signed.iter().copied());
    plan.standings.iter().find(is).unwrap_or_else(|| panic!("nobody: {:?}", plan.standings))
}

fn migrate(world: &World, to: &str, with: Mapping) -> Migrated {
    world.book.activate(catalog(to)).unwrap();
    let release = world.book.catalog().release.clone();
    migrate_all(&world.book, &release, &Arc::new(with), &parse_actor("root admin"), false).unwrap()
}

fn mapping(json: Json) -> Mapping {
    Mapping::read(&json).unwrap()
}

fn release_of(world: &World, claim: RecordId) -> String {
    world.get("claim", claim).flows[0].release.clone()
}

#[test]
fn signatures_count_where_the_approval_goes_on_and_the_rest_is_asked_by_the_new_rules() {
    let (mut world, half, fresh) = claims();
    let renamed = second(&[
        ("to: review}", "to: audit}"),
        ("  review:", "  audit:"),
        ("- {name: last, by: user(ed)}", "- {name: last, by: user(fay)}"),
    ]);
    let with = mapping(json!({"flows": {"claim": {"nodes": {"review": "audit"}}}}));
    let plan = made(&world, &renamed, &with);
    // Who has signed stands apart from who has not, and is named.
    assert_eq!((standing(&plan, &["cy"]).count, standing(&plan, &[]).count), (1, 1));
    for one in &plan.standings {
        let Fit::Itself { nodes, fate } = &one.fit else { panic!("{one:?}") };
        assert_eq!((nodes.as_slice(), fate), ([name("audit")].as_slice(), &Fate::Safe));
    }
    let done = migrate(&world, &renamed, with);
    assert_eq!((done.moved, done.refused), (2, 0), "{:?}", done.examples);
    assert_eq!((world.state("claim", half), asked(&world, half)), ("audit".into(), "bo di".into()));
    assert_eq!(asked(&world, fresh), "bo cy di");
    assert_eq!(refused(sign(&mut world, "cy", half)), "task-ended", "a decision counts once");
    sign(&mut world, "bo", half).unwrap();
    sign(&mut world, "di", half).unwrap();
    assert_eq!(asked(&world, half), "fay", "the new release says who is last");
    sign(&mut world, "fay", half).unwrap();
    assert_eq!(world.state("claim", half), "paid");
    world.verify();
}

#[test]
fn an_approval_whose_step_is_gone_stays_whole_and_ends_by_its_own_release() {
    let (mut world, half, fresh) = claims();
    let gone = second(&[(
        "- {name: board, by: ['user(bo)', 'user(cy)', 'user(di)'], need: all}",
        "- {name: jury, by: ['user(bo)', 'user(cy)', 'user(di)'], need: all}",
    )]);
    let plan = made(&world, &gone, &Mapping::default());
    for signed in [&["cy"][..], &[]] {
        let Fit::Not(misfit) = &standing(&plan, signed).fit else { panic!("{plan:?}") };
        assert!(misfit.words().en.contains("was asked in step `board`, which is removed"), "{misfit:?}");
    }
    let before = release_of(&world, half);
    let done = migrate(&world, &gone, Mapping::default());
    assert_eq!((done.moved, done.refused), (0, 2));
    assert_eq!(done.examples[0].2.code.as_str(), "migration-misfit");
    assert_eq!((release_of(&world, half), asked(&world, half)), (before, "bo di".into()));
    for who in ["bo", "di", "ed"] {
        sign(&mut world, who, half).unwrap();
    }
    assert_eq!((world.state("claim", half), asked(&world, fresh)), ("paid".into(), "bo cy di".into()));
    world.verify();
}

#[test]
fn a_node_that_is_no_approval_any_more_takes_no_half_signed_one() {
    let (world, half, _) = claims();
    let plain = second(&[(
        "    approval:\n      - {name: board, by: ['user(bo)', 'user(cy)', 'user(di)'], need: all}\n      - {name: last, by: user(ed)}\n    approved: {to: paid}\n    rejected: {to: refused}\n    withdrawn: {to: draft}\n    returned: {to: draft}\n",
        "    actions: {pay: {to: paid}, refuse: {to: refused}}\n",
    )]);
    let plan = made(&world, &plain, &Mapping::default());
    let Fit::Not(misfit) = &standing(&plan, &["cy"]).fit else { panic!("{plan:?}") };
    assert!(misfit.words().en.contains("let it be decided first"), "{misfit:?}");
    assert_eq!(migrate(&world, &plain, Mapping::default()).refused, 2);
    assert_eq!(asked(&world, half), "bo di");
    world.verify();
}

#[test]
fn a_step_under_way_ends_as_it_was_asked_and_one_reached_later_by_the_new_need() {
    let (mut world, half, _) = claims();
    let changed = second(&[
        ("need: all", "need: 2"),
        ("- {name: last, by: user(ed)}", "- {name: last, by: ['user(ed)', 'user(fay)'], need: any}"),
    ]);
    assert_eq!(migrate(&world, &changed, Mapping::default()).moved, 2);
    sign(&mut world, "bo", half).unwrap();
    assert_eq!(asked(&world, half), "di", "three were asked for, and three it is");
    sign(&mut world, "di", half).unwrap();
    assert_eq!(asked(&world, half), "ed fay");
    sign(&mut world, "fay", half).unwrap();
    assert_eq!(world.state("claim", half), "paid");
    world.be("ann");
    let later = world.create("claim", json!({"what": "later"}));
    world.act("claim", later, "submit");
    sign(&mut world, "cy", later).unwrap();
    sign(&mut world, "bo", later).unwrap();
    assert_eq!(asked(&world, later), "ed fay", "two of three");
    world.verify();
}

#[test]
fn a_step_put_in_front_is_not_asked_of_those_that_are_past_it() {
    let (mut world, half, _) = claims();
    let front = second(&[("- {name: board,", "- {name: first, by: user(fay)}\n      - {name: board,")]);
    let plan = made(&world, &front, &Mapping::default());
    assert!(matches!(&standing(&plan, &["cy"]).fit, Fit::Itself { fate: Fate::Safe, .. }), "{plan:?}");
    assert_eq!(migrate(&world, &front, Mapping::default()).moved, 2);
    for who in ["bo", "di", "ed"] {
        sign(&mut world, who, half).unwrap();
    }
    assert_eq!(world.state("claim", half), "paid");
    world.verify();
}
