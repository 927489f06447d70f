//! What a script may do that runs on the actor's behalf.

use std::{borrow::Cow, sync::Arc};

use formwork_catalog::role::{Action, Grant, Seen};
use formwork_definition::kind::role::May;
use formwork_model::{field_path::FieldPath, name::Name, record::Fields, value::Value};
use formwork_script::{handle::Handle, program::Vars, val::Val};

use super::{Bound, READ, Sent, sight::in_full};
use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

impl Decider<'_> {
    /// Whether the script that runs has the rights of the actor, and these are limited. What nobody waited for when it
    /// failed has the rights of the engine, also when somebody tries it again.
    pub(crate) fn is_limited(&self) -> bool {
        self.limited.get() && self.limits().is_some() && !self.command.tries_again()
    }

    /// The variables of a script as it sees them: what the record was holds only what no grant that the actor holds hides.
    pub(crate) fn vars_seen<'v>(&self, vars: &'v Vars) -> Cow<'v, Vars> {
        let old = vars.get(Name::intern("old"));
        let (Some(access), Some(Val::Handle(Handle::Fixed(Some(object), fields)))) = (self.limits(), old) else {
            return Cow::Borrowed(vars);
        };
        if !self.is_limited() {
            return Cow::Borrowed(vars);
        }
        let grants: Vec<&Grant> = access.allowing(*object, READ).filter_map(Bound::grant).collect();
        let saw =
            |path: FieldPath| !grants.is_empty() && grants.iter().all(|grant| grant.fields.seen(path) == Seen::Full);
        let fields: Fields = fields.iter().map(|(name, value)| (name, in_full(name, value.clone(), &saw))).collect();
        Cow::Owned(vars.clone().with("old", Handle::Fixed(Some(*object), Arc::new(fields))))
    }

    /// A field of a record as the script sees it. What it does not see in full is empty.
    pub(crate) fn script_seen(&self, key: Key, field: Name, value: Value) -> Result<Value, Refusal> {
        if !self.is_limited_for(key) {
            return Ok(value);
        }
        Ok(self.sight(key)?.map_or(Value::Null, |sight| sight.in_full(field, value)))
    }

    /// Whether the script sees the field in full. What it does not see is empty.
    pub(crate) fn script_sees(&self, key: Key, path: impl Into<FieldPath>) -> Result<bool, Refusal> {
        let path = path.into();
        Ok(!self.is_limited_for(key) || self.sight(key)?.is_some_and(|sight| sight.seen(path) == Seen::Full))
    }

    /// Whether the script has limits with a record. What the command itself has begun is not yet anybody's.
    fn is_limited_for(&self, key: Key) -> bool {
        self.is_limited() && !self.slots.borrow().get(&key).is_some_and(crate::slot::Slot::is_new)
    }

    /// Sets what `sent` says as `set` does, if the actor may: asked of the record before, and of the record after.
    pub(crate) fn script_change(
        &self,
        key: Key,
        sent: impl FnOnce() -> Result<Vec<Sent>, Refusal>,
        set: impl FnOnce() -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        if !self.is_limited() {
            return set();
        }
        let sent = sent()?;
        if self.slots.borrow().get(&key).is_some_and(crate::slot::Slot::is_new) {
            set()?;
            return self.check_created(key, &sent);
        }
        let assigned = self.check_before_update(key, &sent)?;
        set()?;
        self.check_after_update(key, &sent, assigned)
    }

    /// Refuses what the actor may not do with the record, when a script does it for them.
    pub(crate) fn script_may(&self, key: Key, action: Action) -> Result<(), Refusal> {
        if self.is_limited() { self.check_covered(key, action) } else { Ok(()) }
    }

    /// Refuses a record that the actor may not create, when a script created it for them.
    pub(crate) fn script_created(&self, key: Key, sent: &[(Name, Value)]) -> Result<(), Refusal> {
        if !self.is_limited() {
            return Ok(());
        }
        let each = sent.iter().flat_map(|(field, value)| Sent::of_value(*field, &Value::Null, value));
        self.check_created(key, &each.collect::<Vec<_>>())
    }
}

/// Deleting a record.
pub(crate) const DELETE: Action = Action::May(May::Delete);
