//! A store whose values are encrypted: between whoever decides, who sees plain values, and the disk, which never does.
//!
//! What a field holds does not stay in it: it goes into titles, messages, what was sent, the history, causes of incidents.
//! So an encrypted book seals the values of every table that can hold words of a record, whole, and its keys hold keyed
//! hashes (see [`Blind`]). A book without sensitive fields is not encrypted, and costs nothing.
//!
//! The operator's key seals the ring of data keys, and that alone: with another key the ring is sealed anew, and the data
//! keys are replaced by and by ([`turn`]).

mod ring;
#[cfg(test)]
mod tests;
mod turn;

use std::{ops::ControlFlow, sync::Arc};

pub use ring::Blind;
pub(crate) use ring::random;
use ring::{Ring, Vault};
pub use turn::{Turned, turn};

use crate::{
    dump::sealed::Key as Master,
    error::Error,
    key::KeyKind,
    store::{self, Abort, Each, Order, Store, Transaction, View, Work},
    table::meta,
};

/// The tables whose values are sealed. The others hold names of definitions, counts, logins and hashes; keys hold no words
/// of a record but those of index fields, which are hashed.
const SEALED: [KeyKind; 9] = [
    KeyKind::Record,
    KeyKind::History,
    KeyKind::LedgerEntry,
    KeyKind::LedgerBalance,
    KeyKind::Idempotency,
    KeyKind::Blob,
    KeyKind::Message,
    KeyKind::Outbox,
    KeyKind::Incident,
];

/// The fact that holds the key ring.
pub const RING: &str = "key_ring";

fn is_sealed(key: &[u8]) -> bool {
    key.first().is_some_and(|first| SEALED.iter().any(|kind| kind.number() == *first))
}

/// Whether a store holds an encrypted book.
///
/// # Errors
/// When the store fails.
pub fn is_encrypted(view: &dyn View) -> Result<bool, Error> {
    Ok(view.get(&meta::key(RING))?.is_some())
}

/// The store as it is to be used: with the operator's key it reads and writes an encrypted book, and encrypts one whose
/// release asks for it. Without a key an encrypted book is not opened.
///
/// # Errors
/// [`Error::KeyMissing`], [`Error::KeyWrong`], or when the store fails.
pub fn unlock(store: Arc<dyn Store>, key: Option<Master>) -> Result<Arc<dyn Store>, Error> {
    let kept = store::read(&*store, |view| view.get(&meta::key(RING)))?;
    match (kept, key) {
        (None, None) => Ok(store),
        (Some(_), None) => Err(Error::KeyMissing),
        (kept, Some(master)) => {
            let ring = kept.map(|bytes| Ring::unwrap(&bytes, &master)).transpose()?;
            Ok(Arc::new(Encrypted { inner: store, vault: Arc::new(Vault::new(master, ring)) }))
        }
    }
}

/// A store whose values are encrypted.
#[derive(Debug)]
struct Encrypted {
    inner: Arc<dyn Store>,
    vault: Arc<Vault>,
}

