//! Which sensitive fields a value may be made of, followed through variables, named values and calls; and what is given to
//! fields and to dimensions of ledgers.

use std::collections::BTreeSet;

use formwork_model::name::Name;
use rhai::Position;

use super::{Typed, Walk, shapes};
use crate::{
    program::{Copied, FieldOf, Given},
    shape::Shape,
};

/// The sensitive fields that a value may be made of.
pub(crate) type Carried = BTreeSet<FieldOf>;

/// Functions whose result tells next to nothing of what they were given.
const TELL_LITTLE: [&str; 6] = ["len", "count", "index_of", "bytes", "type_of", "is_empty"];

impl Typed {
    /// Made of this too.
    pub(super) fn carrying(mut self, carried: &Carried) -> Self {
        self.carried.extend(carried);
        self
    }

    /// One value or the other.
    pub(super) fn or(self, other: Self) -> Self {
        let mut members = self.members;
        members.extend(other.members);
        let shape = shapes::join(self.shape, other.shape);
        Self { members, ..Self::from(shape) }.carrying(&self.carried).carrying(&other.carried)
    }

    /// An item of it, of this shape.
    pub(super) fn item(&self, shape: Shape) -> Self {
        Self { shape, path: self.path.clone(), carried: self.carried.clone(), ..Self::from(Shape::Any) }
    }

    /// What its member is made of: more than it can be where the member is not written out.
    pub(super) fn carried_by(&self, member: &str) -> Carried {
        let known: Vec<&Carried> =
            self.members.iter().filter(|(name, _)| name == member).map(|(_, carried)| carried).collect();
        if known.is_empty() { self.carried.clone() } else { known.into_iter().flatten().copied().collect() }
    }
}

/// The field that a property of a value of this shape is.
pub(super) fn field_of(shape: &Shape, property: &str) -> Option<FieldOf> {
    let field = Name::find(property)?;
    match shape {
        Shape::Record(object) => Some(FieldOf { object: *object, lines: None, field }),
        Shape::Row(object, lines) => Some(FieldOf { object: *object, lines: Some(*lines), field }),
        _ => None,
    }
}

/// Whether the result of a function is made of what it is given.
pub(super) fn passes_on(function: &str, result: &Shape) -> bool {
    *result != Shape::Bool && !TELL_LITTLE.contains(&function)
}

impl Walk<'_> {
    /// Notes that something is given what sensitive fields hold.
    pub(super) fn copy(&mut self, into: Given, from: &Carried, position: Position) {
        if !from.is_empty() {
            let copied = Copied { into, from: from.iter().copied().collect(), at: self.at(position) };
            self.copied.push(copied);
        }
    }

    /// A variable is made of this too, or a member of what it holds.
    pub(super) fn add_to(&mut self, variable: &str, member: Option<Name>, value: &Typed) {
        if let Some(known) = self.variables.iter_mut().rev().find(|known| known.name == variable) {
            known.typed.carried.extend(&value.carried);
            known.typed.members.extend(member.map(|name| (name, value.carried.clone())));
        }
    }
}
