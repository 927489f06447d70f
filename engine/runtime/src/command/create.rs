//! `create`: a new record.

use formwork_catalog::role::Action;
use formwork_definition::kind::role::May;
use formwork_model::{name::Name, value::Value};

use crate::{
    access::Sent,
    command::Input,
    decide::Done,
    decider::{Decider, Key},
    rejection::Refusal,
};

pub(crate) fn decide(decider: &Decider<'_>, object: Name, values: &Input) -> Result<Done, Refusal> {
    let key = decider.create_from(object, values)?;
    Ok(Done::about("create", key.0, key.1, values))
}

impl Decider<'_> {
    /// A new record from what a user sent.
    pub(crate) fn create_from(&self, object: Name, values: &Input) -> Result<Key, Refusal> {
        let known = self.object(object)?;
        self.check_may(object, Action::May(May::Create))?;
        let pairs = self.read_input(known, values, None)?;
        let key = (object, self.begin(known)?);
        for (field, value) in &pairs {
            self.set(key, *field, value.clone())?;
        }
        self.fill_defaults(key).map_err(|refusal| self.blame_missing(key, refusal))?;
        // What was sent empty stays empty, also where there is a default.
        for (field, _) in pairs.iter().filter(|(_, value)| matches!(value, Value::Null)) {
            self.set(key, *field, Value::Null)?;
        }
        // What rules and its flow do with it from here on is the definition's to say.
        let sent = Sent::of_request(known, values, &pairs, None);
        self.check_created(key, &sent).map_err(|refusal| self.blame_missing(key, refusal))?;
        self.settle().map_err(|refusal| self.blame_missing(key, refusal))?;
        if let Some(form) = known.create_form {
            self.check_form(form, key, &pairs, &formwork_model::record::Fields::new(), &self.vars(key))?;
        }
        self.begin_main_flow(key)?;
        Ok(key)
    }

    /// Defaults, rules and the main flow of a record whose values are set.
    pub(crate) fn complete_creation(&self, key: Key) -> Result<(), Refusal> {
        self.fill_defaults(key)?;
        self.settle()?;
        self.begin_main_flow(key)
    }

    fn begin_main_flow(&self, key: Key) -> Result<(), Refusal> {
        match self.catalog_of(key)?.main_flow(key.0) {
            Some(flow) => self.start_flow(key, flow.name),
            None => Ok(()),
        }
    }
}
