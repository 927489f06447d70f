//! What a browser sent of a form: names and texts, and the values they are.

use std::collections::BTreeMap;

use formwork_catalog::object::Field;
use formwork_model::{field_type::FieldType, name::Name};
use formwork_runtime::command::Input;
use serde_json::{Map, Value as Json};

use super::view::View;

/// The names and texts of a form, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed(Vec<(String, String)>);

/// The hidden companion of a reference: the record that was chosen, while the text beside it is its title.
pub(crate) const CHOSEN: &str = "._id";

impl Typed {
    /// Reads `application/x-www-form-urlencoded`, in which anything is something.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).map(|(name, text)| (name.into_owned(), text.into_owned())).collect())
    }

    /// The last text under this name.
    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    /// As [`Typed::last`], when it is not blank.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.last(name).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Every text under this name that is not blank.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(known, text)| known == name && !text.is_empty()).map(|(_, text)| text.as_str()).collect()
    }

    /// Every name and text.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The numbers of the lines under this name, in order, each with its part of the form: names without `lines[3].`.
    fn lines(&self, name: &str) -> Vec<Typed> {
        let mut lines: BTreeMap<u32, Typed> = BTreeMap::new();
        for (path, text) in &self.0 {
            let part =
                path.strip_prefix(name).and_then(|rest| rest.strip_prefix('[')).and_then(|rest| rest.split_once("]."));
            if let Some((Ok(at), field)) = part.map(|(at, field)| (at.parse::<u32>(), field)) {
                lines.entry(at).or_default().0.push((field.to_owned(), text.clone()));
            }
        }
        lines.into_values().collect()
    }

    /// As [`Typed::lines`]; `None` when the form did not have the lines.
    pub(crate) fn sent_lines(&self, name: &str) -> Option<Vec<Typed>> {
        let lines = self.lines(name);
        (!lines.is_empty() || self.last(&format!("{name}._lines")).is_some()).then_some(lines)
    }

    /// Without what begins so: a line that was taken out.
    pub(crate) fn without(mut self, prefix: &str) -> Self {
        self.0.retain(|(name, _)| !name.starts_with(prefix));
        self
    }

    /// Without anything of a field.
    pub(crate) fn without_field(mut self, field: &str) -> Self {
        let of =
            |name: &str| name.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        self.0.retain(|(name, _)| !of(name));
        self
    }

    /// Whether a line has nothing in it but what a new one has.
    pub(crate) fn is_blank(&self) -> bool {
        self.filled("key").is_none() && self.0.iter().all(|(_, text)| text.trim().is_empty() || text == "false")
    }

    /// The value of a field, as a request of the API has it; `None` when the form did not have the field.
    pub(crate) fn value(&self, view: &View, field: &Field) -> Option<Json> {
        let name = field.name.as_str();
        if field.kind == FieldType::Lines {
            let lines = self.sent_lines(name)?;
            let rows = lines.iter().filter(|line| !line.is_blank()).map(|line| line.line(view, field));
            return Some(Json::Array(rows.collect()));
        }
        let text = self.last(name)?.trim();
        Some(match &field.kind {
            FieldType::Boolean => Json::Bool(text == "true"),
            FieldType::Choices(_) => Json::Array(self.all(name).into_iter().map(Json::from).collect()),
            FieldType::Refs(_) => {
                let texts = text.split([',', '，', '、']).map(str::trim).filter(|text| !text.is_empty());
                Json::Array(texts.map(Json::from).collect())
            }
            FieldType::File | FieldType::Files if !text.is_empty() => {
                serde_json::from_str(text).unwrap_or_else(|_| Json::from(text))
            }
            // It is left as it is: whoever does not see it could not name it.
            FieldType::Ref(_) if text == view.unseen() => return None,
            FieldType::Ref(to) if !text.is_empty() => {
                let chosen = self.filled(&format!("{name}{CHOSEN}"));
                let still = chosen.filter(|id| id.parse().is_ok_and(|id| view.title(*to, id) == text));
                Json::from(still.unwrap_or(text))
            }
            FieldType::User if !text.is_empty() => Json::from(self.key_of(view, name, text, ("user", "login"))),
            FieldType::Department if !text.is_empty() => {
                Json::from(self.key_of(view, name, text, ("department", "code")))
            }
            _ if text.is_empty() => Json::Null,
            _ => Json::from(text),
        })
    }

    /// The login or code of whom or what a text names: the one that was chosen, as long as the text is its name.
    pub(crate) fn key_of(&self, view: &View, name: &str, text: &str, (object, key): (&str, &str)) -> String {
        let chosen = self.filled(&format!("{name}{CHOSEN}"));
        if let Some(known) = chosen.filter(|chosen| view.called(object, chosen) == text) {
            return known.to_owned();
        }
        let found = view.by_text(object, text);
        let own = found.and_then(|record| record.fields.get(Name::find(key)?).as_text().map(str::to_owned));
        own.unwrap_or_else(|| text.to_owned())
    }

    fn line(&self, view: &View, field: &Field) -> Json {
        let mut row = Map::new();
        if let Some(Ok(key)) = self.filled("key").map(str::parse::<u32>) {
            row.insert("key".into(), Json::from(key));
        }
        let known = row.contains_key("key");
        for line in field.lines.iter().filter(|line| line.is_input()) {
            match self.value(view, line) {
                // An empty cell of a new line leaves the default to the engine.
                Some(Json::Null) if !known => {}
                Some(value) => {
                    row.insert(line.name.to_string(), value);
                }
                None => {}
            }
        }
        Json::Object(row)
    }

    /// The values of these fields. Of a new record, an empty field leaves the default to the engine.
    pub(crate) fn values<'f>(&self, view: &View, fields: impl Iterator<Item = &'f Field>, is_new: bool) -> Input {
        let sent = fields.filter_map(|field| Some((field.name.to_string(), self.value(view, field)?)));
        sent.filter(|(_, value)| !(is_new && (value.is_null() || *value == Json::Array(Vec::new())))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_gathered_by_their_number_and_blank_ones_are_seen() {
        let typed = Typed::read("a[10].x=1&a[2].x=&a[2].key=&b=3&a[10].key=7&a[x].y=1&a[1]=2".as_bytes());
        let lines = typed.lines("a");
        assert_eq!(lines.len(), 2);
        assert!(lines[0].is_blank() && !lines[1].is_blank());
        assert_eq!((lines[1].last("x"), lines[1].last("key")), (Some("1"), Some("7")));
        assert_eq!((typed.filled("b"), typed.filled("c")), (Some("3"), None));
    }
}
