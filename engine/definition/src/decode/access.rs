//! Walking the entries of mappings and lists.

use std::sync::Arc;

use formwork_model::source::Span;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess};

use super::{
    Context, Decoder, Item,
    error::{Error, What},
};
use crate::{spanned::Sp, yaml::Node};

type Pair = (Sp<Arc<str>>, Node);

/// The entries of a mapping.
pub(super) struct Entries<'t, 'c> {
    pairs: &'t [Pair],
    next: usize,
    context: &'c Context,
}

impl<'t, 'c> Entries<'t, 'c> {
    pub(super) fn new(pairs: &'t [Pair], context: &'c Context) -> Self {
        Self { pairs, next: 0, context }
    }

    /// Gives an error that concerns this mapping its place: the key that is wrong, else the mapping.
    pub(super) fn blame(&self, mut error: Error, span: Span, name: &'static str) -> Error {
        let problem = &mut *error.0;
        if problem.at.is_some() {
            return error;
        }
        match &mut problem.what {
            What::Unknown { key, .. } => {
                if let Some(index) = self.pairs.iter().position(|(known, _)| *known.value == **key) {
                    problem.path.push(index);
                    problem.at = self.pairs.get(index).map(|(key, _)| key.span);
                }
                problem.map = span;
            }
            What::Missing { owner, .. } => {
                // The place is the key that leads here, which the mapping around knows.
                *owner = name;
                problem.map = span;
            }
            _ => {}
        }
        if problem.at.is_none() && !matches!(problem.what, What::Missing { .. }) {
            problem.at = Some(span);
        }
        error
    }

    /// An error came out of the entry that was read last.
    fn through(&self, mut error: Error) -> Error {
        let index = self.next.saturating_sub(1);
        error.0.path.push(index);
        if error.0.at.is_none() {
            error.0.at = self.pairs.get(index).map(|(key, _)| key.span);
        }
        error
    }
}

impl<'t> MapAccess<'t> for Entries<'t, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'t>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((key, _)) = self.pairs.get(self.next) else { return Ok(None) };
        self.next += 1;
        let result = seed.deserialize(Decoder { item: Item::Key(key), context: self.context });
        match result {
            Ok(key) => Ok(Some(key)),
            Err(error) if matches!(error.0.what, What::Unknown { .. }) => Err(error),
            Err(error) => Err(self.through(error)),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, Error> {
        match self.pairs.get(self.next.saturating_sub(1)) {
            Some((_, value)) => seed
                .deserialize(Decoder { item: Item::Node(value), context: self.context })
                .map_err(|error| self.through(error)),
            None => Err(serde::de::Error::custom("a value without a key")),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.pairs.len().saturating_sub(self.next))
    }
}

/// The items of a list, or one thing that counts as a list of one.
pub(super) struct Items<'t, 'c> {
    items: &'t [Node],
    single: Option<Item<'t>>,
    next: usize,
    context: &'c Context,
}

impl<'t, 'c> Items<'t, 'c> {
    pub(super) fn list(items: &'t [Node], context: &'c Context) -> Self {
        Self { items, single: None, next: 0, context }
    }

    pub(super) fn single(item: Item<'t>, context: &'c Context) -> Self {
        Self { items: &[], single: Some(item), next: 0, context }
    }
}

impl<'t> SeqAccess<'t> for Items<'t, '_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        if let Some(item) = self.single.take() {
            return seed.deserialize(Decoder { item, context: self.context }).map(Some);
        }
        let Some(node) = self.items.get(self.next) else { return Ok(None) };
        let index = self.next;
        self.next += 1;
        let result = seed.deserialize(Decoder { item: Item::Node(node), context: self.context });
        result.map(Some).map_err(|mut error| {
            error.0.path.push(index);
            if error.0.at.is_none() {
                error.0.at = Some(node.span);
            }
            error
        })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len().saturating_sub(self.next).max(usize::from(self.single.is_some())))
    }
}

/// Answers [`crate::spanned::Sp`] with `source`, `start`, `end`, `value`.
pub(super) struct PlaceAndValue<'t, 'c> {
    decoder: Decoder<'t, 'c>,
    state: u8,
}

impl<'t, 'c> PlaceAndValue<'t, 'c> {
    pub(super) fn new(decoder: Decoder<'t, 'c>) -> Self {
        Self { decoder, state: 0 }
    }
}

impl<'t> MapAccess<'t> for PlaceAndValue<'t, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'t>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let key = match self.state {
            0 => "source",
            1 => "start",
            2 => "end",
            3 => "value",
            _ => return Ok(None),
        };
        self.state += 1;
        seed.deserialize(IntoDeserializer::<Error>::into_deserializer(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let span = self.decoder.item.span();
        let number = match self.state {
            1 => span.source,
            2 => span.start,
            3 => span.end,
            _ => return seed.deserialize(self.decoder),
        };
        seed.deserialize(IntoDeserializer::<Error>::into_deserializer(number))
    }
}
