//! Values of an encrypted book that somebody with the disk, and without the key, has altered, moved or taken away: each is
//! found in its place, and the search goes on.

use std::{ops::ControlFlow, sync::Arc};

use formwork_runtime::{command::Request, verify::verify};
use formwork_store::{
    embedded::Embedded,
    encrypted::unlock,
    error::Error,
    key::{Key, KeyKind},
    store::{Order, Store, read, transact},
};
use serde_json::json;

use super::{
    sensitive::{ada, key, people},
    world::{World, catalog, name},
};

/// The places of a table as they lie on the disk, with what is there.
fn places(store: &dyn Store, kind: KeyKind) -> Vec<(Vec<u8>, Vec<u8>)> {
    let (start, end) = Key::new(kind).into_range();
    let mut all = Vec::new();
    read(store, |view| {
        view.scan(&start, &end, Order::Forward, &mut |key, value| {
            all.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        })
    })
    .unwrap();
    all
}

fn write(store: &dyn Store, place: Vec<u8>, value: Vec<u8>) {
    transact(store, move |txn| {
        txn.put(place.clone(), value.clone());
        Ok::<_, Error>(())
    })
    .unwrap()
    .unwrap();
}

fn take_away(store: &dyn Store, place: Vec<u8>) {
    transact(store, move |txn| {
        txn.delete(place.clone());
        Ok::<_, Error>(())
    })
    .unwrap()
    .unwrap();
}

fn altered(mut value: Vec<u8>) -> Vec<u8> {
    let last = value.len() - 1;
    value[last] ^= 1;
    value
}

fn found(world: &World) -> Vec<String> {
    verify(&world.book).unwrap().findings.into_iter().map(|finding| finding.what.en.to_string()).collect()
}

#[test]
fn a_value_that_was_altered_is_found_in_its_place_and_the_rest_is_looked_at() {
    let (inner, world) = people();
    let id = ada(&world);
    let other = world.create("person", json!({"name": "Grace Hopper", "phone": "13600004444", "keeper": "ann"}));
    world.book.keep_file("ann", "scan.txt", "text/plain", b"what was scanned".to_vec()).unwrap();
    assert_eq!(found(&world), [""; 0]);
    for (kind, told) in [
        (KeyKind::Record, "can't be read"),
        (KeyKind::History, "history entry 1"),
        (KeyKind::Message, "a message to ann"),
        (KeyKind::Blob, "is not what its hash says"),
    ] {
        let (place, value) = places(&*inner, kind).remove(0);
        write(&*inner, place.clone(), altered(value.clone()));
        let wrong = found(&world);
        assert!(wrong.iter().any(|what| what.contains(told)), "{kind:?}: {wrong:?}");
        // What was moved there from another place of the table is no better.
        let moved = places(&*inner, kind).pop().unwrap().1;
        write(&*inner, place.clone(), if moved == altered(value.clone()) { b"plain".to_vec() } else { moved });
        let wrong = found(&world);
        assert!(wrong.iter().any(|what| what.contains(told)), "{kind:?}: {wrong:?}");
        write(&*inner, place, value);
        assert_eq!(found(&world), [""; 0], "{kind:?}");
    }
    // Two at once, and which records they are.
    for (place, value) in places(&*inner, KeyKind::Record) {
        write(&*inner, place, altered(value));
    }
    let wrong = found(&world);
    for id in [id, other] {
        assert!(wrong.iter().any(|what| what.starts_with(&format!("person {id} can't be read"))), "{wrong:?}");
    }
}

