//! A value together with the place it was written at.

use std::{fmt, marker::PhantomData, ops::Deref};

use formwork_model::source::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

/// A value and where it stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Sp<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Sp<T> {
    /// `value`, written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place, another value.
    pub fn with<U>(&self, value: U) -> Sp<U> {
        Sp { value, span: self.span }
    }
}

impl<T> Deref for Sp<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// The name under which [`Sp`] asks the decoder for the place; no file can contain it.
pub(crate) const SPANNED: &str = "\u{0}spanned";

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sp<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Sp<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its place")
            }
            /// The decoder answers with the pairs `source`, `start`, `end`, `value`, in that order.
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sp<T>, A::Error> {
                let mut numbers = [0u32; 3];
                for number in &mut numbers {
                    let _key: Option<IgnoredAny> = map.next_key()?;
                    *number = map.next_value()?;
                }
                let _key: Option<IgnoredAny> = map.next_key()?;
                let [source, start, end] = numbers;
                Ok(Sp { value: map.next_value()?, span: Span { source, start, end } })
            }
        }
        deserializer.deserialize_struct(SPANNED, &["source", "start", "end", "value"], Parts(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Sp<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}
