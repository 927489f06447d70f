//! Where something of a wording stands in its file, and what stands behind a path.

use formwork_definition::spanned::Sp;
use formwork_model::{
    field_type::FieldType,
    name::Name,
    source::{Sources, Span},
};
use formwork_script::origin::Origin;

use crate::{resolve::expression::origin, world::FieldNames};

/// Where the parts of a wording stand in its file.
pub(super) struct Origins<'t> {
    text: &'t str,
    span: Span,
    origin: Origin,
}

impl<'t> Origins<'t> {
    pub(super) fn new(sources: &Sources, text: &'t Sp<String>) -> Self {
        Self { text: &text.value, span: text.span, origin: origin(sources, text.span) }
    }

    /// The place of a line and a column of the wording, both from 1.
    pub(super) fn at(&self, (line, column): (usize, usize)) -> Span {
        if self.text.is_empty() { self.span } else { self.origin.locate(self.text, line, column) }
    }

    /// The place of the first `word` behind a line and a column; that place itself when there is none.
    pub(super) fn of(&self, word: &str, from: (usize, usize)) -> Span {
        let before: usize = self.text.split_inclusive('\n').take(from.0.saturating_sub(1)).map(str::len).sum();
        let line = self.text.get(before..).unwrap_or_default();
        let start = before + line.char_indices().nth(from.1.saturating_sub(1)).map_or(0, |(at, _)| at);
        let Some(found) = self.text.get(start..).and_then(|rest| find_word(rest, word)) else { return self.at(from) };
        let ahead = self.text.get(..start + found).unwrap_or_default();
        let begin = ahead.rfind('\n').map_or(0, |at| at + 1);
        let column = ahead.get(begin..).unwrap_or_default().chars().count() + 1;
        self.at((ahead.matches('\n').count() + 1, column))
    }
}

/// Where `word` stands that is no part of a longer one.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|ahead| ahead.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|rest| rest.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// What stands behind a path.
#[derive(Clone)]
pub(super) enum Place {
    /// A record of an object.
    Record(Name),
    /// A line of a field of an object.
    Line(Name, Name),
    /// Several records.
    Records(Name),
    /// Several lines.
    Lines(Name, Name),
    /// Several plain values.
    Values,
    /// A plain value.
    Value,
}

impl Place {
    /// What each of them is.
    pub(super) fn each(&self) -> Self {
        match self {
            Self::Records(object) => Self::Record(*object),
            Self::Lines(object, field) => Self::Line(*object, *field),
            other => other.clone(),
        }
    }
}

/// A place and the fields that lead there from the record.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) path: Vec<Name>,
}

/// What a field of `owner` holds.
pub(super) fn place_of((name, known): (Name, &FieldNames), owner: Name) -> Place {
    match &known.kind {
        Some(FieldType::Ref(to)) => Place::Record(*to),
        Some(FieldType::Refs(to)) => Place::Records(*to),
        Some(FieldType::Lines) => Place::Lines(owner, name),
        Some(FieldType::Choices(_) | FieldType::Files) => Place::Values,
        _ => Place::Value,
    }
}
