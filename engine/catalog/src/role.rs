//! Roles: what whoever holds one may do.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use formwork_definition::kind::role::{May, Right, RowScope};
use formwork_model::{field_path::FieldPath, name::Name, source::Span, text::Text};

use crate::{filter::Filter, object::system_field, task::TASKS};

/// What whoever holds it may do.
#[derive(Debug)]
pub struct Role {
    /// Its name.
    pub name: Name,
    /// The module folder.
    pub module: Name,
    /// What people read.
    pub label: Text,
    /// Who should hold it.
    pub help: Text,
    /// Where its name was written.
    pub span: Span,
    /// What it may do in the book as a whole.
    pub rights: HashSet<Right>,
    /// The roles that whoever holds it gives to others.
    pub gives: HashSet<Name>,
    /// The most rows that it takes out in files on one day; `None` is as many as it sees.
    pub export_rows: Option<u64>,
    /// What it may do with records: one grant an object, in file order.
    pub grants: Vec<Grant>,
}

/// Actions, rows and fields of one object that are allowed together.
#[derive(Debug)]
pub struct Grant {
    /// The name that explanations show.
    pub name: Name,
    /// Where that was written.
    pub span: Span,
    /// The object.
    pub on: Name,
    /// What is allowed.
    pub may: HashSet<May>,
    /// Flow actions that are allowed one by one.
    pub act: HashSet<Name>,
    /// Which rows.
    pub rows: Rows,
    /// Which fields.
    pub fields: Arc<Fields>,
}

impl Grant {
    /// Whether it allows the action, on some rows.
    pub fn allows(&self, action: Action) -> bool {
        match action {
            Action::May(may) => self.may.contains(&may),
            Action::Act(name) => self.may.contains(&May::Act) || self.act.contains(&name),
        }
    }
}

/// Something that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// One that every object has.
    May(May),
    /// An action of a flow.
    Act(Name),
}

/// Which rows, before a position fills in its places.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// By what the position says.
    Scope(RowScope),
    /// Those that match.
    Where(Filter),
    /// Those that one of these gives.
    Any(Vec<Rows>),
    /// Those that all of these give.
    All(Vec<Rows>),
}

/// Which fields of the rows. A field of lines is told by its own path and by that of the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// The fields that are there at all, seen in full unless masked; `None` is every one.
    pub read: Option<HashSet<FieldPath>>,
    /// The fields that can be set; `None` is every one that is seen in full.
    pub write: Option<HashSet<FieldPath>>,
    /// The fields that are not there.
    pub hidden: HashSet<FieldPath>,
    /// The fields that are seen in part.
    pub masked: HashMap<FieldPath, Mask>,
}

impl Fields {
    /// Every field, to read and to write.
    pub fn all() -> Self {
        Self { read: None, write: None, hidden: HashSet::new(), masked: HashMap::new() }
    }

    /// How a field of a covered row is seen. System fields belong to the row and are always seen. Lines are there when
    /// one of their fields is.
    pub fn seen(&self, path: impl Into<FieldPath>) -> Seen {
        let path = path.into();
        if path.field == TASKS || (path.line.is_none() && system_field(path.field.as_str()).is_some()) {
            return Seen::Full;
        }
        let is_hidden = self.hidden.contains(&path) || self.hidden.contains(&path.field.into());
        if is_hidden || self.read.as_ref().is_some_and(|read| !names(read, path)) {
            return Seen::Absent;
        }
        let mask = self.masked.get(&path.field.into()).or_else(|| self.masked.get(&path));
        mask.map_or(Seen::Full, |mask| Seen::Masked(*mask))
    }

    /// Whether a field of a covered row can be set. What is not seen in full can't: its old value would be lost
    /// unseen, and writing it and reading the answer would find it out. Of lines, whether any of their fields can.
    pub fn can_write(&self, path: impl Into<FieldPath>) -> bool {
        let path = path.into();
        self.seen(path) == Seen::Full && self.write.as_ref().is_none_or(|write| names(write, path))
    }

    /// Whether lines of a field can be added and taken away.
    pub fn can_write_lines(&self, lines: Name) -> bool {
        self.can_write(lines) && self.write.as_ref().is_none_or(|write| write.contains(&lines.into()))
    }
}

/// Whether a list of fields names this one: itself, the lines that it is in, or one of the fields that it has.
fn names(list: &HashSet<FieldPath>, path: FieldPath) -> bool {
    list.contains(&path)
        || match path.line {
            Some(_) => list.contains(&path.field.into()),
            None => list.iter().any(|named| named.field == path.field),
        }
}

/// How a field is seen. The order is that of how much is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// Not at all: it is not there.
    Absent,
    /// In part.
    Masked(Mask),
    /// In full.
    Full,
}

/// What a mask leaves of a text: its first and last characters. The order is that of how much is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mask {
    /// Characters kept at the beginning.
    pub first: u8,
    /// Characters kept at the end.
    pub last: u8,
}

impl PartialOrd for Mask {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Mask {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let kept = |mask: &Self| u16::from(mask.first) + u16::from(mask.last);
        kept(self).cmp(&kept(other)).then(self.first.cmp(&other.first))
    }
}

impl Mask {
    /// Reads `all`, `last 4`, `ends 3 4`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (style, first, second) = (words.next()?, words.next(), words.next());
        if words.next().is_some() {
            return None;
        }
        let number = |word: Option<&str>| word.and_then(|word| word.parse::<u8>().ok()).filter(|n| *n > 0);
        match (style, first, second) {
            ("all", None, None) => Some(Self { first: 0, last: 0 }),
            ("last", Some(_), None) => Some(Self { first: 0, last: number(first)? }),
            ("ends", Some(_), Some(_)) => Some(Self { first: number(first)?, last: number(second)? }),
            _ => None,
        }
    }

    /// What is left of a text. Where fewer than four characters would be hidden, nothing is left: they could be
    /// guessed. There are always four stars, so that they don't tell the length.
    pub fn apply(self, text: &str) -> String {
        const STARS: &str = "****";
        let (first, last) = (usize::from(self.first), usize::from(self.last));
        let length = text.chars().count();
        if length < first + last + STARS.len() {
            return STARS.to_owned();
        }
        let head: String = text.chars().take(first).collect();
        let tail: String = text.chars().skip(length.saturating_sub(last)).collect();
        format!("{head}{STARS}{tail}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(style: &str, text: &str) -> String {
        Mask::parse(style).unwrap().apply(text)
    }

    #[test]
    fn a_mask_keeps_the_ends_and_hides_the_length() {
        assert_eq!(masked("ends 3 4", "13812345678"), "138****5678");
        assert_eq!(masked("last 4", "91110000600037341L"), "****341L");
        assert_eq!(masked("all", "13812345678"), "****");
    }

    #[test]
    fn a_text_of_which_most_would_show_is_hidden_whole() {
        assert_eq!(masked("last 4", "1234"), "****");
        assert_eq!(masked("ends 3 4", "1381234567"), "****");
        assert_eq!(masked("last 4", "赵"), "****");
    }

    #[test]
    fn what_is_no_mask_is_refused() {
        for text in ["", "last", "last 0", "last 4 4", "ends 3", "ends 3 4 5", "first 3", "all 4", "last 300"] {
            assert_eq!(Mask::parse(text), None, "{text}");
        }
    }
}
