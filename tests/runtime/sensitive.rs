//! Sensitive fields: encrypted, found whole, erased for good; and the book stays what its history says.

use std::{ops::ControlFlow, sync::Arc};

use formwork_model::{id::RecordId, record::Record};
use formwork_runtime::{command::Request, replay::Replay, verify::verify};
use formwork_store::{
    dump::sealed::Key,
    embedded::Embedded,
    encrypted::{RING, unlock},
    error::Error,
    key::KeyKind,
    store::{Order, Store, read, transact},
    table::{history, meta, record},
};
use serde_json::{Value as Json, json};

use super::world::{World, catalog, name, refused, world};

const PEOPLE: &str = "
# definitions/x/person.object.yaml
object: person
title: name
owner: keeper
fields:
  name: {type: text, sensitive: true, required: true}
  phone: {type: phone, sensitive: true, unique: true}
  born: {type: date, sensitive: true, indexed: true}
  pay: {type: decimal, scale: 2, sensitive: true}
  call: {type: text, value: 'this.name + \" \" + this.phone', sensitive: true}
  city: {type: text, indexed: true}
  keeper: {type: user}
  kin: {type: lines, fields: {who: {type: text, sensitive: true}, kind: {type: text}}}
rules:
  greet: {on: create, notify: {to: keeper, template: new_person}}
# definitions/x/new_person.template.yaml
template: new_person
object: person
text: '{{name}} is new: {{phone}}'
# definitions/x/person.flow.yaml
flow: person
object: person
start: new
nodes:
  new: {actions: {check: {to: known, reason: optional}}}
  known: {end: {}}
";

pub(super) fn key(digit: char) -> Key {
    Key::parse(&digit.to_string().repeat(64)).unwrap()
}

/// The store as it lies there, and an encrypted book over it.
pub(super) fn people() -> (Arc<dyn Store>, World) {
    let inner: Arc<dyn Store> = Arc::new(Embedded::memory().unwrap());
    let world = World::over(unlock(inner.clone(), Some(key('a'))).unwrap(), catalog(PEOPLE));
    (inner, world)
}

pub(super) fn ada(world: &World) -> RecordId {
    world.create(
        "person",
        json!({"name": "Ada Lovelace", "phone": "13800001111", "born": "1815-12-10", "pay": "7345.5", "city": "London",
               "keeper": "ann", "kin": [{"who": "Annabella", "kind": "mother"}]}),
    )
}

/// Everything in a store, keys and values.
fn bytes(store: &dyn Store) -> Vec<u8> {
    let mut all = Vec::new();
    read(store, |view| {
        view.scan(&[], &[0xFF; 64], Order::Forward, &mut |key, value| {
            all.extend_from_slice(key);
            all.extend_from_slice(value);
            ControlFlow::Continue(())
        })
    })
    .unwrap();
    all
}

pub(super) fn holds(store: &dyn Store, text: &str) -> bool {
    bytes(store).windows(text.len()).any(|part| part == text.as_bytes())
}

fn found(world: &World, filter: Json) -> Vec<RecordId> {
    world.list("person", &filter, "", 10).records.iter().map(|record| record.id).collect()
}

#[test]
fn nothing_that_is_sensitive_lies_in_the_store() {
    let (inner, world) = people();
    let id = ada(&world);
    world.update("person", id, json!({"phone": "13900002222", "kin": [{"who": "George Gordon"}]}));
    world.try_act("person", id, "check", json!({})).unwrap();
    // Whole values: four digits alone stand in hashes by chance.
    for text in ["Ada Lovelace", "13800001111", "13900002222", "1815-12-10", "7345.5", "Annabella", "George Gordon"] {
        assert!(!holds(&*inner, text), "{text}");
    }
    // It is the book that knows them, not a test that looks in the wrong place.
    assert!(holds(&**world.book.store(), "Ada Lovelace") && holds(&*inner, "London"));
    assert_eq!(world.text("person", id, "call"), "Ada Lovelace 13900002222");
    world.verify();
}