#[test]
fn balances_and_entries_of_ledgers_are_sealed_and_told_when_they_are_damaged() {
    const PAY: &str = "
# definitions/x/person.object.yaml
object: person
fields:
  name: {type: text, sensitive: true, required: true}
  pay: {type: decimal, scale: 2, sensitive: true}
rules:
  paid: {on: create, post: {ledger: wages, of: {person: = this}, amount: = this.pay}}
# definitions/x/wages.ledger.yaml
ledger: wages
amount: decimal
dimensions: {person: {type: ref, to: person}}
";
    let inner: Arc<dyn Store> = Arc::new(Embedded::memory().unwrap());
    let world = World::over(unlock(inner.clone(), Some(key('a'))).unwrap(), catalog(PAY));
    let id = world.create("person", json!({"name": "Ada", "pay": "7345.5"}));
    assert_eq!(world.balance("wages", json!({"person": id.to_string()})), "7345.5");
    assert_eq!(found(&world), [""; 0]);
    for (kind, told) in [
        (KeyKind::LedgerBalance, "the balance can't be read"),
        (KeyKind::LedgerEntry, "an entry of ledger wages can't be read"),
    ] {
        let (place, value) = places(&*inner, kind).remove(0);
        write(&*inner, place.clone(), altered(value.clone()));
        let wrong = found(&world);
        assert!(wrong.iter().any(|what| what.contains(told)), "{kind:?}: {wrong:?}");
        write(&*inner, place, value);
    }
    assert_eq!(found(&world), [""; 0]);
}

#[test]
fn a_value_that_was_there_before_and_a_record_or_content_that_is_gone_are_found() {
    let (inner, world) = people();
    let id = ada(&world);
    let (place, before) = places(&*inner, KeyKind::Record).remove(0);
    world.update("person", id, json!({"city": "Paris"}));
    let (_, now) = places(&*inner, KeyKind::Record).remove(0);
    assert_eq!(found(&world), [""; 0]);
    // It was sealed for this very place.
    write(&*inner, place.clone(), before);
    let wrong = found(&world);
    assert!(wrong[0].starts_with(&format!("person {id} is at revision 1, its history leaves it at 2")), "{wrong:?}");
    take_away(&*inner, place.clone());
    let wrong = found(&world);
    assert!(wrong.contains(&format!("person {id} is gone, and its history does not say so")), "{wrong:?}");
    write(&*inner, place, now);
    world.delete("person", id);
    assert_eq!(found(&world), [""; 0], "the history says so");
}

#[test]
fn a_file_whose_content_is_gone_is_named_with_the_record_that_refers_to_it() {
    const FILES: &str = "
# definitions/x/letter.object.yaml
object: letter
fields:
  scan:  {type: file}
  pages: {type: lines, fields: {scans: {type: files}}}
";
    let inner: Arc<dyn Store> = Arc::new(Embedded::memory().unwrap());
    let world = World::over(inner.clone(), catalog(FILES));
    let file = |content: &[u8]| {
        let file = world.book.keep_file("ann", "scan.txt", "text/plain", content.to_vec()).unwrap();
        json!({"sha256": file.sha256, "name": file.name, "media": file.media, "size": file.size})
    };
    let (one, two) = (file(b"one"), file(b"two"));
    let first = world.create("letter", json!({"scan": one}));
    let second = world.create("letter", json!({"pages": [{"scans": [one, two]}]}));
    assert_eq!(found(&world), [""; 0]);
    // So is one that came with a comment.
    let files = vec![two.clone()];
    world.book.run(world.command(Request::Comment { object: name("letter"), id: first, files })).unwrap();
    assert_eq!(found(&world), [""; 0]);
    for (file, ids) in [(&one, vec![first, second]), (&two, vec![first, second])] {
        let hash = file["sha256"].as_str().unwrap();
        let place = formwork_store::table::blob::key(hash, 0);
        let content = read(&*inner, |view| view.get(&place)).unwrap().unwrap().to_vec();
        take_away(&*inner, place.clone());
        let told = ids.iter().map(|id| format!("letter {id} refers to the file {hash}, whose content is gone"));
        assert_eq!(found(&world), told.collect::<Vec<_>>());
        write(&*inner, place, content);
    }
}
