//! What a template reads of a record, written as people of a language write it.

use formwork_catalog::{object::Field, template::Reads};
use formwork_model::{
    code,
    field_type::{Choice, FieldType},
    id::RecordId,
    locale,
    name::Name,
    record::{Fields, Record},
    text,
    text::Language,
    value::Value,
};
use serde_json::{Map, Value as Json};

use crate::{
    decider::{Decider, Key, field_of},
    rejection::{Kind, Refusal, Rejection},
};

/// How a template is filled in.
pub(crate) struct Filling<'d, 'v> {
    pub(crate) decider: &'d Decider<'v>,
    pub(crate) language: Language,
    /// Whether it is for the eyes of whoever asks: what they don't see is empty. A message is written by the book
    /// itself, whoever set it off.
    pub(crate) as_reader: bool,
}

/// A template that can't be filled in.
pub(crate) fn failed(name: Name, why: &impl std::fmt::Display) -> Refusal {
    let message = text!("template `{name}` can't be filled in: {why}", "模板 `{name}` 无法填充：{why}");
    Rejection::new(Kind::Conflict, code!("template-failed"), message).into()
}

impl Filling<'_, '_> {
    /// What is read of a record. Of one that is not there, or not for whoever asks, everything is empty.
    pub(crate) fn values_of(&self, key: Key, reads: &Reads) -> Result<Json, Refusal> {
        let object = self.decider.object_of(key)?.clone();
        let Some(record) = self.record(key)? else { return self.blank(key.0, reads) };
        let mut values = Map::new();
        for (name, inner) in &reads.fields {
            let value = field_of(&record, *name);
            let json = match object.field(*name) {
                Some(field) => self.value_of(field, &value, inner)?,
                None => self.shown(object.kind_of(*name).unwrap_or(&FieldType::Text), &value)?,
            };
            values.insert(name.to_string(), json);
        }
        Ok(Json::Object(values))
    }

    /// Everything that is read of a record that is not there: lists without anything in them, other fields without text.
    fn blank(&self, object: Name, reads: &Reads) -> Result<Json, Refusal> {
        let object = self.decider.object(object)?.clone();
        let each = reads.fields.iter().map(|(name, inner)| -> Result<(String, Json), Refusal> {
            let json = match object.kind_of(*name) {
                Some(FieldType::Ref(to)) if !inner.fields.is_empty() => self.blank(*to, inner)?,
                Some(FieldType::Lines | FieldType::Refs(_) | FieldType::Choices(_) | FieldType::Files) => {
                    Json::Array(Vec::new())
                }
                _ => Json::String(String::new()),
            };
            Ok((name.to_string(), json))
        });
        Ok(Json::Object(each.collect::<Result<_, Refusal>>()?))
    }

    fn record(&self, key: Key) -> Result<Option<Record>, Refusal> {
        if self.as_reader {
            return Ok(self.decider.record_seen(key)?.map(|shown| shown.record));
        }
        self.decider.look(key, |record| record.cloned())
    }

    fn title(&self, key: Key) -> Result<String, Refusal> {
        if self.as_reader { self.decider.title_seen(key) } else { self.decider.title(key) }
    }

    fn value_of(&self, field: &Field, value: &Value, reads: &Reads) -> Result<Json, Refusal> {
        match (&field.kind, value) {
            (FieldType::Ref(to), Value::Ref(id)) if !reads.fields.is_empty() => self.values_of((*to, *id), reads),
            (FieldType::Ref(to), _) if !reads.fields.is_empty() => self.blank(*to, reads),
            (FieldType::Lines, value) => {
                let rows = value.rows().iter().map(|row| self.line_of(field, &row.fields, reads));
                Ok(Json::Array(rows.collect::<Result<_, _>>()?))
            }
            (FieldType::Refs(to), Value::List(items)) => {
                let each = items.iter().filter_map(Value::as_ref_id).map(|id| self.one_of(*to, id, reads));
                Ok(Json::Array(each.collect::<Result<_, Refusal>>()?))
            }
            (FieldType::Choices(options), Value::List(items)) => {
                let words = items.iter().filter_map(Value::as_text).map(|item| option(options, item, self.language));
                Ok(Json::Array(words.map(Json::String).collect()))
            }
            (FieldType::Refs(_) | FieldType::Choices(_) | FieldType::Files, Value::Null) => Ok(Json::Array(Vec::new())),
            (kind, value) => self.shown(kind, value),
        }
    }

    fn one_of(&self, to: Name, id: RecordId, reads: &Reads) -> Result<Json, Refusal> {
        if reads.fields.is_empty() { Ok(Json::String(self.title((to, id))?)) } else { self.values_of((to, id), reads) }
    }

    fn line_of(&self, lines: &Field, line: &Fields, reads: &Reads) -> Result<Json, Refusal> {
        let mut values = Map::new();
        for (name, inner) in &reads.fields {
            let Some(field) = lines.line(*name) else { continue };
            values.insert(name.to_string(), self.value_of(field, line.get(*name), inner)?);
        }
        Ok(Json::Object(values))
    }

    /// A plain value as people of the language write it. Truth values stay what they are, for `{{#if}}`. A masked value
    /// is a text whatever its field is.
    fn shown(&self, kind: &FieldType, value: &Value) -> Result<Json, Refusal> {
        let (zone, language) = (&self.decider.catalog().book.zone, self.language);
        let text = match (kind, value) {
            (_, Value::Bool(truth)) => return Ok(Json::Bool(*truth)),
            (_, Value::List(items)) => {
                let each = items.iter().map(|item| self.shown(&FieldType::Text, item));
                return Ok(Json::Array(each.collect::<Result<_, _>>()?));
            }
            (_, Value::Null) => String::new(),
            (FieldType::Money { currency }, Value::Int(_) | Value::Decimal(_)) => {
                locale::number(value.as_decimal().unwrap_or_default(), Some(currency.digits()))
            }
            (FieldType::Percent, Value::Int(_) | Value::Decimal(_)) => {
                format!("{}%", locale::number(value.as_decimal().unwrap_or_default(), None))
            }
            (FieldType::User, Value::Text(login)) if self.as_reader => {
                self.decider.name_of(("user", "login"), login)?
            }
            (FieldType::Department, Value::Text(code)) if self.as_reader => {
                self.decider.name_of(("department", "code"), code)?
            }
            (_, Value::Int(n)) => locale::whole(*n),
            (_, Value::Decimal(n)) => locale::number(*n, None),
            (_, Value::Date(day)) => locale::date(*day, language),
            (_, Value::Instant(at)) => locale::instant(*at, zone, language),
            (FieldType::Choice(options), Value::Text(text)) => option(options, text, language),
            (FieldType::Ref(to), Value::Ref(id)) => self.title((*to, *id))?,
            (_, Value::File(file)) => file.name.clone(),
            (_, other) => other.to_string(),
        };
        Ok(Json::String(text))
    }
}

fn option(options: &[Choice], name: &str, language: Language) -> String {
    options.iter().find(|known| known.name == name).map_or(name, |known| known.label.get(language)).to_owned()
}
