//! Edits of the definitions that are not live yet: each user has one, of as many files as they like. And trying what is
//! not live.

use std::{collections::BTreeMap, sync::Arc};

use formwork_catalog::catalog::Catalog;
use formwork_model::name::Name;
use formwork_script::host::Outputs;
use formwork_store::{
    error::Error,
    store::{self, View},
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
}

impl Book {
    /// What somebody is editing.
    ///
    /// # Errors
    /// When the store fails.
    pub fn draft(&self, login: &str) -> Result<Option<Draft>, Refusal> {
        self.read(|view| Ok(read(view, login)?))
    }

    /// Keeps what somebody is editing; an edit of no file is none. One that was handed in is taken back.
    ///
    /// # Errors
    /// When the store fails.
    pub fn keep_draft(&self, login: &str, draft: &Draft) -> Result<(), Refusal> {
        let key = meta::key(&fact(login));
        let kept = (!draft.files.is_empty()).then(|| json!({"base": draft.base, "files": draft.files}).to_string());
        let (login, clock) = (login.to_owned(), self.clock.clone());
        let done = store::transact(&**self.store(), move |transaction| {
            super::second::withdraw(transaction, &login, clock.now())?;
            match &kept {
                Some(text) => transaction.put(key.clone(), text.clone().into_bytes()),
                None => transaction.delete(key.clone()),
            }
            Ok::<(), Error>(())
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
    Ok(Some(Draft { base: json.get("base").and_then(Json::as_str).unwrap_or_default().to_owned(), files }))
}
