//! Sealed backups: the stream in pieces, each encrypted and authenticated, so that none is read, changed, left out, moved
//! or cut off without the key.
//!
//! ```text
//! FORMWORK-SEALED\n  32 bytes of salt
//! u32 length, with the highest bit set on the last one   the piece, encrypted, and its tag      for every piece
//! ```
//! ChaCha20-Poly1305 with a key of its own for each file: HKDF-SHA256 of the operator's key and the salt. The nonce counts
//! the pieces and says which is the last.

use std::{
    fmt,
    io::{self, BufRead, Read, Write},
};

use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey},
    hkdf,
};

const MAGIC: &[u8; 16] = b"FORMWORK-SEALED\n";
const USE: &[u8] = b"formwork backup 1";
/// Bytes of a piece before it is encrypted.
const PIECE: usize = 64 * 1024;
/// Bytes that the tag adds.
const TAG: usize = 16;
const LAST: u32 = 1 << 31;

/// The operator's key.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut key = [0; 32];
        for (place, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
        }
        Some(Self(key))
    }

    /// The key as bytes.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key of one file.
    fn of_file(&self, salt: &[u8; 32]) -> io::Result<LessSafeKey> {
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(&self.0);
        let made = secret.expand(&[USE], &CHACHA20_POLY1305).map_err(|_| io::Error::other("no key could be made"))?;
        Ok(LessSafeKey::new(UnboundKey::from(made)))
    }
}

fn nonce(piece: u64, last: bool) -> Nonce {
    let mut bytes = [0; 12];
    let (count, rest) = bytes.split_at_mut(8);
    count.copy_from_slice(&piece.to_be_bytes());
    rest.fill(u8::from(last));
    Nonce::assume_unique_for_key(bytes)
}

/// Seals what is written to it.
pub struct Sealer<W: Write> {
    out: W,
    key: LessSafeKey,
    waiting: Vec<u8>,
    piece: u64,
}

impl<W: Write> fmt::Debug for Sealer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("piece", &self.piece).finish_non_exhaustive()
    }
}

impl<W: Write> Sealer<W> {
    /// Begins a file; `salt` is random and used once.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn new(mut out: W, key: &Key, salt: [u8; 32]) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        out.write_all(&salt)?;
        Ok(Self { out, key: key.of_file(&salt)?, waiting: Vec::with_capacity(PIECE + TAG), piece: 0 })
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        let nonce = nonce(self.piece, last);
        let sealed = self.key.seal_in_place_append_tag(nonce, Aad::empty(), &mut self.waiting);
        sealed.map_err(|_| io::Error::other("a piece could not be sealed"))?;
        let length = u32::try_from(self.waiting.len()).map_err(|_| io::Error::other("a piece is too long"))?;
        self.out.write_all(&(if last { length | LAST } else { length }).to_be_bytes())?;
        self.out.write_all(&self.waiting)?;
        self.waiting.clear();
        self.piece += 1;
        Ok(())
    }

    /// Writes the last piece, without which the file counts as cut off.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn end(mut self) -> io::Result<W> {
        self.seal(true)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.waiting.len() >= PIECE {
            self.seal(false)?;
        }
        let taken = bytes.len().min(PIECE - self.waiting.len());
        self.waiting.extend(bytes.iter().take(taken));
        Ok(taken)
    }

    /// A piece is sealed when it is full, not before: an early end would look like the last.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a file is sealed; nothing of it is taken.
///
/// # Errors
/// When it can't be read.
pub fn is_sealed(input: &mut impl BufRead) -> io::Result<bool> {
    Ok(input.fill_buf()?.starts_with(MAGIC))
}

/// Opens what was sealed.
pub struct Opener<R: Read> {
    input: R,
    key: LessSafeKey,
    open: Vec<u8>,
    /// How much of `open` was handed out.
    taken: usize,
    piece: u64,
    ended: bool,
}

impl<R: Read> fmt::Debug for Opener<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").field("piece", &self.piece).finish_non_exhaustive()
    }
}

