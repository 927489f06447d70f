//! Files of what people say: at an approval, and in comments, whose history entry alone keeps them.

use std::{collections::BTreeSet, ops::ControlFlow, sync::Arc};

use formwork_catalog::parse_value::{ParseContext, parse_json};
use formwork_model::{
    field_type::FieldType,
    value::{FileRef, Value},
};
use formwork_store::{
    key::{Key as StoreKey, KeyKind},
    store::Order,
    table::history::{self, Entry},
};
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

use crate::{
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal},
};

/// Under what the history keeps the files of a comment: no field can be called so.
pub(crate) const FILES: &str = "$files";

/// Comments of a record that are read at a time.
const PAGE: usize = 200;

/// The files of a comment, as its history entry keeps them; none of an entry of another kind.
pub fn files_of(entry: &Entry) -> Vec<Arc<FileRef>> {
    if &*entry.kind != "comment" || entry.input.is_empty() {
        return Vec::new();
    }
    let input: Map<String, Json> = serde_json::from_str(&entry.input).unwrap_or_default();
    let sent = input.get(FILES).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    // The zone is of days and instants.
    let read = |file: &Json| parse_json(&FieldType::File, file, &ParseContext { zone: TimeZone::UTC }).ok();
    sent.iter().filter_map(read).filter_map(as_file).collect()
}

fn as_file(value: Value) -> Option<Arc<FileRef>> {
    if let Value::File(file) = value { Some(file) } else { None }
}

impl Decider<'_> {
    /// Files that come with what somebody says, as uploads answered them.
    pub(crate) fn read_files(&self, files: &[Json]) -> Result<Vec<Arc<FileRef>>, Refusal> {
        let list = Json::Array(files.to_vec());
        let value = parse_json(&FieldType::Files, &list, &self.parse_context())
            .map_err(|bad| Problem::new(bad.code, bad.message).field("files").reject(Kind::Invalid))?;
        let Value::List(items) = value else { return Ok(Vec::new()) };
        Ok(items.into_iter().filter_map(as_file).collect())
    }

    /// Whether a comment about the record came with the file.
    pub(crate) fn is_remarked(&self, (object, id): Key, sha256: &str) -> Result<bool, Refusal> {
        let mut before = None;
        loop {
            let entries = crate::history::of_record(self.view, self.release, object, id, before, PAGE)?;
            let Some(last) = entries.last() else { return Ok(false) };
            before = Some(last.seq);
            let own = entries.iter().filter(|entry| entry.target == Some((object, id)));
            if own.flat_map(files_of).any(|file| file.sha256 == sha256) {
                return Ok(true);
            }
        }
    }

    /// Takes out of `hashes` those of files that a comment about another record came with.
    pub(crate) fn keep_remarked_elsewhere(&self, key: Key, hashes: &mut BTreeSet<String>) -> Result<(), Refusal> {
        let (start, end) = StoreKey::new(KeyKind::History).into_range();
        let mut failed = None;
        self.view.scan(&start, &end, Order::Forward, &mut |_, bytes| {
            match history::decode(bytes, &self.release.symbols) {
                Ok(chained) if chained.entry.target != Some(key) => {
                    for file in files_of(&chained.entry) {
                        hashes.remove(&file.sha256);
                    }
                }
                Ok(_) => {}
                Err(error) => failed = Some(error),
            }
            if failed.is_some() || hashes.is_empty() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        failed.map_or(Ok(()), |error| Err(error.into()))
    }
}
