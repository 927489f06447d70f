//! Edits of the definitions that are not live yet: each user has one, of as many files as they like. And trying what is
//! not live.

use std::{collections::BTreeMap, sync::Arc};

use formwork_catalog::catalog::Catalog;
use formwork_model::name::Name;
use formwork_script::host::Outputs;
use formwork_store::{
    error::Error,
    store::{self, Transaction, View},
    table::meta,
};
use serde_json::{Value as Json, json};

use crate::{
    book::Book,
    command::{Actor, Command, Input, Request},
    decider::Decider,
    rejection::Refusal,
    release::Release,
};

/// An edit of the definitions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// The release it was begun on.
    pub base: String,
    /// Each file that is edited: its text, or nothing when it is removed.
    pub files: BTreeMap<String, Option<String>>,
    /// What can be undone, the last change at the end. Kept by the book.
    pub past: Vec<Step>,
    /// What was undone and can be done again, what comes next at the end.
    pub ahead: Vec<Step>,
}

/// A change of an edit, as the way back: the release the edit was on, and each file that changed as it was. A file that
/// was not edited then has nothing at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    base: String,
    /// The files.
    pub files: BTreeMap<String, Option<Option<String>>>,
}

/// Changes that can be undone.
const STEPS: usize = 60;
/// Bytes of text that are kept for them: every change writes them again.
const KEPT: usize = 300_000;

impl Step {
    /// The way back from `now` to `before`; `None` when no file differs.
    fn between(before: &Draft, now: &Draft) -> Option<Self> {
        let paths = before.files.keys().chain(now.files.keys());
        let changed = paths.filter(|path| before.files.get(*path) != now.files.get(*path));
        let files: BTreeMap<_, _> = changed.map(|path| (path.clone(), before.files.get(path).cloned())).collect();
        (!files.is_empty()).then(|| Self { base: before.base.clone(), files })
    }

    fn size(&self) -> usize {
        self.files.values().flatten().flatten().map(String::len).sum()
    }

    fn to_json(&self) -> Json {
        let files = self.files.iter().map(|(path, text)| (path.clone(), json!(text.as_ref().map(|text| [text]))));
        json!({"base": self.base, "files": files.collect::<serde_json::Map<_, _>>()})
    }

    fn read(json: &Json) -> Option<Self> {
        let text = |text: &Json| text.get(0).map(|text| text.as_str().map(str::to_owned));
        let files = json.get("files")?.as_object()?.iter().map(|(path, kept)| (path.clone(), text(kept)));
        Some(Self { base: json.get("base")?.as_str()?.to_owned(), files: files.collect() })
    }
}

impl Draft {
    /// Takes one step back, or one ahead again; `false` when there is none.
    fn step(&mut self, ahead: bool) -> bool {
        let Some(step) = (if ahead { self.ahead.pop() } else { self.past.pop() }) else { return false };
        let before = self.clone();
        if self.files.is_empty() {
            self.base = step.base;
        }
        for (path, text) in step.files {
            match text {
                Some(text) => self.files.insert(path, text),
                None => self.files.remove(&path),
            };
        }
        let back = Step::between(&before, self);
        if ahead {
            self.past.extend(back)
        } else {
            self.ahead.extend(back)
        }
        true
    }

    /// Forgets the oldest steps beyond what is kept.
    fn trim(&mut self) {
        let mut room = KEPT;
        let fits = self.past.iter().rev().take(STEPS).take_while(|step| {
            let size = step.size();
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        });
        let keep = fits.count();
        self.past.drain(..self.past.len().saturating_sub(keep));
    }

    fn put(&self, transaction: &mut dyn Transaction, login: &str) {
        let key = meta::key(&fact(login));
        if self.files.is_empty() && self.past.is_empty() && self.ahead.is_empty() {
            return transaction.delete(key);
        }
        let steps = |steps: &[Step]| steps.iter().map(Step::to_json).collect::<Vec<_>>();
        let text = json!({
            "base": self.base, "files": self.files, "past": steps(&self.past), "ahead": steps(&self.ahead),
        });
        transaction.put(key, text.to_string().into_bytes());
    }
}

