//! Random runs of every pattern and of a few flows that mix everything: whatever people do, tokens, scopes and joins
//! fit together, nobody is left without a way on, and the same commands give the same bytes.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use formwork_catalog::{catalog::Catalog, check::check_folder};
use formwork_model::{id::RecordId, instance::Instance, name::Name, record::Record};
use formwork_runtime::command::{Input, Request};
use formwork_store::{embedded::Embedded, store::Order};
use proptest::prelude::*;
use serde_json::json;

use super::world::{World, catalog, name};

const MIXED: &str = "
# definitions/x/mixed.object.yaml
object: mixed
fields:
  n: {type: integer, default: 2, min: 0, max: 4}
  done: {type: integer, default: 0}
# definitions/x/mixed.flow.yaml
flow: mixed
object: mixed
start: open
nodes:
  open: {actions: {begin: {to: [shop, phone, window]}, small: {to: phone}}}
  shop:
    scope:
      mutex: people
      data: {size: = this.n}
      actions: {close_shop: {to: gate}, shout: {cancel: serving}}
      start: serve
      nodes:
        serve:
          each:
            count: scope.size
            open: next_customer
            need: 1
            rest: keep
            start: serving
            nodes:
              serving: {actions: {pay: {to: [pack, change]}, walk_out: {to: gone}}}
              pack: {actions: {packed: {to: counter}}}
              change: {actions: {counted: {to: counter}}}
              counter: {join: {need: all}, to: gone}
              gone: {end: {}}
          to: sweep
        sweep: {actions: {swept: {to: [lights, till]}}}
        lights: {actions: {lights_off: {to: first_of_both}}}
        till: {actions: {till_shut: {to: first_of_both}}}
        first_of_both: {join: {need: 1, rest: absorb}, to: locked}
        locked: {end: {}}
    to: gate
  phone:
    scope:
      mutex: people
      start: ringing
      nodes:
        ringing: {actions: {answer: {to: talking}, ignore: {to: hung_up}}}
        talking: {scope: {mutex: people, start: word, nodes: {word: {actions: {say: {set: {done: = this.done + 1}}, stop_talking: {to: word_end}}}, word_end: {end: {}}}}, to: hung_up}
        hung_up: {end: {}}
    to: gate
  window:
    scope:
      while: phone
      closed: gate
      start: looking
      nodes:
        looking: {actions: {look: {set: {done: = this.done + 1}}, turn: {to: looked}}}
        looked: {end: {}}
    to: gate
  gate: {join: {need: chosen}, to: evening}
  evening: {actions: {again: {to: open}, rush: {to: [left, middle, right]}, home: {to: home}}}
  left: {actions: {l: {to: two}, l_fire: {to: fire}}}
  middle: {actions: {m: {to: two}}}
  right: {actions: {r: {to: two, cancel: [left, middle]}, r_loop: {to: right}}}
  two: {join: {need: 1, rest: cancel}, to: evening}
  fire: {end: {terminate: true}}
  home: {end: {}}
";

fn patterns() -> Arc<Catalog> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/patterns");
    Arc::new(check_folder(&folder).unwrap().catalog.unwrap())
}

fn open(catalog: &Arc<Catalog>) -> World {
    let mut world = World::over(Arc::new(Embedded::memory().unwrap()), catalog.clone());
    world.be("tester customer seller");
    world
}

