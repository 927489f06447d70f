//! What the child commits, and whether an image holds it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
};

use formwork_store::{
    backend::Kind,
    embedded::Embedded,
    error::Error,
    store::{Order, Store, read, transact},
};

use crate::site::pairs_of;

const THREADS: u32 = 4;
/// Works of a thread each time the book is open.
const WORKS: u32 = 80;
const SESSIONS: u32 = 2;

fn payload(number: u32) -> Vec<u8> {
    // Some as large as a chunk of a file and some much larger, so that sled's largest pages are there too.
    let length = match number % 120 {
        7 | 47 | 87 => 65_536,
        13 => 2_500_000,
        _ => number as usize * 37 % 3000,
    };
    (0..length).map(|n| (n as u32).wrapping_mul(number + 1) as u8).collect()
}

fn key(what: u8, number: u32) -> Vec<u8> {
    [vec![what], number.to_be_bytes().to_vec()].concat()
}

/// Work `number`: two pairs of its own, one that the thread's works overwrite, one that they move.
fn commit(store: &dyn Store, number: u32) -> Result<(), Error> {
    let done: Result<(), ()> = transact(store, move |txn| {
        txn.put(key(b'a', number), number.to_be_bytes().to_vec());
        txn.put(key(b'b', number), payload(number));
        txn.put(key(b'l', number % THREADS), number.to_be_bytes().to_vec());
        if number >= THREADS {
            txn.delete(key(b'm', number - THREADS));
        }
        txn.put(key(b'm', number), Vec::new());
        Ok(())
    })?;
    done.map_err(|()| Error::Closed)
}

fn session(store: &Arc<Embedded>, acks: &Arc<Mutex<std::fs::File>>, session: u32) {
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (store, acks) = (Arc::clone(store), Arc::clone(acks));
            thread::spawn(move || {
                for work in session * WORKS..(session + 1) * WORKS {
                    let number = work * THREADS + thread;
                    commit(&*store, number).unwrap();
                    let line = format!("{number}\n");
                    assert_eq!(acks.lock().unwrap().write(line.as_bytes()).unwrap(), line.len());
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// No test of its own: the process that the power is taken from.
#[test]
fn commits_numbered_works() {
    let Ok(kind) = std::env::var("FORMWORK_POWER_CHILD") else { return };
    let path = |name| PathBuf::from(std::env::var_os(name).unwrap());
    let acks = OpenOptions::new().create(true).append(true).open(path("FORMWORK_POWER_ACK")).unwrap();
    let acks = Arc::new(Mutex::new(acks));
    for number in 0..SESSIONS {
        let store = Embedded::open(&path("FORMWORK_POWER_ROOT"), Some(kind.parse().unwrap())).unwrap();
        session(&Arc::new(store), &acks, number);
    }
}

fn number_of(bytes: &[u8]) -> u32 {
    bytes.try_into().map(u32::from_be_bytes).unwrap_or(u32::MAX)
}

/// Opens the image and looks for lost and half works; then the book must take new ones.
pub(super) fn check(image: &Path, kind: Kind, acknowledged: &[u32]) -> Result<(), String> {
    let text = |error: Error| error.to_string();
    let store = Embedded::open(image, Some(kind)).map_err(|error| format!("does not open: {error}"))?;
    let all: BTreeMap<Vec<u8>, Vec<u8>> =
        read(&store, |view| pairs_of(view, b"a", b"z", Order::Forward)).map_err(text)?.into_iter().collect();
    let numbers = |what: u8| all.keys().filter(|key| key[0] == what).map(|key| number_of(&key[1..])).collect();
    let present: BTreeSet<u32> = numbers(b'a');
    let payloads: BTreeSet<u32> = numbers(b'b');
    let lost: Vec<&u32> = acknowledged.iter().filter(|number| !present.contains(number)).collect();
    if !lost.is_empty() {
        return Err(format!("lost {} acknowledged works: {lost:?}", lost.len()));
    }
    if present != payloads {
        return Err(format!("half works: {:?}", present.symmetric_difference(&payloads).collect::<Vec<_>>()));
    }
    for number in &present {
        let right = number_of(&all[&key(b'a', *number)]) == *number && all[&key(b'b', *number)] == payload(*number);
        if !right {
            return Err(format!("work {number} has other bytes"));
        }
    }
    let newest: BTreeSet<u32> = (0..THREADS)
        .filter_map(|thread| present.iter().rev().find(|number| *number % THREADS == thread).copied())
        .collect();
    let last: BTreeSet<u32> = all.iter().filter(|(key, _)| key[0] == b'l').map(|(_, value)| number_of(value)).collect();
    let moved: BTreeSet<u32> = numbers(b'm');
    if newest != last || newest != moved {
        return Err(format!("half works: the newest are {newest:?}, overwritten {last:?}, moved {moved:?}"));
    }
    commit(&store, 1_000_000).map_err(|error| format!("takes no more work: {error}"))?;
    drop(store);
    let again = Embedded::open(image, None).map_err(|error| format!("does not open again: {error}"))?;
    let kept = read(&again, |view| view.get(&key(b'a', 1_000_000))).map_err(text)?;
    if kept.is_some() { Ok(()) } else { Err("loses new work".into()) }
}