impl<R: Read> Opener<R> {
    /// Begins to read a sealed file.
    ///
    /// # Errors
    /// When it is none, or can't be read.
    pub fn new(mut input: R, key: &Key) -> io::Result<Self> {
        let (mut magic, mut salt) = ([0; 16], [0; 32]);
        input.read_exact(&mut magic)?;
        input.read_exact(&mut salt)?;
        if magic != *MAGIC {
            return Err(damaged("this is no sealed backup"));
        }
        Ok(Self { input, key: key.of_file(&salt)?, open: Vec::new(), taken: 0, piece: 0, ended: false })
    }

    fn next_piece(&mut self) -> io::Result<()> {
        let mut head = [0; 4];
        self.input.read_exact(&mut head)?;
        let head = u32::from_be_bytes(head);
        let (length, last) = ((head & !LAST) as usize, head & LAST != 0);
        if !(TAG..=PIECE + TAG).contains(&length) {
            return Err(damaged("the sealed backup has a length that can't be"));
        }
        self.open.resize(length, 0);
        self.input.read_exact(&mut self.open)?;
        let opened = self.key.open_in_place(nonce(self.piece, last), Aad::empty(), &mut self.open);
        let length = opened.map_err(|_| damaged("the sealed backup was altered, or this is not its key"))?.len();
        self.open.truncate(length);
        (self.taken, self.ended) = (0, last);
        self.piece += 1;
        if last && self.input.read(&mut [0])? != 0 {
            return Err(damaged("something follows the sealed backup's end"));
        }
        Ok(())
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.open.len() && !self.ended {
            self.next_piece()?;
        }
        let mut rest = self.open.get(self.taken..).unwrap_or_default();
        let read = rest.read(into)?;
        self.taken += read;
        Ok(read)
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(digit: char) -> Key {
        Key::parse(&digit.to_string().repeat(64)).unwrap()
    }

    fn sealed(content: &[u8]) -> Vec<u8> {
        let mut sealer = Sealer::new(Vec::new(), &key('a'), [7; 32]).unwrap();
        sealer.write_all(content).unwrap();
        sealer.end().unwrap()
    }

    fn opened(bytes: &[u8], key: &Key) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        Opener::new(bytes, key)?.read_to_end(&mut content)?;
        Ok(content)
    }

    #[test]
    fn what_is_sealed_is_opened_with_its_key_alone() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let content: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let bytes = sealed(&content);
            assert!(is_sealed(&mut &bytes[..]).unwrap());
            assert_eq!(opened(&bytes, &key('a')).unwrap(), content, "{length}");
            assert!(opened(&bytes, &key('b')).is_err(), "{length}");
            assert!(length < 32 || !bytes.windows(32).any(|part| content.windows(32).next() == Some(part)));
        }
    }

    #[test]
    fn what_was_altered_cut_off_moved_or_added_to_is_not_opened() {
        let bytes = sealed(&vec![5; 2 * PIECE + 10]);
        for place in [16, 47, 48, 60, PIECE, bytes.len() - 1] {
            let mut altered = bytes.clone();
            altered[place] ^= 1;
            assert!(opened(&altered, &key('a')).is_err(), "{place}");
        }
        let piece = 4 + PIECE + TAG;
        let (head, first, second) = (48, 48 + piece, 48 + 2 * piece);
        for other in [
            bytes[..bytes.len() - 1].to_vec(),
            bytes[..second].to_vec(),
            [&bytes[..head], &bytes[first..]].concat(),
            [&bytes[..head], &bytes[first..second], &bytes[head..first], &bytes[second..]].concat(),
            [&bytes[..], &[0]].concat(),
        ] {
            assert!(opened(&other, &key('a')).is_err(), "{}", other.len());
        }
    }

    #[test]
    fn a_key_is_64_digits() {
        assert!(Key::parse(&format!(" {}\n", "0f".repeat(32))).is_some());
        for text in ["", "0f", &"0g".repeat(32), &"0f".repeat(33), &"é".repeat(32)] {
            assert!(Key::parse(text).is_none(), "{text}");
        }
    }
}
