//! What a template reads of a record, written as people of a language write it.

use formwork_catalog::{object::Field, template::Reads};
use formwork_model::{
    code,
    field_path::FieldPath,
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
    /// Whether it is for the eyes of whoever asks: of what they don't see it says so. A message is written by the book
    /// itself, whoever set it off.
    pub(crate) as_reader: bool,
}

/// A template that can't be filled in.
pub(crate) fn failed(name: Name, why: &impl std::fmt::Display) -> Refusal {
    let message = text!("template `{name}` can't be filled in: {why}", "模板 `{name}` 无法填充：{why}");
    Rejection::new(Kind::Conflict, code!("template-failed"), message).into()
}

impl Filling<'_, '_> {
    /// What is read of a record. Of one that is not there everything is empty; of one that is not for whoever asks, and
    /// of fields that are not, it is said that they may not see it.
    pub(crate) fn values_of(&self, key: Key, reads: &Reads) -> Result<Json, Refusal> {
        let object = self.decider.object_of(key)?.clone();
        let Some((record, absent)) = self.record(key)? else { return self.blank(key.0, reads, self.withheld(key)?) };
        let mut values = Map::new();
        for (name, inner) in &reads.fields {
            let value = field_of(&record, *name);
            let json = match object.field(*name) {
                Some(field) if absent.contains(&field.name.into()) => self.nothing(Some(&field.kind), inner, true)?,
                Some(field) => self.value_of(field, &value, inner, &absent)?,
                None => self.shown(object.kind_of(*name).unwrap_or(&FieldType::Text), &value)?,
            };
            values.insert(name.to_string(), json);
        }
        Ok(Json::Object(values))
    }

    /// Everything that is read of a record that is not there.
    fn blank(&self, object: Name, reads: &Reads, withheld: bool) -> Result<Json, Refusal> {
        let object = self.decider.object(object)?.clone();
        let each = reads
            .fields
            .iter()
            .map(|(name, inner)| Ok((name.to_string(), self.nothing(object.kind_of(*name), inner, withheld)?)));
        Ok(Json::Object(each.collect::<Result<_, Refusal>>()?))
    }

    /// What stands for a value that is not there: a list without anything in it, an empty text, or that whoever asks may
    /// not see it. A truth value stays empty, so that `{{#if}}` does not take the words for a yes.
    fn nothing(&self, kind: Option<&FieldType>, reads: &Reads, withheld: bool) -> Result<Json, Refusal> {
        Ok(match kind {
            Some(FieldType::Ref(to)) if !reads.fields.is_empty() => self.blank(*to, reads, withheld)?,
            Some(FieldType::Lines | FieldType::Refs(_) | FieldType::Choices(_) | FieldType::Files) => {
                Json::Array(Vec::new())
            }
            kind if withheld && kind != Some(&FieldType::Boolean) => Json::String(self.not_visible()),
            _ => Json::String(String::new()),
        })
    }

    fn not_visible(&self) -> String {
        text!("not visible to you", "不可见").get(self.language).to_owned()
    }

    /// Whether a record is there, but not for whoever asks, whom it was looked up for in vain.
    fn withheld(&self, key: Key) -> Result<bool, Refusal> {
        Ok(self.as_reader && self.decider.look(key, |record| record.is_some())?)
    }

    /// The record, and the fields of it that whoever asks does not see.
    fn record(&self, key: Key) -> Result<Option<(Record, Vec<FieldPath>)>, Refusal> {
        if self.as_reader {
            return Ok(self.decider.record_seen(key)?.map(|shown| (shown.record, shown.absent)));
        }
        self.decider.look(key, |record| record.cloned().map(|record| (record, Vec::new())))
    }

    fn title(&self, key: Key) -> Result<String, Refusal> {
        let title = if self.as_reader { self.decider.title_seen(key)? } else { self.decider.title(key)? };
        Ok(if title.is_empty() && self.withheld(key)? { self.not_visible() } else { title })
    }

    fn value_of(&self, field: &Field, value: &Value, reads: &Reads, absent: &[FieldPath]) -> Result<Json, Refusal> {
        match (&field.kind, value) {
            (FieldType::Ref(to), Value::Ref(id)) if !reads.fields.is_empty() => self.values_of((*to, *id), reads),
            (FieldType::Ref(to), _) if !reads.fields.is_empty() => self.blank(*to, reads, false),
            (FieldType::Lines, value) => {
                let rows = value.rows().iter().map(|row| self.line_of(field, &row.fields, reads, absent));
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

    fn line_of(&self, lines: &Field, line: &Fields, reads: &Reads, absent: &[FieldPath]) -> Result<Json, Refusal> {
        let mut values = Map::new();
        for (name, inner) in &reads.fields {
            let Some(field) = lines.line(*name) else { continue };
            let json = if absent.contains(&FieldPath::of_line(lines.name, *name)) {
                self.nothing(Some(&field.kind), inner, true)?
            } else {
                self.value_of(field, line.get(*name), inner, absent)?
            };
            values.insert(name.to_string(), json);
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
