//! What rules, actions and nodes do: create, set, table, run, post, start, notify, in this order.

use std::sync::Arc;

use formwork_catalog::{
    catalog::Catalog,
    effect::{Channel, Effects, Recipient, Say},
    object::Object,
    source::Source,
};
use formwork_model::{id::RecordId, name::Name, record::Fields, text::Text, value::Value};
use formwork_script::{handle::Handle, host::Outputs, program::Vars, val::Val};

use crate::{
    decider::{Decider, Key, Outgoing},
    rejection::Refusal,
};

/// What is said, and by which channels besides the application.
struct Message<'a> {
    subject: Option<Text>,
    say: Text,
    channels: Option<&'a [Channel]>,
}

impl Decider<'_> {
    /// Carries out `effects` on the record `key`.
    pub(crate) fn run_effects(&self, effects: &Effects, key: Key, vars: &mut Vars) -> Result<(), Refusal> {
        if effects.is_empty() {
            return Ok(());
        }
        self.deeper(|| format!("effects on {}", key.0), || self.run_each(effects, key, vars))
    }

    /// Carries out effects that are about no record.
    pub(crate) fn run_effects_alone(&self, effects: &Effects, vars: &mut Vars) -> Result<(), Refusal> {
        self.run_creates(effects, self.catalog(), vars)?;
        if let Some(script) = &effects.run {
            self.run_script(script, effects.as_system, vars)?;
        }
        self.run_posts(effects, None, vars)?;
        self.run_starts(effects, None, vars)?;
        self.run_notifies(effects, None, vars)
    }

    /// Sets fields of a record.
    pub(crate) fn set_all(&self, set: &[(Name, Source)], key: Key, vars: &Vars) -> Result<(), Refusal> {
        let object = self.object_of(key)?;
        for (field, source) in set {
            if let Some(known) = object.field(*field) {
                let value = self.value(source, &known.kind, vars)?;
                self.set(key, *field, value)?;
            }
        }
        Ok(())
    }

    fn run_each(&self, effects: &Effects, key: Key, vars: &mut Vars) -> Result<(), Refusal> {
        self.run_creates(effects, self.catalog_of(key)?, vars)?;
        self.set_all(&effects.set, key, vars)?;
        if let Some(table) = effects.table {
            let this = Handle::Record(key.0, key.1);
            if let Outputs::One(outputs) =
                self.evaluate_table(self.catalog_of(key)?, table, Some(&this), &Fields::new())?
            {
                self.set_outputs(key, table, outputs)?;
            }
        }
        if let Some(script) = &effects.run {
            self.run_script(script, effects.as_system, vars)?;
        }
        self.run_posts(effects, Some(key), vars)?;
        self.run_starts(effects, Some(key), vars)?;
        self.run_notifies(effects, Some(key), vars)
    }

    fn run_starts(&self, effects: &Effects, key: Option<Key>, vars: &Vars) -> Result<(), Refusal> {
        for start in &effects.start {
            if !self.holds_or_none(start.when.as_ref(), vars)? {
                continue;
            }
            let on = match &start.on {
                None => key,
                Some(program) => match self.eval(program, vars)? {
                    Val::Handle(Handle::Record(object, id)) => Some((object, id)),
                    _ => None,
                },
            };
            if let Some(on) = on {
                self.start_flow(on, start.flow)?;
            }
        }
        Ok(())
    }

    /// Sets every output of the table, also those that became null.
    fn set_outputs(&self, key: Key, table: Name, outputs: Fields) -> Result<(), Refusal> {
        let object = self.object_of(key)?;
        let Some(table) = self.catalog_of(key)?.tables.get(&table) else { return Ok(()) };
        for output in &table.outputs {
            if let Some(field) = object.field(output.name) {
                let value = formwork_script::convert::coerce_value(outputs.get(output.name).clone(), &field.kind)?;
                self.set(key, output.name, value)?;
            }
        }
        Ok(())
    }

    fn run_creates(&self, effects: &Effects, catalog: &Catalog, vars: &mut Vars) -> Result<(), Refusal> {
        if effects.create.is_empty() {
            return Ok(());
        }
        let mut created = Fields::new();
        for create in &effects.create {
            if !self.holds_or_none(create.when.as_ref(), vars)? {
                continue;
            }
            let written = catalog.object(create.object);
            let mut fields = Fields::with_capacity(create.set.len());
            for (field, source) in &create.set {
                if let Some(known) = written.and_then(|object| object.field(*field)) {
                    fields.set(*field, self.value(source, &known.kind, vars)?);
                }
            }
            let id = self.create_with(create.object, written, fields)?;
            created.set(create.name, Value::Ref(id));
            vars.set("created", Handle::Fixed(None, Arc::new(created.clone())));
        }
        vars.set("created", Handle::Fixed(None, Arc::new(created)));
        Ok(())
    }

    fn run_posts(&self, effects: &Effects, key: Option<Key>, vars: &Vars) -> Result<(), Refusal> {
        for post in &effects.post {
            if !self.holds_or_none(post.when.as_ref(), vars)? {
                continue;
            }
            let ledger = self.known_ledger(post.ledger)?;
            let mut dimensions = Fields::with_capacity(post.of.len());
            for (name, source) in &post.of {
                if let Some(dimension) = ledger.dimensions.iter().find(|dimension| dimension.name == *name) {
                    dimensions.set(*name, self.value(source, &dimension.kind, vars)?);
                }
            }
            let amount = self.value(&post.amount, &ledger.amount, vars)?.as_decimal().unwrap_or_default();
            let date = post
                .date
                .as_ref()
                .map(|source| self.value(source, &formwork_model::field_type::FieldType::Date, vars))
                .transpose()?;
            let note = post
                .note
                .as_ref()
                .map(|source| self.value(source, &formwork_model::field_type::FieldType::Text, vars))
                .transpose()?;
            let date = if let Some(Value::Date(date)) = date { Some(date) } else { None };
            let note = note.as_ref().and_then(Value::as_text);
            self.post_entry(post.ledger, &dimensions, amount, date, note, key)?;
        }
        Ok(())
    }

    fn run_notifies(&self, effects: &Effects, key: Option<Key>, vars: &Vars) -> Result<(), Refusal> {
        for notify in &effects.notify {
            if !self.holds_or_none(notify.when.as_ref(), vars)? {
                continue;
            }
            let mut logins = Vec::new();
            for recipient in &notify.to {
                match (recipient, key) {
                    (Recipient::Field(field), Some(key)) => {
                        logins.extend(self.field(key, *field)?.as_text().map(str::to_owned));
                    }
                    (Recipient::Creator, Some(key)) => {
                        logins.push(self.record(key, |record| record.created_by.to_string())?);
                    }
                    (Recipient::Program(program), _) => collect_logins(self.eval(program, vars)?, &mut logins),
                    (Recipient::Field(_) | Recipient::Creator, None) => {}
                }
            }
            let (subject, say) = match &notify.say {
                Say::Text(text) => (None, text.clone()),
                Say::Template(template) => {
                    let (subject, text) = self.word_about(*template, key)?;
                    (Some(subject), text)
                }
            };
            self.send_by(logins, &Message { subject, say, channels: notify.channels.as_deref() }, key);
        }
        Ok(())
    }

    /// Queues a message to each login once.
    pub(crate) fn send(&self, logins: Vec<String>, say: &Text, about: Option<Key>) {
        self.send_by(logins, &Message { subject: None, say: say.clone(), channels: None }, about);
    }

    /// Queues a message to each login once, by these channels.
    fn send_by(&self, logins: Vec<String>, message: &Message<'_>, about: Option<Key>) {
        let mut outgoing = self.outgoing.borrow_mut();
        let mut seen: Vec<String> = Vec::new();
        for to in logins {
            if !to.is_empty() && !seen.contains(&to) {
                seen.push(to.clone());
                let channels = message.channels.map(<[Channel]>::to_vec);
                let (subject, say) = (message.subject.clone(), message.say.clone());
                outgoing.push(Outgoing { to, subject, say, channels, about });
            }
        }
    }

    /// Creates a record from values that already have their types, as rules and scripts do. A new record begins under
    /// the live release; a value that only `written`, the definition of whoever sets it, has a field for is kept as
    /// any value of a field that was removed.
    pub(crate) fn create_with(
        &self,
        object: Name,
        written: Option<&Arc<Object>>,
        fields: Fields,
    ) -> Result<RecordId, Refusal> {
        let known = self.object(object)?;
        let id = self.begin(known)?;
        let key = (object, id);
        for (name, value) in fields.iter() {
            if let Some(field) = known.field(name).or_else(|| written.and_then(|object| object.field(name))) {
                let value = formwork_script::convert::coerce_value(value.clone(), &field.kind)?;
                self.set(key, name, value)?;
            }
        }
        self.complete_creation(key)?;
        Ok(id)
    }

    /// The value of a literal or computed source, ignoring its type.
    pub(crate) fn plain(&self, source: &Source, vars: &Vars) -> Result<Value, Refusal> {
        match source {
            Source::Literal(value) => Ok(value.clone()),
            Source::Program(program) => Ok(self.eval(program, vars)?.into_value()),
        }
    }
}

/// The logins in what an expression gave.
pub(crate) fn collect_logins(val: Val, logins: &mut Vec<String>) {
    match val {
        Val::Text(text) => logins.push(text.to_string()),
        Val::List(items) => items.into_iter().for_each(|item| collect_logins(item, logins)),
        _ => {}
    }
}