/// What must hold of every instance between two commands.
fn check(catalog: &Catalog, instance: &Instance) {
    let flow = &catalog.flows[&instance.flow];
    assert_eq!(
        instance.is_live(),
        !instance.tokens.is_empty(),
        "a live instance has tokens, an ended one has none: {instance:?}"
    );
    if !instance.is_live() {
        assert!(instance.scopes.is_empty() && instance.joins.is_empty(), "{instance:?}");
        assert!(instance.outcome.is_some() && instance.ended_at.is_some());
    }
    let mut ids: Vec<u32> = instance.tokens.iter().map(|t| t.id).chain(instance.scopes.iter().map(|s| s.id)).collect();
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all, "ids are unique: {instance:?}");
    assert!(ids.iter().all(|id| *id < instance.next));
    let parent_of = |scope: u32| match scope {
        0 => Some(None),
        id => instance.scopes.iter().find(|known| known.id == id).map(|known| Some(known.node)),
    };
    for token in &instance.tokens {
        let node = flow.node(token.node).unwrap();
        assert_eq!(
            parent_of(token.scope),
            Some(node.parent),
            "a token is in an open scope of the graph it is in: {instance:?}"
        );
    }
    for scope in &instance.scopes {
        let node = flow.node(scope.node).unwrap();
        assert_eq!(parent_of(scope.parent), Some(node.parent), "a scope's parent is open: {instance:?}");
        let holder = instance.tokens.iter().find(|token| token.id == scope.token);
        assert!(holder.is_none_or(|token| token.node == scope.node), "{instance:?}");
        let is_item = matches!(node.kind, formwork_catalog::flow::NodeKind::Each { .. });
        assert!(is_item || holder.is_some(), "a scope has its token: {instance:?}");
        let busy = instance.tokens.iter().any(|token| token.scope == scope.id)
            || instance.scopes.iter().any(|s| s.parent == scope.id);
        assert!(busy != scope.done, "an open item has tokens, one that is done has none: {instance:?}");
    }
    for join in &instance.joins {
        assert!(join.scope == 0 || instance.scopes.iter().any(|scope| scope.id == join.scope), "{instance:?}");
    }
    let mut mutexes = BTreeMap::new();
    for scope in &instance.scopes {
        if let formwork_catalog::flow::NodeKind::Scope { mutex: Some(mutex), .. } = &flow.node(scope.node).unwrap().kind
        {
            // A scope around it may have the same mutex.
            let outer = instance.scopes.iter().find(|known| known.id == scope.parent).map(|known| known.node);
            if outer.is_none_or(|outer| !matches!(&flow.node(outer).unwrap().kind, formwork_catalog::flow::NodeKind::Scope { mutex: Some(m), .. } if m == mutex)) {
                assert_eq!(mutexes.insert(mutex.to_string(), scope.id), None, "two scopes have one mutex: {instance:?}");
            }
        }
    }
}

/// The events that tokens of the record wait for.
fn awaited(catalog: &Catalog, record: &Record) -> Vec<Name> {
    let of = |instance: &Instance| {
        let flow = &catalog.flows[&instance.flow];
        let nodes = instance.tokens.iter().filter_map(|token| flow.node(token.node));
        nodes.filter_map(|node| Some(node.awaits()?.event)).collect::<Vec<_>>()
    };
    record.flows.iter().flat_map(of).collect()
}

/// Takes the actions that `choices` pick among those offered; gives the last record.
fn walk(world: &World, object: &str, choices: &[u16]) -> (RecordId, Record) {
    let catalog = world.book.catalog();
    let id = world.create(object, json!({}));
    for choice in choices {
        world.later(1);
        let record = world.get(object, id);
        record.flows.iter().for_each(|instance| check(&catalog, instance));
        let offered = world.book.offered(&world.actor, name(object), id).unwrap();
        let possible: Vec<_> = offered.iter().filter(|offer| offer.refused.is_none()).collect();
        let events = awaited(&catalog, &record);
        if possible.is_empty() && events.is_empty() {
            assert!(record.flows.iter().all(|instance| !instance.is_live()), "nobody can go on: {:?}", record.flows);
            break;
        }
        let choice = usize::from(*choice) % (possible.len() + events.len());
        let request = match possible.get(choice) {
            Some(offer) => Request::Act {
                object: name(object),
                id,
                rev: None,
                action: offer.action,
                token: Some(offer.token),
                input: Input::new(),
            },
            None => {
                let event = events[choice - possible.len()];
                Request::Event { object: name(object), id, event, data: Input::new() }
            }
        };
        if let Err(refusal) = world.run(request.clone()) {
            panic!("{request:?} on {:?}: {refusal:?}", record.flows);
        }
    }
    let record = world.get(object, id);
    record.flows.iter().for_each(|instance| check(&catalog, instance));
    (id, record)
}

fn bytes(world: &World) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut all = Vec::new();
    world
        .book
        .read(|view| {
            view.scan(&[], &[0xFF; 64], Order::Forward, &mut |key, value| {
                all.push((key.to_vec(), value.to_vec()));
                std::ops::ControlFlow::Continue(())
            })?;
            Ok(())
        })
        .unwrap();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_pattern_keeps_its_shape(choices in prop::collection::vec(any::<u16>(), 40)) {
        let catalog = patterns();
        let world = open(&catalog);
        for object in catalog.objects.keys().filter(|object| catalog.main_flow(**object).is_some()) {
            walk(&world, object.as_str(), &choices);
        }
        world.verify();
    }

    #[test]
    fn a_mixed_flow_keeps_its_shape_and_replays(choices in prop::collection::vec(any::<u16>(), 60)) {
        let catalog = catalog(MIXED);
        let (first, second) = (open(&catalog), open(&catalog));
        let (id, record) = walk(&first, "mixed", &choices);
        let (again, replayed) = walk(&second, "mixed", &choices);
        prop_assert_eq!((id, record), (again, replayed));
        prop_assert_eq!(bytes(&first), bytes(&second));
        first.verify();
    }
}
