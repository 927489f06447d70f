//! The conditions of forms, enforced for whoever sends the values.

use formwork_catalog::form::Form;
use formwork_model::{code, name::Name, record::Fields, text, value::Value};
use formwork_script::program::Vars;

use crate::{
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal, Rejection},
    validate::missing,
};

impl Decider<'_> {
    /// Refuses values for fields that the form hides or shows read-only, and missing required ones.
    /// Called after the values were set, so that conditions see them, as they do on the page.
    pub(crate) fn check_form(
        &self,
        form: Name,
        key: Key,
        sent: &[(Name, Value)],
        inputs: &Fields,
        vars: &Vars,
    ) -> Result<(), Refusal> {
        let Some(form) = self.catalog_of(key)?.forms.get(&form) else { return Ok(()) };
        let mut problems = Vec::new();
        for (section, place) in form.places() {
            let visible = self.holds_or_none(section, vars)? && self.holds_or_none(place.visible.as_ref(), vars)?;
            let was_sent =
                sent.iter().any(|(name, value)| *name == place.field && !self.is_unchanged(key, *name, value));
            let name = place.field;
            if was_sent && !visible {
                problems.push(
                    Problem::new(code!("hidden-field"), text!("`{name}` does not apply here", "`{name}` 在此不适用"))
                        .field(name.as_str()),
                );
            } else if was_sent && self.is(place.read_only.as_ref(), vars)? {
                problems.push(
                    Problem::new(
                        code!("read-only-field"),
                        text!("`{name}` can't be changed here", "`{name}` 在此只读"),
                    )
                    .field(name.as_str()),
                );
            }
            if visible && self.is(place.required.as_ref(), vars)? && self.is_missing(form, key, name, inputs)? {
                problems.push(self.missing_in(form, key, name)?);
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Rejection { kind: Kind::Invalid, problems }.into()) }
    }

    fn is_unchanged(&self, key: Key, field: Name, value: &Value) -> bool {
        let slots = self.slots.borrow();
        slots.get(&key).and_then(|slot| slot.before()).is_some_and(|before| before.fields.get(field) == value)
    }

    fn is_missing(&self, form: &Form, key: Key, field: Name, inputs: &Fields) -> Result<bool, Refusal> {
        if form.inputs.iter().any(|input| input.name == field) {
            return Ok(inputs.get(field).is_empty());
        }
        self.record(key, |record| record.fields.get(field).is_empty())
    }

    fn missing_in(&self, form: &Form, key: Key, name: Name) -> Result<Problem, Refusal> {
        let object = self.object_of(key)?;
        let field = form.inputs.iter().find(|input| input.name == name).or_else(|| object.field(name));
        Ok(field.map_or_else(
            || Problem::new(code!("required"), text!("`{name}` is required", "必须填写 `{name}`")).field(name.as_str()),
            |field| missing(field, name.as_str()),
        ))
    }
}
