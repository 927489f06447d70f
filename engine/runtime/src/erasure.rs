//! Erasing what a record holds in sensitive fields: in the record, in everything that the history says of it, in messages,
//! in what could not be sent, in causes of incidents; and the contents of files that no record has any more.
//!
//! A history entry stays where it is in the chain (see [`Cover`](formwork_store::table::history::Cover)): it loses the
//! changes of these fields, the members of what was sent that bear their names, and their values wherever they stand in a
//! text. A file whose content goes is named there no more, whatever brought it. What a definition has copied into other
//! fields or records is theirs.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use formwork_catalog::object::Object;
use formwork_model::{
    approval::Approval,
    name::Name,
    outbox::Sending,
    record::{Record, Row},
    text::Text,
    value::Value,
};
use formwork_store::{
    key::{Key as StoreKey, KeyKind},
    store::Order,
    table::{
        history::{self, Change, Entry},
        incident, message, outbox, record, upload,
    },
};
use serde_json::{Map, Value as Json, json};

use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
    write::Writes,
};

/// What stands in a text in the place of what was erased.
const ERASED: &str = "***";

/// So many digits of a number tell whose it is.
const TELLING: usize = 5;

/// A sensitive field, and which fields of its lines are; none where it is no lines.
type Sensitive = (Name, Vec<Name>);

/// What is done with a key and its value.
type Each<'a> = dyn FnMut(&[u8], &[u8]) -> Result<(), Refusal> + 'a;

/// What sensitive fields held.
#[derive(Debug, Default)]
struct Words {
    texts: BTreeSet<String>,
    files: BTreeSet<String>,
}

/// What is erased of one record.
#[derive(Debug)]
pub(crate) struct Erasure {
    key: Key,
    fields: Vec<Sensitive>,
    /// The texts, days and large numbers that the fields ever held, the longest first.
    words: Vec<String>,
    /// The hashes of the files that they ever held.
    files: BTreeSet<String>,
    /// Those of them that no record has any more: their contents go.
    gone: BTreeSet<String>,
}

fn sensitive(object: &Object) -> impl Iterator<Item = Sensitive> {
    let lines = |field: &formwork_catalog::object::Field| {
        field.lines.iter().filter(|line| line.sensitive).map(|line| line.name).collect()
    };
    object.sensitive().map(move |field| (field.name, lines(field)))
}

