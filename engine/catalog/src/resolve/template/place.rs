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
    /// Where [`HERE`] was put, in the text that was read: line and column.
    put: Vec<(usize, usize)>,
}

/// What names a field of what is looked at, in front of its name.
const HERE: &str = "this.";

/// A wording in which no field's name begins with what the library reads as `else`: it takes `{{elsewhere}}` for
/// `{{else where}}`. And where something was put for that: line and column.
pub(super) fn apart(text: &str) -> (String, Vec<(usize, usize)>) {
    let (mut out, mut put, mut rest) = (String::with_capacity(text.len()), Vec::new(), text);
    while let Some(open) = rest.find("{{") {
        let (ahead, behind) = rest.split_at(open + 2);
        out.push_str(ahead);
        rest = behind;
        let before = ahead.strip_suffix("{{").unwrap_or(ahead);
        let escapes = before.len() - before.trim_end_matches('\\').len();
        let name = behind.trim_start_matches('~').trim_start();
        let longer = name.strip_prefix("else").and_then(|name| name.chars().next());
        if escapes == 1 || !longer.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | ':')) {
            continue;
        }
        let (blank, name) = behind.split_at(behind.len() - name.len());
        out.push_str(blank);
        let begin = out.rfind('\n').map_or(0, |at| at + 1);
        let column = out.get(begin..).unwrap_or_default().chars().count() + 1;
        put.push((out.matches('\n').count() + 1, column));
        out.push_str(HERE);
        rest = name;
    }
    out.push_str(rest);
    (out, put)
}

impl<'t> Origins<'t> {
    pub(super) fn new(sources: &Sources, text: &'t Sp<String>, put: Vec<(usize, usize)>) -> Self {
        Self { text: &text.value, span: text.span, origin: origin(sources, text.span), put }
    }

    /// A place of the text that was read as one of the wording.
    fn written(&self, (line, column): (usize, usize)) -> (usize, usize) {
        let ahead = self.put.iter().filter(|(known, at)| *known == line && *at < column).count();
        (line, column.saturating_sub(ahead * HERE.len()).max(1))
    }

    /// The place of a line and a column of what was read, both from 1.
    pub(super) fn at(&self, place: (usize, usize)) -> Span {
        self.placed(self.written(place))
    }

    fn placed(&self, (line, column): (usize, usize)) -> Span {
        if self.text.is_empty() { self.span } else { self.origin.locate(self.text, line, column) }
    }

    /// The place of the first `word` behind a line and a column; that place itself when there is none.
    pub(super) fn of(&self, word: &str, from: (usize, usize)) -> Span {
        let from = self.written(from);
        let before: usize = self.text.split_inclusive('\n').take(from.0.saturating_sub(1)).map(str::len).sum();
        let line = self.text.get(before..).unwrap_or_default();
        let start = before + line.char_indices().nth(from.1.saturating_sub(1)).map_or(0, |(at, _)| at);
        let Some(found) = self.text.get(start..).and_then(|rest| find_word(rest, word)) else {
            return self.placed(from);
        };
        let ahead = self.text.get(..start + found).unwrap_or_default();
        let begin = ahead.rfind('\n').map_or(0, |at| at + 1);
        let column = ahead.get(begin..).unwrap_or_default().chars().count() + 1;
        self.placed((ahead.matches('\n').count() + 1, column))
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

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn a_name_that_begins_with_else_is_kept_apart_from_the_word() {
        for (text, read, put) in [
            ("{{elsewhere}}", "{{this.elsewhere}}", vec![(1, 3)]),
            ("a\n是{{~ else_1.city}}{{ else2 }}", "a\n是{{~ this.else_1.city}}{{ this.else2 }}", vec![(2, 6), (2, 27)]),
            (
                "{{#if a}}{{else}}{{else if b}}{{~else~}}{{/if}}",
                "{{#if a}}{{else}}{{else if b}}{{~else~}}{{/if}}",
                vec![],
            ),
            ("\\{{elsewhere}} {{#if elsewhere}}x{{/if}}", "\\{{elsewhere}} {{#if elsewhere}}x{{/if}}", vec![]),
        ] {
            assert_eq!(apart(text), (read.to_owned(), put), "{text}");
        }
    }
}
