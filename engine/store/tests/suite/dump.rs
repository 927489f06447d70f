//! Backup and restore, from any store to any store.

use std::io::Cursor;

use formwork_store::{
    backend::Kind,
    dump::{backup, check, load, restore},
    embedded::Embedded,
    error::Error,
    store::Store,
};
use jiff::Timestamp;

use crate::site::{Site, everything, on_every_store, put, write};

on_every_store!(a_backup_moves_a_book_through_every_store);

fn fill(store: &dyn Store) {
    for round in 0..10u32 {
        write(store, move |txn| {
            for number in 0..100u32 {
                let value = [round, number].map(|n| n.to_be_bytes()).concat().repeat((number % 9) as usize);
                txn.put([vec![2], (number * 7 + round).to_be_bytes().to_vec()].concat(), value);
            }
            txn.put(vec![13, round as u8], vec![round as u8; 400_000]);
        });
    }
}

fn backup_of(store: &dyn Store) -> Vec<u8> {
    let mut bytes = Vec::new();
    let summary = backup(store, Timestamp::UNIX_EPOCH, &mut bytes).unwrap();
    assert_eq!((summary.bytes, summary.sha256.as_slice()), (bytes.len() as u64, &bytes[bytes.len() - 32..]));
    assert_eq!(check(&mut bytes.as_slice()).unwrap(), summary);
    bytes
}

fn a_backup_moves_a_book_through_every_store(site: &Site) {
    let store = site.open();
    fill(&store);
    let expected = everything(&store);
    let mut bytes = backup_of(&store);
    for kind in [Kind::Sled, Kind::Fjall] {
        let place = Site::new(Some(kind));
        let summary = restore(&mut bytes.as_slice(), place.path(), kind).unwrap();
        assert_eq!(summary.pairs, expected.len() as u64);
        let restored = place.open();
        assert!(everything(&restored) == expected);
        put(&restored, "goes on", "1");
        assert!(matches!(restore(&mut bytes.as_slice(), place.path(), kind), Err(Error::InUse(_))));
        drop(restored);
        assert!(matches!(restore(&mut bytes.as_slice(), place.path(), kind), Err(Error::NotEmpty(_))));
        let clean = Site::new(Some(kind));
        restore(&mut bytes.as_slice(), clean.path(), kind).unwrap();
        let again = backup_of(&clean.open());
        assert!(again == bytes, "the same book is the same backup, whatever the store");
        bytes = again;
    }
    let memory = Embedded::memory().unwrap();
    load(&mut Cursor::new(&bytes), &memory).unwrap();
    assert!(everything(&memory) == expected);
    assert!(matches!(load(&mut Cursor::new(&bytes), &memory), Err(Error::NotEmpty(_))));
}

#[test]
fn a_backup_that_is_cut_off_or_altered_is_refused_and_leaves_no_book() {
    let store = Embedded::memory().unwrap();
    (0..30).for_each(|n| put(&store, &format!("key {n}"), "value"));
    let good = backup_of(&store);
    let mut bad: Vec<Vec<u8>> = (0..good.len()).map(|end| good[..end].to_vec()).collect();
    for at in 0..good.len() {
        let mut altered = good.clone();
        altered[at] ^= 4;
        bad.push(altered);
    }
    bad.push([good.as_slice(), b"x"].concat());
    for bytes in &bad {
        assert!(check(&mut bytes.as_slice()).is_err());
        let memory = Embedded::memory().unwrap();
        let before = everything(&memory);
        assert!(load(&mut Cursor::new(bytes), &memory).is_err());
        assert_eq!(everything(&memory), before);
    }
    for bytes in bad.iter().step_by(bad.len() / 8) {
        let place = Site::new(Some(Kind::Sled));
        assert!(restore(&mut bytes.as_slice(), place.path(), Kind::Sled).is_err());
        assert!(!place.path().join("formwork.json").exists(), "nothing that could be taken for a book");
        restore(&mut good.as_slice(), place.path(), Kind::Fjall).unwrap();
        assert!(everything(&Embedded::open(place.path(), None).unwrap()) == everything(&store));
    }
}

#[test]
fn a_backup_of_a_newer_program_says_so() {
    let mut bytes = backup_of(&Embedded::memory().unwrap());
    bytes[19] = 2;
    assert!(matches!(check(&mut bytes.as_slice()), Err(Error::Newer { found: 2, known: 1 })));
}

#[test]
fn a_backup_is_one_moment_while_commands_go_on() {
    for kind in [None, Some(Kind::Sled), Some(Kind::Fjall)] {
        let site = Site::new(kind);
        let store = site.open();
        fill(&store);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for n in 0..5u32 {
                    write(&store, move |txn| {
                        txn.put(vec![3, 0], n.to_be_bytes().to_vec());
                        txn.put(vec![200, 0], n.to_be_bytes().to_vec());
                    });
                }
            });
            while !writer.is_finished() {
                let copy = Embedded::memory().unwrap();
                load(&mut Cursor::new(backup_of(&store)), &copy).unwrap();
                let pairs = everything(&copy);
                let value = |key: &[u8]| pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
                assert_eq!(value(&[3, 0]), value(&[200, 0]));
            }
        });
    }
}

/// A disk that is full after some bytes.
struct Full(usize);

impl std::io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_backup_to_a_full_disk_fails_and_the_store_goes_on() {
    for kind in [None, Some(Kind::Sled), Some(Kind::Fjall)] {
        let site = Site::new(kind);
        let store = site.open();
        fill(&store);
        let failed = backup(&store, Timestamp::UNIX_EPOCH, &mut Full(100_000));
        assert!(matches!(failed, Err(Error::Disk(_))), "{failed:?}");
        put(&store, "goes on", "1");
    }
}
