//! What making a release live would mean for what runs, and moving it there.

use std::sync::Arc;

use formwork_catalog::soundness::Fate;
use formwork_model::id::RecordId;
use formwork_runtime::{
    migration::{Mapping, migrate_all},
    plan::{Fit, Plan, plan},
    scenario::parse_actor,
};
use serde_json::{Value as Json, json};

use super::world::{World, catalog, name, refused, world};

const FIRST: &str = "
# definitions/x/claim.object.yaml
object: claim
fields: {name: {type: text}, old: {type: text}, mark: {type: text}}
rules: {touched: {on: update, set: {mark: first}}}
# definitions/x/claim.flow.yaml
flow: claim
object: claim
start: draft
nodes:
  draft: {actions: {submit: {to: [legal, money]}}}
  legal: {actions: {check: {to: both}}}
  money: {actions: {count: {to: both}}}
  both: {join: {need: all}, to: pay}
  pay: {actions: {paid: {to: done}}}
  done: {end: {}}
";

/// `legal` is called `law` now, `pay` is gone, and a step follows.
const SECOND: &str = "
# definitions/x/claim.object.yaml
object: claim
fields: {name: {type: text}, size: {type: integer, required: true}, mark: {type: text}}
rules: {touched: {on: update, set: {mark: second}}}
# definitions/x/claim.flow.yaml
flow: claim
object: claim
start: draft
nodes:
  draft: {actions: {submit: {to: [law, money]}}}
  law: {actions: {check: {to: both}}}
  money: {actions: {count: {to: both}}}
  both: {join: {need: all}, to: book}
  book: {actions: {booked: {to: done}}}
  done: {end: {}}
";

fn mapping(json: Json) -> Mapping {
    Mapping::read(&json).unwrap()
}

fn made(world: &World, to: &str, with: &Mapping) -> Plan {
    plan(&world.book, &world.book.catalog(), &catalog(to), with).unwrap()
}

/// One claim a place: draft, forked, one branch at the join, before the end.
fn claims(world: &World) -> [RecordId; 4] {
    let ids = [(); 4].map(|()| world.create("claim", json!({"name": "a", "old": "x"})));
    ids[1..].iter().for_each(|id| {
        world.act("claim", *id, "submit");
    });
    world.act("claim", ids[2], "check");
    world.act("claim", ids[3], "check");
    world.act("claim", ids[3], "count");
    ids
}

fn standing<'p>(plan: &'p Plan, nodes: &str) -> &'p formwork_runtime::plan::Standing {
    let at = |one: &&formwork_runtime::plan::Standing| {
        one.place.nodes.iter().map(|(node, _)| node.as_str()).collect::<Vec<_>>().join("+") == nodes
    };
    plan.standings.iter().find(at).unwrap_or_else(|| panic!("nothing at {nodes}: {:?}", plan.standings))
}

fn moves_to(one: &formwork_runtime::plan::Standing) -> (String, Fate) {
    match &one.fit {
        Fit::Itself { nodes, fate } => {
            (nodes.iter().map(|node| node.as_str()).collect::<Vec<_>>().join("+"), fate.clone())
        }
        Fit::Not(misfit) => panic!("{misfit:?}"),
    }
}

#[test]
fn the_plan_says_what_changes_and_who_stands_where() {
    let world = world(FIRST);
    claims(&world);
    let plan = made(&world, SECOND, &Mapping::default());
    let words: Vec<&str> = plan.differences.iter().map(|difference| difference.words.en.as_str()).collect();
    for expected in [
        "flow `claim`, node `legal`: removed",
        "flow `claim`, node `law`: new",
        "flow `claim`, node `both`, `to`: was `pay`, is `book`",
        "object `claim`, field `old`: removed",
        "object `claim`, field `size`: new",
        "object `claim`, rule `touched`, `set`, `mark`: was `first`, is `second`",
    ] {
        assert!(words.contains(&expected), "{expected} in {words:#?}");
    }
    let destroyed: Vec<&str> = plan.destroys.iter().map(|text| text.en.as_str()).collect();
    assert!(destroyed.contains(&"the node `claim.legal` is removed"), "{destroyed:?}");
    assert!(destroyed.iter().any(|text| text.starts_with("the field `claim.old` is removed")));
    let totals = plan.totals();
    assert_eq!((totals.running, totals.map, totals.stuck, totals.drafts), (3, 0, 3, 1));
    assert!(matches!(&standing(&plan, "legal+money").fit, Fit::Not(_)));
    assert!(world.book.catalog().release != plan.to, "nothing went live");
}