#[test]
fn it_is_found_whole_by_its_index_and_not_in_part() {
    let (_, world) = people();
    let id = ada(&world);
    let other = world.create("person", json!({"name": "Bob", "phone": "13700003333", "born": "1900-01-01"}));
    assert_eq!(found(&world, json!({"phone": "13800001111"})), [id]);
    assert_eq!(found(&world, json!({"born": "1815-12-10"})), [id]);
    assert_eq!(found(&world, json!({"name": "Bob"})), [other]);
    assert_eq!(found(&world, json!({"phone": ["13700003333", "13800001111"]})).len(), 2);
    for (filter, plan) in [
        (json!({"phone": "13800001111"}), "unique key phone; in order; filter answered by keys"),
        (json!({"born": "1815-12-10"}), "index by_born, 1 equal; "),
    ] {
        let page = world.list("person", &filter, "", 10);
        assert!(page.plan.describe().starts_with(plan) && page.records.len() == 1, "{}", page.plan.describe());
    }
    let object = world.book.catalog();
    let object = object.object(name("person")).unwrap();
    assert!(formwork_runtime::query::parse_sort(object, "born").is_err());
    assert!(formwork_runtime::query::parse_sort(object, "city").is_ok());
    // The second holder is refused without being told what the first one has.
    let refusal = world.try_create("person", json!({"name": "Eve", "phone": "13800001111"}));
    assert!(!format!("{refusal:?}").contains("13800001111"), "{refusal:?}");
    assert_eq!(refused(refusal), "duplicate-key@phone");
    world.update("person", id, json!({"phone": null}));
    world.create("person", json!({"name": "Eve", "phone": "13800001111"}));
    world.verify();
}

#[test]
fn a_book_is_opened_with_its_key_alone() {
    let (inner, world) = people();
    let id = ada(&world);
    let clock = world.clock.clone();
    drop(world);
    let open = |store: Arc<dyn Store>| formwork_runtime::book::Book::open(store, catalog(PEOPLE), clock.clone());
    let refused = format!("{:?}", open(inner.clone()).unwrap_err());
    assert!(refused.contains("KeyMissing"), "{refused}");
    assert!(matches!(unlock(inner.clone(), Some(key('b'))), Err(Error::KeyWrong)));
    let book = open(unlock(inner.clone(), Some(key('a'))).unwrap()).unwrap();
    assert_eq!(book.get(name("person"), id).unwrap().fields.get(name("name")).as_text(), Some("Ada Lovelace"));
}

#[test]
fn a_field_that_becomes_sensitive_is_hidden_with_everything_that_was_there() {
    let inner: Arc<dyn Store> = Arc::new(Embedded::memory().unwrap());
    let plain = catalog(&PEOPLE.replace(", sensitive: true", ""));
    let world = World::over(unlock(inner.clone(), Some(key('a'))).unwrap(), plain);
    let id = ada(&world);
    assert!(holds(&*inner, "Ada Lovelace") && holds(&*inner, "13800001111"));
    world.book.activate(catalog(PEOPLE)).unwrap();
    assert!(!holds(&*inner, "Ada Lovelace") && !holds(&*inner, "13800001111"));
    assert_eq!(found(&world, json!({"phone": "13800001111"})), [id]);
    world.verify();
    // What was written before can be erased as well.
    erase(&world, id);
    assert!(!holds(&**world.book.store(), "13800001111"));
    world.verify();
}

#[test]
fn a_book_without_sensitive_fields_needs_no_key_and_stays_as_it_is() {
    let world = world(&PEOPLE.replace(", sensitive: true", ""));
    ada(&world);
    assert!(read(&**world.book.store(), |view| view.get(&meta::key(RING))).unwrap().is_none());
    assert!(holds(&**world.book.store(), "Ada Lovelace"));
}

#[test]
fn the_indexes_are_made_anew_with_the_key() {
    let (inner, world) = people();
    let id = ada(&world);
    let clock = world.clock.clone();
    drop(world);
    formwork_store::encrypted::turn(&*inner, &key('a'), &key('b'), &mut |_| {}).unwrap();
    let again = World::over(unlock(inner, Some(key('b'))).unwrap(), catalog(PEOPLE));
    again.clock.set(formwork_model::clock::Clock::now(&*clock));
    again.later(60);
    assert_eq!(found(&again, json!({"phone": "13800001111"})), [id]);
    assert_eq!(
        refused(again.try_create("person", json!({"name": "E", "phone": "13800001111"}))),
        "duplicate-key@phone"
    );
    again.verify();
}

