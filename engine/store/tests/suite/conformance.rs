//! What every store does when nothing goes wrong.

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, mpsc},
};

use formwork_store::{
    embedded::{Embedded, Frozen, Inline},
    error::Error,
    store::{Abort, Order, Store, Transaction, Work, read, transact},
};

use crate::site::{Site, everything, get, on_every_disk, on_every_store, pairs_of, put, write};

on_every_store!(
    a_work_sees_what_it_wrote,
    an_aborted_work_leaves_nothing,
    works_run_in_the_order_they_were_submitted,
    later_work_of_a_group_sees_earlier_work,
    scans_run_both_ways_and_stop_when_told,
    values_of_every_size_come_back,
    values_shrink_and_grow_and_go,
    dropping_the_store_finishes_what_is_queued,
);
mod reopening {
    use super::*;
    on_every_disk!(reopening_keeps_everything);
    fn reopening_keeps_everything(site: &Site) {
        super::reopening_keeps_everything(site);
    }
}

fn a_work_sees_what_it_wrote(site: &Site) {
    let store = site.open();
    put(&store, "a", "old");
    put(&store, "b", "old");
    write(&store, |txn| {
        txn.put(b"a".to_vec(), b"new".to_vec());
        txn.delete(b"b".to_vec());
        txn.put(b"c".to_vec(), b"new".to_vec());
        assert_eq!(txn.get(b"a").unwrap().unwrap(), b"new");
        assert_eq!(txn.get(b"b").unwrap(), None);
        let seen = pairs_of(txn.view(), b"a", b"z", Order::Reverse).unwrap();
        assert_eq!(seen, [(b"c".to_vec(), b"new".to_vec()), (b"a".to_vec(), b"new".to_vec())]);
    });
    assert_eq!((get(&store, "a"), get(&store, "b")), (Some("new".into()), None));
}

fn an_aborted_work_leaves_nothing(site: &Site) {
    let store = site.open();
    put(&store, "kept", "1");
    let refused = transact(&store, |txn| -> Result<(), &str> {
        txn.put(b"kept".to_vec(), b"2".to_vec());
        txn.put(b"new".to_vec(), b"2".to_vec());
        txn.delete(b"kept".to_vec());
        Err("no")
    });
    assert_eq!(refused.unwrap(), Err("no"));
    assert_eq!((get(&store, "kept"), get(&store, "new")), (Some("1".into()), None));
}

/// Appends a number to the value under `log`, and tells the outcome.
struct Append {
    number: u32,
    abort: bool,
    told: mpsc::Sender<(u32, Result<(), Error>)>,
}

impl Work for Append {
    fn run(&mut self, transaction: &mut dyn Transaction) -> Result<(), Abort> {
        let mut log = transaction.get(b"log").unwrap().unwrap_or_default();
        log.extend_from_slice(format!("{} ", self.number).as_bytes());
        transaction.put(b"log".to_vec(), log);
        if self.abort { Err(Abort) } else { Ok(()) }
    }

    fn done(self: Box<Self>, outcome: Result<(), Error>) {
        let _gone = self.told.send((self.number, outcome));
    }
}

fn submit_numbers(store: &dyn Store, abort: impl Fn(u32) -> bool) -> mpsc::Receiver<(u32, Result<(), Error>)> {
    let (told, outcomes) = mpsc::channel();
    for number in 0..1000 {
        store.submit(Box::new(Append { number, abort: abort(number), told: told.clone() }));
    }
    outcomes
}

fn numbers(wanted: impl Fn(u32) -> bool) -> String {
    (0..1000).filter(|number| wanted(*number)).map(|number| format!("{number} ")).collect()
}

fn works_run_in_the_order_they_were_submitted(site: &Site) {
    let store = site.open();
    let outcomes = submit_numbers(&store, |_| false);
    for expected in 0..1000 {
        let (number, outcome) = outcomes.recv().unwrap();
        assert_eq!(number, expected);
        outcome.unwrap();
    }
    assert_eq!(get(&store, "log"), Some(numbers(|_| true)));
}

