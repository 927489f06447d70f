//! Panics in works and failing disks.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    mpsc,
};

use formwork_store::{
    backend::{Backend, Batch, memory::Memory},
    embedded::Embedded,
    error::Error,
    store::{Abort, Each, Order, Store, Transaction, View, Work, transact},
};

use crate::site::{Site, get, on_every_store, put};

on_every_store!(a_panic_in_a_work_harms_only_that_work);

/// Writes, then panics when it runs or when it is told.
struct Panics {
    running: bool,
    told: mpsc::Sender<Result<(), Error>>,
}

impl Work for Panics {
    fn run(&mut self, transaction: &mut dyn Transaction) -> Result<(), Abort> {
        transaction.put(b"bad".to_vec(), b"1".to_vec());
        assert!(!self.running, "a bug in a command");
        Ok(())
    }

    fn done(self: Box<Self>, outcome: Result<(), Error>) {
        self.told.send(outcome).unwrap();
        panic!("a bug after the command");
    }
}

fn a_panic_in_a_work_harms_only_that_work(site: &Site) {
    let store = site.open();
    let (told, outcomes) = mpsc::channel();
    store.submit(Box::new(Panics { running: true, told: told.clone() }));
    put(&store, "good", "1");
    let Err(Error::Fault(text)) = outcomes.recv().unwrap() else { panic!("the panic is not reported") };
    assert!(text.contains("a bug in a command"), "{text}");
    assert_eq!((get(&store, "bad"), get(&store, "good")), (None, Some("1".into())));
    store.submit(Box::new(Panics { running: false, told }));
    put(&store, "good", "2");
    outcomes.recv().unwrap().unwrap();
    assert_eq!((get(&store, "bad"), get(&store, "good")), (Some("1".into()), Some("2".into())));
}

#[derive(Debug, Default)]
struct Switches {
    apply_fails: AtomicBool,
    sync_fails: AtomicBool,
    syncs: AtomicU32,
}

/// Memory whose disk fails on request.
#[derive(Debug, Default)]
struct Failing {
    memory: Memory,
    switches: Arc<Switches>,
}

fn disk_full() -> Error {
    std::io::Error::from(std::io::ErrorKind::StorageFull).into()
}

impl View for Failing {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.memory.get(key)
    }
    fn scan(&self, start: &[u8], end: &[u8], order: Order, each: Each<'_>) -> Result<(), Error> {
        self.memory.scan(start, end, order, each)
    }
}

impl Backend for Failing {
    fn apply(&self, batch: Batch) -> Result<(), Error> {
        if self.switches.apply_fails.load(SeqCst) { Err(disk_full()) } else { self.memory.apply(batch) }
    }
    fn sync(&self) -> Result<(), Error> {
        self.switches.syncs.fetch_add(1, SeqCst);
        if self.switches.sync_fails.load(SeqCst) { Err(disk_full()) } else { Ok(()) }
    }
    fn snapshot(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error> {
        self.memory.snapshot(reader)
    }
    fn size_on_disk(&self) -> u64 {
        0
    }
    fn kind(&self) -> &'static str {
        "failing"
    }
}

fn failing() -> (Embedded, Arc<Switches>) {
    let backend = Failing::default();
    let switches = Arc::clone(&backend.switches);
    (Embedded::over(Box::new(backend)).unwrap(), switches)
}

fn commit(store: &dyn Store) -> Result<Result<(), ()>, Error> {
    transact(store, |txn| {
        txn.put(b"x".to_vec(), b"2".to_vec());
        Ok(())
    })
}

#[test]
fn after_a_failed_disk_nothing_more_is_accepted_and_reading_goes_on() {
    for by_apply in [true, false] {
        let (store, switches) = failing();
        put(&store, "x", "1");
        (if by_apply { &switches.apply_fails } else { &switches.sync_fails }).store(true, SeqCst);
        assert!(matches!(commit(&store), Err(Error::Disk(_))));
        switches.apply_fails.store(false, SeqCst);
        switches.sync_fails.store(false, SeqCst);
        assert!(matches!(commit(&store), Err(Error::Closed)), "the disk is well again, but memory may differ from it");
        assert!(get(&store, "x").is_some());
    }
}

#[test]
fn a_work_that_wrote_nothing_costs_no_sync() {
    let (store, switches) = failing();
    let looked: Result<Result<(), ()>, Error> = transact(&store, |txn| txn.get(b"x").map(drop).map_err(drop));
    looked.unwrap().unwrap();
    let refused: Result<Result<(), ()>, Error> = transact(&store, |txn| {
        txn.put(b"x".to_vec(), b"1".to_vec());
        Err(())
    });
    assert_eq!(refused.unwrap(), Err(()));
    assert_eq!(switches.syncs.load(SeqCst), 0);
    put(&store, "x", "1");
    assert_eq!(switches.syncs.load(SeqCst), 1);
}
