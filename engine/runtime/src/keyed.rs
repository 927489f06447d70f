//! Keys of indexes and unique keys: the values of a record as they stand there, those of sensitive fields as keyed hashes.

use formwork_catalog::object::{Index, Object, Unique};
use formwork_model::{name::Name, record::Record, value::Value};
use formwork_store::{
    error::Error,
    table::{index, unique},
};

use crate::{release::Release, validate::unique_values, write::index_values};

impl Release {
    /// Values of fields as they stand in keys.
    pub(crate) fn in_keys(&self, object: &Object, fields: &[Name], values: &[Value]) -> Result<Vec<Value>, Error> {
        let table = self.number(object.name)?;
        let one = |(field, value): (&Name, &Value)| match &self.blind {
            Some(blind) if object.is_sensitive(*field) => blind.of(table, *field, value),
            _ => value.clone(),
        };
        Ok(fields.iter().zip(values).map(one).collect())
    }

    /// The keys of a record in an index: one, or one for each item of a list or line.
    pub(crate) fn index_keys(&self, object: &Object, by: &Index, record: &Record) -> Result<Vec<Vec<u8>>, Error> {
        let (table, number) = (self.number(object.name)?, self.number(by.name)?);
        let key = |values: Vec<Value>| {
            let values = if by.lines.is_some() { values } else { self.in_keys(object, &by.fields, &values)? };
            Ok(index::key(table, number, &values.iter().collect::<Vec<_>>(), record.id))
        };
        index_values(by, record).into_iter().map(key).collect()
    }

    /// What the keys of an index begin with for values of its first fields.
    pub(crate) fn index_prefix(&self, object: &Object, by: &Index, values: &[Value]) -> Result<Vec<u8>, Error> {
        let values = self.in_keys(object, &by.fields, values)?;
        Ok(index::prefix(self.number(object.name)?, self.number(by.name)?, &values.iter().collect::<Vec<_>>()))
    }

    /// The key of values of a unique key.
    pub(crate) fn unique_key(&self, object: &Object, by: &Unique, values: &[Value]) -> Result<Vec<u8>, Error> {
        let values = self.in_keys(object, &by.fields, values)?;
        Ok(unique::key(self.number(object.name)?, self.number(by.name)?, &values.iter().collect::<Vec<_>>()))
    }

    /// The key of a record in a unique key; `None` when it does not count there.
    pub(crate) fn unique_key_of(
        &self,
        object: &Object,
        by: &Unique,
        record: &Record,
    ) -> Result<Option<Vec<u8>>, Error> {
        unique_values(by, record).map(|values| self.unique_key(object, by, &values)).transpose()
    }

    /// What an index over these fields depends on beside them: which key the hashes in it are made with. Empty when there
    /// are none.
    pub(crate) fn hashed_with(&self, object: &Object, fields: &[Name]) -> String {
        let hashed = self.blind.as_ref().filter(|_| fields.iter().any(|field| object.is_sensitive(*field)));
        hashed.map(|blind| format!(" hashed {}", blind.number())).unwrap_or_default()
    }
}
