//! A book as it was at an instant, made of a backup that was taken later.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::Path,
    sync::Arc,
};

use formwork_catalog::catalog::Catalog;
use formwork_model::{
    clock::{Clock, SystemClock},
    text,
};
use formwork_runtime::{
    command::{Actor, Command, Request},
    rejection::Refusal,
    replay::{Past, past},
};
use formwork_store::{
    backend::Kind,
    dump::{Summary, backup, restore},
    embedded::Embedded,
    encrypted::{RING, unlock},
    error::Error,
    store::{self, Store, transact},
    table::meta,
};
use jiff::{Timestamp, civil::DateTime};

use crate::{
    console::Console,
    data_key,
    failure::Failure,
    place::{open, open_unlocked, stored},
};

/// So much is written at once.
const BYTES: usize = 4 * 1024 * 1024;

/// Makes the book in `folder`, of another store, as it was at `at`, in the folder `data`. It counts only when it is whole.
pub(super) fn make(
    (folder, data, kind): (&Path, &Path, Kind),
    at: &str,
    console: &Console,
) -> Result<(Summary, Past), Failure> {
    let source: Arc<dyn Store> = Arc::new(Embedded::open(folder, None)?);
    let ring = store::read(&*source, |view| view.get(&meta::key(RING)))?;
    let catalog = stored(&*source, console)?;
    let at = instant(at, &catalog)?;
    let book = open(source, catalog.clone(), console)?;
    let refused = |refusal: Refusal| Failure::refusal(&refusal, Some(&catalog));
    let mut past = past(&book, at).map_err(refused)?;
    drop(book);
    // In memory there is no disk to wait for; what is restored from there counts only once it is whole.
    let plain: Arc<dyn Store> = Arc::new(Embedded::memory()?);
    if let Some(ring) = ring {
        let ring = vec![(meta::key(RING), ring)];
        put(&*plain, ring)?;
    }
    let unlocked = unlock(plain.clone(), data_key::find(catalog.book.name.as_str(), console)?)?;
    let mut batch = Vec::new();
    let mut bytes = 0;
    for pair in std::mem::take(&mut past.pairs) {
        bytes += pair.1.len();
        batch.push(pair);
        if bytes > BYTES {
            bytes = 0;
            put(&*unlocked, std::mem::take(&mut batch))?;
        }
    }
    put(&*unlocked, batch)?;
    erase_again(unlocked, &past, console)?;
    let part = tempfile::NamedTempFile::new().map_err(|error| Failure::path(&std::env::temp_dir(), &error))?;
    let failed = |error: std::io::Error| Failure::path(part.path(), &error);
    let mut output = BufWriter::new(File::create(part.path()).map_err(failed)?);
    backup(&*plain, SystemClock.now(), &mut output)?;
    output.flush().map_err(failed)?;
    let mut input = BufReader::new(File::open(part.path()).map_err(failed)?);
    Ok((restore(&mut input, data, kind)?, past))
}

fn put(store: &dyn Store, pairs: Vec<(Vec<u8>, Vec<u8>)>) -> Result<(), Failure> {
    let written: Result<(), Error> = transact(store, move |txn| {
        pairs.iter().for_each(|(key, value)| txn.put(key.clone(), value.clone()));
        Ok(())
    })?;
    Ok(written?)
}

/// What was erased after that instant is erased of the book as it was then, too.
fn erase_again(store: Arc<dyn Store>, past: &Past, console: &Console) -> Result<(), Failure> {
    if past.erased.is_empty() {
        return Ok(());
    }
    let catalog = stored(&*store, console)?;
    let book = open_unlocked(store, catalog.clone())?;
    for (object, id, reason) in &past.erased {
        let mut command = Command::new(Actor::system(), Request::Erase { object: *object, id: *id });
        command.reason.clone_from(reason);
        match book.run(command) {
            Ok(_) => {}
            // It did not exist then.
            Err(Refusal::Rejected(rejection)) if rejection.code().as_str() == "no-such-record" => {}
            Err(refusal) => return Err(Failure::refusal(&refusal, Some(&catalog))),
        }
    }
    Ok(())
}

/// An instant, or a day and time in the zone of the book.
fn instant(written: &str, catalog: &Catalog) -> Result<Timestamp, Failure> {
    let of_zone = || written.parse::<DateTime>().ok()?.to_zoned(catalog.book.zone.clone()).ok();
    written.parse::<Timestamp>().ok().or_else(|| Some(of_zone()?.timestamp())).ok_or_else(|| {
        Failure::usage(text!(
            "--at is an instant such as 2026-03-02T08:00:00Z, or a time in the book's zone such as 2026-03-02T16:00",
            "--at 应为时刻，例如 2026-03-02T08:00:00Z，或账套时区的时间，例如 2026-03-02T16:00"
        ))
    })
}
