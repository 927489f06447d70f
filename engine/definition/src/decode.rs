//! From the tree to typed definitions: a serde deserializer that knows the place of everything.
//!
//! [`decode`] reports every problem of a file: the entry that is wrong is taken out of the tree and the rest
//! is read again, until nothing is wrong any more.

mod access;
mod error;
mod item;
mod repair;
mod report;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, cell::RefCell, collections::HashSet};

use formwork_model::{diagnostic::Diagnostics, source::Span};
use schemars::JsonSchema;
use serde::{
    de::{DeserializeOwned, IntoDeserializer, Visitor},
    forward_to_deserialize_any,
};

use self::{
    access::{Entries, Items, PlaceAndValue},
    error::{Error, Expected, What},
    item::Item,
    repair::{child, forget, name, remove, rename},
    report::Report,
};
use crate::{
    kind::form::SCALAR_OR_MAP,
    list::MANY,
    spanned::SPANNED,
    yaml::{Kind, MAX_PROBLEMS, Node},
};

/// Reads a definition. With problems it holds everything that is not wrong; `None` when nothing is left of it.
pub(crate) fn decode<T: DeserializeOwned + JsonSchema>(tree: &Node, out: &mut Diagnostics) -> Option<T> {
    let mut tree = Cow::Borrowed(tree);
    let (mut removed, mut nameless) = (HashSet::new(), Vec::new());
    let mut report = Report::new::<T>();
    for _ in 0..MAX_PROBLEMS {
        let context = Context::default();
        let result = T::deserialize(Decoder { item: Item::Node(&tree), context: &context });
        let error = match result {
            Ok(_) if !nameless.is_empty() => {
                forget(tree.to_mut(), &nameless);
                nameless.clear();
                continue;
            }
            Ok(value) => {
                for span in context.nothing.into_inner() {
                    out.push(report::nothing(&tree, span));
                }
                return Some(value);
            }
            Err(error) => error.0,
        };
        // A key that was taken out because it was wrong is not missing.
        let consequence =
            matches!(&error.what, What::Missing { key, .. } if removed.contains(&(error.map, (*key).to_owned())));
        if !consequence {
            out.push(report.diagnostic(&tree, &error));
        }
        let mut path = error.path;
        path.reverse();
        let (last, parents) = path.split_last()?;
        let node = child(tree.to_mut(), parents)?;
        match &error.what {
            What::Unknown { key, expected } if rename(node, *last, key, expected) => {}
            What::Name(_) if name(node, *last, error.at, &mut nameless) => {}
            _ => remove(node, *last, &mut removed),
        }
    }
    None
}

/// What is gathered beside the value.
#[derive(Debug, Default)]
struct Context {
    /// Keys with nothing behind them.
    nothing: RefCell<Vec<Span>>,
}

/// Reads one value.
#[derive(Debug, Clone, Copy)]
struct Decoder<'t, 'c> {
    item: Item<'t>,
    context: &'c Context,
}

impl<'t, 'c> Decoder<'t, 'c> {
    /// Gives an error without a place the place of this value.
    fn placed<T>(self, result: Result<T, Error>) -> Result<T, Error> {
        result.map_err(|mut error| {
            if error.0.at.is_none() {
                error.0.at = Some(self.item.span());
            }
            error
        })
    }

    fn wrong<T>(self, expected: Expected) -> Result<T, Error> {
        self.placed(Err(Error::wrong(expected)))
    }

