//! What the compiler says of an edit, kept for as long as it is looked at: each page of a designer asks, and nothing but
//! the files decides it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use formwork_catalog::{
    catalog::Catalog,
    check::{Checked, check_parsed},
    soundness::Soundness,
    table::Table,
};
use formwork_definition::load;
use formwork_model::{diagnostic::Diagnostics, name::Name, source::Sources};
use formwork_runtime::book::Draft;
use sha2::{Digest, Sha256};

use super::files;

/// An edit that was checked.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The release that it would be; none while something is wrong.
    pub(crate) catalog: Option<Arc<Catalog>>,
    /// The tables whose every cell can be read.
    pub(crate) tables: HashMap<Name, Arc<Table>>,
    /// The verdict on every flow whose shape could be looked at.
    pub(crate) soundness: HashMap<Name, Soundness>,
    /// What was found.
    pub(crate) diagnostics: Diagnostics,
    /// The files.
    pub(crate) sources: Arc<Sources>,
}

/// Edits that are kept at once: each is a whole release in memory.
const KEPT: usize = 4;

type Hash = [u8; 32];

/// An edit by the hash of its files.
type Known = (Hash, Arc<Verdict>);

/// The edits that were looked at last, the newest at the end.
static KNOWN: Mutex<Vec<Known>> = Mutex::new(Vec::new());

/// What is wrong with an edit, and the release that it would be.
pub(crate) fn check(catalog: &Catalog, draft: &Draft) -> Arc<Verdict> {
    let files = files(catalog, draft);
    let hash = hash_of(&files);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(at) = known.iter().position(|(known, _)| *known == hash) {
        let entry = known.remove(at);
        let verdict = entry.1.clone();
        known.push(entry);
        return verdict;
    }
    // Two who ask at once check twice; nobody waits for what somebody else checks.
    drop(known);
    let Checked { catalog, tables, soundness, diagnostics, sources } =
        check_parsed(load::parse(files.into_iter().map(|(path, text)| (path, text.into_bytes()))));
    let (tables, soundness) = (tables.into_iter().collect(), soundness.into_iter().collect());
    let verdict = Arc::new(Verdict { catalog: catalog.map(Arc::new), tables, soundness, diagnostics, sources });
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.push((hash, verdict.clone()));
    let over = known.len().saturating_sub(KEPT);
    known.drain(..over);
    verdict
}

fn hash_of(files: &[(String, String)]) -> Hash {
    let mut hash = Sha256::new();
    for part in files.iter().flat_map(|(path, text)| [path, text]) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}