impl Erasure {
    /// What there is to erase of a record, also of one that is gone.
    pub(crate) fn of(decider: &Decider<'_>, key: Key) -> Result<Self, Refusal> {
        let mut fields: Vec<Sensitive> = Vec::new();
        let pinned = if decider.look(key, |record| record.is_some())? { Some(decider.object_of(key)?) } else { None };
        for (name, lines) in
            sensitive(decider.object(key.0)?).chain(pinned.into_iter().flat_map(|known| sensitive(known)))
        {
            match fields.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => known.extend(lines),
                None => fields.push((name, lines)),
            }
        }
        let none = BTreeSet::new;
        let mut erasure = Self { key, fields, words: Vec::new(), files: none(), gone: none() };
        let mut words = Words::default();
        for seq in decider.entries_about(key)? {
            let entry = history::get(decider.view, seq, &decider.release.symbols)?;
            for change in entry.iter().flat_map(|entry| &entry.changes).filter(|change| erasure.is_about(change)) {
                erasure.gather(change, &mut words);
            }
        }
        decider.look(key, |record| {
            for (name, lines) in &erasure.fields {
                record.iter().for_each(|record| gather(record.fields.get(*name), lines, &mut words));
            }
        })?;
        erasure.words = words.texts.into_iter().collect();
        erasure.files = words.files;
        erasure.words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        Ok(erasure)
    }

    /// The record.
    pub(crate) fn key(&self) -> Key {
        self.key
    }

    /// The names of the fields, with those of lines behind their field's.
    pub(crate) fn fields(&self) -> Vec<String> {
        let names = |(name, lines): &Sensitive| match lines.as_slice() {
            [] => vec![name.to_string()],
            lines => lines.iter().map(|line| format!("{name}.{line}")).collect(),
        };
        self.fields.iter().flat_map(names).collect()
    }

    fn is_about(&self, change: &Change) -> bool {
        (change.object, change.id) == self.key
    }

    /// The sensitive field a path leads to: the lines' fields where it leads to whole lines.
    fn at(&self, path: &str) -> Option<&Sensitive> {
        let head = path.find(['[', '.']).map_or(path, |end| path.split_at(end).0);
        let found = self.fields.iter().find(|(name, _)| *name == head)?;
        let within = path.rsplit_once('.').map(|(_, line)| line);
        let is_it = within.is_none_or(|line| found.1.is_empty() || found.1.iter().any(|name| *name == line));
        is_it.then_some(found)
    }

    fn gather(&self, change: &Change, words: &mut Words) {
        if let Some((_, lines)) = self.at(&change.path) {
            gather(&change.old, lines, words);
            gather(&change.new, lines, words);
        }
    }

    /// Takes the values out of a record, and out of what its flows keep.
    pub(crate) fn erase_record(&self, record: &mut Record) {
        for (name, lines) in &self.fields {
            if lines.is_empty() {
                record.fields.set(*name, Value::Null);
            } else {
                let left = without(record.fields.get(*name).rows(), lines);
                if !left.is_empty() {
                    record.fields.set(*name, Value::Rows(left));
                }
            }
        }
        for scope in record.flows.iter_mut().flat_map(|instance| &mut instance.scopes) {
            self.fields.iter().for_each(|(name, _)| {
                if !scope.data.get(*name).is_empty() {
                    scope.data.set(*name, Value::Null);
                }
            });
        }
        for event in &mut record.events {
            event.data = self.json(&event.data, true).into();
        }
        for approval in record.flows.iter_mut().flat_map(|instance| &mut instance.approvals) {
            self.erase_said(approval);
        }
    }

    /// Takes the values out of what people said when they decided, and remarked.
    fn erase_said(&self, approval: &mut Approval) {
        let ended = approval.steps.iter_mut().flat_map(|step| &mut step.tasks).filter_map(|task| task.end.as_mut());
        let said = ended.filter_map(|ended| ended.comment.as_mut());
        for text in said.chain(approval.comments.iter_mut().map(|comment| &mut comment.text)) {
            *text = self.text(text).into();
        }
    }

    /// Takes the values out of a history entry.
    fn erase_entry(&self, entry: &mut Entry) {
        entry.changes.retain_mut(|change| {
            let Some((_, lines)) = self.at(&change.path).filter(|_| (change.object, change.id) == self.key) else {
                return true;
            };
            if change.path.contains('.') || lines.is_empty() {
                return false;
            }
            for value in [&mut change.old, &mut change.new] {
                if let Value::Rows(rows) = value {
                    *value = Value::Rows(without(rows, lines));
                }
            }
            true
        });
        self.erase_file_changes(&mut entry.changes);
        let own = entry.target == Some(self.key);
        entry.input = self.json(&entry.input, own).into();
        // What an erasure says it left is hashes.
        if !entry.kind.starts_with("erase") {
            entry.more = self.json(&entry.more, own).into();
        }
        entry.reason = entry.reason.take().map(|reason| self.text(&reason).into());
        for fired in &mut entry.fired {
            fired.values = self.json(&fired.values, true).into();
        }
    }

    /// Takes the files that are gone out of the changes of other fields, also of other records.
    fn erase_file_changes(&self, changes: &mut Vec<Change>) {
        changes.retain_mut(|change| {
            let (old, new) = (self.without_files(&change.old), self.without_files(&change.new));
            let is_less = old != change.old || new != change.new;
            (change.old, change.new) = (old, new);
            !is_less || change.old != change.new
        });
    }

    fn without_files(&self, value: &Value) -> Value {
        match value {
            Value::File(file) if self.gone.contains(&file.sha256) => Value::Null,
            Value::List(items) => {
                let left = items.iter().map(|item| self.without_files(item)).filter(|item| *item != Value::Null);
                Value::List(left.collect())
            }
            Value::Rows(rows) => {
                let mut rows = rows.clone();
                for row in &mut rows {
                    let left: Vec<_> =
                        row.fields.iter().map(|(name, value)| (name, self.without_files(value))).collect();
                    for (name, value) in left {
                        row.fields.set(name, value);
                    }
                }
                Value::Rows(rows)
            }
            other => other.clone(),
        }
    }

    /// Whether it is a file that is gone, as it was sent.
    fn is_gone(&self, json: &Json) -> bool {
        let hash = json.as_object().and_then(|members| members.get("sha256")).unwrap_or(json);
        hash.as_str().is_some_and(|hash| self.gone.contains(hash))
    }

    /// JSON without the members that bear the names of the fields, and without their values; what is no JSON is a text.
    fn json(&self, text: &str, by_name: bool) -> String {
        let Ok(mut json) = serde_json::from_str::<Json>(text) else { return self.text(text) };
        self.within(&mut json, by_name);
        match &json {
            Json::Object(members) if members.is_empty() => String::new(),
            json => json.to_string(),
        }
    }

    fn within(&self, json: &mut Json, by_name: bool) {
        match json {
            Json::String(text) => *text = self.text(text),
            Json::Array(items) => {
                items.retain(|item| !self.is_gone(item));
                items.iter_mut().for_each(|item| self.within(item, by_name));
            }
            Json::Object(members) => {
                members.retain(|_, member| !self.is_gone(member));
                // A file has members of its own, whatever fields are called.
                let by_name = by_name && !members.contains_key("sha256");
                for (name, lines) in self.fields.iter().filter(|_| by_name) {
                    if lines.is_empty() {
                        members.shift_remove(name.as_str());
                    }
                    let rows = members.get_mut(name.as_str()).and_then(Json::as_array_mut);
                    for row in rows.into_iter().flatten().filter_map(Json::as_object_mut) {
                        lines.iter().for_each(|line| {
                            row.shift_remove(line.as_str());
                        });
                    }
                }
                members.values_mut().for_each(|value| self.within(value, by_name));
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    /// A text without the values.
    pub(crate) fn text(&self, text: &str) -> String {
        self.words.iter().chain(&self.gone).fold(text.to_owned(), |text, word| {
            if text.contains(word.as_str()) { text.replace(word.as_str(), ERASED) } else { text }
        })
    }

    fn texts(&self, text: &Text) -> Text {
        Text { en: self.text(&text.en), zh: self.text(&text.zh) }
    }

    fn sending(&self, sending: &mut Sending) {
        let parts: Vec<&mut String> = match sending {
            Sending::Mail { to, subject, text } => vec![to, subject, text],
            Sending::Notice { to: _, url, body } => vec![url, body],
            Sending::Call { url, headers, body, .. } => {
                headers.iter_mut().map(|(_, value)| value).chain([url]).chain(body.as_mut()).collect()
            }
        };
        parts.into_iter().for_each(|part| *part = self.text(part));
    }
}

/// The texts, days and large numbers in a value. One letter, or a few digits, would be found everywhere.
fn gather(value: &Value, lines: &[Name], words: &mut Words) {
    match value {
        Value::Text(text) if text.len() >= 4 => {
            words.texts.insert(text.to_string());
        }
        Value::Date(_) => {
            words.texts.insert(value.to_string());
        }
        Value::Int(_) | Value::Decimal(_) => {
            let text = value.to_string();
            if text.bytes().filter(u8::is_ascii_digit).count() >= TELLING {
                words.texts.insert(text);
            }
        }
        Value::File(file) => {
            // Not its hash: what another field keeps of the same file would be none any more.
            words.texts.extend(Some(&file.name).filter(|name| name.len() >= 4).cloned());
            words.files.insert(file.sha256.clone());
        }
        Value::List(items) => items.iter().for_each(|item| gather(item, lines, words)),
        Value::Rows(rows) => {
            for (name, value) in rows.iter().flat_map(|row| row.fields.iter()) {
                if lines.contains(&name) {
                    gather(value, lines, words);
                }
            }
        }
        _ => {}
    }
}

/// A hash as a record holds it: its bytes.
fn stored_hash(hash: &str) -> Vec<u8> {
    let byte = |at: usize| hash.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    (0..hash.len()).step_by(2).filter_map(byte).collect()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && bytes.windows(part.len()).any(|window| window == part)
}

fn without(rows: &[Row], lines: &[Name]) -> Vec<Row> {
    let mut rows = rows.to_vec();
    for row in &mut rows {
        for line in lines.iter().filter(|line| !row.fields.get(**line).is_empty()).copied().collect::<Vec<_>>() {
            row.fields.set(line, Value::Null);
        }
    }
    rows
}

impl Decider<'_> {
    /// The positions of the history entries about a record.
    fn entries_about(&self, key: Key) -> Result<Vec<u64>, Refusal> {
        let (start, end) = history::record_range(self.release.number(key.0)?, key.1);
        let (mut all, mut failed) = (Vec::new(), None);
        self.view.scan(&start, &end, Order::Forward, &mut |key, _| match history::record_seq_of(key) {
            Ok(seq) => {
                all.push(seq);
                ControlFlow::Continue(())
            }
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        })?;
        failed.map_or(Ok(all), |error| Err(error.into()))
    }

    /// How much about a record waits to be sent.
    pub(crate) fn waiting_about(&self, key: Key) -> Result<usize, Refusal> {
        let mut waiting = 0;
        self.each_pair(outbox::range(), &mut |place, bytes| {
            let entry = outbox::decode(outbox::id_of(place)?, bytes, &self.release.symbols)?;
            waiting += usize::from(entry.about == Some(key) && entry.due.is_some());
            Ok(())
        })?;
        Ok(waiting)
    }

    fn each_pair(&self, (start, end): (Vec<u8>, Vec<u8>), each: &mut Each<'_>) -> Result<(), Refusal> {
        let mut failed = None;
        self.view.scan(&start, &end, Order::Forward, &mut |key, value| match each(key, value) {
            Ok(()) => ControlFlow::Continue(()),
            Err(refusal) => {
                failed = Some(refusal);
                ControlFlow::Break(())
            }
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// Those of the files that no record has any more.
    fn gone_files(&self, erasure: &Erasure) -> Result<BTreeSet<String>, Refusal> {
        let stored = |hash: &String| (hash.clone(), stored_hash(hash));
        let mut files: BTreeMap<String, Vec<u8>> = erasure.files.iter().map(stored).collect();
        if files.is_empty() {
            return Ok(BTreeSet::new());
        }
        let own = record::key(self.release.number(erasure.key.0)?, erasure.key.1);
        let mut keep = |bytes: &[u8]| {
            files.retain(|hash, stored| !(holds(bytes, hash.as_bytes()) || holds(bytes, stored)));
        };
        // Of the record itself, what is left of it: another of its fields may have the file.
        let symbols = &self.release.symbols;
        let left =
            self.look(erasure.key, |record| record.map(|record| record::encode(record, symbols)).transpose())??;
        left.iter().for_each(|bytes| keep(bytes));
        self.each_pair(StoreKey::new(KeyKind::Record).into_range(), &mut |place, bytes| {
            if place != own.as_slice() {
                keep(bytes);
            }
            Ok(())
        })?;
        let mut gone = files.into_keys().collect();
        self.keep_remarked_elsewhere(erasure.key, &mut gone)?;
        Ok(gone)
    }

    /// Erases the contents of files, and who brought them.
    fn erase_files(&self, files: &BTreeSet<String>, writes: &mut Writes) -> Result<(), Refusal> {
        if files.is_empty() {
            return Ok(());
        }
        for hash in files {
            self.each_pair(StoreKey::new(KeyKind::Blob).text(hash).into_range(), &mut |place, _| {
                writes.push((place.to_vec(), None));
                Ok(())
            })?;
        }
        self.each_pair(StoreKey::new(KeyKind::Upload).into_range(), &mut |place, _| {
            if upload::hash_of(place).is_ok_and(|hash| files.contains(&hash)) {
                writes.push((place.to_vec(), None));
            }
            Ok(())
        })
    }

    /// Erases what there is beside the record, and says what is left of each history entry: what its hash is now.
    pub(crate) fn write_erasure(
        &self,
        mut erasure: Erasure,
        writes: &mut Writes,
        changes: &mut Vec<Change>,
    ) -> Result<Map<String, Json>, Refusal> {
        changes.retain(|change| !erasure.is_about(change) || erasure.at(&change.path).is_none());
        erasure.gone = self.gone_files(&erasure)?;
        let (key, symbols) = (erasure.key, &self.release.symbols);
        let mut left = Map::new();
        for seq in self.entries_about(key)? {
            let Some((bytes, hash)) = history::erase(self.view, seq, symbols, |entry| erasure.erase_entry(entry))?
            else {
                continue;
            };
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            left.insert(seq.to_string(), json!(hash));
            writes.push((history::key(seq), Some(bytes)));
        }
        self.each_pair(StoreKey::new(KeyKind::Message).into_range(), &mut |place, bytes| {
            let mut message = message::decode(bytes, symbols)?;
            let said = erasure.texts(&message.text);
            if message.record == Some(key) && said != message.text {
                message.text = said;
                writes.push((place.to_vec(), Some(message::encode(&message, symbols)?)));
            }
            Ok(())
        })?;
        self.each_pair(outbox::range(), &mut |place, bytes| {
            let mut entry = outbox::decode(outbox::id_of(place)?, bytes, symbols)?;
            if entry.about == Some(key) {
                erasure.sending(&mut entry.what);
                writes.push((place.to_vec(), Some(outbox::encode(&entry, symbols)?)));
            }
            Ok(())
        })?;
        self.erase_files(&erasure.gone, writes)?;
        for open in [true, false] {
            self.each_pair(incident::range(open), &mut |place, bytes| {
                let mut incident = incident::decode(incident::id_of(place)?, bytes, symbols)?;
                let cause = erasure.texts(&incident.cause);
                if incident.about.record == Some(key) && cause != incident.cause {
                    incident.cause = cause;
                    writes.push((place.to_vec(), Some(incident::encode(&incident, symbols)?)));
                }
                Ok(())
            })?;
        }
        Ok(left)
    }
}
