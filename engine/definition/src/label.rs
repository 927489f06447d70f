//! Labels: what people read.

use std::fmt;

use formwork_model::text::{Language, Text};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};

use crate::spanned::Sp;

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

/// A text for every language, or `{zh: …, en: …}`, each with the place it was written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// In Chinese; empty where only the other was written.
    pub zh: Sp<String>,
    /// In English; the same.
    pub en: Sp<String>,
    /// Whether one text was given for every language.
    pub single: bool,
}

impl Wording {
    /// The text in a language.
    pub fn get(&self, language: Language) -> &Sp<String> {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

impl<'de> Deserialize<'de> for Wording {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        enum Written {
            One(String),
            Each(Option<Sp<String>>, Option<Sp<String>>),
        }
        impl<'de> Deserialize<'de> for Written {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Texts;
                impl<'de> Visitor<'de> for Texts {
                    type Value = Written;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a text, or `{zh: …, en: …}`")
                    }
                    fn visit_str<E>(self, text: &str) -> Result<Written, E> {
                        Ok(Written::One(text.to_owned()))
                    }
                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Written, A::Error> {
                        let (mut zh, mut en) = (None, None);
                        while let Some(key) = map.next_key::<String>()? {
                            match key.as_str() {
                                "zh" => zh = Some(map.next_value()?),
                                "en" => en = Some(map.next_value()?),
                                _ => return Err(A::Error::unknown_field(&key, &["zh", "en"])),
                            }
                        }
                        Ok(Written::Each(zh, en))
                    }
                }
                deserializer.deserialize_any(Texts)
            }
        }
        let Sp { value, span } = Sp::<Written>::deserialize(deserializer)?;
        let none = || Sp::new(String::new(), span);
        Ok(match value {
            Written::One(text) => Self { zh: Sp::new(text.clone(), span), en: Sp::new(text, span), single: true },
            Written::Each(zh, en) => Self { zh: zh.unwrap_or_else(none), en: en.unwrap_or_else(none), single: false },
        })
    }
}

impl JsonSchema for Wording {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Label::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Label::json_schema(generator)
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
