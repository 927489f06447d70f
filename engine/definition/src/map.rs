//! Named entries in the order they were written.

use std::{fmt, marker::PhantomData};

use formwork_model::name::Name;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};

use crate::spanned::Sp;

/// `name: entry` pairs, each name with its place, in file order.
#[derive(Debug, Clone, PartialEq)]
pub struct Map<T>(Vec<(Sp<Name>, T)>);

impl<T> Default for Map<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Map<T> {
    /// The entries in file order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &(Sp<Name>, T)> + ExactSizeIterator {
        self.0.iter()
    }

    /// The entry called `name`.
    pub fn get(&self, name: Name) -> Option<&T> {
        self.0.iter().find(|(key, _)| key.value == name).map(|(_, entry)| entry)
    }

    /// Adds entries behind the others.
    pub fn extend(&mut self, entries: impl IntoIterator<Item = (Sp<Name>, T)>) {
        self.0.extend(entries);
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entry's name as it was written.
    pub(crate) fn key(&self, name: Name) -> Option<Sp<Name>> {
        self.0.iter().map(|(key, _)| *key).find(|key| key.value == name)
    }

    /// Adds an entry at the end.
    pub(crate) fn push(&mut self, name: Sp<Name>, entry: T) {
        self.0.push((name, entry));
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<T> IntoIterator for Map<T> {
    type Item = (Sp<Name>, T);
    type IntoIter = std::vec::IntoIter<(Sp<Name>, T)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Map<T> {
    type Item = &'a (Sp<Name>, T);
    type IntoIter = std::slice::Iter<'a, (Sp<Name>, T)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// The beginning of an error that carries a text that is no name, so that the decoder can say why.
pub(crate) const BAD_NAME: &str = "\u{0}bad name\u{0}";

/// A machine name as it is written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenName(pub Name);

impl<'de> Deserialize<'de> for WrittenName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Name::new(&text).map(Self).map_err(|_| D::Error::custom(format_args!("{BAD_NAME}{text}")))
    }
}

impl JsonSchema for WrittenName {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Name".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"})
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Map<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
            type Value = Map<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of names")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Map<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(key) = map.next_key::<Sp<WrittenName>>()? {
                    pairs.push((key.with(key.value.0), map.next_value()?));
                }
                Ok(Map(pairs))
            }
        }
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Map<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("MapOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let entry = generator.subschema_for::<T>();
        json_schema!({
            "type": "object",
            "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,63}$"},
            "additionalProperties": entry,
        })
    }
}
