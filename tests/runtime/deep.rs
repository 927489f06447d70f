//! Commands that would never end, or go deeper than a thread's stack: refused, with what loops, and nothing written.

use formwork_runtime::{command::Outcome, rejection::Refusal};
use serde_json::json;

use super::world::{name, world};

#[track_caller]
fn stopped(result: Result<Outcome, Refusal>, at: &str) {
    let Err(Refusal::Rejected(rejection)) = result else { panic!("{result:?}") };
    let problem = &rejection.problems[0];
    assert_eq!(problem.code.as_str(), "step-budget");
    assert!(problem.message.en.contains(at), "{}", problem.message.en);
}

#[test]
fn a_flow_that_goes_round() {
    let world = world(
        "
# definitions/x/wheel.object.yaml
object: wheel
fields:
  n: {type: integer, default: 0}
  stop: {type: boolean, default: true}
# definitions/x/wheel.flow.yaml
flow: wheel
object: wheel
start: turn
nodes:
  turn: {run: {set: {n: = this.n + 1}}, to: enough}
  enough: {decide: [{when: this.stop, to: rest}, {else: true, to: turn}]}
  rest: {actions: {again: {to: turn}, stop_it: {to: done}}}
  done: {end: {}}
",
    );
    let id = world.create("wheel", json!({}));
    world.update("wheel", id, json!({"stop": false}));
    stopped(world.try_act("wheel", id, "again", json!({})), "flow wheel turn -> enough");
    assert_eq!((world.state("wheel", id), world.text("wheel", id, "n")), ("rest".into(), "1".into()));
    world.verify();
}

#[test]
fn a_flow_that_creates_records_with_that_flow() {
    let world = world(
        "
# definitions/x/cell.object.yaml
object: cell
fields: {n: {type: integer, default: 0}}
# definitions/x/cell.flow.yaml
flow: cell
object: cell
start: divide
nodes:
  divide: {run: {create: {other: {object: cell, set: {n: = this.n + 1}}}}, to: done}
  done: {end: {}}
",
    );
    stopped(world.try_create("cell", json!({})), "cell");
    assert_eq!(world.count("cell"), 0);
}

#[test]
fn a_rule_that_creates_records_with_that_rule() {
    let world = world(
        "
# definitions/x/cell.object.yaml
object: cell
fields: {n: {type: integer, default: 0}}
rules:
  divide: {on: create, create: {other: {object: cell, set: {n: = this.n + 1}}}}
",
    );
    stopped(world.try_create("cell", json!({})), "cell");
    assert_eq!(world.count("cell"), 0);
}

#[test]
fn a_script_that_creates_records_with_that_script() {
    let world = world(
        "
# definitions/x/cell.object.yaml
object: cell
fields: {n: {type: integer, default: 0}}
rules:
  divide: {on: create, run: '= create(\"cell\", #{n: this.n + 1});'}
",
    );
    stopped(world.try_create("cell", json!({})), "cell");
    assert_eq!(world.count("cell"), 0);
}

#[test]
fn actions_that_call_each_other() {
    let world = world(
        "
# definitions/x/ball.object.yaml
object: ball
fields: {n: {type: integer, default: 0}}
# definitions/x/ball.flow.yaml
flow: ball
object: ball
start: here
nodes:
  here: {actions: {throw: {set: {n: = this.n + 1}, run: '= act(this, \"catch_it\");'}, catch_it: {run: '= act(this, \"throw\");'}, end_it: {to: done}}}
  done: {end: {}}
",
    );
    let ball = world.create("ball", json!({}));
    stopped(world.try_act("ball", ball, "throw", json!({})), "ball");
    assert_eq!(world.text("ball", ball, "n"), "0");
}

#[test]
fn a_few_levels_are_fine() {
    let world = world(
        "
# definitions/x/part.object.yaml
object: part
fields:
  depth: {type: integer, default: 0}
  above: {type: ref, to: part}
# definitions/x/part.flow.yaml
flow: part
object: part
start: is_leaf
nodes:
  is_leaf: {decide: [{when: this.depth > 0, to: divide}, {else: true, to: work}]}
  divide: {run: {create: {part: {object: part, set: {above: = this, depth: = this.depth - 1}}}}, to: waiting}
  work: {actions: {finish: {to: tell}}}
  waiting: {actions: {part_done: {to: tell}}}
  tell: {run: {run: '= if !is_empty(this.above) { act(this.above, \"part_done\"); }'}, to: done}
  done: {end: {}}
",
    );
    let whole = world.create("part", json!({"depth": 12}));
    assert_eq!(world.count("part"), 13);
    let leaf = world.list("part", &json!({"depth": 0}), "", 2).records[0].id;
    world.act("part", leaf, "finish");
    assert_eq!(world.state("part", whole), "done", "the last part calls back up to the whole");
    assert_eq!(world.list("part", &json!({"state": "done"}), "", 100).records.len(), 13);
    world.verify();
}

#[test]
fn a_long_chain_of_cascades() {
    let world = world(
        "
# definitions/x/link.object.yaml
object: link
fields:
  above: {type: ref, to: link, tree: true, on_delete: cascade}
",
    );
    let first = world.create("link", json!({}));
    let mut last = first;
    for _ in 0..190 {
        last = world.create("link", json!({"above": last.to_string()}));
    }
    world.delete("link", first);
    assert_eq!(world.count("link"), 0);
    assert_eq!(world.book.history(name("link"), last, None, 1).unwrap()[0].target, Some((name("link"), first)));
    world.verify();
}
