//! Templates filled in: what they read of a record, written as people of a language write it.

use formwork_catalog::{
    object::Field,
    template::{Part, Reads},
};
use formwork_model::{
    code,
    field_type::{Choice, FieldType},
    locale,
    name::Name,
    record::Fields,
    text,
    text::{Language, Text},
    value::Value,
};
use serde_json::{Map, Value as Json};

use crate::{
    decider::{Decider, Key, field_of},
    rejection::{Kind, Refusal, Rejection},
};

impl Decider<'_> {
    /// Subject and text of a template about a record, in both languages.
    pub(crate) fn word(&self, name: Name, key: Key) -> Result<(Text, Text), Refusal> {
        self.settle()?;
        let Some(template) = self.catalog_of(key)?.templates.get(&name) else {
            return Err(Rejection::new(
                Kind::Conflict,
                code!("unknown-template"),
                text!("there is no template `{name}`", "没有模板 `{name}`"),
            )
            .into());
        };
        let (mut subject, mut text) = (Text::default(), Text::default());
        for language in [Language::Zh, Language::En] {
            let values = self.values_of(key, &template.reads, language)?;
            for (part, all) in [(Part::Subject, &mut subject), (Part::Text, &mut text)] {
                let said = template.render(part, language, &values).map_err(|error| {
                    let why = error.to_string();
                    let message = text!("template `{name}` can't be filled in: {why}", "模板 `{name}` 无法填充：{why}");
                    Refusal::from(Rejection::new(Kind::Conflict, code!("template-failed"), message))
                })?;
                match language {
                    Language::Zh => all.zh = said,
                    Language::En => all.en = said,
                }
            }
        }
        Ok((subject, text))
    }

    /// As [`Decider::word`]; a message that is about no record can't say anything of one.
    pub(crate) fn word_about(&self, name: Name, key: Option<Key>) -> Result<(Text, Text), Refusal> {
        match key {
            Some(key) => self.word(name, key),
            None => {
                let message = text!("template `{name}` needs a record", "模板 `{name}` 需要一条记录");
                Err(Rejection::new(Kind::Conflict, code!("template-failed"), message).into())
            }
        }
    }

    /// What is read of a record. Of one that is not there, everything is empty.
    fn values_of(&self, key: Key, reads: &Reads, language: Language) -> Result<Json, Refusal> {
        let object = self.object_of(key)?;
        let record = self.look(key, |record| record.cloned())?;
        let mut values = Map::new();
        for (name, inner) in &reads.fields {
            let value = record.as_ref().map_or(Value::Null, |record| field_of(record, *name));
            let json = match object.field(*name) {
                Some(field) => self.value_of(field, &value, inner, language)?,
                None => self.shown(&FieldType::Text, &value, language)?,
            };
            values.insert(name.to_string(), json);
        }
        Ok(Json::Object(values))
    }

    fn value_of(&self, field: &Field, value: &Value, reads: &Reads, language: Language) -> Result<Json, Refusal> {
        match (&field.kind, value) {
            (FieldType::Ref(to), Value::Ref(id)) if !reads.fields.is_empty() => {
                self.values_of((*to, *id), reads, language)
            }
            (FieldType::Ref(_), _) if !reads.fields.is_empty() => Ok(blank(reads)),
            (FieldType::Lines, value) => {
                let rows = value.rows().iter().map(|row| self.line_of(field, &row.fields, reads, language));
                Ok(Json::Array(rows.collect::<Result<_, _>>()?))
            }
            (FieldType::Refs(to), Value::List(items)) => {
                let each = items.iter().filter_map(Value::as_ref_id).map(|id| {
                    if reads.fields.is_empty() {
                        Ok(Json::String(self.title((*to, id))?))
                    } else {
                        self.values_of((*to, id), reads, language)
                    }
                });
                Ok(Json::Array(each.collect::<Result<_, Refusal>>()?))
            }
            (FieldType::Choices(options), Value::List(items)) => {
                let words = items.iter().filter_map(Value::as_text).map(|item| option(options, item, language));
                Ok(Json::Array(words.map(Json::String).collect()))
            }
            (FieldType::Refs(_) | FieldType::Choices(_) | FieldType::Files, Value::Null) => Ok(Json::Array(Vec::new())),
            (kind, value) => self.shown(kind, value, language),
        }
    }

    fn line_of(&self, lines: &Field, line: &Fields, reads: &Reads, language: Language) -> Result<Json, Refusal> {
        let mut values = Map::new();
        for (name, inner) in &reads.fields {
            let Some(field) = lines.line(*name) else { continue };
            values.insert(name.to_string(), self.value_of(field, line.get(*name), inner, language)?);
        }
        Ok(Json::Object(values))
    }

    /// A plain value as people of the language write it. Truth values stay what they are, for `{{#if}}`.
    fn shown(&self, kind: &FieldType, value: &Value, language: Language) -> Result<Json, Refusal> {
        let zone = &self.catalog().book.zone;
        Ok(match (kind, value) {
            (_, Value::Null) => Json::String(String::new()),
            (_, Value::Bool(truth)) => Json::Bool(*truth),
            (FieldType::Money { currency }, value) => {
                Json::String(locale::number(value.as_decimal().unwrap_or_default(), Some(currency.digits())))
            }
            (FieldType::Percent, value) => {
                Json::String(format!("{}%", locale::number(value.as_decimal().unwrap_or_default(), None)))
            }
            (_, Value::Int(n)) => Json::String(locale::whole(*n)),
            (_, Value::Decimal(n)) => Json::String(locale::number(*n, None)),
            (_, Value::Date(day)) => Json::String(locale::date(*day, language)),
            (_, Value::Instant(at)) => Json::String(locale::instant(*at, zone, language)),
            (FieldType::Choice(options), Value::Text(text)) => Json::String(option(options, text, language)),
            (FieldType::Ref(to), Value::Ref(id)) => Json::String(self.title((*to, *id))?),
            (_, Value::File(file)) => Json::String(file.name.clone()),
            (_, Value::List(items)) => Json::Array(
                items.iter().map(|item| self.shown(&FieldType::Text, item, language)).collect::<Result<_, _>>()?,
            ),
            (_, other) => Json::String(other.to_string()),
        })
    }
}

/// Everything that is read of a record that is not there.
fn blank(reads: &Reads) -> Json {
    let inner = |inner: &Reads| if inner.fields.is_empty() { Json::String(String::new()) } else { blank(inner) };
    Json::Object(reads.fields.iter().map(|(name, reads)| (name.to_string(), inner(reads))).collect())
}

fn option(options: &[Choice], name: &str, language: Language) -> String {
    options.iter().find(|known| known.name == name).map_or(name, |known| known.label.get(language)).to_owned()
}
