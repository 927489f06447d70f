//! What lies on the disk of an encrypted book, who can read it, and that a change of the key can be broken off anywhere.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::{embedded::Embedded, key::Key, table::blob};

fn master(digit: char) -> Master {
    Master::parse(&digit.to_string().repeat(64)).unwrap()
}

fn place(n: u64) -> Vec<u8> {
    Key::new(KeyKind::Message).text("ann").u64(n).into_vec()
}

fn put(store: &dyn Store, key: Vec<u8>, value: &str) {
    let value = value.as_bytes().to_vec();
    store::transact(store, move |txn| {
        txn.put(key.clone(), value.clone());
        Ok::<_, Error>(())
    })
    .unwrap()
    .unwrap();
}

fn fill(store: &dyn Store, many: u64) {
    store::transact(store, move |txn| {
        (0..many).for_each(|n| txn.put(place(n), format!("secret number {n}").into_bytes()));
        Ok::<_, Error>(())
    })
    .unwrap()
    .unwrap();
}

fn get(store: &dyn Store, key: &[u8]) -> Result<Option<String>, Error> {
    let found = store::read(store, |view| view.get(key))?;
    Ok(found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Every byte of the store as it lies there.
fn bytes(store: &dyn Store) -> Vec<u8> {
    let mut all = Vec::new();
    store::read(store, |view| {
        view.scan(&[], &[0xFF; 8], Order::Forward, &mut |key, value| {
            all.extend_from_slice(key);
            all.extend_from_slice(value);
            ControlFlow::Continue(())
        })
    })
    .unwrap();
    all
}

fn holds(store: &dyn Store, text: &str) -> bool {
    bytes(store).windows(text.len()).any(|part| part == text.as_bytes())
}

/// A store in memory and the same, unlocked and encrypted.
fn encrypted() -> (Arc<dyn Store>, Arc<dyn Store>) {
    let inner: Arc<dyn Store> = Arc::new(Embedded::memory().unwrap());
    let store = unlock(inner.clone(), Some(master('a'))).unwrap();
    store.protect().unwrap();
    (inner, store)
}

#[test]
fn what_is_written_is_read_with_the_key_alone() {
    let (inner, store) = encrypted();
    put(&*store, place(1), "the secret");
    assert_eq!(get(&*store, &place(1)).unwrap().as_deref(), Some("the secret"));
    assert!(!holds(&*inner, "the secret"));
    let mut seen = Vec::new();
    store::read(&*store, |view| {
        view.scan(&place(0), &place(9), Order::Reverse, &mut |_, value| {
            seen.push(value.to_vec());
            ControlFlow::Continue(())
        })
    })
    .unwrap();
    assert_eq!(seen, [b"the secret".to_vec()]);
    assert!(matches!(unlock(inner.clone(), None), Err(Error::KeyMissing)));
    assert!(matches!(unlock(inner.clone(), Some(master('b'))), Err(Error::KeyWrong)));
    let again = unlock(inner, Some(master('a'))).unwrap();
    assert_eq!(get(&*again, &place(1)).unwrap().as_deref(), Some("the secret"));
}

#[test]
fn one_value_is_sealed_differently_each_time() {
    let (inner, store) = encrypted();
    put(&*store, place(1), "same");
    let first = store::read(&*inner, |view| view.get(&place(1))).unwrap();
    put(&*store, place(1), "same");
    assert_ne!(store::read(&*inner, |view| view.get(&place(1))).unwrap(), first);
}

#[test]
fn what_was_altered_moved_or_slipped_in_is_not_read() {
    let (inner, store) = encrypted();
    put(&*store, place(1), "the secret");
    let sealed = store::read(&*inner, |view| view.get(&place(1))).unwrap().unwrap();
    let write = |key: Vec<u8>, value: Vec<u8>| {
        store::transact(&*inner, move |txn| {
            txn.put(key.clone(), value.clone());
            Ok::<_, Error>(())
        })
        .unwrap()
        .unwrap();
    };
    for at in [0, 1, 5, 20, sealed.len() - 1] {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        write(place(1), altered);
        assert!(matches!(get(&*store, &place(1)), Err(Error::Damaged(_))), "{at}");
    }
    write(place(2), sealed);
    assert!(matches!(get(&*store, &place(2)), Err(Error::Damaged(_))), "moved");
    write(place(3), b"plain".to_vec());
    assert!(matches!(get(&*store, &place(3)), Err(Error::Damaged(_))), "slipped in");
    assert!(
        store::read(&*store, |view| view
            .scan(&place(0), &place(9), Order::Forward, &mut |_, _| { ControlFlow::Continue(()) }))
        .is_err()
    );
}

#[test]
fn a_book_that_is_encrypted_later_is_encrypted_whole() {
    let inner: Arc<dyn Store> = Arc::new(Embedded::memory().unwrap());
    fill(&*inner, 5000);
    // A content may look like anything, also like a sealed value.
    let content = [&[0xE5, 0, 1][..], &[7; 60]].concat();
    let (sha, file) = ("f".repeat(64), content.clone());
    store::transact(&*inner, move |txn| {
        blob::put(txn, &sha, &file);
        Ok::<_, Error>(())
    })
    .unwrap()
    .unwrap();
    let store = unlock(inner.clone(), Some(master('a'))).unwrap();
    assert!(store.blind().is_none() && get(&*store, &place(7)).unwrap().as_deref() == Some("secret number 7"));
    assert!(holds(&*inner, "secret number 4999"), "nothing is encrypted before that is asked for");
    store.protect().unwrap();
    store.protect().unwrap();
    assert!(!holds(&*inner, "secret number"));
    assert_eq!(get(&*store, &place(4999)).unwrap().as_deref(), Some("secret number 4999"));
    let kept = store::read(&*store, |view| blob::get(view, &"f".repeat(64))).unwrap();
    assert_eq!(kept.as_deref(), Some(&content[..]));
}

#[test]
fn a_store_on_disk_without_a_key_protects_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(&folder.path().join("book"), None).unwrap();
    assert!(matches!(store.protect(), Err(Error::KeyMissing)));
}

/// A store that is gone after so many pieces of work, as if the program had been killed.
#[derive(Debug)]
struct Killed(Arc<dyn Store>, AtomicU32);

impl Store for Killed {
    fn read(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error> {
        self.0.read(reader)
    }

    fn submit(&self, work: Box<dyn Work>) {
        match self.1.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => self.0.submit(work),
            Err(_) => work.done(Err(Error::Closed)),
        }
    }

    fn size_on_disk(&self) -> u64 {
        0
    }

    fn kind(&self) -> &'static str {
        "killed"
    }
}

