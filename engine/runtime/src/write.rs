//! From the working set to keys and bytes.

use std::sync::Arc;

use formwork_catalog::object::{Index, Object};
use formwork_model::{code, field_path::FieldPath, id::RecordId, record::Record, text, value::Value};
use formwork_store::table::{
    history::{Change, Cover, ERASED, Entry, Listed},
    idempotency::{self, Answer},
    message::{self, Message},
    queue, record, timer, unique,
};

use crate::{
    approval,
    changes::Changes,
    command::Outcome,
    decide::Done,
    decider::{Decider, Key, field_of},
    diff::diff,
    erasure::Erasure,
    queue::index as work,
    rejection::{Kind, Refusal, Rejection},
    release::Release,
    slot::Slot,
    timer::differs_beyond_timers,
};

/// Keys and what is to be under them; `None` removes.
pub(crate) type Writes = Vec<(Vec<u8>, Option<Vec<u8>>)>;

impl Decider<'_> {
    /// Settles, validates, and turns everything into one set of writes.
    pub(crate) fn finish(self, done: Done) -> Result<Changes, Refusal> {
        self.settle()?;
        self.relieve_leavers()?;
        self.withdraw_changed()?;
        while self.settle_clocks()? {
            self.settle()?;
            self.withdraw_changed()?;
        }
        self.settle_timers()?;
        self.validate()?;
        self.check_ledgers()?;
        self.address_messages()?;
        self.leave_places()?;
        self.mark_drafts()?;
        self.stamp();
        let mut writes = Writes::new();
        let mut changes = Vec::new();
        let mut listed = Vec::new();
        for (key, slot) in self.slots.borrow().iter().filter(|(_, slot)| slot.is_changed()) {
            let object = self.object(key.0)?;
            let before = changes.len();
            diff(slot.before(), slot.current(), &mut changes);
            if changes.len() > before || slot.before() != slot.current() {
                self.write_record(object, slot.before(), slot.current(), &mut writes)?;
                let rev = slot.current().map_or(0, |record| record.rev);
                listed.push(Listed { table: self.release.number(key.0)?, id: key.1, rev });
                self.note_owners(slot.before(), slot.current());
            }
        }
        // Two records may swap their values of a unique key: what one gives up must not undo what the other takes.
        writes.sort_by_key(|(_, value)| value.is_some());
        writes.extend(self.counters().into_iter().map(|(key, next)| (key, Some(next.to_be_bytes().to_vec()))));
        self.note_days();
        self.note_directory();
        writes.extend(self.facts());
        for ((queue, login), turn) in self.turns.borrow().iter() {
            writes.push((queue::turn_key(self.release.number(*queue)?, login), Some(queue::encode_turn(*turn))));
        }
        self.write_postings(&mut writes)?;
        self.write_messages(&mut writes)?;
        self.write_incidents(&mut writes)?;
        self.write_outbox(&mut writes)?;
        let record = match done.target {
            Some(key) => self.look(key, |record| record.cloned())?,
            None => None,
        };
        if let Some((object, id)) = done.target {
            let table = self.release.number(object)?;
            if !listed.iter().any(|known| (known.table, known.id) == (table, id)) {
                listed.push(Listed { table, id, rev: record.as_ref().map_or(0, |record| record.rev) });
            }
        }
        self.write_answer(record.as_ref(), &mut writes);
        let reason = self.reason();
        let more = self.more(&mut writes, &mut changes)?;
        let pinned = done.target.and_then(|key| self.slots.borrow().get(&key).and_then(|slot| slot.pin.clone()));
        let entry = Entry {
            seq: self.seq,
            command: self.command.id,
            at: self.now,
            actor: self.command.actor.login.clone(),
            on_behalf_of: done.on_behalf_of.clone().or(self.behalf.take()),
            release: self.catalog().release.clone(),
            kind: done.kind.into(),
            target: done.target,
            input: done.input.into(),
            reason,
            changes,
            fired: self.fired.take(),
            pinned,
            more: more.into(),
            cover: Cover::Plain,
        };
        let notified = self.outgoing.borrow().iter().map(|message| message.to.clone()).collect();
        let (record, absent) = self.shown_outcome(record)?;
        let outcome =
            Outcome { seq: self.seq, record, absent, replayed: false, import: done.import, answer: self.answer.take() };
        let sent = self.newly_sent();
        Ok(Changes { writes, entry, listed, decided: self.decided.take(), notified, sent, outcome })
    }

    /// The reason that was given; that of an erasure does not repeat what it erases.
    fn reason(&self) -> Option<Arc<str>> {
        let given = self.command.reason.clone();
        match &*self.erasing.borrow() {
            Some(erasure) => given.map(|reason| erasure.text(&reason).into()),
            None => given,
        }
    }

    /// What deciding the command again needs; and what an erasure leaves of other entries.
    fn more(&self, writes: &mut Writes, changes: &mut Vec<Change>) -> Result<String, Refusal> {
        let more = crate::recorded::more(self.command);
        let Some(erasure) = self.erasing.take() else { return Ok(more) };
        let left = self.write_erasure(erasure, writes, changes)?;
        let mut said: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&more).unwrap_or_default();
        said.insert(ERASED.into(), left.into());
        Ok(serde_json::Value::Object(said).to_string())
    }

    /// Whether each live instance is a draft now, and by which release it was decided. What was submitted keeps the
    /// release it was submitted under.
    fn mark_drafts(&self) -> Result<(), Refusal> {
        let changed: Vec<Key> = {
            let slots = self.slots.borrow();
            // That time passes for a timer does not bring a draft under another release.
            let differs = |slot: &Slot| {
                let beyond = |(before, now)| differs_beyond_timers(before, now);
                slot.current().is_some() && slot.before().zip(slot.current()).is_none_or(beyond)
            };
            slots.iter().filter(|(_, slot)| slot.is_changed() && differs(slot)).map(|(key, _)| *key).collect()
        };
        for key in changed {
            let catalog = self.catalog_of(key)?;
            self.quietly(key, |record| {
                for instance in record.flows.iter_mut().filter(|instance| instance.is_live()) {
                    if let Some(flow) = catalog.flows.get(&instance.flow) {
                        instance.draft = flow.is_draft(instance);
                        instance.release.replace_range(.., &catalog.release);
                    }
                }
            })?;
        }
        Ok(())
    }

    /// Revision and time of change, for every record that really changed.
    fn stamp(&self) {
        // An erasure is a revision also when a replay finds nothing there any more.
        let erased = self.erasing.borrow().as_ref().map(Erasure::key);
        for (key, slot) in self.slots.borrow_mut().iter_mut() {
            let differs = slot.is_changed() && slot.current().is_some() && slot.before() != slot.current();
            let beyond =
                slot.before().zip(slot.current()).is_none_or(|(before, now)| differs_beyond_timers(before, now));
            let is_erased = erased == Some(*key) && slot.current().is_some();
            if (differs && beyond || is_erased)
                && let Some(record) = slot.change()
            {
                record.rev += 1;
                record.updated_at = self.now;
                record.updated_by = self.command.actor.login.clone();
            }
        }
    }

    fn write_record(
        &self,
        object: &Object,
        before: Option<&Record>,
        now: Option<&Record>,
        writes: &mut Writes,
    ) -> Result<(), Refusal> {
        let Some(id) = now.or(before).map(|record| record.id) else { return Ok(()) };
        let table = self.release.number(object.name)?;
        let bytes = now.map(|record| record::encode(record, &self.release.symbols)).transpose()?;
        writes.push((record::key(table, id), bytes));
        let (old, new) = (work::keys(self.release, before)?, work::keys(self.release, now)?);
        writes.extend(old.iter().filter(|key| !new.contains(key)).map(|key| (key.clone(), None)));
        writes.extend(new.into_iter().filter(|key| !old.contains(key)).map(|key| (key, Some(Vec::new()))));
        let waiting = |record: Option<&Record>| -> Vec<Vec<u8>> {
            record.map(|record| timer::keys(table, id, &record.timers).collect()).unwrap_or_default()
        };
        write_keys(&waiting(before), waiting(now), writes);
        let tasks = |record: Option<&Record>| {
            record.map_or(Ok(Vec::new()), |record| approval::index::keys(self.release, table, record))
        };
        write_keys(&tasks(before)?, tasks(now)?, writes);
        derived_writes(self.release, object, id, before, now, writes)
    }

    fn write_messages(&self, writes: &mut Writes) -> Result<(), Refusal> {
        for (n, outgoing) in self.outgoing.borrow().iter().enumerate() {
            let message = Message { at: self.now, text: outgoing.say.clone(), record: outgoing.about, read: false };
            let key = message::key(&outgoing.to, self.seq, u32::try_from(n).unwrap_or(u32::MAX));
            writes.push((key, Some(message::encode(&message, &self.release.symbols)?)));
        }
        Ok(())
    }

    fn write_answer(&self, record: Option<&Record>, writes: &mut Writes) {
        if let Some((key, request)) = &self.command.idempotency {
            let response = record.map(|record| format!("{} {}", record.object, record.id)).unwrap_or_default();
            let answer = Answer { request: *request, response: response.into_bytes(), at: self.now };
            writes.push((idempotency::key(&self.command.actor.login, key), Some(idempotency::encode(&answer))));
        }
    }

    /// What an earlier command with the same idempotency key came to; nothing is written then.
    pub(crate) fn replay(&self) -> Result<Option<Changes>, Refusal> {
        let Some((key, request)) = &self.command.idempotency else { return Ok(None) };
        let Some(bytes) = self.view.get(&idempotency::key(&self.command.actor.login, key))? else { return Ok(None) };
        let answer = idempotency::decode(&bytes)?;
        if answer.request != *request {
            return Err(Rejection::new(
                Kind::Conflict,
                code!("idempotency-reused"),
                text!("this Idempotency-Key was used for another request", "该幂等键已用于另一请求"),
            )
            .into());
        }
        let text = String::from_utf8_lossy(&answer.response);
        let record = match text.split_once(' ') {
            Some((object, id)) => match (formwork_model::name::Name::find(object), id.parse()) {
                (Some(object), Ok(id)) => self.look((object, id), |record| record.cloned())?,
                _ => None,
            },
            None => None,
        };
        // Whoever asks again may have lost the right since.
        let (record, absent) = self.shown_outcome(record)?;
        Ok(Some(Changes::replayed(record, absent, self.command, self.now)))
    }

    /// The record that a command comes to, as the actor sees it.
    fn shown_outcome(&self, record: Option<Record>) -> Result<(Option<Record>, Vec<FieldPath>), Refusal> {
        let Some(record) = record else { return Ok((None, Vec::new())) };
        if self.limits().is_none() {
            return Ok((Some(record), Vec::new()));
        }
        Ok(self
            .record_seen((record.object, record.id))?
            .map_or((None, Vec::new()), |shown| (Some(shown.record), shown.absent)))
    }
}

