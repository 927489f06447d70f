//! Values as they are written: YAML data with places, or an expression behind `=`.

use std::{fmt, sync::Arc};

use formwork_model::source::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use crate::{expression::Expression, spanned::Sp};

/// YAML data. A scalar keeps its text; what it means is decided by the type of the place it stands in.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// `null`, `~` or nothing.
    Null,
    /// A plain or quoted scalar.
    Scalar(Arc<str>),
    /// A sequence.
    List(Vec<Sp<Data>>),
    /// A mapping, in file order.
    Map(Vec<(Sp<Arc<str>>, Sp<Data>)>),
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Anything;
        impl<'de> Visitor<'de> for Anything {
            type Value = Data;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E>(self) -> Result<Data, E> {
                Ok(Data::Null)
            }
            fn visit_str<E>(self, text: &str) -> Result<Data, E> {
                Ok(Data::Scalar(text.into()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Data, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Data::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Data, A::Error> {
                let mut pairs = Vec::new();
                while let Some(key) = map.next_key::<Sp<Arc<str>>>()? {
                    pairs.push((key, map.next_value()?));
                }
                Ok(Data::Map(pairs))
            }
        }
        // The decoder calls `visit_str` for every scalar that is not null, so `0.10` keeps its text.
        deserializer.deserialize_any(Anything)
    }
}

impl JsonSchema for Data {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Data".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({})
    }
}

/// A value, or an expression when it is written with a leading `=`.
#[derive(Debug, Clone, PartialEq)]
pub enum Val {
    /// A value as it stands.
    Literal(Sp<Data>),
    /// `= expression`.
    Expression(Expression),
}

impl Val {
    /// Where it was written.
    pub fn span(&self) -> Span {
        match self {
            Self::Literal(data) => data.span,
            Self::Expression(expression) => expression.span,
        }
    }
}

impl<'de> Deserialize<'de> for Val {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let data = Sp::<Data>::deserialize(deserializer)?;
        if let Data::Scalar(text) = &data.value
            && let Some(rest) = text.strip_prefix('=')
            && !rest.starts_with('=')
        {
            return Ok(Self::Expression(Expression { text: rest.trim().into(), span: data.span }));
        }
        Ok(Self::Literal(data))
    }
}

impl JsonSchema for Val {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Value".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"title": "Value", "description": "A value, or an expression when written with a leading `=`."})
    }
}
