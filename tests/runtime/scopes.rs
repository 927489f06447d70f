//! Scopes and `each`: mutex, milestone, leaving, items that run on.

use serde_json::json;

use super::{
    flows::{case, instance, object},
    world::{name, refused, world},
};

#[test]
fn a_closed_milestone_runs_nothing_inside() {
    let world = case(
        "start: open
nodes:
  open: {actions: {begin: {to: window}, both: {to: [stage, window]}}}
  stage: {actions: {leave_stage: {to: after}}}
  window:
    scope:
      while: stage
      closed: after
      start: count
      nodes:
        count: {run: {set: {n: = this.n + 1}}, to: look}
        look: {actions: {looked: {to: look_end}}}
        look_end: {end: {}}
    to: after
  after: {end: {}}
",
    );
    let id = world.create("case", json!({}));
    world.act("case", id, "begin");
    assert_eq!((world.state("case", id), world.text("case", id, "n")), ("after".into(), "0".into()));
    let id = world.create("case", json!({}));
    world.act("case", id, "both");
    assert_eq!((world.state("case", id), world.text("case", id, "n")), ("stage+window".into(), "1".into()));
    world.act("case", id, "leave_stage");
    assert_eq!((world.state("case", id), world.possible("case", id)), ("after".into(), vec![]));
}

#[test]
fn a_scope_inside_a_scope_of_its_own_mutex_does_not_wait_for_itself() {
    let world = case(
        "start: outer
nodes:
  outer:
    scope:
      mutex: desk
      start: fork
      nodes:
        fork: {actions: {split: {to: [left, right]}}}
        left: {scope: {mutex: desk, start: at_left, nodes: {at_left: {actions: {leave_left: {to: left_end}}}, left_end: {end: {}}}}, to: gate}
        right: {scope: {mutex: desk, start: at_right, nodes: {at_right: {actions: {leave_right: {to: right_end}}}, right_end: {end: {}}}}, to: gate}
        gate: {join: {need: all}, to: outer_end}
        outer_end: {end: {}}
    to: done
  done: {end: {}}
",
    );
    let id = world.create("case", json!({}));
    world.act("case", id, "split");
    assert_eq!(world.possible("case", id), ["leave_left"]);
    world.act("case", id, "leave_left");
    assert_eq!(world.possible("case", id), ["leave_right"]);
    world.act("case", id, "leave_right");
    assert_eq!(world.state("case", id), "done");
}

const TWO_FLOWS: &str = "# definitions/x/case.flow.yaml
flow: case
object: case
start: open
nodes:
  open: {actions: {begin: {to: desk_work, start: {flow: audit}}}}
  desk_work: {scope: {mutex: desk, start: writing, nodes: {writing: {actions: {written: {to: writing_end}}}, writing_end: {end: {}}}}, to: done}
  done: {end: {}}
# definitions/x/audit.flow.yaml
flow: audit
object: case
start: before
nodes:
  before: {actions: {audit: {to: audit_work}, skip: {to: audited}}}
  audit_work: {scope: {mutex: desk, start: reading, nodes: {reading: {actions: {read: {to: reading_end}}}, reading_end: {end: {}}}}, to: audited}
  audited: {end: {}}
";

#[test]
fn a_mutex_holds_over_every_flow_of_a_record() {
    let world = world(&object(TWO_FLOWS));
    let id = world.create("case", json!({}));
    world.act("case", id, "begin");
    assert_eq!(world.possible("case", id), ["audit", "skip", "written"]);
    world.act("case", id, "audit");
    assert_eq!(world.possible("case", id), ["written"]);
    world.act("case", id, "written");
    assert_eq!((world.state("case", id), world.possible("case", id)), ("done".into(), vec!["read".to_owned()]));
    world.act("case", id, "read");
    assert_eq!(world.possible("case", id), [""; 0]);
    assert!(world.get("case", id).flows.iter().all(|instance| !instance.is_live() && instance.tokens.is_empty()));
    world.verify();
}

#[test]
fn a_flow_runs_once_at_a_time_and_may_run_again() {
    let world =
        world(&object(&TWO_FLOWS.replace("open: {actions: {", "open: {actions: {more: {start: {flow: audit}}, ")));
    let id = world.create("case", json!({}));
    world.act("case", id, "more");
    assert_eq!(refused(world.try_act("case", id, "more", json!({}))), "flow-running");
    world.act("case", id, "skip");
    world.act("case", id, "more");
    assert_eq!(world.possible("case", id), ["audit", "begin", "more", "skip"]);
    assert_eq!(world.get("case", id).flows.len(), 2, "the run that ended makes room");
}

