//! Labels: what people read.

use std::fmt;

use formwork_model::text::{Language, Text};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};

/// What people read: one text for every language, or `{zh: …, en: …}`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Label {
    /// The wording.
    pub text: Text,
    /// Whether one text was given for every language.
    pub single: bool,
}

impl Label {
    /// Whether wording for `language` was written.
    pub fn has(&self, language: Language) -> bool {
        match language {
            Language::Zh => !self.text.zh.is_empty(),
            Language::En => !self.text.en.is_empty(),
        }
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wording;
        impl<'de> Visitor<'de> for Wording {
            type Value = Label;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or `{zh: …, en: …}`")
            }
            fn visit_str<E>(self, text: &str) -> Result<Label, E> {
                Ok(Label { text: Text::same(text), single: true })
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Label, A::Error> {
                let mut text = Text::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "zh" => text.zh = map.next_value()?,
                        "en" => text.en = map.next_value()?,
                        _ => return Err(A::Error::unknown_field(&key, &["zh", "en"])),
                    }
                }
                Ok(Label { text, single: false })
            }
        }
        deserializer.deserialize_any(Wording)
    }
}

impl JsonSchema for Label {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Label".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What people read: one text for every language, or {zh: …, en: …}.",
            "anyOf": [
                {"type": "string"},
                {"type": "object", "properties": {"zh": {"type": "string"}, "en": {"type": "string"}}, "additionalProperties": false},
            ],
        })
    }
}
