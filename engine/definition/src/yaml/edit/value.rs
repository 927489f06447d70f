//! What a document holds, without places: values to be written, and what an edit is meant to make of a document.

use super::{
    super::{Kind, Node, parse_tree},
    no_place,
};
use formwork_model::{diagnostic::Diagnostics, text::Text};

/// A value of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A scalar, by its text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A mapping, in order.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// A scalar.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A mapping of these keys.
    pub fn map<const N: usize>(pairs: [(&str, Value); N]) -> Self {
        Self::Map(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// What stands at a node.
    pub fn of(node: &Node) -> Self {
        match &node.kind {
            Kind::Null => Self::Null,
            Kind::Scalar { text, .. } => Self::Text(text.to_string()),
            Kind::List(items) => Self::List(items.iter().map(Self::of).collect()),
            Kind::Map(pairs) => {
                Self::Map(pairs.iter().map(|(key, value)| (key.value.to_string(), Self::of(value))).collect())
            }
        }
    }

    /// The value in one line, as it can stand anywhere.
    pub fn written(&self) -> String {
        match self {
            Self::Null => "~".to_owned(),
            Self::Text(text) => scalar(text),
            Self::List(items) => format!("[{}]", items.iter().map(Self::written).collect::<Vec<_>>().join(", ")),
            Self::Map(pairs) => {
                let pairs: Vec<String> =
                    pairs.iter().map(|(key, value)| format!("{}: {}", scalar(key), value.written())).collect();
                format!("{{{}}}", pairs.join(", "))
            }
        }
    }

    /// The part behind a step, mutable.
    fn step(&mut self, step: &str) -> Option<&mut Value> {
        match self {
            Self::Map(pairs) => pairs.iter_mut().find(|(key, _)| key == step).map(|(_, value)| value),
            Self::List(items) => items.get_mut(step.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// The part at a path, mutable.
    fn at(&mut self, path: &[&str]) -> Option<&mut Value> {
        path.iter().try_fold(self, |value, step| value.step(step))
    }

    /// Puts a value at a path; what is missing on the way becomes a mapping.
    pub(super) fn put(&mut self, path: &[&str], value: Value) -> Result<(), Text> {
        let Some((step, rest)) = path.split_first() else {
            *self = value;
            return Ok(());
        };
        if *self == Self::Null {
            *self = Self::Map(Vec::new());
        }
        if let Some(part) = self.step(step) {
            return part.put(rest, value);
        }
        let Self::Map(pairs) = self else { return Err(no_place()) };
        let mut part = Self::Null;
        part.put(rest, value)?;
        pairs.push(((*step).to_owned(), part));
        Ok(())
    }

    /// Takes an entry out of its collection.
    pub(super) fn take(&mut self, path: &[&str]) -> Option<(String, Value)> {
        let (step, above) = path.split_last()?;
        match self.at(above)? {
            Self::Map(pairs) => {
                let at = pairs.iter().position(|(key, _)| key == step)?;
                Some(pairs.remove(at))
            }
            Self::List(items) => {
                let at = step.parse::<usize>().ok().filter(|at| *at < items.len())?;
                Some((String::new(), items.remove(at)))
            }
            _ => None,
        }
    }

    /// Puts an entry into a collection, before another.
    pub(super) fn give(&mut self, into: &[&str], at: usize, (key, value): (String, Value)) -> Option<()> {
        match self.at(into)? {
            Self::Map(pairs) => {
                if pairs.iter().any(|(known, _)| *known == key) || key.is_empty() {
                    return None;
                }
                pairs.insert(at.min(pairs.len()), (key, value));
            }
            Self::List(items) if key.is_empty() => items.insert(at.min(items.len()), value),
            _ => return None,
        }
        Some(())
    }

    /// Gives an entry of a mapping another key.
    pub(super) fn rename(&mut self, path: &[&str], name: &str) -> Option<()> {
        let (step, above) = path.split_last()?;
        let Self::Map(pairs) = self.at(above)? else { return None };
        if pairs.iter().any(|(known, _)| known == name) {
            return None;
        }
        pairs.iter_mut().find(|(key, _)| key == step)?.0 = name.to_owned();
        Some(())
    }
}

/// A text as a scalar that is read as this text, also inside `{…}`: plain when that is read back, else in quotes.
pub fn scalar(text: &str) -> String {
    let alone = |written: &str| {
        let mut problems = Diagnostics::default();
        let node = parse_tree(0, &format!("[{written}, x: y]"), &mut problems)?;
        let Kind::List(items) = node.kind else { return None };
        let first = items.first().filter(|_| items.len() == 2 && problems.is_empty())?;
        let Kind::Scalar { text, .. } = &first.kind else { return None };
        Some(text.to_string())
    };
    // What begins something else in YAML is left to the quotes.
    let begins = text.starts_with(|c: char| "-?:,[]{}#&*!|>'\"%@`".contains(c)) || text.starts_with("...");
    let safe = !begins && !text.contains(['\n', '\r', '\t', '#']);
    if safe && alone(text).is_some_and(|read| read == text) {
        return text.to_owned();
    }
    if !text.contains(['\n', '\r', '\t', '\'']) {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
