//! Large values in parts, so that no page of the tree grows out of the log.
//!
//! sled moves a page that is larger than a quarter of a segment into a file of its own, which it does not fsync
//! before its log refers to it: after a power loss half a command can be there. A page holds about 16 values, so
//! with parts of 64 KiB it stays below the 2 MiB that fit (see `SEGMENT`).
//!
//! The last byte of every value says whether it is whole or only the length of one in parts. Parts lie behind
//! all other keys, under 254, the key, and their number.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::error::Error;

/// The first byte of the keys of parts; no [`KeyKind`](crate::key::KeyKind) is numbered so.
pub(super) const PARTS: u8 = 0xFE;

const WHOLE: u8 = 0;
const IN_PARTS: u8 = 1;

const LENGTH: usize = 64 * 1024;

/// Which keys have values in parts, and in how many. They are few.
#[derive(Debug, Default)]
pub(super) struct Spilled(Mutex<HashMap<Vec<u8>, u32>>);

fn part_key(key: &[u8], number: u32) -> Vec<u8> {
    let mut part = Vec::with_capacity(key.len() + 5);
    part.push(PARTS);
    part.extend_from_slice(key);
    part.extend_from_slice(&number.to_be_bytes());
    part
}

fn damaged() -> Error {
    Error::Damaged("a value's parts can't be read".into())
}

impl Spilled {
    /// Notes a key of a part that is in the tree.
    pub(super) fn note(&self, part: &[u8]) -> Result<(), Error> {
        let (key, number) = part.split_last_chunk::<4>().ok_or_else(damaged)?;
        let key = key.get(1..).ok_or_else(damaged)?;
        let parts = u32::from_be_bytes(*number).checked_add(1).ok_or_else(damaged)?;
        let mut spilled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = spilled.entry(key.to_vec()).or_default();
        *known = parts.max(*known);
        Ok(())
    }

    /// Adds to `writes` what gives `key` its new value, or removes it.
    pub(super) fn write(&self, writes: &mut sled::Batch, key: Vec<u8>, value: Option<Vec<u8>>) -> Result<(), Error> {
        if key.first().is_none_or(|first| *first >= PARTS) {
            return Err(Error::Fault("a key begins with no kind's number".into()));
        }
        let mut spilled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = if spilled.is_empty() { 0 } else { spilled.remove(&key).unwrap_or(0) };
        let mut parts = 0;
        match value {
            None => writes.remove(key.as_slice()),
            Some(mut value) if value.len() <= LENGTH => {
                value.push(WHOLE);
                writes.insert(key.as_slice(), value);
            }
            Some(value) => {
                for part in value.chunks(LENGTH) {
                    writes.insert(part_key(&key, parts), part);
                    parts += 1;
                }
                let mut head = (value.len() as u64).to_be_bytes().to_vec();
                head.push(IN_PARTS);
                writes.insert(key.as_slice(), head);
            }
        }
        for part in parts..before {
            writes.remove(part_key(&key, part));
        }
        if parts > 0 {
            spilled.insert(key, parts);
        }
        Ok(())
    }
}

/// The value of `key` from what is stored under it; `get` finds parts.
pub(super) fn read(
    key: &[u8],
    stored: &[u8],
    get: impl Fn(&[u8]) -> Result<Option<sled::IVec>, Error>,
) -> Result<Vec<u8>, Error> {
    match stored.split_last() {
        Some((&WHOLE, value)) => Ok(value.to_vec()),
        Some((&IN_PARTS, length)) => {
            let length = u64::from_be_bytes(length.try_into().map_err(|_| damaged())?);
            let mut value = Vec::new();
            for number in 0.. {
                if value.len() as u64 >= length {
                    break;
                }
                value.extend_from_slice(&get(&part_key(key, number))?.ok_or_else(damaged)?);
            }
            if value.len() as u64 == length { Ok(value) } else { Err(damaged()) }
        }
        _ => Err(damaged()),
    }
}

/// The value in `stored`, if it is there as a whole: without a copy.
pub(super) fn whole(stored: &[u8]) -> Option<&[u8]> {
    stored.split_last().filter(|(last, _)| **last == WHOLE).map(|(_, value)| value)
}
