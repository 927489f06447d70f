//! What is filled in with an action or a decision: read, set, checked.

use std::sync::Arc;

use formwork_model::{code, name::Name, record::Fields, text, value::Value};
use formwork_script::{handle::Handle, program::Vars};

use crate::{
    access::Sent,
    command::Input,
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal, Rejection},
    validate::missing,
};

/// What an action or a decision asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// The form that is filled in.
    pub(crate) form: Option<Name>,
    /// Fields that must not be empty afterwards.
    pub(crate) require: &'a [Name],
}

/// What was filled in.
#[derive(Debug)]
pub(crate) struct Filled {
    /// Fields of the record.
    fields: Vec<(Name, Value)>,
    /// Inputs of the form, which only the action sees.
    inputs: Fields,
}

impl Filled {
    /// All of it, as expressions see it: `input`.
    pub(crate) fn handle(&self, object: Name) -> Handle {
        let mut sent = self.inputs.clone();
        for (field, value) in &self.fields {
            sent.set(*field, value.clone());
        }
        Handle::Fixed(Some(object), Arc::new(sent))
    }
}

impl Decider<'_> {
    /// Reads what was sent. Accepted are the places and inputs of the form, and the fields that are required.
    pub(crate) fn read_filled(&self, key: Key, wanted: Wanted<'_>, input: &Input) -> Result<Filled, Refusal> {
        let object = self.object_of(key)?;
        let catalog = self.catalog_of(key)?;
        let form = wanted.form.and_then(|form| catalog.forms.get(&form));
        let mut problems = Vec::new();
        let mut fields = Input::new();
        let mut inputs = Fields::new();
        for (name, json) in input {
            let known = Name::find(name);
            let own = form.and_then(|form| form.inputs.iter().find(|field| Some(field.name) == known));
            if let Some(field) = own {
                if let Some(value) = self.read_value(field, json, name, None, &mut problems)? {
                    inputs.set(field.name, value);
                }
            } else if known.is_some_and(|known| {
                wanted.require.contains(&known)
                    || form.is_some_and(|form| form.places().any(|(_, place)| place.field == known))
            }) {
                fields.insert(name.clone(), json.clone());
            } else {
                problems.push(
                    Problem::new(
                        code!("unknown-input"),
                        text!("this action does not take `{name}`", "此操作不接受 `{name}`"),
                    )
                    .field(name),
                );
            }
        }
        let vars = self.vars(key);
        // What was erased from what was sent is missing now, and was not when it was sent.
        for field in form.iter().flat_map(|form| &form.inputs).filter(|_| !self.release.lenient) {
            self.check_value(field, inputs.get(field.name), field.name.as_str(), &vars, &mut problems)?;
        }
        if !problems.is_empty() {
            return Err(Rejection { kind: Kind::Invalid, problems }.into());
        }
        let current = self.record(key, |record| record.fields.clone())?;
        let pairs = self.read_input(object, &fields, Some(&current))?;
        self.check_filled_seen(key, &Sent::of_request(object, &fields, &pairs, Some(&current)))?;
        Ok(Filled { fields: pairs, inputs })
    }

    /// Sets the fields, completes new lines with their defaults, and lets rules and computed values follow.
    pub(crate) fn set_filled(&self, key: Key, filled: &mut Filled) -> Result<(), Refusal> {
        for (field, value) in &filled.fields {
            self.set(key, *field, value.clone())?;
        }
        let mut lines: Vec<&mut (Name, Value)> =
            filled.fields.iter_mut().filter(|(_, value)| matches!(value, Value::Rows(_))).collect();
        if !lines.is_empty() {
            self.fill_line_defaults(key, self.object_of(key)?)?;
            for (field, value) in &mut lines {
                *value = self.field(key, *field)?;
            }
        }
        self.settle()
    }

    /// Refuses what the form does not allow, and what is missing. The values are set, and `vars` has the `input`.
    pub(crate) fn check_filled(
        &self,
        key: Key,
        wanted: Wanted<'_>,
        filled: &Filled,
        vars: &Vars,
    ) -> Result<(), Refusal> {
        if self.release.lenient {
            return Ok(());
        }
        if let Some(form) = wanted.form {
            self.check_form(form, key, &filled.fields, &filled.inputs, vars)?;
        }
        let object = self.object_of(key)?;
        let mut problems = Vec::new();
        for name in wanted.require {
            if self.field(key, *name)?.is_empty()
                && let Some(field) = object.field(*name)
            {
                problems.push(missing(field, name.as_str()));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Rejection { kind: Kind::Invalid, problems }.into()) }
    }
}
