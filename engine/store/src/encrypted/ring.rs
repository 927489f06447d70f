//! The keys of an encrypted book, and what they do to its values.
//!
//! ```text
//! the ring in the store   version  32 bytes of salt  sealed with the operator's key: data keys, the key of hashes
//! a value in the store    mark  number of the data key  16 bytes of salt  the value, encrypted, and its tag
//! ```
//! AES-256-GCM with a key of its own for each value: HKDF-SHA256 of the data key and the salt, so that no nonce is used
//! twice however much is written. The key under which a value lies is authenticated with it: a value moved to another
//! place is not opened.

use std::{
    fmt,
    sync::{Arc, RwLock},
};

use formwork_model::{name::Name, value::Value};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf, hmac,
    rand::{SecureRandom, SystemRandom},
};

use crate::{
    codec::{Reader, Writer},
    dump::sealed::Key as Master,
    error::Error,
    key::{Key, KeyKind},
};

/// The first byte of a sealed value: no version of the format, so that a program that knows no sealed values refuses.
const MARK: u8 = 0xE5;
const SALT: usize = 16;
const TAG: usize = 16;
/// Mark, number and salt.
const HEAD: usize = 1 + 2 + SALT;
const RING: &[u8] = b"formwork key ring 1";
const VALUE: &[u8] = b"formwork value 1";

/// Random bytes.
///
/// # Errors
/// When the operating system has none.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::Fault("no random bytes could be had".into()))?;
    Ok(bytes)
}

/// The keyed hash that stands for a value in the keys of indexes: who has the data and not the key can't tell what it
/// is of.
pub struct Blind {
    /// Which key it is: what was built with another is built anew.
    number: u16,
    secret: [u8; 32],
    key: hmac::Key,
}

impl fmt::Debug for Blind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blind").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Blind {
    fn new(number: u16, secret: [u8; 32]) -> Self {
        Self { number, secret, key: hmac::Key::new(hmac::HMAC_SHA256, &secret) }
    }

    /// Which key it is.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// What stands for the value of a field of the object with the number `table`: equal values of one field have equal
    /// hashes, of different fields different ones. Nothing stays nothing; of a list each item is hashed.
    pub fn of(&self, table: u16, field: Name, value: &Value) -> Value {
        match value {
            Value::Null => Value::Null,
            Value::List(items) => Value::List(items.iter().map(|item| self.of(table, field, item)).collect()),
            value => {
                let said = Key::new(KeyKind::Index).u16(table).text(field.as_str()).value(value);
                let hash = hmac::sign(&self.key, said.bytes());
                Value::text(hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>())
            }
        }
    }
}

#[derive(Clone)]
struct DataKey {
    number: u16,
    secret: [u8; 32],
    prk: hkdf::Prk,
}

impl DataKey {
    fn new(number: u16, secret: [u8; 32]) -> Self {
        Self { number, secret, prk: hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, &secret) }
    }

    fn of_value(&self, salt: &[u8]) -> Result<LessSafeKey, Error> {
        let info = [VALUE, salt];
        let made = self.prk.expand(&info, &AES_256_GCM).map_err(|_| unsealed())?;
        Ok(LessSafeKey::new(UnboundKey::from(made)))
    }
}

fn unsealed() -> Error {
    Error::Fault("a value could not be sealed".into())
}

/// Every key is used for one thing, so that one nonce is enough.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

/// The data keys of a book.
#[derive(Clone)]
pub(super) struct Ring {
    /// The newest is the last; there are others only while values are being sealed anew.
    keys: Vec<DataKey>,
    pub(super) blind: Arc<Blind>,
    /// Whether every value is sealed: one that is not was put there by somebody without the key.
    whole: bool,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").field("keys", &self.keys.len()).field("whole", &self.whole).finish_non_exhaustive()
    }
}

impl Ring {
    /// The first keys of a book.
    pub(super) fn fresh() -> Result<Self, Error> {
        let keys = vec![DataKey::new(1, random()?)];
        Ok(Self { keys, blind: Arc::new(Blind::new(1, random()?)), whole: false })
    }

    /// Whether every value is sealed.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// The same, when every value is sealed, or may not be.
    pub(super) fn as_whole(&self, whole: bool) -> Self {
        Self { whole, ..self.clone() }
    }

    /// The same with a new data key beside the old ones.
    pub(super) fn with_new_key(&self) -> Result<Self, Error> {
        let mut keys = self.keys.clone();
        let number = self.newest()?.number.checked_add(1).ok_or_else(|| Error::Fault("too many keys".into()))?;
        keys.push(DataKey::new(number, random()?));
        Ok(Self { keys, ..self.clone() })
    }

    /// The newest data key alone, when everything is sealed with it; and another key of hashes.
    pub(super) fn with_newest_alone(&self) -> Result<Self, Error> {
        let newest = self.newest()?.clone();
        let blind = Arc::new(Blind::new(newest.number, random()?));
        Ok(Self { keys: vec![newest], blind, whole: true })
    }

    /// Whether values are being sealed anew.
    pub(super) fn is_turning(&self) -> bool {
        self.keys.len() > 1
    }

    fn newest(&self) -> Result<&DataKey, Error> {
        self.keys.last().ok_or_else(|| Error::Damaged("the key ring is empty".into()))
    }

