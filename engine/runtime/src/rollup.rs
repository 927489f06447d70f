//! Roll-ups: values kept from the records of another object, adjusted in the commit that changes them.

use formwork_catalog::object::{Field, Measure, Object, RollUp};
use formwork_model::{field_type::FieldType, id::RecordId, name::Name, record::Record, value::Value};
use rust_decimal::Decimal;

use crate::{
    decider::{Decider, Key, field_of},
    query,
    rejection::Refusal,
};

impl Decider<'_> {
    /// Tells every roll-up that counts records of `object` what became of this one.
    pub(crate) fn feed_roll_ups(&self, key: Key, object: &Object) -> Result<(), Refusal> {
        if object.feeds.is_empty() {
            return Ok(());
        }
        let (old, new) = {
            let mut slots = self.slots.borrow_mut();
            let Some(slot) = slots.get_mut(&key) else { return Ok(()) };
            let new = slot.shared().cloned();
            let old = slot.fed.replace(new.clone()).unwrap_or_else(|| slot.shared_before().cloned());
            (old, new)
        };
        for feed in &object.feeds {
            let Some(field) = self.object(feed.object)?.field(feed.field) else { continue };
            if let Some(roll_up) = &field.roll_up {
                self.feed(feed.object, field, roll_up, old.as_deref(), new.as_deref())?;
            }
        }
        Ok(())
    }

    fn feed(
        &self,
        holder: Name,
        field: &Field,
        roll_up: &RollUp,
        old: Option<&Record>,
        new: Option<&Record>,
    ) -> Result<(), Refusal> {
        let before = self.contribution(roll_up, old)?;
        let after = self.contribution(roll_up, new)?;
        if before == after {
            return Ok(());
        }
        match roll_up.measure {
            Measure::Count | Measure::Sum(_) => {
                if let Some((id, amount)) = before {
                    self.add(holder, id, field, -number(&amount))?;
                }
                if let Some((id, amount)) = after {
                    self.add(holder, id, field, number(&amount))?;
                }
            }
            Measure::Min(_) | Measure::Max(_) => {
                let mut holders: Vec<RecordId> = [before, after].into_iter().flatten().map(|(id, _)| id).collect();
                holders.dedup();
                for id in holders {
                    self.extreme(holder, id, field, roll_up)?;
                }
            }
        }
        Ok(())
    }

    /// Which record it counts for, and with what.
    fn contribution(&self, roll_up: &RollUp, record: Option<&Record>) -> Result<Option<(RecordId, Value)>, Refusal> {
        let Some(record) = record else { return Ok(None) };
        let Some(holder) = record.fields.get(roll_up.by).as_ref_id() else { return Ok(None) };
        if let Some(filter) = &roll_up.filter
            && !query::matches(self, filter, record)?
        {
            return Ok(None);
        }
        Ok(Some(match roll_up.measure {
            Measure::Count => (holder, Value::Int(1)),
            Measure::Sum(of) | Measure::Min(of) | Measure::Max(of) => (holder, field_of(record, of)),
        }))
    }

    fn add(&self, holder: Name, id: RecordId, field: &Field, amount: Decimal) -> Result<(), Refusal> {
        if amount.is_zero() || self.look((holder, id), |record| record.is_none())? {
            return Ok(());
        }
        let total = self.field((holder, id), field.name)?.as_decimal().unwrap_or_default() + amount;
        let value = match field.kind {
            FieldType::Integer => Value::Int(i64::try_from(total.trunc()).unwrap_or(i64::MAX)),
            _ => Value::Decimal(total),
        };
        self.set((holder, id), field.name, value)
    }

    /// Takes the least or greatest value anew from the records that refer to the holder.
    fn extreme(&self, holder: Name, id: RecordId, field: &Field, roll_up: &RollUp) -> Result<(), Refusal> {
        if self.look((holder, id), |record| record.is_none())? {
            return Ok(());
        }
        let Some(index) = self
            .object(roll_up.from)?
            .indexes
            .iter()
            .find(|index| index.lines.is_none() && index.fields == [roll_up.by])
        else {
            return Ok(());
        };
        let mut best = Value::Null;
        for from in self.referring(roll_up.from, index.name, id)? {
            let record = self.shared((roll_up.from, from))?;
            let Some((to, value)) = self.contribution(roll_up, record.as_deref())? else { continue };
            let better = matches!(best, Value::Null)
                || value.compare(&best).is_some_and(|order| match roll_up.measure {
                    Measure::Min(_) => order.is_lt(),
                    _ => order.is_gt(),
                });
            if to == id && !matches!(value, Value::Null) && better {
                best = value;
            }
        }
        self.set((holder, id), field.name, best)
    }
}

fn number(value: &Value) -> Decimal {
    value.as_decimal().unwrap_or_default()
}