/// Erases with a reason.
#[track_caller]
fn erase(world: &World, id: RecordId) {
    let command = world.command(Request::Erase { object: name("person"), id }).because("Ada asked for it");
    world.book.run(command).unwrap();
}

#[test]
fn what_is_erased_is_nowhere_and_the_history_still_verifies() {
    let (_, world) = people();
    let id = ada(&world);
    world.update(
        "person",
        id,
        json!({"phone": "13900002222", "kin": [{"key": 1, "who": "George Gordon"}], "city": "Paris"}),
    );
    let action = world.command(Request::Act {
        object: name("person"),
        id,
        rev: None,
        action: name("check"),
        token: None,
        input: serde_json::Map::new(),
    });
    world.book.run(action.because("Ada Lovelace called from 13900002222")).unwrap();
    let other = world.create("person", json!({"name": "Grace Hopper", "phone": "13600004444", "keeper": "ann"}));
    let words = ["Ada Lovelace", "13800001111", "13900002222", "1815-12-10", "7345.5", "Annabella", "George Gordon"];
    assert!(words.iter().all(|word| holds(&**world.book.store(), word) || *word == "1815-12-10" || *word == "7345.5"));
    assert_eq!(refused(world.run(Request::Erase { object: name("person"), id })), "required@reason");
    erase(&world, id);
    for word in words {
        assert!(!holds(&**world.book.store(), word), "{word}");
    }
    let record = world.get("person", id);
    for field in ["name", "phone", "born", "pay", "call"] {
        assert!(record.fields.get(name(field)).is_empty() || field == "call", "{field}");
    }
    assert_eq!((world.text("person", id, "city"), world.state("person", id)), ("Paris".into(), "known".into()));
    assert_eq!(world.text("person", other, "name"), "Grace Hopper");
    world.verify();
    let entries = world.book.history(name("person"), id, None, 10).unwrap();
    assert_eq!(entries[0].kind.as_ref(), "erase");
    assert_eq!(entries[0].reason.as_deref(), Some("Ada asked for it"));
    assert!(entries[2].changes.iter().any(|change| &*change.path == "city"), "the rest is still told");
    assert_eq!(entries[1].reason.as_deref(), Some("*** called from ***"));
    // A number that nobody has any more can be given again, and the erased record is used as before.
    world.update("person", other, json!({"phone": "13900002222"}));
    world.update("person", id, json!({"name": "somebody", "city": "Rome"}));
    erase(&world, id);
    world.verify();
}

/// Puts another's name into an entry of the history, the way an erasure rewrites one, and sees it found.
fn forge_and_find(world: &World) {
    let symbols = world.book.release().symbols.clone();
    let forged =
        read(&**world.book.store(), |view| history::erase(view, 2, &symbols, |entry| entry.actor = "mallory".into()));
    let forged = forged.unwrap().unwrap();
    transact(&**world.book.store(), move |txn| {
        txn.put(history::key(2), forged.0.clone());
        Ok::<_, Error>(())
    })
    .unwrap()
    .unwrap();
    let findings = verify(&world.book).unwrap().findings;
    assert!(findings.iter().any(|finding| finding.what.en.contains("history entry 2")), "{findings:?}");
}

#[test]
fn what_is_left_of_an_entry_can_not_be_altered() {
    let (_, world) = people();
    let id = ada(&world);
    erase(&world, id);
    world.verify();
    forge_and_find(&world);
}

#[test]
fn nobody_can_pass_off_an_alteration_as_an_erasure() {
    let (_, world) = people();
    ada(&world);
    forge_and_find(&world);
}

#[test]
fn a_record_that_is_gone_is_erased_from_the_history() {
    let (_, world) = people();
    let id = ada(&world);
    world.delete("person", id);
    assert!(holds(&**world.book.store(), "Ada Lovelace"));
    erase(&world, id);
    assert!(!holds(&**world.book.store(), "Ada Lovelace") && !holds(&**world.book.store(), "Annabella"));
    world.verify();
    let nobody = RecordId::from_bytes([9; 16]);
    let command = world.command(Request::Erase { object: name("person"), id: nobody }).because("x");
    assert_eq!(refused(world.book.run(command)), "no-such-record");
}