#[test]
fn a_change_of_the_key_can_be_broken_off_anywhere() {
    let mut ended = false;
    for works in 0..40 {
        let (inner, store) = encrypted();
        fill(&*store, 4100);
        let blind = store.blind().unwrap().number();
        drop(store);
        let killed = Killed(inner.clone(), works.into());
        ended = turn(&killed, &master('a'), &master('b'), &mut |_| {}).is_ok();
        // Before the first commit the old key opens the book, after it the new one; never both, never neither.
        let opens = ['a', 'b'].map(|digit| unlock(inner.clone(), Some(master(digit))).is_ok());
        assert_eq!(opens, [works == 0, works > 0]);
        let key = master(if works == 0 { 'a' } else { 'b' });
        let store = unlock(inner.clone(), Some(key)).unwrap();
        for n in [0, 1999, 2000, 4099] {
            assert_eq!(get(&*store, &place(n)).unwrap(), Some(format!("secret number {n}")), "{works}");
        }
        put(&*store, place(4100), "written between");
        drop(store);
        let turned = turn(&*inner, &master('a'), &master('b'), &mut |_| {}).unwrap();
        assert_eq!((turned.resumed, ended && turned.sealed > 0), (works > 0, false), "{works}");
        let store = unlock(inner.clone(), Some(master('b'))).unwrap();
        assert_eq!(get(&*store, &place(4100)).unwrap().as_deref(), Some("written between"));
        assert_eq!(get(&*store, &place(3)).unwrap().as_deref(), Some("secret number 3"));
        assert_ne!(store.blind().unwrap().number(), blind);
        // Nothing is left under the old data key: its number is in no value.
        let mut old = 0;
        store::read(&*inner, |view| {
            view.scan(&place(0), &place(9999), Order::Forward, &mut |_, value| {
                old += u32::from(value.starts_with(&[0xE5, 0, 1]));
                ControlFlow::Continue(())
            })
        })
        .unwrap();
        assert_eq!(old, 0);
        if ended {
            break;
        }
    }
    assert!(ended, "it was never let come to its end");
}

#[test]
fn a_hash_is_of_one_value_of_one_field() {
    let (_, store) = encrypted();
    let blind = store.blind().unwrap();
    let (phone, mail) = (formwork_model::name::Name::intern("phone"), formwork_model::name::Name::intern("mail"));
    let of = |field, text: &str| blind.of(1, field, &formwork_model::value::Value::text(text));
    assert_eq!(of(phone, "1"), of(phone, "1"));
    assert!(of(phone, "1") != of(phone, "2") && of(phone, "1") != of(mail, "1"));
    assert_ne!(of(phone, "1"), blind.of(2, phone, &formwork_model::value::Value::text("1")));
    assert_eq!(blind.of(1, phone, &formwork_model::value::Value::Null), formwork_model::value::Value::Null);
    let (_, other) = encrypted();
    let elsewhere = other.blind().unwrap();
    assert_ne!(elsewhere.of(1, phone, &formwork_model::value::Value::text("1")), of(phone, "1"));
}

#[test]
fn encrypting_a_book_can_be_broken_off_anywhere() {
    let mut ended = false;
    for works in 0..40 {
        let inner: Arc<dyn Store> = Arc::new(Embedded::memory().unwrap());
        fill(&*inner, 4100);
        let killed: Arc<dyn Store> = Arc::new(Killed(inner.clone(), works.into()));
        ended = unlock(killed, Some(master('a'))).unwrap().protect().is_ok();
        let store = unlock(inner.clone(), Some(master('a'))).unwrap();
        assert_eq!(get(&*store, &place(4099)).unwrap().as_deref(), Some("secret number 4099"), "{works}");
        put(&*store, place(4100), "written between");
        store.protect().unwrap();
        assert!(!holds(&*inner, "secret number") && !holds(&*inner, "written between"), "{works}");
        assert_eq!(get(&*store, &place(0)).unwrap().as_deref(), Some("secret number 0"), "{works}");
        if ended {
            break;
        }
    }
    assert!(ended, "it was never let come to its end");
}
