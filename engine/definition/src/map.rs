//! Named entries in the order they were written.

use std::{fmt, marker::PhantomData};

use formwork_model::{field_path::FieldPath, name::Name};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};

use crate::spanned::Sp;

/// `name: entry` pairs, each name with its place, in file order.
#[derive(Debug, Clone, PartialEq)]
pub struct Map<T, K = Name>(Vec<(Sp<K>, T)>);

/// What the entries of a [`Map`] are called.
pub trait Key: Copy + PartialEq {
    /// The name as it is written in a file.
    type Written: for<'de> Deserialize<'de> + Into<Self>;
    /// What it looks like.
    const PATTERN: &'static str;
}

impl Key for Name {
    type Written = WrittenName;
    const PATTERN: &'static str = "^[a-z][a-z0-9_]{0,63}$";
}

impl Key for FieldPath {
    type Written = WrittenPath;
    const PATTERN: &'static str = r"^[a-z][a-z0-9_]{0,63}(\.[a-z][a-z0-9_]{0,63})?$";
}

impl<T, K> Default for Map<T, K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, K: Key> Map<T, K> {
    /// The entries in file order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &(Sp<K>, T)> + ExactSizeIterator {
        self.0.iter()
    }

    /// The entry called `name`.
    pub fn get(&self, name: K) -> Option<&T> {
        self.0.iter().find(|(key, _)| key.value == name).map(|(_, entry)| entry)
    }

    /// Adds entries behind the others.
    pub fn extend(&mut self, entries: impl IntoIterator<Item = (Sp<K>, T)>) {
        self.0.extend(entries);
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entry's name as it was written.
    pub(crate) fn key(&self, name: K) -> Option<Sp<K>> {
        self.0.iter().map(|(key, _)| *key).find(|key| key.value == name)
    }

    /// Adds an entry at the end.
    pub(crate) fn push(&mut self, name: Sp<K>, entry: T) {
        self.0.push((name, entry));
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<T, K> IntoIterator for Map<T, K> {
    type Item = (Sp<K>, T);
    type IntoIter = std::vec::IntoIter<(Sp<K>, T)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T, K> IntoIterator for &'a Map<T, K> {
    type Item = &'a (Sp<K>, T);
    type IntoIter = std::slice::Iter<'a, (Sp<K>, T)>;
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
        json_schema!({"type": "string", "pattern": Name::PATTERN})
    }
}

impl From<WrittenName> for Name {
    fn from(written: WrittenName) -> Self {
        written.0
    }
}

/// A field, or a field of lines, as it is written in a file: `price`, `lines.price`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenPath(pub FieldPath);

impl From<WrittenPath> for FieldPath {
    fn from(written: WrittenPath) -> Self {
        written.0
    }
}

impl<'de> Deserialize<'de> for WrittenPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bad = |_| D::Error::custom(format_args!("{BAD_NAME}{text}"));
        let (field, line) = text.split_once('.').map_or((&*text, None), |(field, line)| (field, Some(line)));
        let line = line.map(Name::new).transpose().map_err(bad)?;
        Ok(Self(FieldPath { field: Name::new(field).map_err(bad)?, line }))
    }
}

impl JsonSchema for WrittenPath {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FieldPath".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": FieldPath::PATTERN})
    }
}

impl<'de, T: Deserialize<'de>, K: Key> Deserialize<'de> for Map<T, K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<T, K>(PhantomData<(T, K)>);
        impl<'de, T: Deserialize<'de>, K: Key> Visitor<'de> for Pairs<T, K> {
            type Value = Map<T, K>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of names")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Map<T, K>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(Sp { value, span }) = map.next_key::<Sp<K::Written>>()? {
                    pairs.push((Sp::new(value.into(), span), map.next_value()?));
                }
                Ok(Map(pairs))
            }
        }
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

impl<T: JsonSchema, K: Key> JsonSchema for Map<T, K> {
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
            "propertyNames": {"pattern": K::PATTERN},
            "additionalProperties": entry,
        })
    }
}