#[test]
fn more_than_a_batch_is_moved_and_what_is_refused_holds_up_none_of_it() {
    let world = world(FIRST);
    // Three hundred that run, in several batches; every third stands at `pay`, for which the mapping has no place.
    let all: Vec<[RecordId; 4]> = (0..100).map(|_| claims(&world)).collect();
    world.book.activate(catalog(SECOND)).unwrap();
    let to = world.book.catalog().release.clone();
    let with = Arc::new(mapping(json!({"flows": {"claim": {"nodes": {"legal": "law"}}}})));
    let admin = parse_actor("root admin");
    let done = migrate_all(&world.book, &to, &with, &admin, false).unwrap();
    assert_eq!((done.moved, done.refused), (200, 100));
    assert_eq!(done.examples.len(), 100);
    for [_, forked, _, last] in &all {
        assert_eq!((world.state("claim", *forked), world.state("claim", *last)), ("law+money".into(), "pay".into()));
        assert!(done.examples.iter().any(|(_, id, _)| id == last));
    }
    // Once there is a place for them too, the rest follows.
    let with = Arc::new(mapping(json!({"flows": {"claim": {"nodes": {"legal": "law", "pay": "book"}}}})));
    let rest = migrate_all(&world.book, &to, &with, &admin, false).unwrap();
    assert_eq!((rest.moved, rest.refused), (100, 0));
    world.verify();
}

#[test]
fn a_mapping_moves_forked_tokens_and_those_that_wait_at_a_join() {
    let world = world(FIRST);
    let [draft, forked, waiting, last] = claims(&world);
    let with = mapping(json!({"flows": {"claim": {"nodes": {"legal": "law", "pay": "book"}}}}));
    let plan = made(&world, SECOND, &with);
    assert_eq!(plan.totals().map, 3);
    assert_eq!(moves_to(standing(&plan, "legal+money")), ("law+money".into(), Fate::Safe));
    assert_eq!(moves_to(standing(&plan, "both+money")), (String::new(), Fate::Safe));
    world.book.activate(catalog(SECOND)).unwrap();
    let to = world.book.catalog().release.clone();
    let with = Arc::new(with);
    let admin = parse_actor("root admin");
    let dry = migrate_all(&world.book, &to, &with, &admin, true).unwrap();
    assert_eq!((dry.moved, dry.refused), (3, 0));
    assert_eq!(world.state("claim", last), "pay", "a dry run writes nothing");
    let done = migrate_all(&world.book, &to, &with, &admin, false).unwrap();
    assert_eq!((done.moved, done.refused), (3, 0));
    assert_eq!(migrate_all(&world.book, &to, &with, &admin, false).unwrap().moved, 0, "nothing is left to move");
    assert_eq!((world.state("claim", forked), world.state("claim", last)), ("law+money".into(), "book".into()));
    // Nobody has changed the record: no rule fired, and what the new release demands is asked for later.
    assert_eq!(world.text("claim", last, "mark"), "first");
    assert_eq!(refused(world.try_update("claim", last, json!({"name": "b"}))), "required@size");
    // The token that waited at the join counts for the branch that brought it.
    world.update("claim", waiting, json!({"size": 1}));
    world.act("claim", waiting, "count");
    assert_eq!(world.state("claim", waiting), "book");
    world.update("claim", forked, json!({"size": 1}));
    world.act("claim", forked, "check");
    world.act("claim", forked, "count");
    world.act("claim", forked, "booked");
    assert_eq!(world.state("claim", forked), "done");
    let history = world.book.history(name("claim"), last, None, 1).unwrap().remove(0);
    assert!(history.kind.starts_with("migrate ") && &*history.actor == "root", "{history:?}");
    assert_eq!(world.state("claim", draft), "draft");
    world.verify();
}

