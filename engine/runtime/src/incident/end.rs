//! What becomes of incidents when their record moves on, and how they are written.

use std::ops::ControlFlow;

use formwork_catalog::flow::NodeKind;
use formwork_model::{
    id::RecordId,
    incident::{How, Incident, Place, What},
    record::Record,
};
use formwork_store::{store::Order, table::incident};

use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

impl Decider<'_> {
    /// What waited for tokens that went elsewhere, or for records that are no more: open incidents end, and what
    /// was still to be sent is not sent any more.
    pub(crate) fn leave_places(&self) -> Result<(), Refusal> {
        let moved: Vec<Key> = self
            .slots
            .borrow()
            .iter()
            .filter(|(_, slot)| {
                slot.is_changed() && slot.before().is_some_and(|before| has_left(before, slot.current()))
            })
            .map(|(key, _)| *key)
            .collect();
        for key in moved {
            for place in self.places_left(key)? {
                if let Some(entry) = self.entry_at(key, place)? {
                    self.drop_entry(entry)?;
                }
            }
            for id in self.incidents_about(key)? {
                let Some(known) = self.load_incident(id)?.filter(|known| known.end.is_none()) else { continue };
                if self.look(key, |record| is_gone(&known, record))? {
                    self.end_incident(id, How::Gone, None)?;
                    if let (What::Delivery, Ok(entry)) = (known.what, known.about.part.parse()) {
                        self.drop_entry(entry)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The `call` nodes where tokens of the record no longer wait.
    fn places_left(&self, key: Key) -> Result<Vec<Place>, Refusal> {
        let slots = self.slots.borrow();
        let Some(slot) = slots.get(&key) else { return Ok(Vec::new()) };
        let (before, now) = (slot.before(), slot.current());
        let mut places = Vec::new();
        for instance in before.iter().flat_map(|record| &record.flows) {
            let flow = self.catalog_of(key)?.flows.get(&instance.flow);
            for token in &instance.tokens {
                let asks = flow
                    .and_then(|flow| flow.node(token.node))
                    .is_some_and(|node| matches!(node.kind, NodeKind::Call { .. }));
                let place = Place { flow: instance.flow, node: token.node, token: token.id };
                if asks && now.is_none_or(|now| !stands_at(now, place)) {
                    places.push(place);
                }
            }
        }
        Ok(places)
    }

    /// The stored open incidents about a record.
    fn incidents_about(&self, key: Key) -> Result<Vec<RecordId>, Refusal> {
        let (start, end) = incident::about_record(self.release.number(key.0)?, key.1);
        let mut ids = Vec::new();
        let mut failure = None;
        self.view.scan(&start, &end, Order::Forward, &mut |_, bytes| match incident::decode_about(bytes) {
            Ok(id) => {
                ids.push(id);
                ControlFlow::Continue(())
            }
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        })?;
        failure.map_or(Ok(ids), |error| Err(error.into()))
    }

    /// What becomes of the incidents' keys.
    pub(crate) fn write_incidents(&self, writes: &mut Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), Refusal> {
        for changed in self.incidents.borrow().values() {
            let now = &changed.now;
            let is_open = now.end.is_none();
            let table = now.about.record.map(|(object, _)| self.release.number(object)).transpose()?;
            let about = incident::about_key(now.what, &now.about, table);
            writes.push((incident::key(now.id, is_open), Some(incident::encode(now, &self.release.symbols)?)));
            if changed.before.is_some() && !is_open {
                writes.push((incident::key(now.id, true), None));
                writes.push((about, None));
            } else if changed.before.is_none() && is_open {
                writes.push((about, Some(now.id.bytes().to_vec())));
            }
        }
        Ok(())
    }
}

/// Whether a token of the record as it was is gone.
fn has_left(before: &Record, now: Option<&Record>) -> bool {
    before.flows.iter().any(|instance| {
        instance.tokens.iter().any(|token| {
            let place = Place { flow: instance.flow, node: token.node, token: token.id };
            now.is_none_or(|now| !stands_at(now, place))
        })
    })
}

/// Whether what the incident is about is no longer there.
fn is_gone(incident: &Incident, record: Option<&Record>) -> bool {
    match (record, incident.about.place) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(record), Some(place)) => !stands_at(record, place),
    }
}

fn stands_at(record: &Record, place: Place) -> bool {
    record
        .flow(place.flow)
        .is_some_and(|instance| instance.tokens.iter().any(|token| token.id == place.token && token.node == place.node))
}
