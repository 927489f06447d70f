//! Finding the record a request means: by id, number, title or unique key.

use formwork_catalog::{object::Object, parse_value::parse_json};
use formwork_model::{field_type::FieldType, id::RecordId, name::Name, value::Value};
use formwork_store::table::{index, unique};
use serde_json::Value as Json;

use crate::{
    decider::{Decider, system},
    rejection::Refusal,
};

impl Decider<'_> {
    /// The record of `object` that `json` means: an id, a number, the value of a unique field or of the
    /// title (when only one record has it), or `{field: value}` with such a field. None that whoever asks does not see.
    pub(crate) fn resolve_reference(&self, object: Name, json: &Json) -> Result<Option<RecordId>, Refusal> {
        let known = self.object(object)?;
        match json {
            Json::String(text) => {
                if let Ok(id) = text.parse::<RecordId>() {
                    let exists = self.look((object, id), |record| record.is_some())?;
                    return Ok((exists && self.if_seen((object, id), None)?).then_some(id));
                }
                if let Some(id) = self.by_number(known, text)? {
                    return Ok(self.if_seen((object, id), None)?.then_some(id));
                }
                let singles =
                    known.uniques.iter().filter(|key| key.fields.len() == 1).filter_map(|key| key.fields.first());
                for field in singles.chain(known.title.iter()) {
                    if let Some(id) = self.by_field(known, *field, json)?
                        && self.if_seen((object, id), Some(*field))?
                    {
                        return Ok(Some(id));
                    }
                }
                Ok(None)
            }
            Json::Object(map) if map.len() == 1 => match map.iter().next() {
                Some((field, value)) => {
                    let Some(field) = Name::find(field) else { return Ok(None) };
                    let found = match value.as_str() {
                        Some(number) if field == system().number => self.by_number(known, number)?,
                        None if field == system().number => None,
                        _ => self.by_field(known, field, value)?,
                    };
                    match found {
                        Some(id) if self.if_seen((object, id), Some(field))? => Ok(Some(id)),
                        _ => Ok(None),
                    }
                }
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn by_number(&self, object: &Object, number: &str) -> Result<Option<RecordId>, Refusal> {
        if object.number.is_none() {
            return Ok(None);
        }
        let created = self.slots.borrow().iter().find_map(|((name, id), slot)| {
            (*name == object.name && slot.current().is_some_and(|record| record.number.as_deref() == Some(number)))
                .then_some(*id)
        });
        if created.is_some() {
            return Ok(created);
        }
        let table = self.release.number(object.name)?;
        let key = self.release.number(system().number)?;
        Ok(unique::holder(self.view, table, key, &[&Value::text(number)])?)
    }

    /// The only record whose `field` has this value; none when there are several.
    pub(crate) fn by_field(&self, object: &Object, field: Name, json: &Json) -> Result<Option<RecordId>, Refusal> {
        let Some(kind) = object.kind_of(field) else { return Ok(None) };
        let value = match kind {
            FieldType::Ref(_) | FieldType::Refs(_) | FieldType::Lines => return Ok(None),
            kind => match parse_json(kind, json, &self.parse_context()) {
                Ok(value) if !value.is_empty() => value,
                _ => return Ok(None),
            },
        };
        self.by_value(object, field, &value)
    }

    /// The only record whose `field` is `value`, seen with this command's own changes.
    pub(crate) fn by_value(&self, object: &Object, field: Name, value: &Value) -> Result<Option<RecordId>, Refusal> {
        for ((name, id), slot) in self.slots.borrow().iter() {
            if *name == object.name
                && slot.is_changed()
                && slot.current().is_some_and(|record| record.fields.get(field).same(value))
            {
                return Ok(Some(*id));
            }
        }
        let found = if let Some(key) = object.uniques.iter().find(|key| key.fields == [field]) {
            unique::holder_at(self.view, &self.release.unique_key(object, key, std::slice::from_ref(value))?)?
        } else if let Some(by) =
            object.indexes.iter().find(|index| index.lines.is_none() && index.fields.first() == Some(&field))
        {
            self.only_in_index(self.release.index_prefix(object, by, std::slice::from_ref(value))?)?
        } else {
            None
        };
        // The stored holder may have been changed or deleted by this command.
        match found {
            Some(id) => {
                let still = self.look((object.name, id), |record| {
                    record.is_some_and(|record| record.fields.get(field).same(value))
                })?;
                Ok(still.then_some(id))
            }
            None => Ok(None),
        }
    }

    fn only_in_index(&self, prefix: Vec<u8>) -> Result<Option<RecordId>, Refusal> {
        let end = formwork_store::key::Key::prefix_end(&prefix);
        let mut ids = Vec::new();
        let mut bad = None;
        self.view.scan(&prefix, &end, formwork_store::store::Order::Forward, &mut |key, _| {
            match index::id_of(key) {
                Ok(id) => ids.push(id),
                Err(error) => bad = Some(error),
            }
            if ids.len() > 1 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
        })?;
        if let Some(error) = bad {
            return Err(error.into());
        }
        Ok(if ids.len() == 1 { ids.pop() } else { None })
    }
}
