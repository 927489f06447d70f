//! Where a value stands in a record: in a field of its own, or in a field of its lines.

use std::fmt;

use crate::name::Name;

/// A field of a record, or a field of its lines: `price`, `lines.price`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath {
    /// The field of the record.
    pub field: Name,
    /// The field of each of its lines; `None` is the field itself.
    pub line: Option<Name>,
}

impl FieldPath {
    /// The field `line` of the lines in `field`.
    pub fn of_line(field: Name, line: Name) -> Self {
        Self { field, line: Some(line) }
    }

    /// The path spelt `text`, whichever line it names: `lines[3].price` is in `lines.price`. Never interns, so that a
    /// request can be read with it; `None` when no definition has used one of its names.
    pub fn find(text: &str) -> Option<Self> {
        let (field, line) = match text.split_once('.') {
            Some((field, line)) => (field, Some(Name::find(line)?)),
            None => (text, None),
        };
        let field = field.split_once('[').map_or(field, |(field, _)| field);
        Some(Self { field: Name::find(field)?, line })
    }
}

impl From<Name> for FieldPath {
    fn from(field: Name) -> Self {
        Self { field, line: None }
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}.{line}", self.field),
            None => self.field.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_in_whichever_line_it_is_and_only_of_known_names() {
        let (lines, price) = (Name::intern("path_lines"), Name::intern("path_price"));
        assert_eq!(FieldPath::find("path_lines"), Some(lines.into()));
        assert_eq!(FieldPath::find("path_lines[3]"), Some(lines.into()));
        let of_line = Some(FieldPath::of_line(lines, price));
        assert_eq!(FieldPath::find("path_lines.path_price"), of_line);
        assert_eq!(FieldPath::find("path_lines[12].path_price"), of_line);
        assert_eq!(of_line.map(|path| path.to_string()).as_deref(), Some("path_lines.path_price"));
        for text in ["", ".", "path_lines.", "path_lines.never_seen_name", "path_lines.path_price.x", "[1]"] {
            assert_eq!(FieldPath::find(text), None, "{text}");
        }
    }
}
