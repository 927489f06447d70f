//! What a request sets, as far as a right to set it is asked: fields, and of lines each field by itself.

use formwork_catalog::object::Object;
use formwork_model::{
    field_path::FieldPath,
    name::Name,
    record::{Fields, Row},
    value::Value,
};
use serde_json::Value as Json;

use crate::command::Input;

/// One thing that a request sets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sent {
    /// A field, to a value.
    Field(Name, Value),
    /// Lines; whether some are added or taken away.
    Lines {
        /// The field that they are in.
        field: Name,
        /// Whether there are others afterwards than before.
        others: bool,
    },
    /// A field of a line.
    Line {
        /// Which.
        path: FieldPath,
        /// Whether it holds afterwards what it held before: lines travel whole, and somebody who sees a value in full
        /// and sends it back sets nothing.
        same: bool,
    },
}

impl Sent {
    /// What a request sets: `values` as they came, `pairs` as they were read, `current` what the record holds. Of lines
    /// everything that came counts, whatever it holds: an answer that depended on that would tell it.
    pub(crate) fn of_request(
        object: &Object,
        values: &Input,
        pairs: &[(Name, Value)],
        current: Option<&Fields>,
    ) -> Vec<Self> {
        let mut sent = Vec::with_capacity(pairs.len());
        for (field, value) in pairs {
            let known = object.field(*field).filter(|field| !field.lines.is_empty());
            let Some(known) = known else {
                sent.push(Self::Field(*field, value.clone()));
                continue;
            };
            let (old, new) = (current.map_or(&[][..], |fields| fields.get(*field).rows()), value.rows());
            sent.push(Self::lines(*field, old, new));
            let items = values.get(field.as_str()).and_then(Json::as_array).into_iter().flatten();
            for (item, row) in items.zip(new) {
                let before = old.iter().find(|before| before.key == row.key);
                let names = item.as_object().into_iter().flat_map(|item| item.keys());
                let lines = names.filter_map(|name| known.line(Name::find(name)?)).filter(|line| line.is_input());
                sent.extend(lines.map(|line| Self::Line {
                    path: FieldPath::of_line(*field, line.name),
                    same: before.is_some_and(|before| before.fields.get(line.name) == row.fields.get(line.name)),
                }));
            }
        }
        sent
    }

    /// What a script sets a field to: of lines, the fields in which they differ.
    pub(crate) fn of_value(field: Name, before: &Value, value: &Value) -> Vec<Self> {
        if !matches!((before, value), (Value::Rows(_), _) | (_, Value::Rows(_))) {
            return vec![Self::Field(field, value.clone())];
        }
        let (old, new, none) = (before.rows(), value.rows(), Fields::new());
        let mut sent = vec![Self::lines(field, old, new)];
        for row in new {
            let before = old.iter().find(|before| before.key == row.key).map_or(&none, |before| &before.fields);
            let names = before.iter().chain(row.fields.iter()).map(|(name, _)| name);
            let other = names.filter(|name| before.get(*name) != row.fields.get(*name));
            sent.extend(other.map(|line| Self::Line { path: FieldPath::of_line(field, line), same: false }));
        }
        sent
    }

    fn lines(field: Name, old: &[Row], new: &[Row]) -> Self {
        let others = old.len() != new.len() || new.iter().any(|row| !old.iter().any(|before| before.key == row.key));
        Self::Lines { field, others }
    }
}