#[test]
fn an_action_inside_may_withdraw_the_scope_around_it() {
    let world = case(
        "start: open
nodes:
  open: {actions: {begin: {to: [work, other]}}}
  other: {actions: {finish_other: {to: other_done}}}
  other_done: {end: {}}
  work:
    scope:
      start: inside
      nodes:
        inside: {actions: {give_up: {to: inside_more, cancel: work}, go: {to: inside_more}}}
        inside_more: {actions: {finish: {to: inside_end}}}
        inside_end: {end: {}}
    to: work_done
  work_done: {end: {}}
",
    );
    let id = world.create("case", json!({}));
    world.act("case", id, "begin");
    world.act("case", id, "give_up");
    assert_eq!(world.possible("case", id), ["finish_other"]);
    let instance = instance(&world, id);
    assert_eq!((instance.tokens.len(), instance.scopes.len()), (1, 0));
    world.act("case", id, "finish_other");
    assert!(!self::instance(&world, id).is_live());
}

const KEPT: &str = "start: work
nodes:
  work:
    scope:
      mutex: desk
      data: {place: = \"desk\"}
      actions: {leave: {to: left}}
      start: ask
      nodes:
        ask:
          each:
            count: 2
            need: 1
            rest: keep
            start: answer
            nodes:
              answer: {actions: {reply: {to: replied, set: {n: = this.n + item}, when: scope.place == \"desk\"}}}
              replied: {end: {}}
          to: asked
        asked: {end: {}}
    to: done
  left: {end: {}}
  done: {end: {}}
";

#[test]
fn items_that_run_on_keep_the_scope_around_them_open() {
    let world = case(KEPT);
    let id = world.create("case", json!({}));
    let reply = |item: u32| {
        let offers = world.book.offered(&world.actor, name("case"), id).unwrap();
        offers.iter().find(|offer| offer.item == Some(item)).map(|offer| offer.token)
    };
    let token = reply(2);
    let request = formwork_runtime::command::Request::Act {
        object: name("case"),
        id,
        rev: None,
        action: name("reply"),
        token,
        input: formwork_runtime::command::Input::new(),
    };
    world.run(request).unwrap();
    assert_eq!(
        (world.state("case", id), world.possible("case", id)),
        ("work".into(), vec!["leave".into(), "reply".to_owned()])
    );
    world.act("case", id, "reply");
    assert_eq!((world.state("case", id), world.text("case", id, "n")), ("done".into(), "3".into()));
    let instance = instance(&world, id);
    assert!(instance.scopes.is_empty() && instance.joins.is_empty() && instance.tokens.is_empty());
}

#[test]
fn leaving_a_scope_withdraws_items_that_run_on() {
    let world = case(KEPT);
    let id = world.create("case", json!({}));
    let first = world.book.offered(&world.actor, name("case"), id).unwrap()[1].token;
    let request = formwork_runtime::command::Request::Act {
        object: name("case"),
        id,
        rev: None,
        action: name("reply"),
        token: Some(first),
        input: formwork_runtime::command::Input::new(),
    };
    world.run(request).unwrap();
    world.act("case", id, "leave");
    assert_eq!((world.state("case", id), world.possible("case", id)), ("left".into(), vec![]));
    assert!(instance(&world, id).scopes.is_empty());
}

#[test]
fn scope_data_is_what_it_was_on_entry() {
    let world = case(
        "start: work
nodes:
  work:
    scope:
      data: {before: = this.n, who: = user.login}
      actions: {restart: {to: work}}
      start: inside
      nodes:
        inside: {actions: {add: {set: {n: = this.n + 5}}, finish: {to: inside_end, set: {m: = scope.before}, when: scope.who == user.login}}}
        inside_end: {end: {}}
    to: done
  done: {end: {}}
",
    );
    let id = world.create("case", json!({"n": 2}));
    world.act("case", id, "add");
    world.act("case", id, "restart");
    world.act("case", id, "add");
    world.act("case", id, "finish");
    assert_eq!((world.text("case", id, "n"), world.text("case", id, "m")), ("12".into(), "7".into()));
}
