//! Expressions: Rhai text, kept with the place it was written at.

use std::{fmt, sync::Arc};

use formwork_model::source::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Visitor};

use crate::spanned::Sp;

/// The text of a Rhai expression or script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// The Rhai text, without the leading `=`.
    pub text: Arc<str>,
    /// The scalar it was written in. How positions inside map to the file is worked out from the file's
    /// text: see [`crate::yaml::script_origin`].
    pub span: Span,
}

/// Reads any scalar as its text: `true`, `3`, `this.amount > 1`.
struct Scalar;
impl Visitor<'_> for Scalar {
    type Value = String;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an expression")
    }
    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text(String);
        impl<'de> Deserialize<'de> for Text {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                // The decoder hands every scalar to `visit_str` when a string is asked for.
                deserializer.deserialize_str(Scalar).map(Self)
            }
        }
        let Sp { value: Text(text), span } = Sp::<Text>::deserialize(deserializer)?;
        let text = text.trim();
        let text = text.strip_prefix('=').filter(|rest| !rest.starts_with('=')).unwrap_or(text).trim();
        Ok(Self { text: text.into(), span })
    }
}

impl JsonSchema for Expression {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Expression".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A Rhai expression.",
            "type": ["string", "boolean", "number"],
        })
    }
}