#[test]
fn an_instance_that_does_not_fit_stays_whole() {
    let world = world(FIRST);
    let [_, forked, waiting, last] = claims(&world);
    world.book.activate(catalog(SECOND)).unwrap();
    let to = world.book.catalog().release.clone();
    let only = Arc::new(mapping(json!({"flows": {"claim": {"nodes": {"pay": "book"}}}})));
    let done = migrate_all(&world.book, &to, &only, &parse_actor("root"), false).unwrap();
    // The one at the join has no token on `legal`, but it came from there: the edge is gone.
    assert_eq!((done.moved, done.refused), (1, 2), "{:?}", done.examples);
    assert_eq!(done.examples[0].2.code.as_str(), "migration-misfit");
    assert_eq!((world.state("claim", forked), world.state("claim", last)), ("legal+money".into(), "book".into()));
    assert_eq!(world.possible("claim", forked), ["check", "count"]);
    assert!(world.exists("claim", waiting));
    let nowhere = Arc::new(mapping(json!({"flows": {"claim": {"nodes": {"pay": "nowhere"}}}})));
    assert!(migrate_all(&world.book, &to, &nowhere, &parse_actor("root"), true).is_err());
    world.verify();
}

#[test]
fn a_token_at_a_join_whose_edge_is_gone_does_not_fit_until_the_mapping_says_which_it_is() {
    let world = world(FIRST);
    claims(&world);
    let plain = made(&world, SECOND, &Mapping::default());
    let Fit::Not(misfit) = &standing(&plain, "both+money").fit else { panic!("{plain:?}") };
    assert!(misfit.words().en.contains("no edge leads from `legal` to `both`"), "{misfit:?}");
    let with = mapping(json!({"flows": {"claim": {"edges": {"legal": "law"}}}}));
    assert_eq!(moves_to(standing(&made(&world, SECOND, &with), "both+money")).1, Fate::Safe);
}

#[test]
fn a_marking_that_can_not_come_to_its_end_is_unsafe_with_the_way_there() {
    // One branch is gone: whoever is forked already waits at the join for ever.
    let one = SECOND.replace("to: [law, money]", "to: money").replace("  law: {actions: {check: {to: both}}}\n", "");
    let world = world(FIRST);
    let [_, forked, ..] = claims(&world);
    // Both tokens on the one branch: the join takes them one by one, and both go on.
    let merged = mapping(json!({"flows": {"claim": {"nodes": {"legal": "money", "pay": "book"}}}}));
    assert_eq!(moves_to(standing(&made(&world, &one, &merged), "legal+money")).1, Fate::Safe);
    // The branch is withdrawn.
    let withdrawn =
        mapping(json!({"flows": {"claim": {"nodes": {"legal": null, "pay": "book"}, "edges": {"legal": "money"}}}}));
    let plan = made(&world, &one, &withdrawn);
    assert_eq!(moves_to(standing(&plan, "legal+money")), ("money".into(), Fate::Safe));
    world.book.activate(catalog(&one)).unwrap();
    let to = world.book.catalog().release.clone();
    migrate_all(&world.book, &to, &Arc::new(withdrawn), &parse_actor("root"), false).unwrap();
    assert_eq!(world.state("claim", forked), "money");
    world.update("claim", forked, json!({"size": 1}));
    world.act("claim", forked, "count");
    assert_eq!(world.state("claim", forked), "book");
}

#[test]
fn what_would_get_stuck_is_not_moved() {
    let world = world(FIRST);
    let [_, forked, ..] = claims(&world);
    // Without its other branch a token on `money` can't fill the join.
    let with =
        mapping(json!({"flows": {"claim": {"nodes": {"legal": null, "pay": "book"}, "edges": {"legal": "law"}}}}));
    let plan = made(&world, SECOND, &with);
    let (to, fate) = moves_to(standing(&plan, "legal+money"));
    let Fate::Unsafe(unsound) = fate else { panic!("{to} {fate:?}") };
    assert_eq!(unsound.trace.iter().map(|step| step.node.as_str()).collect::<Vec<_>>(), ["money"]);
    world.book.activate(catalog(SECOND)).unwrap();
    let release = world.book.catalog().release.clone();
    let done = migrate_all(&world.book, &release, &Arc::new(with), &parse_actor("root"), false).unwrap();
    assert_eq!((done.moved, done.refused), (2, 1));
    assert_eq!(done.examples[0].2.code.as_str(), "migration-unsafe");
    assert_eq!(world.possible("claim", forked), ["check", "count"]);
}

