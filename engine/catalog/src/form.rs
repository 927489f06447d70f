//! Forms, resolved.

use formwork_definition::kind::form::Purpose;
use formwork_model::{name::Name, source::Span, text::Text};

use crate::{
    object::Field,
    source::{Condition, Program},
};

/// How people see and fill in a record.
#[derive(Debug)]
pub struct Form {
    /// Its name.
    pub name: Name,
    /// The module folder.
    pub module: Name,
    /// What people read.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// The object.
    pub object: Name,
    /// What it is for.
    pub purpose: Vec<Purpose>,
    /// Values that only the action sees.
    pub inputs: Vec<Field>,
    /// The parts.
    pub sections: Vec<Section>,
    /// `list`: the columns.
    pub columns: Vec<Name>,
    /// `list`: the order, `true` for descending.
    pub sort: Vec<(Name, bool)>,
    /// `board`: what makes the columns.
    pub group: Option<Name>,
}

/// A part of a form.
#[derive(Debug)]
pub struct Section {
    /// What people read above it.
    pub label: Text,
    /// The tab that begins with it.
    pub tab: Option<Text>,
    /// Shown only when this holds.
    pub visible: Option<Program>,
    /// The fields, in order.
    pub fields: Vec<Place>,
}

/// A field in a form. In an `act` form it may also name an input.
#[derive(Debug)]
pub struct Place {
    /// The field or input.
    pub field: Name,
    /// Shown only when this holds.
    pub visible: Option<Program>,
    /// Must not be empty.
    pub required: Option<Condition>,
    /// Can't be changed.
    pub read_only: Option<Condition>,
}

impl Form {
    /// Every place with the condition of its section.
    pub fn places(&self) -> impl Iterator<Item = (Option<&Program>, &Place)> {
        self.sections
            .iter()
            .flat_map(|section| section.fields.iter().map(move |place| (section.visible.as_ref(), place)))
    }
}
