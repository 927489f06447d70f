//! What the history tells somebody: of records that they see, the fields that they see in full.

use std::collections::HashMap;

use formwork_catalog::role::Seen;
use formwork_model::{field_path::FieldPath, id::RecordId, name::Name};
use formwork_store::table::history::Entry;
use serde_json::{Map, Value as Json};

use super::Sight;
use crate::{
    decider::{Decider, Key},
    history,
    rejection::{Refusal, Rejection},
    remark::FILES,
};

impl Decider<'_> {
    /// The entries about a record that tell the actor something, newest first.
    pub(crate) fn history_of(&self, key: Key, before: Option<u64>, limit: usize) -> Result<Vec<Entry>, Refusal> {
        self.object(key.0)?;
        let read = |before, limit| history::of_record(self.view, self.release, key.0, key.1, before, limit);
        if self.limits().is_none() {
            let entries = read(before, limit)?;
            self.note_told(&entries);
            return Ok(entries);
        }
        let gone = self.look(key, |record| record.is_none())?;
        let sight = if gone { self.sight_of_gone(key.0) } else { self.sight(key)? };
        let Some(sight) = sight else { return Err(Rejection::no_record(key.0).into()) };
        let mut sights = HashMap::from([(key, Some(sight))]);
        let (mut told, mut before) = (Vec::new(), before);
        while told.len() < limit {
            let entries = read(before, limit)?;
            let Some(last) = entries.last() else { break };
            before = Some(last.seq);
            for entry in entries {
                told.extend(self.what_is_told(key, entry, &mut sights)?);
            }
        }
        told.truncate(limit);
        self.note_told(&told);
        Ok(told)
    }

    /// Notes which sensitive fields the entries tell of: those that changed, were sent, or made something fire.
    fn note_told(&self, entries: &[Entry]) {
        for entry in entries.iter().filter(|_| self.release.sensitive) {
            for change in &entry.changes {
                let end = change.path.find(['[', '.']).unwrap_or(change.path.len());
                let field = change.path.get(..end).and_then(Name::find);
                self.note_read((change.object, change.id), field.into_iter());
            }
            let Some(target) = entry.target else { continue };
            for said in entry.fired.iter().map(|fired| &fired.values).chain([&entry.input]) {
                let said: Map<String, Json> = serde_json::from_str(said).unwrap_or_default();
                self.note_read(target, said.keys().filter_map(|key| Name::find(key)));
            }
        }
    }

    fn sight_once(&self, key: Key, sights: &mut HashMap<Key, Option<Sight>>) -> Result<Option<Sight>, Refusal> {
        if let Some(known) = sights.get(&key) {
            return Ok(known.clone());
        }
        // A record of an object that is not known any more is nobody's.
        let sight = if self.object(key.0).is_ok() { self.sight(key)? } else { None };
        sights.insert(key, sight.clone());
        Ok(sight)
    }

    /// What an entry about `key` tells; `None` when it tells nothing about it.
    fn what_is_told(
        &self,
        key: Key,
        mut entry: Entry,
        sights: &mut HashMap<Key, Option<Sight>>,
    ) -> Result<Option<Entry>, Refusal> {
        let about = |change: &formwork_store::table::history::Change| (change.object, change.id) == key;
        let (had, mut whole, mut kept) = (entry.changes.iter().any(about), true, Vec::new());
        for change in entry.changes {
            let sight = self.sight_once((change.object, change.id), sights)?;
            let told = sight.and_then(|sight| sight.told(change.clone()));
            whole &= told.as_ref() == Some(&change);
            kept.extend(told);
        }
        entry.changes = kept;
        if had && !entry.changes.iter().any(about) {
            return Ok(None);
        }
        let target = match entry.target {
            Some(target) => self.sight_once(target, sights)?,
            None => None,
        };
        if whole && target.as_ref().is_some_and(Sight::is_whole) {
            return Ok(Some(entry));
        }
        for fired in &mut entry.fired {
            fired.values = "".into();
        }
        entry.input = match (&target, entry.target) {
            (Some(sight), Some((object, _))) => self.input_seen(object, sight, &entry.input).into(),
            _ => "".into(),
        };
        if target.is_none() {
            entry.target = None;
            entry.reason = None;
        }
        Ok(Some(entry))
    }

    /// Of what was sent, the fields that are seen in full, and the files of a comment.
    fn input_seen(&self, object: Name, sight: &Sight, input: &str) -> String {
        let sent: Map<String, Json> = serde_json::from_str(input).unwrap_or_default();
        let known = self.object(object).ok();
        let is_seen =
            |path: FieldPath| known.is_some_and(|object| object.at(path).is_some()) && sight.seen(path) == Seen::Full;
        let mut seen = Map::new();
        for (key, mut value) in sent {
            // Whoever sees a record reads what was said about it.
            if key == FILES {
                seen.insert(key, value);
                continue;
            }
            let Some(field) = Name::find(&key).filter(|field| is_seen((*field).into())) else { continue };
            let lines = known.and_then(|object| object.field(field)).is_some_and(|field| !field.lines.is_empty());
            for line in value.as_array_mut().into_iter().flatten().filter_map(Json::as_object_mut).filter(|_| lines) {
                let is_told = |key: &str| Name::find(key).is_some_and(|line| is_seen(FieldPath::of_line(field, line)));
                line.retain(|key, _| key == "key" || is_told(key));
            }
            seen.insert(key, value);
        }
        if seen.is_empty() { String::new() } else { Json::Object(seen).to_string() }
    }

    /// Whether the actor may be told who was responsible for a record when.
    pub(crate) fn sees_owner(&self, object: Name, id: RecordId) -> Result<bool, Refusal> {
        let key = (object, id);
        let gone = self.look(key, |record| record.is_none())?;
        let sight = if gone { self.sight_of_gone(object) } else { self.sight(key)? };
        let Some(sight) = sight else { return Ok(false) };
        let owner = self.object(object)?.owner;
        Ok(owner.is_none_or(|owner| sight.shows_path(owner.as_str())))
    }
}