/// The keys that a record gives up and those it takes.
fn write_keys(old: &[Vec<u8>], new: Vec<Vec<u8>>, writes: &mut Writes) {
    writes.extend(old.iter().filter(|key| !new.contains(key)).map(|key| (key.clone(), None)));
    writes.extend(new.into_iter().filter(|key| !old.contains(key)).map(|key| (key, Some(Vec::new()))));
}

/// The entries that a record gives up and takes in the indexes and unique keys of its object.
pub(crate) fn derived_writes(
    release: &Release,
    object: &Object,
    id: RecordId,
    before: Option<&Record>,
    now: Option<&Record>,
    writes: &mut Writes,
) -> Result<(), Refusal> {
    for by in &object.indexes {
        let keys =
            |record: Option<&Record>| record.map_or(Ok(Vec::new()), |record| release.index_keys(object, by, record));
        write_keys(&keys(before)?, keys(now)?, writes);
    }
    for by in &object.uniques {
        let of = |record: Option<&Record>| record.map_or(Ok(None), |record| release.unique_key_of(object, by, record));
        let (old, new) = (of(before)?, of(now)?);
        if old != new {
            writes.extend(old.map(|key| (key, None)));
            writes.extend(new.map(|key| (key, Some(unique::encode(id)))));
        }
    }
    Ok(())
}

