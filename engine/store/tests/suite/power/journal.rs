//! The journal that `tests/power/shim.c` writes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Compiles the shim that writes the journal.
pub(super) fn compile_shim(from: &Path, place: &Path) -> PathBuf {
    let to = place.join("shim.so");
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&to).arg(from).arg("-lpthread").output();
    let compiled = compiled.expect("the power loss test needs the C compiler `cc`");
    assert!(compiled.status.success(), "cc: {}", String::from_utf8_lossy(&compiled.stderr));
    to
}

/// One entry of a folder.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) id: u64,
    pub(super) is_folder: bool,
}

/// One operation that succeeded.
#[derive(Debug)]
pub(super) enum Record {
    Write { id: u64, offset: usize, bytes: Vec<u8> },
    Truncate { id: u64, length: usize },
    Fsync { id: u64 },
    List { id: u64, durable: bool, entries: Vec<Entry> },
    Ack(Vec<u32>),
}

pub(super) struct Journal {
    pub(super) records: Vec<Record>,
}

fn number(bytes: &mut &[u8], length: usize) -> u64 {
    let (head, rest) = bytes.split_at(length);
    *bytes = rest;
    head.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

impl Journal {
    pub(super) fn read(path: &Path) -> Self {
        let file = fs::read(path).unwrap();
        let mut rest = file.as_slice();
        let mut records = Vec::new();
        while !rest.is_empty() {
            let kind = number(&mut rest, 1);
            let (id, a) = (number(&mut rest, 8), number(&mut rest, 8));
            let length = number(&mut rest, 8) as usize;
            let (bytes, after) = rest.split_at(length);
            rest = after;
            records.push(match kind {
                1 => Record::Write { id, offset: a as usize, bytes: bytes.to_vec() },
                2 => Record::Truncate { id, length: a as usize },
                3 => Record::Fsync { id },
                4 => Record::List { id, durable: a == 1, entries: entries(bytes) },
                5 => {
                    let text = std::str::from_utf8(bytes).unwrap();
                    Record::Ack(text.split_whitespace().map(|number| number.parse().unwrap()).collect())
                }
                other => panic!("record of kind {other}"),
            });
        }
        Self { records }
    }

    pub(super) fn position_of_first_ack(&self) -> usize {
        self.records.iter().position(|record| matches!(record, Record::Ack(_))).expect("nothing was acknowledged")
    }
}

fn entries(mut bytes: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let is_folder = number(&mut bytes, 1) == 1;
        let id = number(&mut bytes, 8);
        let length = number(&mut bytes, 2) as usize;
        let (name, rest) = bytes.split_at(length);
        bytes = rest;
        entries.push(Entry { name: String::from_utf8(name.to_vec()).unwrap(), id, is_folder });
    }
    entries
}
