//! Readers and writers at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use formwork_store::{
    backend::Kind,
    store::{Order, Store, read, transact},
};

use crate::site::{Site, on_every_store, pairs_of, write};

on_every_store!(
    a_moving_index_entry_is_never_lost_and_never_seen_twice,
    readers_see_whole_batches,
    many_threads_commit_at_once,
);

const SCANS: usize = 20_000;

/// The test that sled without our lock fails: 91 of 20,000 scans lost the entry, 78 saw it twice.
fn a_moving_index_entry_is_never_lost_and_never_seen_twice(site: &Site) {
    let store = Arc::new(site.open());
    write(&*store, |txn| {
        txn.put(b"i/a/record".to_vec(), Vec::new());
        for number in 0..200 {
            txn.put(format!("i/m{number:03}/other").into_bytes(), Vec::new());
        }
    });
    let scans = Arc::new(AtomicUsize::new(0));
    // fjall keeps every version of a key until its memory table is full, and a scan walks over all of them.
    let scans_per_move = if site.kind == Some(Kind::Fjall) { 40 } else { 2 };
    let mover = {
        let (store, scans) = (Arc::clone(&store), Arc::clone(&scans));
        thread::spawn(move || {
            let mut moves = 0;
            while scans.load(SeqCst) < SCANS {
                if moves > scans.load(SeqCst) / scans_per_move {
                    thread::yield_now();
                    continue;
                }
                moves += 1;
                let forth = moves % 2 == 1;
                write(&*store, move |txn| {
                    let (from, to) = if forth { ("i/a/record", "i/z/record") } else { ("i/z/record", "i/a/record") };
                    txn.delete(from.as_bytes().to_vec());
                    txn.put(to.as_bytes().to_vec(), Vec::new());
                });
            }
            moves
        })
    };
    let (mut lost, mut twice) = (0, 0);
    for scan in 0..SCANS {
        let order = if scan % 2 == 0 { Order::Forward } else { Order::Reverse };
        let found = read(&*store, |view| pairs_of(view, b"i/", b"i0", order)).unwrap();
        match found.iter().filter(|(key, _)| key.ends_with(b"/record")).count() {
            0 => lost += 1,
            1 => {}
            _ => twice += 1,
        }
        assert!(found.len() >= 200);
        scans.fetch_add(1, SeqCst);
    }
    let moves = mover.join().unwrap();
    assert_eq!((lost, twice), (0, 0), "of {SCANS} scans over {moves} moves");
    assert!(moves > 100, "only {moves} moves: this proves little");
}

fn readers_see_whole_batches(site: &Site) {
    let store = Arc::new(site.open());
    let stop = Arc::new(AtomicBool::new(false));
    write(&*store, |txn| (0..50u8).for_each(|n| txn.put(vec![100, n], vec![0])));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
            thread::spawn(move || {
                while !stop.load(SeqCst) {
                    read(&*store, |view| {
                        let all = pairs_of(view, &[100], &[101], Order::Forward)?;
                        assert!(all.iter().all(|(_, value)| *value == all[0].1), "{all:?}");
                        // The view stands still: a later look sees the same.
                        assert_eq!(view.get(&[100, 7])?.as_ref(), Some(&all[0].1));
                        Ok(())
                    })
                    .unwrap();
                }
            })
        })
        .collect();
    for round in 0..300u32 {
        write(&*store, move |txn| (0..50u8).for_each(|n| txn.put(vec![100, n], round.to_be_bytes().to_vec())));
    }
    stop.store(true, SeqCst);
    readers.into_iter().for_each(|reader| reader.join().unwrap());
}

fn many_threads_commit_at_once(site: &Site) {
    let store = Arc::new(site.open());
    let threads: Vec<_> = (0..64u32)
        .map(|thread| {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                (0..25u32)
                    .map(|step| {
                        let taken = transact(&*store, move |txn| -> Result<u64, ()> {
                            let number = formwork_store::table::counter::take(txn, 1, "").map_err(|_| ())?;
                            txn.put(format!("by {number}").into_bytes(), format!("{thread} {step}").into_bytes());
                            Ok(number)
                        });
                        taken.unwrap().unwrap()
                    })
                    .collect::<Vec<u64>>()
            })
        })
        .collect();
    let mut taken: Vec<u64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    taken.sort_unstable();
    assert_eq!(taken, (1..=64 * 25).collect::<Vec<u64>>(), "each number once, without gaps");
    let kept = read(&*store, |view| pairs_of(view, b"by ", b"by!", Order::Forward)).unwrap();
    assert_eq!(kept.len(), 64 * 25);
    assert!(store.size_on_disk() > 0 || site.kind.is_none());
}