fn later_work_of_a_group_sees_earlier_work(site: &Site) {
    let store = site.open();
    let outcomes = submit_numbers(&store, |number| number % 3 == 0);
    assert_eq!(outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).count(), 1000);
    assert_eq!(get(&store, "log"), Some(numbers(|number| number % 3 != 0)));
}

fn scans_run_both_ways_and_stop_when_told(site: &Site) {
    let store = site.open();
    write(&store, |txn| {
        for number in 0..300u32 {
            txn.put(format!("k{number:03}").into_bytes(), number.to_be_bytes().to_vec());
        }
    });
    read(&store, |view| {
        let forward = pairs_of(view, b"k010", b"k020", Order::Forward)?;
        let mut reverse = pairs_of(view, b"k010", b"k020", Order::Reverse)?;
        assert_eq!((forward.len(), forward[0].0.as_slice()), (10, b"k010".as_slice()));
        reverse.reverse();
        assert_eq!(forward, reverse);
        assert!(pairs_of(view, b"k020", b"k010", Order::Forward)?.is_empty());
        assert!(pairs_of(view, b"k020", b"k020", Order::Reverse)?.is_empty());
        let mut seen = 0;
        view.scan(b"k", b"l", Order::Reverse, &mut |_, _| {
            seen += 1;
            if seen == 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        assert_eq!(seen, 7);
        // Reading on while a scan runs is what following an index does.
        let mut sum = 0;
        view.scan(b"k", b"l", Order::Forward, &mut |key, _| {
            let bytes = view.get(key).unwrap().unwrap();
            sum += u32::from_be_bytes(bytes.try_into().unwrap());
            ControlFlow::Continue(())
        })?;
        assert_eq!(sum, 299 * 300 / 2);
        Ok(())
    })
    .unwrap();
}

fn value(number: usize, length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 31 + number) as u8).collect()
}

fn values_of_every_size_come_back(site: &Site) {
    const SIZES: [usize; 7] = [0, 1, 100, 5_000, 65_536, 700_000, 3_000_000];
    let store = site.open();
    for (number, size) in SIZES.into_iter().enumerate() {
        write(&store, move |txn| txn.put(vec![200, number as u8], value(number, size)));
    }
    let check = |store: &Embedded| {
        for (number, size) in SIZES.into_iter().enumerate() {
            let found = read(store, |view| view.get(&[200, number as u8])).unwrap();
            assert!(found == Some(value(number, size)), "{size} bytes");
        }
    };
    check(&store);
    if site.kind.is_some() {
        drop(store);
        check(&site.open());
    }
}

/// Large values are kept in parts on sled: parts that are too many must go, also after the book was reopened.
fn values_shrink_and_grow_and_go(site: &Site) {
    let mut store = site.open();
    let sizes = [300_000, 65_536, 65_537, 500_000, 10, 200_000, 200_001, 0, 131_072];
    for (number, size) in sizes.into_iter().enumerate() {
        write(&store, move |txn| {
            txn.put(vec![200], value(number, size));
            txn.put(vec![200, 0, 0, 0, 0], value(number + 1, 100_000));
        });
        if site.kind.is_some() {
            drop(store);
            store = site.open();
        }
        let expected = [(vec![200], value(number, size)), (vec![200, 0, 0, 0, 0], value(number + 1, 100_000))];
        assert!(read(&store, |view| pairs_of(view, &[200], &[255], Order::Forward)).unwrap() == expected, "{size}");
        assert!(read(&store, |view| view.get(&[200])).unwrap().as_ref() == Some(&expected[0].1), "{size}");
    }
    write(&store, |txn| txn.delete(vec![200]));
    assert_eq!(read(&store, |view| pairs_of(view, &[200], &[255], Order::Reverse)).unwrap().len(), 1);
}