/// Keys and values.
type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// Every pair that a replay makes, but those that are not of decisions.
fn compared(pairs: impl Iterator<Item = (Vec<u8>, Vec<u8>)>) -> Pairs {
    let kept = |key: &[u8]| *key != meta::key(RING) && key.first() != Some(&KeyKind::Audit.number());
    pairs.filter(|(key, _)| kept(key)).collect()
}

fn replayed(world: &World) -> (Pairs, Pairs) {
    let mut replay = Replay::new(&world.book).unwrap();
    while replay.step().unwrap().is_some() {}
    let mut stored = Vec::new();
    read(&**world.book.store(), |view| {
        view.scan(&[], &[0xFF; 64], Order::Forward, &mut |key, value| {
            stored.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        })
    })
    .unwrap();
    let again = replay.world.pairs().map(|(key, value)| (key.to_vec(), value.to_vec()));
    (compared(again), compared(stored.into_iter()))
}

#[test]
fn a_replay_gives_an_encrypted_book_again_to_the_byte() {
    let (_, world) = people();
    let id = ada(&world);
    world.update("person", id, json!({"phone": "13900002222", "kin": [{"who": "x"}]}));
    world.act("person", id, "check");
    let (again, book) = replayed(&world);
    assert_eq!(again, book);
}

#[test]
fn after_an_erasure_a_replay_still_comes_to_where_the_book_is() {
    let (_, world) = people();
    let id = ada(&world);
    world.update("person", id, json!({"phone": "13900002222", "city": "Paris"}));
    world.act("person", id, "check");
    let other = world.create("person", json!({"name": "Grace Hopper", "phone": "13600004444"}));
    erase(&world, id);
    let (again, book) = replayed(&world);
    let keys = |pairs: &[(Vec<u8>, Vec<u8>)]| {
        let of = |kind: KeyKind| pairs.iter().filter(move |(key, _)| key.first() == Some(&kind.number())).cloned();
        [KeyKind::Index, KeyKind::Unique].into_iter().flat_map(of).collect::<Vec<_>>()
    };
    assert_eq!(keys(&again), keys(&book));
    // What was never there has no place among the fields; what was and is erased left one. They hold the same.
    let (object, symbols) = (name("person"), world.book.release().symbols.clone());
    let records = |pairs: &[(Vec<u8>, Vec<u8>)]| {
        let of = pairs.iter().filter(|(key, _)| key.first() == Some(&KeyKind::Record.number()));
        let read = of.map(|(key, bytes)| record::decode(object, record::id_of(key).unwrap(), bytes, &symbols).unwrap());
        let told = |record: Record| {
            let mut fields: Vec<_> = record.fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            fields.sort_by_key(|(name, _)| *name);
            (record.id, record.rev, record.updated_at, record.flows.clone(), fields)
        };
        read.map(told).collect::<Vec<_>>()
    };
    assert_eq!(records(&again), records(&book));
    assert_eq!(records(&book).len(), 2);
    assert!(world.exists("person", other));
}

#[test]
fn what_is_kept_long_enough_is_erased_by_itself_and_once() {
    let inner: Arc<dyn Store> = Arc::new(Embedded::memory().unwrap());
    let files = PEOPLE.replace("owner: keeper", "owner: keeper\nretain: {days: 30, where: {state: known}}");
    let world = World::over(unlock(inner, Some(key('a'))).unwrap(), catalog(&files));
    let (closed, open) = (ada(&world), world.create("person", json!({"name": "Open", "phone": "13500005555"})));
    world.act("person", closed, "check");
    for (days, erased) in [(29, 0), (2, 1), (40, 0)] {
        world.later(days * 24 * 3600);
        assert_eq!(world.book.retain().unwrap(), erased, "{days}");
    }
    assert_eq!(
        (world.text("person", closed, "phone"), world.text("person", open, "phone")),
        ("".into(), "13500005555".into())
    );
    assert!(!holds(&**world.book.store(), "13800001111"));
    let entry = &world.book.history(name("person"), closed, None, 1).unwrap()[0];
    assert_eq!((&*entry.actor, entry.reason.as_deref()), ("system", Some("retain: 30 days after updated_at")));
    world.verify();
}