/// The entries of one record in one index: one, or one for each item of a list or line.
pub(crate) fn index_values(by: &Index, record: &Record) -> Vec<Vec<Value>> {
    if let (Some(lines), Some(field)) = (by.lines, by.fields.first()) {
        let mut values: Vec<Vec<Value>> = Vec::new();
        for row in record.fields.get(lines).rows() {
            for value in items(row.fields.get(*field)) {
                if !values.iter().any(|known| known.first() == Some(&value)) {
                    values.push(vec![value]);
                }
            }
        }
        return values;
    }
    let values: Vec<Value> = by.fields.iter().map(|field| field_of(record, *field)).collect();
    match values.as_slice() {
        [Value::List(_)] => {
            values.first().map(|list| items(list).into_iter().map(|item| vec![item]).collect()).unwrap_or_default()
        }
        _ => vec![values],
    }
}

fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::List(items) => items.clone(),
        Value::Null => Vec::new(),
        other => vec![other.clone()],
    }
}

impl Changes {
    /// Nothing to write: the command was carried out before.
    fn replayed(
        record: Option<Record>,
        absent: Vec<FieldPath>,
        command: &crate::command::Command,
        now: jiff::Timestamp,
    ) -> Self {
        let mut changes = Self::nothing(command, now);
        changes.outcome.absent = absent;
        changes.outcome.record = record;
        changes.outcome.replayed = true;
        changes
    }

    /// Nothing to write: there was nothing to do.
    pub(crate) fn nothing(command: &crate::command::Command, now: jiff::Timestamp) -> Self {
        let nothing: Arc<str> = "".into();
        let entry = Entry {
            seq: 0,
            command: command.id,
            at: now,
            actor: command.actor.login.clone(),
            on_behalf_of: None,
            release: nothing.clone(),
            kind: nothing.clone(),
            target: None,
            input: nothing,
            reason: None,
            changes: Vec::new(),
            fired: Vec::new(),
            pinned: None,
            more: "".into(),
            cover: Cover::Plain,
        };
        let outcome = Outcome { seq: 0, record: None, absent: Vec::new(), replayed: false, import: None, answer: None };
        let (writes, listed, notified, sent) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { writes, entry, listed, decided: Vec::new(), notified, sent, outcome }
    }
}