/// Both branches of the claim inside a scope that somebody may leave at any time.
fn scoped(legal: &str) -> String {
    format!(
        "
# definitions/x/claim.object.yaml
object: claim
fields: {{name: {{type: text}}}}
# definitions/x/claim.flow.yaml
flow: claim
object: claim
start: draft
nodes:
  draft: {{actions: {{submit: {{to: room}}}}}}
  room:
    scope:
      actions: {{drop: {{to: done}}}}
      start: begin
      nodes:
        begin: {{run: {{set: {{name: begun}}}}, to: [{legal}, money]}}
        {legal}: {{actions: {{check: {{to: both}}}}}}
        money: {{actions: {{count: {{to: both}}}}}}
        both: {{join: {{need: all}}, to: over}}
        over: {{end: {{}}}}
    to: done
  done: {{end: {{}}}}
"
    )
}

#[test]
fn whether_somebody_withdraws_what_gets_stuck_is_not_known() {
    let world = world(&scoped("legal"));
    let claim = world.create("claim", json!({}));
    world.act("claim", claim, "submit");
    let with = mapping(json!({"flows": {"claim": {"nodes": {"legal": null}, "edges": {"legal": "law"}}}}));
    let plan = made(&world, &scoped("law"), &with);
    let [standing] = plan.standings.as_slice() else { panic!("{plan:?}") };
    let (to, fate) = moves_to(standing);
    let Fate::Unknown { reason } = fate else { panic!("{to} {fate:?}") };
    assert!(reason.en.contains("`room` can get stuck") && reason.zh.contains("`room` 内部可能卡住"), "{reason:?}");
    // Nobody is kept from moving it: whoever reads the plan decides.
    world.book.activate(catalog(&scoped("law"))).unwrap();
    let release = world.book.catalog().release.clone();
    let done = migrate_all(&world.book, &release, &Arc::new(with), &parse_actor("root"), false).unwrap();
    assert_eq!((done.moved, done.refused), (1, 0));
    assert_eq!(world.possible("claim", claim), ["count", "drop"]);
    world.act("claim", claim, "drop");
    assert_eq!(world.state("claim", claim), "done");
    world.verify();
}

#[test]
fn tokens_on_nodes_that_go_on_by_themselves_run_to_rest() {
    let world = world(FIRST);
    let [.., last] = claims(&world);
    let auto = SECOND.replace(", required: true", "").replace(
        "book: {actions: {booked: {to: done}}}",
        "book: {run: {set: {mark: ran}}, to: closing}\n  closing: {actions: {close: {to: done}}}",
    );
    world.book.activate(catalog(&auto)).unwrap();
    let to = world.book.catalog().release.clone();
    let with = Arc::new(mapping(json!({"flows": {"claim": {"nodes": {"legal": "law", "pay": "book"}}}})));
    migrate_all(&world.book, &to, &with, &parse_actor("root"), false).unwrap();
    assert_eq!((world.state("claim", last), world.text("claim", last, "mark")), ("closing".into(), "ran".into()));
    world.verify();
}

#[test]
fn mappings_are_read_strictly() {
    for wrong in [
        json!([]),
        json!({"flow": {}}),
        json!({"flows": {"claim": {"node": {}}}}),
        json!({"flows": {"claim": {"edges": {"a": null}}}}),
        json!({"flows": {"claim": []}}),
    ] {
        assert!(Mapping::read(&wrong).is_err(), "{wrong}");
    }
    let written = json!({"flows": {"claim": {"nodes": {"a": "b", "c": null}, "edges": {"x": "y"}}}});
    assert_eq!(mapping(written.clone()).to_json(), written);
}
