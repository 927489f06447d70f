//! Sealing what a book holds: when it is encrypted first, and when its key is changed.

use std::{ops::ControlFlow, sync::Arc};

use super::{
    RING, SEALED,
    ring::{Ring, Vault},
};
use crate::{
    dump::sealed::Key as Master,
    error::Error,
    key::Key,
    store::{self, Order, Store},
    table::meta,
};

/// So much is looked at and written in one commit, so that others get their turn.
const VALUES: usize = 2000;
const BYTES: usize = 4 * 1024 * 1024;

/// What changing the key came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turned {
    /// How many values were sealed anew.
    pub sealed: u64,
    /// Whether an earlier change of the key, which had been broken off, was brought to its end.
    pub resumed: bool,
}

/// Changes the operator's key from `old` to `new`, and every key below it.
///
/// The first commit seals the ring with the new key: from then on only that one opens the book, and the old one may be
/// thrown away. Then every value is sealed anew, batch by batch; broken off at any moment, the same call goes on where it
/// was. The last commit throws the old data keys away. Indexes of sensitive fields are built anew when the book is opened.
///
/// # Errors
/// [`Error::KeyWrong`] when neither key is the book's, [`Error::KeyMissing`] when it is not encrypted, or when the
/// store fails.
pub fn turn(store: &dyn Store, old: &Master, new: &Master, progress: &mut dyn FnMut(u64)) -> Result<Turned, Error> {
    let kept = store::read(store, |view| view.get(&meta::key(RING)))?.ok_or(Error::KeyMissing)?;
    let (ring, resumed) = match Ring::unwrap(&kept, new) {
        // A change of the key that had begun; or a second call after it had ended.
        Ok(ring) if ring.is_turning() || !ring.is_whole() => (ring, true),
        Ok(_) => return Ok(Turned { sealed: 0, resumed: true }),
        Err(Error::KeyWrong) => (Ring::unwrap(&kept, old)?.with_new_key()?, false),
        Err(error) => return Err(error),
    };
    let vault = Arc::new(Vault::new(new.clone(), Some(ring)));
    keep(store, &vault, |ring| Ok(ring.clone()))?;
    let sealed = seal_all(store, &vault, progress)?;
    keep(store, &vault, Ring::with_newest_alone)?;
    Ok(Turned { sealed, resumed })
}

/// Writes the ring that `of` makes of the present one.
fn keep(store: &dyn Store, vault: &Arc<Vault>, of: impl Fn(&Ring) -> Result<Ring, Error>) -> Result<(), Error> {
    let Some(ring) = vault.ring() else { return Err(Error::KeyMissing) };
    let ring = of(&ring)?;
    let bytes = ring.wrap(&vault.master)?;
    vault.take(ring);
    store::transact(store, move |txn| {
        txn.put(meta::key(RING), bytes.clone());
        Ok::<_, Error>(())
    })?
}

/// Seals every value that is not sealed with the newest key, and says after each batch how many that were so far.
pub(super) fn seal_all(store: &dyn Store, vault: &Arc<Vault>, progress: &mut dyn FnMut(u64)) -> Result<u64, Error> {
    let mut sealed = 0;
    for kind in SEALED {
        let (start, end) = Key::new(kind).into_range();
        let mut from = Some(start);
        while let Some(start) = from {
            let (end, vault) = (end.clone(), vault.clone());
            let (next, count) = store::transact(store, move |txn| {
                let Some(ring) = vault.ring() else { return Err(Error::KeyMissing) };
                let (mut seen, mut bytes, mut next) = (0, 0, None);
                let mut stale: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
                txn.scan(&start, &end, Order::Forward, &mut |key, value| {
                    if seen >= VALUES || bytes >= BYTES {
                        next = Some(key.to_vec());
                        return ControlFlow::Break(());
                    }
                    seen += 1;
                    bytes += value.len();
                    if !ring.is_newest(key, value) {
                        stale.push((key.to_vec(), value.to_vec()));
                    }
                    ControlFlow::Continue(())
                })?;
                let count = stale.len() as u64;
                for (key, value) in stale {
                    let again = ring.seal(&key, &ring.open(&key, &value)?)?;
                    txn.put(key, again);
                }
                Ok::<_, Error>((next, count))
            })??;
            sealed += count;
            progress(sealed);
            from = next;
        }
    }
    Ok(sealed)
}
