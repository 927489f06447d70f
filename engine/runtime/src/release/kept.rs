//! Releases kept in the store, compiled again when something still runs by them.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use formwork_catalog::{
    catalog::Catalog,
    check::{Checked, check_parsed},
};
use formwork_definition::load;
use formwork_model::{code, text};
use formwork_store::{error::Error, store::View, table::release as releases};

use crate::rejection::{Kind, Refusal, Rejection};

/// How many compiled releases are held; the one that was not asked for longest goes first.
const MOST: usize = 32;

/// The compiled releases of one book. A release is named by the hash of its files, so what is held is a pure function
/// of the store: holding it changes no decision.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Vec<Arc<Catalog>>>>);

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

impl Kept {
    /// Holds a release that is compiled already.
    pub fn hold(&self, catalog: &Arc<Catalog>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|known| known.release != catalog.release);
        held.push(catalog.clone());
        if held.len() > MOST {
            held.remove(0);
        }
    }

    /// The release called `hash`.
    ///
    /// # Errors
    /// When it is not kept, or does not pass the checks of this program.
    pub fn get(&self, view: &dyn View, hash: &str) -> Result<Arc<Catalog>, Refusal> {
        let known = {
            let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            held.iter().find(|known| &*known.release == hash).cloned()
        };
        if let Some(known) = known {
            self.hold(&known);
            return Ok(known);
        }
        let Some(checked) = read(view, hash)? else { return Err(unknown(hash).into()) };
        let Some(catalog) = checked.catalog else {
            let first = checked.diagnostics.iter().next().map(|first| first.message.clone()).unwrap_or_default();
            let (en, zh) = (first.en, first.zh);
            return Err(Rejection::new(
                Kind::Conflict,
                code!("release-not-usable"),
                text!(
                    "the release {hash} does not pass the checks of this program ({en}); move what runs by it with `formwork plan --migrate`",
                    "版本 {hash} 未通过本程序的检查（{zh}）；请用 `formwork plan --migrate` 迁移仍按其运行的实例"
                ),
            )
            .into());
        };
        let catalog = Arc::new(catalog);
        self.hold(&catalog);
        Ok(catalog)
    }
}

/// There is no such release.
pub(crate) fn unknown(hash: &str) -> Rejection {
    let hash: String = hash.chars().take(64).collect();
    Rejection::new(
        Kind::NotFound,
        code!("unknown-release"),
        text!("no release `{hash}` is kept in this book", "账套中没有版本 `{hash}`"),
    )
}

/// The release called `hash`, checked anew from its files; `None` when it is not kept.
///
/// # Errors
/// When the store fails or what it keeps is damaged.
pub fn read(view: &dyn View, hash: &str) -> Result<Option<Checked>, Error> {
    let Some(bytes) = releases::get(view, hash)? else { return Ok(None) };
    let files: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&bytes)
        .map_err(|_| Error::Damaged(format!("the files of the release {hash} can't be read")))?;
    let files = files.into_iter().map(|(path, text)| (path, text.as_str().unwrap_or_default().as_bytes().to_vec()));
    Ok(Some(check_parsed(load::parse(files))))
}
