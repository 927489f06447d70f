//! Records by the value of an indexed field, seen with the command's own changes.

use std::ops::ControlFlow;

use formwork_model::{id::RecordId, name::Name, record::Record, value::Value};
use formwork_store::{
    key::{Key as StoreKey, KeyKind},
    store::Order,
    table::{index, unique},
};

use super::known;
use crate::{
    decider::Decider,
    rejection::{Fault, Refusal},
};

impl Decider<'_> {
    /// The records of `object` whose `field`, which is indexed or unique, is `value`; oldest first.
    pub(crate) fn having(&self, object: Name, field: Name, value: &Value) -> Result<Vec<RecordId>, Refusal> {
        let mut ids = self.indexed(object, field, value)?;
        let changed = |(name, _): &(Name, RecordId)| *name == object;
        let touched: Vec<RecordId> = {
            let slots = self.slots.borrow();
            slots.iter().filter(|(key, slot)| changed(key) && slot.is_changed()).map(|((_, id), _)| *id).collect()
        };
        ids.extend(touched.into_iter().filter(|id| !ids.contains(id)).collect::<Vec<_>>());
        ids.sort();
        let mut having = Vec::with_capacity(ids.len());
        for id in ids {
            if self.look((object, id), |record| record.is_some_and(|record| record.fields.get(field).same(value)))? {
                having.push(id);
            }
        }
        Ok(having)
    }

    /// What the view's index or unique key says.
    fn indexed(&self, object: Name, field: Name, value: &Value) -> Result<Vec<RecordId>, Refusal> {
        let place = (object, field, StoreKey::new(KeyKind::Index).value(value).into_vec());
        if let Some(ids) = self.lookups.borrow().get(&place) {
            return Ok(ids.clone());
        }
        let known = self.object(object)?;
        let values = std::slice::from_ref(value);
        let ids = if let Some(key) = known.uniques.iter().find(|key| key.fields == [field]) {
            unique::holder_at(self.view, &self.release.unique_key(known, key, values)?)?.into_iter().collect()
        } else if let Some(by) =
            known.indexes.iter().find(|index| index.lines.is_none() && index.fields.first() == Some(&field))
        {
            self.scan_index(self.release.index_prefix(known, by, values)?)?
        } else {
            return Err(Fault::new(format!("{object}.{field} has no index")).into());
        };
        self.lookups.borrow_mut().insert(place, ids.clone());
        Ok(ids)
    }

    fn scan_index(&self, prefix: Vec<u8>) -> Result<Vec<RecordId>, Refusal> {
        let mut ids = Vec::new();
        let mut bad = None;
        self.view.scan(&prefix, &StoreKey::prefix_end(&prefix), Order::Forward, &mut |key, _| {
            match index::id_of(key) {
                Ok(id) => ids.push(id),
                Err(error) => bad = Some(error),
            }
            if bad.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        bad.map_or(Ok(ids), |error| Err(error.into()))
    }

    /// Whether a dated record holds today; an open end has no limit.
    pub(super) fn holds_today(&self, record: &Record) -> bool {
        let day = |field: Name| match record.fields.get(field) {
            Value::Date(day) => Some(*day),
            _ => None,
        };
        let names = known();
        day(names.from).is_none_or(|from| from <= self.today) && day(names.to).is_none_or(|to| self.today <= to)
    }
}

/// The text in a field.
pub(super) fn text(record: &Record, field: Name) -> Option<String> {
    record.fields.get(field).as_text().map(str::to_owned)
}
