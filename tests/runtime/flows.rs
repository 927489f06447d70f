//! Corners of flows that the patterns don't show.

use serde_json::json;

use super::world::{World, name, refused, world};

pub(super) fn object(world: &str) -> String {
    format!(
        "
# definitions/x/case.object.yaml
object: case
fields:
  n: {{type: integer, default: 0}}
  m: {{type: integer, default: 0}}
  child: {{type: ref, to: case}}
{world}"
    )
}

pub(super) fn case(flow: &str) -> World {
    world(&object(&format!("# definitions/x/case.flow.yaml\nflow: case\nobject: case\n{flow}")))
}

pub(super) fn instance(world: &World, id: formwork_model::id::RecordId) -> formwork_model::instance::Instance {
    world.get("case", id).flow(name("case")).unwrap().clone()
}

#[test]
fn a_second_token_of_one_edge_does_not_stand_for_another_edge() {
    let world = case(
        "start: open
nodes:
  open: {actions: {begin: {to: [a, a, b, c]}}}
  a: {actions: {finish_a: {to: gate}}}
  b: {actions: {finish_b: {to: gate}}}
  c: {actions: {finish_c: {to: gate}}}
  gate: {join: {need: 1, rest: absorb}, to: work}
  work: {enter: {set: {n: = this.n + 1}}, actions: {finish: {to: done}}}
  done: {end: {}}
",
    );
    let id = world.create("case", json!({}));
    for action in ["begin", "finish_a", "finish_a", "finish_b"] {
        world.act("case", id, action);
    }
    assert_eq!(world.text("case", id, "n"), "1");
    world.act("case", id, "finish_c");
    assert_eq!(world.text("case", id, "n"), "1", "the third edge belongs to the same round");
    assert!(instance(&world, id).joins.is_empty(), "and completes it");
}

#[test]
fn a_merge_inside_a_branch_does_not_close_the_split_around_it() {
    let world = case(
        "start: split
nodes:
  split: {pick: every, decide: [{when: this.n >= 0, to: choose}, {when: this.m >= 0, to: other}, {else: true, to: other}]}
  choose: {actions: {this_way: {to: one_way}, that_way: {to: other_way}}}
  one_way: {actions: {finish_one: {to: inner}}}
  other_way: {actions: {finish_two: {to: inner}}}
  inner: {join: {need: 1}, to: merged}
  merged: {actions: {on: {to: gate}}}
  other: {actions: {finish_other: {to: gate}}}
  gate: {join: {need: chosen}, to: end_state}
  end_state: {actions: {close: {to: done}}}
  done: {end: {}}
",
    );
    let id = world.create("case", json!({}));
    for action in ["that_way", "finish_two", "on"] {
        world.act("case", id, action);
    }
    assert_eq!(world.state("case", id), "other+gate");
    world.act("case", id, "finish_other");
    assert_eq!(world.state("case", id), "end_state");
    assert_eq!(instance(&world, id).tokens[0].splits, [0u32; 0]);
}

#[test]
fn an_each_that_has_not_begun_is_not_done() {
    let world = case(
        "start: open
nodes:
  open: {actions: {begin: {to: [ring, items]}, touch: {set: {m: 1}}}}
  ring: {run: {run: '= act(this, \"note\");'}, to: ring_end}
  ring_end: {end: {}}
  items:
    each: {count: 2, start: item_state, nodes: {item_state: {actions: {finish: {to: item_end}}}, item_end: {end: {}}}}
    to: after
  after: {actions: {close: {to: done}}}
  done: {end: {}}
# definitions/x/bell.flow.yaml
flow: bell
object: case
start: bell_state
nodes:
  bell_state: {actions: {note: {set: {n: = this.n + 1}}, silence: {to: silent}}}
  silent: {end: {}}
",
    );
    let world2 = world;
    let id = world2.create("case", json!({}));
    // `note` belongs to a flow that does not run: the whole command is refused.
    assert_eq!(refused(world2.try_act("case", id, "begin", json!({}))), "action-not-here");
    assert_eq!(world2.state("case", id), "open");
}

#[test]
fn an_action_taken_by_a_node_moves_nothing_that_has_not_arrived() {
    let world = case(
        "start: open
nodes:
  open: {actions: {begin: {to: [side, ring, items]}}}
  side: {actions: {note: {set: {n: = this.n + 1}}, leave: {to: side_end}}}
  side_end: {end: {}}
  ring: {run: {run: '= act(this, \"note\");'}, to: ring_end}
  ring_end: {end: {}}
  items:
    each: {count: 2, start: item_state, nodes: {item_state: {actions: {finish: {to: item_end}}}, item_end: {end: {}}}}
    to: after
  after: {actions: {close: {to: done}}}
  done: {end: {}}
",
    );
    let id = world.create("case", json!({}));
    world.act("case", id, "begin");
    assert_eq!(world.state("case", id), "side+items");
    assert_eq!(world.possible("case", id), ["finish", "finish", "leave", "note"]);
    assert_eq!(world.text("case", id, "n"), "1");
}

#[test]
fn terminate_leaves_nothing_behind() {
    let world = case(
        "start: open
nodes:
  open: {actions: {begin: {to: [a, b, all]}}}
  all: {actions: {stop: {to: stopped}}}
  a: {actions: {finish_a: {to: gate}}}
  b: {scope: {start: b_in, nodes: {b_in: {actions: {finish_b: {to: b_end}}}, b_end: {end: {}}}}, to: gate}
  gate: {join: {need: 1, rest: block}, to: done}
  done: {end: {}}
  stopped: {end: {terminate: true}}
",
    );
    let id = world.create("case", json!({}));
    world.act("case", id, "begin");
    world.act("case", id, "finish_a");
    assert_eq!(instance(&world, id).joins.len(), 1);
    world.act("case", id, "stop");
    let instance = instance(&world, id);
    assert!(
        !instance.is_live() && instance.tokens.is_empty() && instance.scopes.is_empty() && instance.joins.is_empty()
    );
    assert_eq!((world.state("case", id), instance.ended_at.is_some()), ("stopped".into(), true));
}

#[test]
fn a_circle_that_sends_tokens_out_does_not_grow() {
    let world = case(
        "start: open
nodes:
  open: {actions: {note: {to: [open, noted]}, stop: {to: done}}}
  noted: {run: {set: {n: = this.n + 1}}, to: done}
  done: {end: {}}
",
    );
    let id = world.create("case", json!({}));
    for _ in 0..20 {
        world.act("case", id, "note");
    }
    assert_eq!(world.text("case", id, "n"), "20");
    let token = &instance(&world, id).tokens[0];
    assert!(token.splits.len() <= 1, "what it parted from has long ended: {:?}", token.splits);
}
