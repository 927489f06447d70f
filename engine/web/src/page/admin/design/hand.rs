//! The hand that edits a file: one change of its text after the other.

use formwork_definition::yaml::edit::{Document, Value};
use formwork_model::{name::Name, text, text::Text};

use super::{effects, sketch::EXITS, unfit};
use crate::{
    error::Problem,
    page::{admin::nothing, typed::Typed, view::View},
};

/// A file while it is edited.
pub(super) struct Hand<'v> {
    pub(super) view: &'v View,
    pub(super) text: String,
    /// The place that is looked at.
    pub(super) at: String,
    /// What has another name now.
    pub(super) renamed: Vec<Renamed>,
}

/// A name that was changed where it is defined.
#[derive(Debug)]
pub(super) struct Renamed {
    pub(super) before: String,
    pub(super) now: String,
}

/// A path as the collection it is in, and its step there.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A label in both languages.
pub(super) fn label(zh: &str, en: &str) -> Value {
    Value::map([("zh", Value::text(zh)), ("en", Value::text(en))])
}

impl Hand<'_> {
    pub(super) fn doc(&self) -> Result<Document, Problem> {
        Document::read(&self.text).map_err(unfit)
    }

    pub(super) fn edit(&mut self, change: impl FnOnce(&Document) -> Result<String, Text>) -> Result<(), Problem> {
        self.text = change(&self.doc()?).map_err(unfit)?;
        Ok(())
    }

    /// The value at a path.
    pub(super) fn value(&self, path: &str) -> Result<Option<Value>, Problem> {
        Ok(self.doc()?.node(path).map(Value::of))
    }

    pub(super) fn scalar(&self, path: &str) -> Result<Option<String>, Problem> {
        Ok(self.doc()?.scalar(path).map(str::to_owned))
    }

    /// A name that no key of these has yet, counting from the stem.
    pub(super) fn free(taken: &[String], stem: &str) -> (String, usize) {
        let numbers = (1..).map(|number| (format!("{stem}_{number}"), number));
        let mut free = numbers.filter(|(name, _)| !taken.contains(name));
        free.next().unwrap_or_else(|| (stem.to_owned(), 0))
    }

    /// A name that somebody typed.
    pub(super) fn name(typed: &str) -> Result<String, Problem> {
        Name::new(typed).map(|name| name.to_string()).map_err(|_| {
            unfit(text!(
                "a name is lower case letters, digits and `_`, and starts with a letter",
                "名称只能用小写字母、数字和 `_`，并以字母开头"
            ))
        })
    }

    /// Moves an entry by one, takes it out, or adds an option to a choice.
    pub(super) fn arrange(&mut self, word: &str, path: &str) -> Result<(), Problem> {
        let (into, step) = split(path);
        let (into, step) = (into.to_owned(), step.to_owned());
        if word == "option" {
            let keys = self.doc()?.keys(path);
            let (name, number) = Self::free(&keys, "option");
            let shown = label(&format!("选项 {number}"), &format!("Option {number}"));
            return self.edit(|doc| doc.insert_key(path, keys.len(), &name, &shown));
        }
        if word == "remove" {
            self.edit(|doc| doc.remove(path))?;
            if self.at == path || self.at.starts_with(&format!("{path}/")) {
                // What a place is gone from is looked at: the section of a field, the node of an action or a way out.
                let alone = EXITS.contains(&&*step) || effects::is_key(&step);
                let above = if alone { &*into } else { split(&into).0 };
                // What a node does when it is reached, and what is inside it, is looked at with the node.
                let of_node =
                    matches!(split(above).1, "run" | "enter" | "each" | "scope") && !above.starts_with("rules/");
                self.at = if of_node { split(above).0 } else { above }.to_owned();
            }
            return Ok(());
        }
        let keys = self.doc()?.keys(&into);
        let place = keys.iter().position(|key| *key == step).ok_or_else(nothing)?;
        let to = if word == "up" { place.saturating_sub(1) } else { place + 1 };
        let looked_at = self.at.clone();
        self.moved(path, &into, to.min(keys.len().saturating_sub(1)))?;
        // Keys are found where they are; what is counted is another one now.
        let counted = step.bytes().all(|b| b.is_ascii_digit()) && looked_at.starts_with(&format!("{into}/"));
        if !counted {
            self.at = looked_at;
        }
        Ok(())
    }

    /// Moves an entry, and looks at it where it is now.
    fn moved(&mut self, path: &str, into: &str, place: usize) -> Result<(), Problem> {
        self.edit(|doc| doc.move_to(path, into, place))?;
        let doc = self.doc()?;
        let (_, step) = split(path);
        let last = doc.keys(into).len().saturating_sub(1);
        let at = if step.bytes().all(|b| b.is_ascii_digit()) { place.min(last).to_string() } else { step.to_owned() };
        self.at = format!("{into}/{at}");
        Ok(())
    }

    /// What was dragged somewhere else.
    pub(super) fn dropped(&mut self, typed: &Typed) -> Result<(), Problem> {
        let (what, into, place) = target(typed).ok_or_else(nothing)?;
        self.moved(what, into, place)
    }

    /// Puts a new key into a mapping, and looks at it.
    pub(super) fn add_key(&mut self, map: &str, place: usize, key: &str, value: &Value) -> Result<(), Problem> {
        self.edit(|doc| doc.insert_key(map, place, key, value))?;
        self.at = format!("{map}/{key}");
        Ok(())
    }

    /// Puts a new item into a list, and looks at it.
    pub(super) fn add_item(&mut self, list: &str, place: usize, value: &Value) -> Result<(), Problem> {
        self.edit(|doc| doc.insert(list, place, value))?;
        let last = self.doc()?.keys(list).len().saturating_sub(1);
        self.at = format!("{list}/{}", place.min(last));
        Ok(())
    }
}

/// What is dropped, into which collection, and before which of its entries.
pub(super) fn target(typed: &Typed) -> Option<(&str, &str, usize)> {
    let place = typed.filled("place").and_then(|place| place.parse().ok()).unwrap_or(usize::MAX);
    Some((typed.filled("what")?, typed.filled("into")?, place))
}
