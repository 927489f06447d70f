//! However definitions are edited while instances run, a submitted one goes the way it would have gone in a book that
//! never changed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock},
};

use formwork_catalog::catalog::Catalog;
use formwork_model::{id::RecordId, record::Record};
use formwork_runtime::command::{Input, Request};
use formwork_store::embedded::Embedded;
use proptest::prelude::*;
use serde_json::json;

use super::world::{World, catalog, name};

const FILES: &str = "
# definitions/x/part.object.yaml
object: part
title: name
fields:
  name: {type: text}
  size: {type: integer, default: 3}
  grade: {type: integer}
  seen: {type: integer, default: 0}
  meets: {type: integer, default: 0}
  twice: {type: integer, value: this.size * 2}
rules:
  count: {on: update, set: {seen: = this.seen + 1}}
# definitions/x/grade.table.yaml
table: grade
object: part
hit: F
inputs: {size: {type: integer, value: this.size}}
outputs: {grade: {type: integer}}
rows:
  - {size: \"< 4\", grade: 1}
  - {size: ~, grade: 2}
# scripts/x/grow.rhai
this.size = this.size + 1;
# definitions/x/part.flow.yaml
flow: part
object: part
start: draft
nodes:
  draft: {actions: {send: {to: [left, right]}}}
  left:
    actions:
      grow: {run: grow}
      rate: {table: grade}
      meet: {to: both}
  right:
    actions:
      test: {to: [one, two]}
      skip: {to: met, when: this.size < 6}
  one: {actions: {ok: {to: pair}}}
  two: {actions: {ok: {to: pair}, again: {to: two}}}
  pair: {join: {need: 1, rest: cancel}, to: met}
  met: {run: {set: {meets: = this.meets + 1}}, to: both}
  both: {join: {need: all}, to: sort}
  sort: {decide: [{when: this.twice > 8, to: large}, {else: true, to: small}]}
  large: {actions: {cut: {to: left_over, set: {size: 1}}, keep: {to: done}}}
  left_over: {actions: {keep: {to: done}, back: {to: [left, right]}}}
  small: {actions: {keep: {to: done}, back: {to: [left, right]}}}
  done: {end: {}}
";

/// Edits that fit together in any combination.
const EDITS: &[(&str, &str)] = &[
    (
        "  seen: {type: integer, default: 0}",
        "  seen: {type: integer, default: 0}\n  more: {type: text, required: true, default: x}",
    ),
    ("value: this.size * 2", "value: this.size * 5"),
    ("set: {seen: = this.seen + 1}", "set: {seen: = this.seen + 10}"),
    ("- {size: \"< 4\", grade: 1}", "- {size: \"< 9\", grade: 7}"),
    ("this.size = this.size + 1;", "this.size = this.size + 40;"),
    ("when: this.size < 6", "when: this.size < 1"),
    ("pair: {join: {need: 1, rest: cancel}, to: met}", "pair: {join: {need: all}, to: met}"),
    ("when: this.twice > 8, to: large", "when: this.twice < 2, to: large"),
    ("again: {to: two}", "again: {to: two, set: {grade: 9}}"),
    ("      meet: {to: both}", "      meet: {to: wait_here}\n  wait_here: {actions: {go: {to: both}}}"),
    ("left_over: {actions: {keep: {to: done}, back: {to: [left, right]}}}", "left_over: {actions: {keep: {to: done}}}"),
    ("  one: {actions: {ok: {to: pair}}}", "  one: {actions: {fine: {to: pair}}}"),
];

fn edited(edits: u16) -> Arc<Catalog> {
    static MADE: OnceLock<Mutex<HashMap<u16, Arc<Catalog>>>> = OnceLock::new();
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap();
    made.entry(edits)
        .or_insert_with(|| {
            let mut files = FILES.to_owned();
            for (at, (from, to)) in EDITS.iter().enumerate().filter(|(at, _)| edits & (1 << at) != 0) {
                assert!(files.contains(from), "edit {at} does not fit");
                files = files.replace(from, to);
            }
            catalog(&files)
        })
        .clone()
}

fn open() -> World {
    World::over(Arc::new(Embedded::memory().unwrap()), edited(0))
}

/// The actions that can be taken, by name and token.
fn possible(world: &World, id: RecordId) -> Vec<(String, u32)> {
    let offered = world.book.offered(&world.actor, name("part"), id).unwrap();
    offered
        .into_iter()
        .filter(|offer| offer.refused.is_none())
        .map(|offer| (offer.action.to_string(), offer.token))
        .collect()
}

fn take(world: &World, id: RecordId, (action, token): &(String, u32)) {
    let (object, action, token) = (name("part"), name(action), Some(*token));
    world.run(Request::Act { object, id, rev: None, action, token, input: Input::new() }).unwrap();
}

/// One step: which instance, which of its actions, and the edits that go live before it.
type Step = (u8, u16, Option<u16>);

fn same(a: &Record, b: &Record) -> Result<(), TestCaseError> {
    prop_assert_eq!((&a.fields, &a.flows, a.rev), (&b.fields, &b.flows, b.rev));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pinned_instances_go_as_if_nothing_had_changed(
        steps in prop::collection::vec((any::<u8>(), any::<u16>(), prop::option::weighted(0.3, any::<u16>())), 1..40)
    ) {
        let (still, edited_book) = (open(), open());
        let ids: Vec<RecordId> = (0..3)
            .map(|n| {
                let values = json!({"name": format!("p{n}"), "size": 2 + n});
                let (a, b) = (still.create("part", values.clone()), edited_book.create("part", values));
                assert_eq!(a, b);
                [&still, &edited_book].iter().for_each(|world| { world.act("part", a, "send"); });
                a
            })
            .collect();
        for (which, choice, edits) in steps as Vec<Step> {
            if let Some(edits) = edits {
                edited_book.book.activate(edited(edits & ((1 << EDITS.len()) - 1))).unwrap();
            }
            [&still, &edited_book].iter().for_each(|world| world.later(1));
            let id = ids[usize::from(which) % ids.len()];
            let (a, b) = (possible(&still, id), possible(&edited_book, id));
            if still.get("part", id).flows.iter().all(|instance| !instance.is_live()) {
                continue;
            }
            prop_assert_eq!(&a, &b);
            let taken = &a[usize::from(choice) % a.len()];
            take(&still, id, taken);
            take(&edited_book, id, taken);
            same(&still.get("part", id), &edited_book.get("part", id))?;
        }
        for id in ids {
            same(&still.get("part", id), &edited_book.get("part", id))?;
        }
        edited_book.verify();
    }
}
