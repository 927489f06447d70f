//! Deleting a record, and what that means for those that refer to it.

use formwork_catalog::object::{Referrer, Trigger};
use formwork_definition::kind::field::OnDelete;
use formwork_model::{code, id::RecordId, name::Name, text, value::Value};
use formwork_store::{key::Key as StoreKey, store::Order, table::index};

use crate::{
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal, Rejection},
};

/// A record that goes, and the references to it that are still to be let go of.
struct Removal<'a> {
    key: Key,
    /// The first of them is the one that `ids` are of.
    referrers: &'a [Referrer],
    begun: bool,
    /// Records that may refer to it, last first.
    ids: Vec<RecordId>,
}

impl Decider<'_> {
    /// Deletes a record: its delete rules fire, references to it are refused, cleared or followed. What follows
    /// from what is kept on a list, not on the thread's stack: cascades may be long.
    pub(crate) fn remove(&self, key: Key) -> Result<(), Refusal> {
        let mut removals = vec![self.begin_removal(key)?];
        while let Some(removal) = removals.last_mut() {
            let next = match removal.ids.pop() {
                Some(id) => self.release_reference(removal.key, removal.referrers.first(), id)?,
                None => {
                    removal.referrers = removal.referrers.get(usize::from(removal.begun)..).unwrap_or_default();
                    removal.begun = true;
                    match removal.referrers.first() {
                        Some(referrer) => {
                            removal.ids = self.referring(referrer.object, referrer.index, removal.key.1)?
                        }
                        None => {
                            removals.pop();
                            continue;
                        }
                    }
                    removal.ids.reverse();
                    None
                }
            };
            if let Some(next) = next {
                removals.push(self.begin_removal(next)?);
            }
        }
        Ok(())
    }

    /// The record itself goes; what refers to it comes next.
    fn begin_removal(&self, key: Key) -> Result<Removal<'_>, Refusal> {
        self.step(|| format!("deleting {}", key.0))?;
        let object = self.object(key.0)?;
        if self.look(key, |record| record.is_none())? {
            return Err(Rejection::no_record(key.0).into());
        }
        if object.append_only {
            let name = object.name;
            return Err(Rejection::new(
                Kind::Forbidden,
                code!("append-only"),
                text!("records of {name} are never deleted", "{name} 的记录不能删除"),
            )
            .into());
        }
        let own = self.object_of(key)?;
        for rule in own.rules.iter().filter(|rule| rule.on.contains(&Trigger::Delete)) {
            self.fire_rule(key, own, rule)?;
        }
        if let Some(slot) = self.slots.borrow_mut().get_mut(&key) {
            slot.delete();
        }
        Ok(Removal { key, referrers: &object.referrers, begun: false, ids: Vec::new() })
    }

    /// Lets go of one reference; gives the record that has to go too.
    fn release_reference(&self, key: Key, referrer: Option<&Referrer>, id: RecordId) -> Result<Option<Key>, Refusal> {
        let Some(referrer) = referrer else { return Ok(None) };
        let from = (referrer.object, id);
        if from == key || !self.refers(from, referrer, key.1)? {
            return Ok(None);
        }
        match referrer.on_delete {
            OnDelete::Cascade => Ok(Some(from)),
            OnDelete::Clear => self.clear_reference(from, referrer, key.1).map(|()| None),
            OnDelete::Restrict => {
                if self.sight(from)?.is_none() {
                    let message = text!("something still refers to it", "仍有其他记录引用该记录");
                    return Err(Problem::new(code!("still-referred"), message).reject(Kind::Conflict).into());
                }
                let (name, title) = (referrer.object, self.title_seen(from)?);
                Err(Problem::new(
                    code!("still-referred"),
                    text!("{name} `{title}` still refers to it", "{name} `{title}` 仍引用该记录"),
                )
                .field(referrer.field.as_str())
                .reject(Kind::Conflict)
                .into())
            }
        }
    }

    fn refers(&self, from: Key, referrer: &Referrer, to: RecordId) -> Result<bool, Refusal> {
        let points = |value: &Value| match value {
            Value::Ref(id) => *id == to,
            Value::List(items) => items.contains(&Value::Ref(to)),
            _ => false,
        };
        self.look(from, |record| {
            record.is_some_and(|record| match referrer.lines {
                None => points(record.fields.get(referrer.field)),
                Some(lines) => record.fields.get(lines).rows().iter().any(|row| points(row.fields.get(referrer.field))),
            })
        })
    }

    fn clear_reference(&self, from: Key, referrer: &Referrer, to: RecordId) -> Result<(), Refusal> {
        let clear = |value: &Value| match value {
            Value::Ref(id) if *id == to => Value::Null,
            Value::List(items) => {
                let rest: Vec<Value> = items.iter().filter(|item| **item != Value::Ref(to)).cloned().collect();
                if rest.is_empty() { Value::Null } else { Value::List(rest) }
            }
            other => other.clone(),
        };
        self.change(from, |record| match referrer.lines {
            None => {
                let value = clear(record.fields.get(referrer.field));
                record.fields.set(referrer.field, value);
            }
            Some(lines) => {
                if let Some(Value::Rows(rows)) = record.fields.get_mut(lines) {
                    for row in rows {
                        let value = clear(row.fields.get(referrer.field));
                        row.fields.set(referrer.field, value);
                    }
                }
            }
        })
    }

    /// The records of `object` that an index over a reference lists for `to`, seen with this command's own
    /// changes: also those that began to refer to it; callers check whether they still do.
    pub(crate) fn referring(&self, object: Name, index: Name, to: RecordId) -> Result<Vec<RecordId>, Refusal> {
        let prefix = index::prefix(self.release.number(object)?, self.release.number(index)?, &[&Value::Ref(to)]);
        let end = StoreKey::prefix_end(&prefix);
        let mut ids = Vec::new();
        let mut bad = None;
        self.view.scan(&prefix, &end, Order::Forward, &mut |key, _| match index::id_of(key) {
            Ok(id) => {
                if ids.last() != Some(&id) {
                    ids.push(id);
                }
                std::ops::ControlFlow::Continue(())
            }
            Err(error) => {
                bad = Some(error);
                std::ops::ControlFlow::Break(())
            }
        })?;
        if let Some(error) = bad {
            return Err(error.into());
        }
        let slots = self.slots.borrow();
        let known: std::collections::HashSet<RecordId> = ids.iter().copied().collect();
        ids.extend(
            slots
                .iter()
                .filter(|((name, id), slot)| {
                    *name == object && slot.is_changed() && slot.current().is_some() && !known.contains(id)
                })
                .map(|((_, id), _)| *id),
        );
        ids.retain(|id| slots.get(&(object, *id)).is_none_or(|slot| slot.current().is_some()));
        Ok(ids)
    }
}