fn dropping_the_store_finishes_what_is_queued(site: &Site) {
    let store = site.open();
    let outcomes = submit_numbers(&store, |_| false);
    drop(store);
    assert_eq!(outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).count(), 1000);
    if site.kind.is_some() {
        assert_eq!(get(&site.open(), "log"), Some(numbers(|_| true)));
    }
}

fn reopening_keeps_everything(site: &Site) {
    let mut expected = Vec::new();
    for round in 0..4u32 {
        let store = site.open();
        assert!(round == 0 || everything(&store) == expected, "round {round}");
        for step in 0..20u32 {
            write(&store, move |txn| {
                for number in 0..50u32 {
                    let key = format!("key {}", (number * 7919 + step * 31 + round) % 1500);
                    if number % 5 == 4 {
                        txn.delete(key.into_bytes());
                    } else {
                        txn.put(key.into_bytes(), format!("{round} {step} {number}").repeat(20).into_bytes());
                    }
                }
            });
        }
        assert!(store.size_on_disk() > 0);
        expected = everything(&store);
    }
    // Without naming the store: the folder knows.
    let store = Embedded::open(site.path(), None).unwrap();
    assert_eq!(Some(store.kind()), site.kind.map(|kind| kind.name()));
    assert!(everything(&store) == expected);
}

#[test]
fn a_store_can_be_dropped_by_its_own_last_work() {
    struct Last(Arc<Mutex<Option<Arc<Embedded>>>>, mpsc::Sender<()>);
    impl Work for Last {
        fn run(&mut self, _: &mut dyn Transaction) -> Result<(), Abort> {
            Ok(())
        }
        fn done(self: Box<Self>, _: Result<(), Error>) {
            drop(self.0.lock().unwrap().take());
            self.1.send(()).unwrap();
        }
    }
    let store = Arc::new(Embedded::memory().unwrap());
    let slot = Arc::new(Mutex::new(None));
    let (told, wait) = mpsc::channel();
    *slot.lock().unwrap() = Some(Arc::clone(&store));
    let queue = Arc::clone(&store);
    drop(store);
    queue.submit(Box::new(Last(slot, told)));
    drop(queue);
    wait.recv_timeout(std::time::Duration::from_secs(10)).unwrap();
}

#[test]
fn what_goes_on_from_a_frozen_book_is_its_own() {
    let whole = Embedded::memory().unwrap();
    for key in ["a", "b", "c", "e"] {
        put(&whole, key, "old");
    }
    let frozen = read(&whole, |view| Frozen::of(view)).unwrap();
    let (one, other) = (Inline::from(&frozen), Inline::from(&frozen));
    let before = everything(&whole);
    let change = |store: &dyn Store| {
        write(store, |txn| {
            txn.put(b"b".to_vec(), b"new".to_vec());
            txn.put(b"d".to_vec(), b"new".to_vec());
            txn.delete(b"c".to_vec());
            assert_eq!(txn.get(b"c").unwrap(), None);
        });
        let refused = transact(store, |txn| -> Result<(), &str> {
            txn.put(b"a".to_vec(), b"lost".to_vec());
            Err("no")
        });
        assert_eq!(refused.unwrap(), Err("no"));
        write(store, |txn| txn.put(b"f".to_vec(), txn.get(b"d").unwrap().unwrap()));
    };
    // The same is done to one of them and to an ordinary book.
    change(&one);
    assert_eq!((everything(&other), everything(&whole)), (before.clone(), before));
    change(&whole);
    assert_eq!(everything(&one), everything(&whole));
    let reverse = |store: &dyn Store| read(store, |view| pairs_of(view, b"b", b"f", Order::Reverse)).unwrap();
    assert_eq!(reverse(&one), reverse(&whole));
    assert_eq!((get(&one, "c"), get(&other, "c")), (None, Some("old".into())));
}
