//! The stream of a backup: writing and reading its parts, hashing what passes.

use std::io::{self, Read, Write};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{END, MAGIC, PAIR, Summary, VERSION};
use crate::error::Error;

/// Longer keys or values are damage, not data.
const MAX_KEY: u32 = 64 * 1024;
const MAX_VALUE: u32 = 1 << 30;

/// A pair, or the end.
pub(super) type Pair = Option<(Vec<u8>, Vec<u8>)>;

/// Writes a backup.
pub(super) struct Sink<W> {
    out: W,
    hash: Sha256,
    pairs: u64,
    bytes: u64,
    created: Timestamp,
}

impl<W: Write> Sink<W> {
    pub(super) fn new(out: W, created: Timestamp) -> io::Result<Self> {
        let mut sink = Self { out, hash: Sha256::new(), pairs: 0, bytes: 0, created };
        sink.put(MAGIC)?;
        sink.put(&VERSION.to_be_bytes())?;
        sink.put(&created.as_millisecond().to_be_bytes())?;
        Ok(sink)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    pub(super) fn pair(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        let too_long = |_| io::Error::new(io::ErrorKind::InvalidData, "a value is too long for a backup");
        let mut head = [PAIR; 9];
        head[1..5].copy_from_slice(&u32::try_from(key.len()).map_err(too_long)?.to_be_bytes());
        head[5..].copy_from_slice(&u32::try_from(value.len()).map_err(too_long)?.to_be_bytes());
        self.put(&head)?;
        self.put(key)?;
        self.put(value)?;
        self.pairs += 1;
        Ok(())
    }

    pub(super) fn end(mut self) -> io::Result<(Summary, W)> {
        let pairs = self.pairs;
        self.put(&[END])?;
        self.put(&pairs.to_be_bytes())?;
        let sha256: [u8; 32] = self.hash.finalize().into();
        self.out.write_all(&sha256)?;
        self.out.flush()?;
        Ok((Summary { created: self.created, pairs, bytes: self.bytes + 32, sha256 }, self.out))
    }
}

/// Reads a backup.
pub(super) struct Source<'a> {
    input: &'a mut dyn Read,
    hash: Sha256,
    pairs: u64,
    bytes: u64,
    created: Timestamp,
    ended: bool,
}

impl<'a> Source<'a> {
    pub(super) fn new(input: &'a mut dyn Read) -> Result<Self, Error> {
        let created = Timestamp::UNIX_EPOCH;
        let mut source = Self { input, hash: Sha256::new(), pairs: 0, bytes: 0, created, ended: false };
        if source.array::<16>()? != *MAGIC {
            return Err(Error::Damaged("this is no backup".into()));
        }
        let found = u32::from_be_bytes(source.array()?);
        if found > VERSION {
            return Err(Error::Newer { found, known: VERSION });
        }
        let created = Timestamp::from_millisecond(i64::from_be_bytes(source.array()?));
        source.created = created.map_err(|_| Error::Damaged("the backup's date can't be read".into()))?;
        Ok(source)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(cut_off)?;
        self.hash.update(bytes);
        self.bytes += N as u64;
        Ok(bytes)
    }

    /// Takes memory only for bytes that are there.
    fn chunk(&mut self, length: u32) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.input.take(u64::from(length)).read_to_end(&mut bytes).map_err(cut_off)?;
        if bytes.len() != length as usize {
            return Err(cut_off(io::ErrorKind::UnexpectedEof.into()));
        }
        self.hash.update(&bytes);
        self.bytes += u64::from(length);
        Ok(bytes)
    }

    /// The next pair; `None` at the end, which is checked.
    pub(super) fn next(&mut self) -> Result<Pair, Error> {
        if self.ended {
            return Ok(None);
        }
        match self.array()? {
            [PAIR] => {
                let key = u32::from_be_bytes(self.array()?);
                let value = u32::from_be_bytes(self.array()?);
                if key > MAX_KEY || value > MAX_VALUE {
                    return Err(Error::Damaged("the backup has a length that can't be".into()));
                }
                self.pairs += 1;
                Ok(Some((self.chunk(key)?, self.chunk(value)?)))
            }
            [END] if u64::from_be_bytes(self.array()?) == self.pairs => {
                self.ended = true;
                Ok(None)
            }
            _ => Err(Error::Damaged("the backup was altered".into())),
        }
    }

    /// After the last pair: whether the hash fits and nothing follows.
    pub(super) fn end(mut self) -> Result<Summary, Error> {
        let computed: [u8; 32] = self.hash.clone().finalize().into();
        let sha256: [u8; 32] = self.array()?;
        if computed != sha256 {
            return Err(Error::Damaged("the backup was altered: its hash does not fit".into()));
        }
        if self.input.read(&mut [0])? != 0 {
            return Err(Error::Damaged("something follows the backup's end".into()));
        }
        Ok(Summary { created: self.created, pairs: self.pairs, bytes: self.bytes, sha256 })
    }
}

fn cut_off(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::Damaged("the backup is cut off".into()),
        // Of a sealed one that can't be opened.
        io::ErrorKind::InvalidData => Error::Damaged(error.to_string()),
        _ => error.into(),
    }
}
