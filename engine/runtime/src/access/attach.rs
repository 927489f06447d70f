//! Files that are attached by whoever brought them, or sees them where they are: knowing a file's hash is not enough.
//!
//! Asked before a command is submitted, not while it is decided: who brought what is no part of the history, and a
//! replay has to come to the same.

use std::collections::BTreeSet;

use formwork_model::{code, text};
use formwork_store::table::upload;
use serde_json::Value as Json;

use super::Eyes;
use crate::{
    approval::Operation,
    command::Request,
    decider::Key,
    rejection::{Kind, Refusal, Rejection},
};

impl Eyes<'_> {
    /// Refuses files that the actor has not brought and does not see in the record that the request is about. A file of
    /// another record is fetched there and brought anew.
    ///
    /// # Errors
    /// `no-such-file`, or when the store fails.
    pub fn check_attached(&self, request: &Request) -> Result<(), Refusal> {
        let (key, files) = attached(request);
        if files.is_empty() {
            return Ok(());
        }
        self.ask(|decider| {
            if decider.limits().is_none() {
                return Ok(());
            }
            for file in files {
                let brought = upload::is_of(decider.view, &self.actor.login, file)?;
                let seen = match key {
                    Some(key) if !brought => !decider.holding(key, file)?.is_empty(),
                    _ => false,
                };
                if !(brought || seen) {
                    let message = text!("there is no such file; bring it first", "没有这个文件，请先上传");
                    return Err(Rejection::new(Kind::Invalid, code!("no-such-file"), message).into());
                }
            }
            Ok(())
        })
    }
}

/// The record that a request is about, and the hashes of the files that it sends.
fn attached(request: &Request) -> (Option<Key>, BTreeSet<&str>) {
    let mut files = BTreeSet::new();
    let key = match request {
        Request::Create { values, .. } => {
            values.values().for_each(|value| collect(value, &mut files));
            None
        }
        Request::Update { object, id, values, .. } => {
            values.values().for_each(|value| collect(value, &mut files));
            Some((*object, *id))
        }
        Request::Act { object, id, input, .. } => {
            input.values().for_each(|value| collect(value, &mut files));
            Some((*object, *id))
        }
        Request::Event { object, id, data, .. } => {
            data.values().for_each(|value| collect(value, &mut files));
            Some((*object, *id))
        }
        Request::Decide {
            object, id, operation: Operation::Approve { input } | Operation::Reject { input }, ..
        } => {
            input.values().for_each(|value| collect(value, &mut files));
            Some((*object, *id))
        }
        Request::Comment { object, id, files: sent }
        | Request::Decide { object, id, operation: Operation::Comment { files: sent }, .. } => {
            sent.iter().for_each(|value| collect(value, &mut files));
            Some((*object, *id))
        }
        Request::Import(row) => {
            let inputs = row.then.iter().flat_map(|(_, input)| input.values());
            row.values.values().chain(inputs).for_each(|value| collect(value, &mut files));
            None
        }
        _ => None,
    };
    (key, files)
}

/// Whatever a `file` field would take, wherever it is.
fn collect<'a>(value: &'a Json, files: &mut BTreeSet<&'a str>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| collect(item, files)),
        Json::Object(members) => {
            let is_file = ["name", "media", "size"].iter().all(|member| members.contains_key(*member));
            files.extend(members.get("sha256").and_then(Json::as_str).filter(|_| is_file));
            members.values().for_each(|member| collect(member, files));
        }
        _ => {}
    }
}
