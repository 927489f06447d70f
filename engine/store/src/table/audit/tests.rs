//! The chain of the audit log holds, and every way to tamper with it is seen.

use super::*;
use crate::{
    embedded::Embedded,
    store::{self, transact},
};

fn entry(n: i64) -> Entry {
    Entry {
        seq: 0,
        at: Timestamp::from_millisecond(1_795_000_000_000 + n).unwrap(),
        actor: "li.wei".into(),
        what: "sign-in".into(),
        about: format!("attempt {n}"),
        address: "192.0.2.7".into(),
        more: String::new(),
    }
}

fn filled() -> Embedded {
    let store = Embedded::memory().unwrap();
    for n in 0..5 {
        let seq = transact(&store, move |txn| append(txn, entry(n))).unwrap().unwrap();
        assert_eq!(seq, n.cast_unsigned() + 1);
    }
    store
}

fn reports(store: &Embedded) -> Vec<u64> {
    let mut reports = Vec::new();
    let checked = store::read(store, |view| verify(view, &mut |seq, _| reports.push(seq))).unwrap();
    assert!(checked <= 5);
    reports
}

fn tamper(store: &Embedded, seq: u64, change: impl FnOnce(Vec<u8>) -> Option<Vec<u8>>) {
    let bytes = store::read(store, |view| view.get(&key(seq))).unwrap().unwrap();
    let changed = change(bytes);
    let done: Result<(), Error> = transact(store, move |txn| {
        match &changed {
            Some(bytes) => txn.put(key(seq), bytes.clone()),
            None => txn.delete(key(seq)),
        }
        Ok(())
    })
    .unwrap();
    done.unwrap();
}

#[test]
fn a_log_that_nobody_touched_is_whole() {
    assert_eq!(reports(&filled()), [0_u64; 0]);
}

#[test]
fn a_changed_entry_is_found() {
    let store = filled();
    tamper(&store, 3, |mut bytes| {
        let place = bytes.iter().rposition(|byte| *byte == b'2').unwrap();
        bytes[place] = b'3';
        Some(bytes)
    });
    assert_eq!(reports(&store), [3]);
}

#[test]
fn an_entry_that_was_forged_with_its_own_hash_does_not_fit_the_next() {
    let store = filled();
    tamper(&store, 3, |bytes| {
        let chained = decode(&bytes).unwrap();
        let forged = Entry { actor: "somebody.else".into(), ..chained.entry };
        Some(encode(&forged, &chained.previous).0)
    });
    assert_eq!(reports(&store), [4]);
}

#[test]
fn a_removed_entry_is_found_also_at_the_end() {
    for (removed, reported) in [(1, 2), (3, 4), (5, 5)] {
        let store = filled();
        tamper(&store, removed, |_| None);
        assert_eq!(reports(&store), [reported], "entry {removed}");
    }
}

#[test]
fn an_export_that_states_what_was_stored_has_its_hash() {
    let (bytes, hash) = encode(&Entry { seq: 9, ..entry(1) }, &[4; 32]);
    let chained = decode(&bytes).unwrap();
    assert_eq!((chained.hash, chained.computed), (hash, hash));
    let stated = Chained::stated(chained.entry.clone(), [4; 32], hash);
    assert_eq!(stated, chained);
    let altered = Chained::stated(Entry { about: "attempt 2".into(), ..chained.entry }, [4; 32], hash);
    assert_ne!(altered.computed, altered.hash);
}
