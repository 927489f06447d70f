//! `duplicate-form`: an object has two forms for creating, or two for editing.
//!
//! # What it does
//! Gives every object its form for `create` and its form for `edit`, and reports a second one.
//!
//! # Why it matters
//! The conditions of these forms hold for every caller, also of the API. With two of them nobody could say
//! which conditions hold.
//!
//! # Example
//! ```yaml
//! # forms/x/deal_new.form.yaml: for: create
//! # forms/x/deal_quick.form.yaml: for: create
//! ```
//!
//! # Instead
//! Make the second one an `act` form of an action, or fold it into the first with `visible`.

use std::collections::HashMap;

use formwork_definition::kind::form::Purpose;
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    text,
};
use indexmap::IndexMap;

use crate::{form::Form, resolve::reference::Objects};

/// Fills in `create_form` and `edit_form`.
pub(crate) fn assign(objects: &mut Objects, forms: &IndexMap<Name, Form>, out: &mut Diagnostics) {
    let mut taken: HashMap<(Name, Purpose), &Form> = HashMap::new();
    for form in forms.values() {
        for purpose in form.purpose.iter().filter(|purpose| matches!(purpose, Purpose::Create | Purpose::Edit)) {
            if let Some(first) = taken.get(&(form.object, *purpose)) {
                let (object, other) = (form.object, first.name);
                let (en, zh) = if *purpose == Purpose::Create { ("creating", "新建") } else { ("editing", "编辑") };
                out.push(
                    Diagnostic::error(
                        code!("duplicate-form"),
                        form.span,
                        text!("`{object}` already has a form for {en}: `{other}`", "`{object}` 已有{zh}表单 `{other}`"),
                    )
                    .related(first.span, text!("the other form", "另一个表单")),
                );
                continue;
            }
            taken.insert((form.object, *purpose), form);
            let Some(object) = objects.get_mut(&form.object) else { continue };
            match purpose {
                Purpose::Create => object.create_form = Some(form.name),
                _ => object.edit_form = Some(form.name),
            }
        }
    }
}