    /// The value as it lies under `key`.
    pub(super) fn seal(&self, key: &[u8], value: &[u8]) -> Result<Vec<u8>, Error> {
        let data_key = self.newest()?;
        let salt: [u8; SALT] = random()?;
        let mut sealed = Vec::with_capacity(HEAD + value.len() + TAG);
        sealed.push(MARK);
        sealed.extend_from_slice(&data_key.number.to_be_bytes());
        sealed.extend_from_slice(&salt);
        let mut body = value.to_vec();
        let one = data_key.of_value(&salt)?;
        one.seal_in_place_append_tag(nonce(), Aad::from(key), &mut body).map_err(|_| unsealed())?;
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// The value that lies under `key`.
    ///
    /// # Errors
    /// When it was altered, comes from another place, or is not sealed although every value is.
    pub(super) fn open(&self, key: &[u8], stored: &[u8]) -> Result<Vec<u8>, Error> {
        match self.opened(key, stored) {
            Some(value) => Ok(value),
            // What a book held before it was encrypted; it is sealed by and by.
            None if !self.whole => Ok(stored.to_vec()),
            None => {
                let table = key.first().and_then(|number| KeyKind::from_number(*number));
                let table = table.map_or_else(String::new, |table| format!(" of the table {table:?}"));
                Err(Error::Damaged(format!(
                    "a value{table} is not what was sealed in its place: it was altered, moved, or written by an earlier version of this program"
                )))
            }
        }
    }

    fn opened(&self, key: &[u8], stored: &[u8]) -> Option<Vec<u8>> {
        let (mark, rest) = stored.split_first()?;
        let (number, rest) = rest.split_first_chunk::<2>()?;
        let (salt, body) = rest.split_at_checked(SALT)?;
        let number = u16::from_be_bytes(*number);
        let data_key = self.keys.iter().find(|key| key.number == number).filter(|_| *mark == MARK)?;
        let mut body = body.to_vec();
        let opened = data_key.of_value(salt).ok()?.open_in_place(nonce(), Aad::from(key), &mut body).ok()?.len();
        body.truncate(opened);
        Some(body)
    }

    /// Whether the value is sealed with the newest key.
    pub(super) fn is_newest(&self, key: &[u8], stored: &[u8]) -> bool {
        let number = stored.get(1..3).and_then(|number| <[u8; 2]>::try_from(number).ok()).map(u16::from_be_bytes);
        let newest = self.keys.last().map(|key| key.number);
        stored.first() == Some(&MARK) && number == newest && self.opened(key, stored).is_some()
    }

    /// The ring as it is kept, sealed with the operator's key.
    pub(super) fn wrap(&self, master: &Master) -> Result<Vec<u8>, Error> {
        let salt: [u8; 32] = random()?;
        let mut inside = Writer::new();
        inside.varint(self.keys.len() as u64);
        for key in &self.keys {
            inside.varint(u64::from(key.number));
            inside.raw(&key.secret);
        }
        inside.varint(u64::from(self.blind.number));
        inside.raw(&self.blind.secret);
        inside.bool(self.whole);
        let mut inside = inside.into_vec();
        of_master(master, &salt)?
            .seal_in_place_append_tag(nonce(), Aad::empty(), &mut inside)
            .map_err(|_| unsealed())?;
        let mut out = Writer::new();
        out.raw(&salt);
        out.chunk(&inside);
        Ok(out.into_vec())
    }

    /// The ring from what [`Ring::wrap`] made.
    ///
    /// # Errors
    /// [`Error::KeyWrong`] when that is not the key it was sealed with.
    pub(super) fn unwrap(bytes: &[u8], master: &Master) -> Result<Self, Error> {
        let mut from = Reader::new(bytes)?;
        let salt: [u8; 32] = from.array()?;
        let mut inside = from.chunk()?.to_vec();
        from.end()?;
        let inside =
            of_master(master, &salt)?.open_in_place(nonce(), Aad::empty(), &mut inside).map_err(|_| Error::KeyWrong)?;
        let mut from = Reader::new(inside)?;
        let number = |from: &mut Reader<'_>| {
            u16::try_from(from.varint()?).map_err(|_| Error::Damaged("the key ring can't be read".into()))
        };
        let count = from.count()?;
        let mut keys = Vec::new();
        for _ in 0..count {
            keys.push(DataKey::new(number(&mut from)?, from.array()?));
        }
        let blind = Blind::new(number(&mut from)?, from.array()?);
        let whole = from.bool()?;
        from.end()?;
        Ok(Self { keys, blind: Arc::new(blind), whole })
    }
}

fn of_master(master: &Master, salt: &[u8; 32]) -> Result<LessSafeKey, Error> {
    let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(master.bytes());
    let made = secret.expand(&[RING], &AES_256_GCM).map_err(|_| unsealed())?;
    Ok(LessSafeKey::new(UnboundKey::from(made)))
}

/// The operator's key and the ring, as one book uses them now.
#[derive(Debug)]
pub(super) struct Vault {
    pub(super) master: Master,
    /// `None` in a book that is not encrypted.
    ring: RwLock<Option<Arc<Ring>>>,
}

impl Vault {
    pub(super) fn new(master: Master, ring: Option<Ring>) -> Self {
        Self { master, ring: RwLock::new(ring.map(Arc::new)) }
    }

    pub(super) fn ring(&self) -> Option<Arc<Ring>> {
        self.ring.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    pub(super) fn take(&self, ring: Ring) {
        *self.ring.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Arc::new(ring));
    }
}
