//! What is wrong with a form, said where it is and in the words of the page.

use formwork_catalog::object::{Field, Object};
use formwork_model::name::Name;
use serde_json::{Value as Json, json};

use super::{
    layout::{Errors, Section, id_of},
    view::View,
};
use crate::error::Problem;

/// A form that was refused: what is shown at its fields, and everything above it.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    pub(crate) errors: Errors,
    pub(crate) problems: Vec<Json>,
}

impl Refused {
    /// What a problem says about the fields of these sections.
    pub(crate) fn of(view: &View, object: &Object, sections: &[Section<'_>], problem: &Problem) -> Self {
        let mut refused = Self::default();
        for found in problem.found() {
            let text = plain(view, object, found.message.get(view.language));
            let path = found.field.as_deref().unwrap_or_default();
            let shown = sections.iter().filter(|section| !section.hidden).flat_map(|section| &section.spots);
            let spot = shown.filter(|spot| !spot.hidden).find(|spot| is_at(spot.field, path));
            let label = spot.map(|spot| label_at(view, spot.field, path));
            // `lines[2]` without a cell is said above only.
            let at_input = spot.is_some_and(|spot| path == spot.field.name.as_str() || path.contains("]."));
            if at_input {
                refused.errors.0.entry(path.to_owned()).or_insert_with(|| text.clone());
            }
            refused.problems.push(json!({"for": at_input.then(|| id_of(path)), "label": label, "text": text}));
        }
        refused
    }
}

fn is_at(field: &Field, path: &str) -> bool {
    let name = field.name.as_str();
    path == name || path.strip_prefix(name).is_some_and(|rest| rest.starts_with('['))
}

/// `Lines 3 · Quantity`
fn label_at(view: &View, field: &Field, path: &str) -> String {
    let label = view.say(&field.label);
    let Some((_, rest)) = path.split_once('[') else { return label.to_owned() };
    let (at, cell) = rest.split_once(']').unwrap_or((rest, ""));
    let number = at.parse::<usize>().map_or_else(|_| at.to_owned(), |at| (at + 1).to_string());
    let cell = Name::find(cell.trim_start_matches('.')).and_then(|name| field.line(name));
    match cell {
        Some(cell) => format!("{label} {number} · {}", view.say(&cell.label)),
        None => format!("{label} {number}"),
    }
}

/// A message with the names of fields and objects as people know them.
pub(crate) fn plain(view: &View, object: &Object, message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    for (at, part) in message.split('`').enumerate() {
        if at % 2 == 0 {
            out.push_str(part);
            continue;
        }
        let name = Name::find(part);
        let label = name.and_then(|name| {
            let line = || object.fields.iter().find_map(|field| field.line(name));
            let field = object.field(name).or_else(line).map(|field| &field.label);
            field
                .map(|label| view.say(label).to_owned())
                .or_else(|| view.catalog.object(name).map(|it| view.say(&it.label).to_owned()))
        });
        match label {
            Some(label) => out.push_str(&label),
            None => {
                out.push('“');
                out.push_str(part);
                out.push('”');
            }
        }
    }
    out
}