    fn entries<V: Visitor<'t>>(self, visitor: V, name: &'static str) -> Result<V::Value, Error> {
        let (pairs, span): (&'t [_], _) = match self.item {
            Item::Node(Node { kind: Kind::Map(pairs), span }) => (pairs, *span),
            // `won:` with nothing behind it is a mapping without entries.
            Item::Node(Node { kind: Kind::Null, span }) => (&[], *span),
            _ => return self.wrong(Expected::Mapping),
        };
        let mut entries = Entries::new(pairs, self.context);
        let result = visitor.visit_map(&mut entries);
        result.map_err(|error| entries.blame(error, span, name))
    }

    fn items<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.item {
            Item::Node(Node { kind: Kind::List(items), .. }) => self.sequence(items, visitor),
            Item::Node(Node { kind: Kind::Null, .. }) => self.sequence(&[], visitor),
            _ => self.wrong(Expected::List),
        }
    }

    fn sequence<V: Visitor<'t>>(self, items: &'t [Node], visitor: V) -> Result<V::Value, Error> {
        self.placed(visitor.visit_seq(Items::list(items, self.context)))
    }

    fn number<V, N, F>(self, visitor: V, visit: F) -> Result<V::Value, Error>
    where
        V: Visitor<'t>,
        N: std::str::FromStr,
        F: FnOnce(V, N) -> Result<V::Value, Error>,
    {
        // `+5` and `007` are texts: what a number is does not depend on who reads it.
        let digits = self.item.plain().filter(|text| {
            let unsigned = text.strip_prefix('-').unwrap_or(text);
            !unsigned.starts_with('+') && (unsigned.len() == 1 || !unsigned.starts_with('0'))
        });
        match digits.and_then(|text| text.parse().ok()) {
            Some(number) => self.placed(visit(visitor, number)),
            None => self.wrong(Expected::Integer),
        }
    }
}

impl<'t> serde::Deserializer<'t> for Decoder<'t, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.item {
            Item::Node(Node { kind: Kind::Null, .. }) => self.placed(visitor.visit_unit()),
            Item::Node(Node { kind: Kind::List(items), .. }) => self.sequence(items, visitor),
            Item::Node(Node { kind: Kind::Map(_), .. }) => self.entries(visitor, ""),
            item => self.placed(visitor.visit_borrowed_str(item.text().unwrap_or_default())),
        }
    }

    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.item.text() {
            Some(text) => self.placed(visitor.visit_borrowed_str(text)),
            None => self.wrong(Expected::Text),
        }
    }

    fn deserialize_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        // No place: the mapping knows the entry.
        visitor.visit_borrowed_str(self.item.text().unwrap_or_default())
    }

    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.item.plain() {
            Some("true") => self.placed(visitor.visit_bool(true)),
            Some("false") => self.placed(visitor.visit_bool(false)),
            _ => self.wrong(Expected::Boolean),
        }
    }

    fn deserialize_u16<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.number(visitor, V::visit_u16)
    }

    fn deserialize_u32<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.number(visitor, V::visit_u32)
    }

    fn deserialize_u64<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.number(visitor, V::visit_u64)
    }

    fn deserialize_i64<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.number(visitor, V::visit_i64)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        if !self.item.is_null() {
            return self.placed(visitor.visit_some(self));
        }
        let span = self.item.span();
        if span.start == span.end {
            self.context.nothing.borrow_mut().push(span);
        }
        self.placed(visitor.visit_none())
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        match self.item {
            Item::Node(Node { kind: Kind::Map(_), .. }) if name == SCALAR_OR_MAP => self.entries(visitor, ""),
            _ => self.placed(visitor.visit_newtype_struct(self)),
        }
    }

    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.items(visitor)
    }

    fn deserialize_tuple<V: Visitor<'t>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.items(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.item {
            Item::Node(Node { kind: Kind::List(_) | Kind::Null, .. }) => self.items(visitor),
            _ if name == MANY => self.placed(visitor.visit_seq(Items::single(self.item, self.context))),
            _ => self.wrong(Expected::List),
        }
    }

    fn deserialize_map<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.entries(visitor, "")
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == SPANNED {
            return self.placed(visitor.visit_map(PlaceAndValue::new(self)));
        }
        self.entries(visitor, name)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.item.text() {
            Some(text) => self.placed(visitor.visit_enum(IntoDeserializer::<Error>::into_deserializer(text))),
            None => self.wrong(Expected::Text),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { <V: Visitor<'t>>
        i8 i16 i32 i128 u8 u128 f32 f64 char bytes byte_buf unit unit_struct
    }
}