impl Encrypted {
    fn look(&self, damaged_too: bool, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error> {
        let was_whole = self.vault.ring().is_some_and(|ring| ring.is_whole());
        self.inner.read(&mut |view| match self.vault.ring() {
            // The view may be of before the last value was sealed.
            Some(ring) if ring.is_whole() && !was_whole => {
                reader(&Opened { view, ring: &ring.as_whole(false), damaged_too });
            }
            Some(ring) => reader(&Opened { view, ring: &ring, damaged_too }),
            None => reader(view),
        })
    }
}

impl Store for Encrypted {
    fn read(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error> {
        self.look(false, reader)
    }

    fn inspect(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error> {
        self.look(true, reader)
    }

    fn submit(&self, work: Box<dyn Work>) {
        self.inner.submit(Box::new(Sealing { work, vault: self.vault.clone(), failed: None }));
    }

    fn size_on_disk(&self) -> u64 {
        self.inner.size_on_disk()
    }

    fn kind(&self) -> &'static str {
        self.inner.kind()
    }

    fn protect(&self) -> Result<(), Error> {
        if self.vault.ring().is_some_and(|ring| ring.is_whole()) {
            return Ok(());
        }
        let vault = self.vault.clone();
        store::transact(&*self.inner, move |txn| {
            if vault.ring().is_none() {
                let ring = Ring::fresh()?;
                txn.put(meta::key(RING), ring.wrap(&vault.master)?);
                // From the next write on; what is read before it is on disk is plain still.
                vault.take(ring);
            }
            Ok::<_, Error>(())
        })??;
        turn::seal_all(&*self.inner, &self.vault, &mut |_| {})?;
        let vault = self.vault.clone();
        store::transact(&*self.inner, move |txn| {
            if let Some(ring) = vault.ring() {
                let ring = ring.as_whole(true);
                txn.put(meta::key(RING), ring.wrap(&vault.master)?);
                vault.take(ring);
            }
            Ok::<_, Error>(())
        })?
    }

    fn open_copy(&self, copy: Arc<dyn Store>) -> Result<Arc<dyn Store>, Error> {
        unlock(copy, Some(self.vault.master.clone()))
    }

    fn submit_stored(&self, work: Box<dyn Work>) {
        self.inner.submit_stored(work);
    }

    fn blind(&self) -> Option<Arc<Blind>> {
        self.vault.ring().map(|ring| ring.blind.clone())
    }
}

/// A view that opens what it reads.
struct Opened<'a> {
    view: &'a dyn View,
    ring: &'a Ring,
    /// Whether what can't be opened is read all the same, as no bytes.
    damaged_too: bool,
}

impl Opened<'_> {
    fn open(&self, key: &[u8], value: &[u8]) -> Result<Vec<u8>, Error> {
        match self.ring.open(key, value) {
            Err(Error::Damaged(_)) if self.damaged_too => Ok(Vec::new()),
            opened => opened,
        }
    }
}

impl View for Opened<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let found = self.view.get(key)?;
        if !is_sealed(key) {
            return Ok(found);
        }
        found.map(|value| self.open(key, &value)).transpose()
    }

    fn scan(&self, start: &[u8], end: &[u8], order: Order, each: Each<'_>) -> Result<(), Error> {
        let mut failed = None;
        self.view.scan(start, end, order, &mut |key, value| {
            if !is_sealed(key) {
                return each(key, value);
            }
            match self.open(key, value) {
                Ok(value) => each(key, &value),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        failed.map_or(Ok(()), Err)
    }
}

/// A unit of work that sees plain values.
struct Sealing {
    work: Box<dyn Work>,
    vault: Arc<Vault>,
    /// Why a value could not be sealed; nothing of the work is written then.
    failed: Option<Error>,
}

impl Work for Sealing {
    fn run(&mut self, transaction: &mut dyn Transaction) -> Result<(), Abort> {
        let Some(ring) = self.vault.ring() else { return self.work.run(transaction) };
        let mut sealed = Sealed { transaction, ring: &ring, failed: None };
        let result = self.work.run(&mut sealed);
        self.failed = sealed.failed;
        if self.failed.is_some() { Err(Abort) } else { result }
    }

    fn done(self: Box<Self>, outcome: Result<(), Error>) {
        let Self { work, failed, .. } = *self;
        work.done(outcome.and_then(|()| failed.map_or(Ok(()), Err)));
    }
}

/// A transaction that seals what it writes.
struct Sealed<'a> {
    transaction: &'a mut dyn Transaction,
    ring: &'a Ring,
    failed: Option<Error>,
}

impl Sealed<'_> {
    fn opened(&self) -> Opened<'_> {
        Opened { view: self.transaction.view(), ring: self.ring, damaged_too: false }
    }
}

impl View for Sealed<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.opened().get(key)
    }

    fn scan(&self, start: &[u8], end: &[u8], order: Order, each: Each<'_>) -> Result<(), Error> {
        self.opened().scan(start, end, order, each)
    }
}

impl Transaction for Sealed<'_> {
    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        if !is_sealed(&key) {
            return self.transaction.put(key, value);
        }
        match self.ring.seal(&key, &value) {
            Ok(value) => self.transaction.put(key, value),
            Err(error) => self.failed = Some(error),
        }
    }

    fn delete(&mut self, key: Vec<u8>) {
        self.transaction.delete(key);
    }

    fn view(&self) -> &dyn View {
        self
    }
}
