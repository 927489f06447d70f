//! What an action or a decision asks for, as somebody fills it in.

use std::sync::Arc;

use formwork_catalog::{form::Form, object::Object};
use formwork_model::{name::Name, record::Record};
use formwork_runtime::{access::Shown, command::Input, preview::Preview};

use super::{
    layout::{Section, lay_out, sendable, typed_in},
    typed::Typed,
    view::View,
};
use crate::error::Problem;

/// A form over a record, and fields that must not be empty afterwards.
#[derive(Debug)]
pub(crate) struct Filling {
    pub(crate) draft: Preview,
    form: Option<Arc<Form>>,
    require: Vec<Name>,
}

impl Filling {
    /// Over a record as its reader sees it, in the release that decides it.
    pub(crate) fn new(
        view: &View,
        (object, shown): (&Arc<Object>, Shown),
        form: Option<Name>,
        require: Vec<Name>,
    ) -> Result<Self, Problem> {
        let catalog = view.book.catalog_of(&shown.record)?;
        let form = form.and_then(|form| catalog.forms.get(&form)).cloned();
        let own = catalog.object(object.name).unwrap_or(object).clone();
        let draft = view.book.preview(&view.actor, (catalog, own), Some(shown))?;
        Ok(Self { draft, form, require })
    }

    /// The record as it is stored.
    pub(crate) fn record(&self) -> Option<&Record> {
        self.draft.stored.as_ref()
    }

    /// The sections of the form, and what has to be filled in beside it: fields that are required and empty.
    pub(crate) fn sections(&self, view: &View) -> Vec<Section<'_>> {
        let mut sections = match &self.form {
            Some(form) => lay_out(view, &self.draft, Some(form)),
            None => Vec::new(),
        };
        for spot in sections.iter_mut().flat_map(|section| &mut section.spots) {
            spot.required |= self.require.contains(&spot.field.name);
        }
        let is_there =
            |name: Name| sections.iter().flat_map(|section| &section.spots).any(|spot| spot.field.name == name);
        let is_empty = |name: Name| self.record().is_some_and(|record| record.fields.get(name).is_empty());
        let missing: Vec<Name> =
            self.require.iter().copied().filter(|name| !is_there(*name) && is_empty(*name)).collect();
        for mut section in lay_out(view, &self.draft, None) {
            section.spots.retain(|spot| missing.contains(&spot.field.name));
            section.spots.iter_mut().for_each(|spot| spot.required = true);
            if !section.spots.is_empty() {
                sections.push(section);
            }
        }
        sections
    }

    /// Puts what was typed into the draft, and answers what may be sent of it: what the form then hides or only shows
    /// is none of the user's doing.
    pub(crate) fn fill_in(&mut self, view: &View, typed: &Typed) -> Input {
        let values = typed_in(view, &self.sections(view), typed, false);
        self.draft.type_in(&values);
        sendable(&self.sections(view), values)
    }
}
