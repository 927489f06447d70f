//! The releases a book keeps: which, since when, by whom; going back to one; what runs by which.

use std::{collections::BTreeMap, sync::Arc};

use formwork_catalog::catalog::Catalog;
use formwork_model::{code, name::Name, record::Record, text};
use formwork_store::{
    error::Error,
    store::View,
    table::{
        history::{self, Entry},
        meta, release as releases,
    },
};

use crate::{
    book::{Book, Going},
    command::Actor,
    plan::every_running,
    rejection::{Kind, Refusal, Rejection},
    release::{Release, unknown},
};

/// A release that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptRelease {
    /// Its content hash.
    pub hash: Arc<str>,
    /// Whether it is the one that is live.
    pub live: bool,
    /// The history entries that made it live, oldest first.
    pub activations: Vec<Entry>,
    /// Submitted instances that run by it, when they were counted.
    pub running: Option<u64>,
}

impl Book {
    /// The release that decides a record: the one it is pinned to, or the live one.
    ///
    /// # Errors
    /// When a pinned release can't be used by this program.
    pub fn catalog_of(&self, record: &Record) -> Result<Arc<Catalog>, Refusal> {
        let release = self.release();
        match release.pin(record) {
            None => Ok(release.catalog.clone()),
            Some(hash) => self.read(|view| release.kept.get(view, hash)),
        }
    }

    /// A kept release, by its hash or the beginning of it.
    ///
    /// # Errors
    /// When there is none, several begin so, or this program finds an error in it.
    pub fn kept(&self, hash: &str) -> Result<Arc<Catalog>, Refusal> {
        let release = self.release();
        self.read(|view| {
            let mut known = releases::hashes(view)?;
            known.retain(|known| known.starts_with(hash));
            match known.as_slice() {
                [one] if !hash.is_empty() => release.kept.get(view, one),
                [_, _, ..] if !hash.is_empty() => Err(Rejection::new(
                    Kind::Invalid,
                    code!("unknown-release"),
                    text!("several releases begin with `{hash}`", "有多个版本以 `{hash}` 开头"),
                )
                .into()),
                _ => Err(unknown(hash).into()),
            }
        })
    }

    /// Every release that is kept, the one that went live last first. `count` reads every record to say how many
    /// instances run by each.
    ///
    /// # Errors
    /// When the store fails.
    pub fn releases(&self, count: bool) -> Result<Vec<KeptRelease>, Refusal> {
        let release = self.release();
        self.read(|view| {
            let mut activations: BTreeMap<Arc<str>, Vec<Entry>> = BTreeMap::new();
            for seq in releases::activations(view)? {
                if let Some(entry) = history::get(view, seq, &release.symbols)? {
                    activations.entry(entry.release.clone()).or_default().push(entry);
                }
            }
            let mut running: BTreeMap<Arc<str>, u64> = BTreeMap::new();
            if count {
                every_running(view, &release, &mut |record| {
                    for instance in record.flows.iter().filter(|instance| instance.is_live() && !instance.draft) {
                        *running.entry(instance.release.as_str().into()).or_default() += 1;
                    }
                })?;
            }
            let mut kept: Vec<KeptRelease> = releases::hashes(view)?
                .into_iter()
                .map(|hash| {
                    let hash: Arc<str> = hash.into();
                    KeptRelease {
                        live: hash == release.catalog.release,
                        activations: activations.remove(&hash).unwrap_or_default(),
                        running: count.then(|| running.get(&hash).copied().unwrap_or_default()),
                        hash,
                    }
                })
                .collect();
            let last = |kept: &KeptRelease| kept.activations.last().map_or(0, |entry| entry.seq);
            kept.sort_by_key(|kept| std::cmp::Reverse((kept.live, last(kept))));
            Ok(kept)
        })
    }

    /// Makes a kept release live again. The one that was live until now is held back: it does not go live again by
    /// itself as long as its files are not edited.
    ///
    /// # Errors
    /// As [`Book::kept`] and [`Book::activate`].
    pub fn roll_back(&self, hash: &str, actor: &Actor, reason: Option<&str>) -> Result<Arc<Release>, Refusal> {
        let catalog = self.kept(hash)?;
        self.activate_by(Going { catalog, actor: actor.clone(), reason: reason.map(Into::into), holds_back: true })
    }

    /// The release that was left by going back: the files may still say it, and it is not to go live by itself.
    ///
    /// # Errors
    /// When the store fails.
    pub fn held_back(&self) -> Result<Option<String>, Refusal> {
        self.read(|view| Ok(held_back(view)?))
    }

    /// Every record of which an instance runs by another release than `to`, with that record's object.
    ///
    /// # Errors
    /// When the store fails.
    pub fn to_migrate(&self, to: &str) -> Result<Vec<(Name, formwork_model::id::RecordId)>, Refusal> {
        let release = self.release();
        let mut found = Vec::new();
        self.read(|view| {
            every_running(view, &release, &mut |record| {
                let mut live = record.flows.iter().filter(|instance| instance.is_live() && !instance.draft);
                if live.any(|instance| instance.release != to) {
                    found.push((record.object, record.id));
                }
            })
        })?;
        Ok(found)
    }
}

/// As [`Book::held_back`], of a book that is not open yet.
///
/// # Errors
/// When the store fails.
pub fn held_back(view: &dyn View) -> Result<Option<String>, Error> {
    meta::text(view, HELD_BACK)
}

/// The fact that names the release held back.
pub(super) const HELD_BACK: &str = "held_back";