impl Book {
    /// What somebody is editing.
    ///
    /// # Errors
    /// When the store fails.
    pub fn draft(&self, login: &str) -> Result<Option<Draft>, Refusal> {
        self.read(|view| Ok(read(view, login)?))
    }

    /// Keeps what somebody is editing, and what it was before as a step that can be undone. One that was handed in is
    /// taken back.
    ///
    /// # Errors
    /// When the store fails.
    pub fn keep_draft(&self, login: &str, draft: &Draft) -> Result<(), Refusal> {
        let (base, files) = (draft.base.clone(), draft.files.clone());
        self.change_draft(login, move |known| {
            let now = Draft { base: base.clone(), files: files.clone(), past: Vec::new(), ahead: Vec::new() };
            let step = Step::between(known, &now);
            (known.base, known.files) = (now.base, now.files);
            if let Some(step) = step {
                known.past.push(step);
                known.ahead.clear();
                known.trim();
            }
            true
        })
        .map(drop)
    }

    /// Takes back the last change of what somebody is editing, or what was taken back last; `false` when there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub fn step_draft(&self, login: &str, ahead: bool) -> Result<bool, Refusal> {
        self.change_draft(login, move |known| known.step(ahead))
    }

    /// Forgets what somebody was editing, with all its steps: it is live.
    ///
    /// # Errors
    /// When the store fails.
    pub fn forget_draft(&self, login: &str) -> Result<(), Refusal> {
        self.change_draft(login, |known| {
            *known = Draft::default();
            true
        })
        .map(drop)
    }

    fn change_draft(&self, login: &str, change: impl Fn(&mut Draft) -> bool + Send + 'static) -> Result<bool, Refusal> {
        let (login, clock) = (login.to_owned(), self.clock.clone());
        let done = store::transact(&**self.store(), move |transaction| {
            let mut known = read(transaction.view(), &login)?.unwrap_or_default();
            if !change(&mut known) {
                return Ok(false);
            }
            super::second::withdraw(transaction, &login, clock.now())?;
            known.put(transaction, &login);
            Ok::<bool, Error>(true)
        })?;
        Ok(done?)
    }

    /// Tries a table of a release that need not be live, with nothing but inputs: what it answers, and the rows that hit.
    ///
    /// # Errors
    /// When the table or an input does not exist, no row hits, or a row contradicts another.
    pub fn try_table(
        &self,
        catalog: &Arc<Catalog>,
        table: Name,
        inputs: &Input,
        actor: &Actor,
    ) -> Result<(Outputs, Vec<String>), Refusal> {
        let live = self.release();
        let release = Release { blind: live.blind.clone(), ..Release::new(catalog.clone(), live.symbols.clone()) };
        let command = Command::new(actor.clone(), Request::Tick);
        let now = self.clock.now();
        self.read(|view| {
            let decider = Decider::new(view, &release, &command, now)?;
            let inputs = decider.read_table_inputs(catalog, table, inputs)?;
            let outputs = decider.evaluate_table(catalog, table, None, &inputs)?;
            let fired = decider.fired.take().into_iter().map(|fired| fired.what.to_string()).collect();
            Ok((outputs, fired))
        })
    }
}

fn fact(login: &str) -> String {
    format!("draft {login}")
}

fn read(view: &dyn View, login: &str) -> Result<Option<Draft>, Error> {
    let Some(text) = meta::text(view, &fact(login))? else { return Ok(None) };
    let damaged = || Error::Damaged("an edit of the definitions can't be read".to_owned());
    let json: Json = serde_json::from_str(&text).map_err(|_| damaged())?;
    let files = json.get("files").and_then(Json::as_object).ok_or_else(damaged)?;
    let files = files.iter().map(|(path, text)| (path.clone(), text.as_str().map(str::to_owned))).collect();
    let steps = |name: &str| -> Vec<Step> {
        json.get(name).and_then(Json::as_array).into_iter().flatten().filter_map(Step::read).collect()
    };
    let base = json.get("base").and_then(Json::as_str).unwrap_or_default().to_owned();
    Ok(Some(Draft { base, files, past: steps("past"), ahead: steps("ahead") }))
}
