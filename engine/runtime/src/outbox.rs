//! The outbox: what is to leave for other systems is written in the commit that causes it, and sent afterwards.

mod call;
mod channel;
mod due;
mod report;
mod wording;

use formwork_model::{
    id::RecordId,
    incident::Place,
    outbox::{Entry, Sending},
};
use formwork_store::table::outbox;

use crate::{
    decider::{Decider, Key},
    rejection::{Fault, Refusal},
};

/// An entry that this command writes, changes or removes.
#[derive(Debug, Clone)]
pub(crate) struct Changed {
    before: Option<Entry>,
    now: Option<Entry>,
}

impl Decider<'_> {
    /// Puts something into the outbox.
    pub(crate) fn send_out(&self, what: Sending, about: Option<Key>, place: Option<Place>) -> RecordId {
        let id = self.next_id();
        let entry = Entry { id, at: self.now, due: Some(self.now), tries: 0, about, place, what };
        self.outbox.borrow_mut().insert(id, Changed { before: None, now: Some(entry) });
        id
    }

    /// An entry as it is now.
    pub(crate) fn load_entry(&self, id: RecordId) -> Result<Option<Entry>, Refusal> {
        if let Some(changed) = self.outbox.borrow().get(&id) {
            return Ok(changed.now.clone());
        }
        Ok(outbox::get(self.view, id, &self.release.symbols)?)
    }

    fn change_entry(&self, id: RecordId, change: impl FnOnce(&mut Option<Entry>)) -> Result<(), Refusal> {
        let stored = if self.outbox.borrow().contains_key(&id) { None } else { self.load_entry(id)? };
        let mut outbox = self.outbox.borrow_mut();
        if let Some(stored) = stored {
            outbox.insert(id, Changed { before: Some(stored.clone()), now: Some(stored) });
        }
        change(&mut outbox.get_mut(&id).ok_or_else(|| Fault::new("an outgoing entry was lost"))?.now);
        Ok(())
    }

    /// Takes an entry out: it was sent, or is not to be sent any more.
    pub(crate) fn drop_entry(&self, id: RecordId) -> Result<(), Refusal> {
        if self.load_entry(id)?.is_none() {
            return Ok(());
        }
        self.change_entry(id, |entry| *entry = None)
    }

    /// Lets an entry that was given up be sent at once, with as many tries as a new one.
    pub(crate) fn revive_entry(&self, id: RecordId) -> Result<(), Refusal> {
        let now = self.now;
        self.change_entry(id, |entry| {
            if let Some(entry) = entry {
                (entry.due, entry.tries) = (Some(now), 0);
            }
        })
    }

    /// The entry whose answer the token at a place waits for.
    pub(crate) fn entry_at(&self, key: Key, place: Place) -> Result<Option<RecordId>, Refusal> {
        let known = self.outbox.borrow().values().find_map(|changed| {
            let now = changed.now.as_ref()?;
            (now.about == Some(key) && now.place == Some(place)).then_some(now.id)
        });
        if known.is_some() {
            return Ok(known);
        }
        let bytes = self.view.get(&outbox::place_key(self.release.number(key.0)?, key.1, place))?;
        let Some(id) = bytes.map(|bytes| outbox::decode_place(&bytes)).transpose()? else { return Ok(None) };
        Ok(self.load_entry(id)?.map(|entry| entry.id))
    }

    /// Whom the entries are for that this command has written.
    pub(crate) fn newly_sent(&self) -> Vec<String> {
        let outbox = self.outbox.borrow();
        let new = outbox.values().filter(|changed| changed.before.is_none()).filter_map(|changed| changed.now.as_ref());
        let whom = |entry: &Entry| match &entry.what {
            Sending::Mail { to, .. } | Sending::Notice { to, .. } => to.clone(),
            Sending::Call { connector, request, .. } => format!("{connector}.{request}"),
        };
        new.map(whom).collect()
    }

    /// What becomes of the entries' keys.
    pub(crate) fn write_outbox(&self, writes: &mut Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), Refusal> {
        for (id, changed) in self.outbox.borrow().iter() {
            let (before, now) = (changed.before.as_ref(), changed.now.as_ref());
            let due = |entry: Option<&Entry>| entry.and_then(|entry| entry.due);
            if let Some(old) = due(before).filter(|old| due(now) != Some(*old)) {
                writes.push((outbox::due_key(old, *id), None));
            }
            if let Some(new) = due(now).filter(|new| due(before) != Some(*new)) {
                writes.push((outbox::due_key(new, *id), Some(Vec::new())));
            }
            let placed = before.or(now).and_then(|entry| entry.about.zip(entry.place));
            let place = match placed {
                Some(((object, record), place)) => Some(outbox::place_key(self.release.number(object)?, record, place)),
                None => None,
            };
            match (before, now) {
                (None, None) => {}
                (Some(_), None) => {
                    writes.push((outbox::key(*id), None));
                    writes.extend(place.map(|place| (place, None)));
                }
                (before, Some(entry)) => {
                    writes.push((outbox::key(*id), Some(outbox::encode(entry, &self.release.symbols)?)));
                    if before.is_none() {
                        writes.extend(place.map(|place| (place, Some(id.bytes().to_vec()))));
                    }
                }
            }
        }
        Ok(())
    }
}
