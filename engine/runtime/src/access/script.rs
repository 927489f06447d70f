//! What a script may do that runs on the actor's behalf.

use formwork_catalog::role::{Action, Seen};
use formwork_definition::kind::role::May;
use formwork_model::{name::Name, value::Value};

use super::{Bound, READ};
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

    /// Whether the script sees a field of a record as it was: only where no grant that the actor holds hides it.
    pub(crate) fn script_saw(&self, object: Name, field: Name) -> bool {
        let Some(access) = self.limits().filter(|_| self.is_limited()) else { return true };
        let mut grants = access.allowing(object, READ).filter_map(Bound::grant).peekable();
        grants.peek().is_some() && grants.all(|grant| grant.fields.seen(field) == Seen::Full)
    }

    /// Whether the script sees the field in full. What it does not see is empty.
    pub(crate) fn script_sees(&self, key: Key, field: Name) -> Result<bool, Refusal> {
        if !self.is_limited() {
            return Ok(true);
        }
        // What the command itself has begun is not yet anybody's.
        if self.slots.borrow().get(&key).is_some_and(crate::slot::Slot::is_new) {
            return Ok(true);
        }
        Ok(self.sight(key)?.is_some_and(|sight| sight.seen(field) == Seen::Full))
    }

    /// Sets a field as `set` does, if the actor may: asked of the record before, and of the record after.
    pub(crate) fn script_change(
        &self,
        key: Key,
        field: Name,
        value: &Value,
        set: impl FnOnce() -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        if !self.is_limited() {
            return set();
        }
        let sent = [(field, value.clone())];
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
        if self.is_limited() { self.check_created(key, sent) } else { Ok(()) }
    }
}

/// Deleting a record.
pub(crate) const DELETE: Action = Action::May(May::Delete);
