//! Queues, as far as somebody has to do with them.

use formwork_definition::kind::role::Right;
use formwork_model::{code, incident::Incident, name::Name, text};

use crate::{
    decider::Decider,
    rejection::{Kind, Refusal, Rejection},
};

impl Decider<'_> {
    /// The cause of an incident quotes what was read and computed: whoever does not see the whole record is told only
    /// that it failed.
    pub(super) fn hide_cause(&self, incident: &mut Incident) -> Result<(), Refusal> {
        let Some(key) = incident.about.record.filter(|_| self.limits().is_some()) else { return Ok(()) };
        // Of an object that is not known any more nothing can be hidden one by one.
        let sight = if self.object(key.0).is_ok() { self.sight(key)? } else { None };
        if !sight.is_some_and(|sight| sight.is_whole()) {
            incident.cause = text!(
                "the cause may quote what you do not see of the record",
                "原因可能涉及您无权查看的记录内容，未予显示"
            );
        }
        Ok(())
    }

    /// Whether the actor sees the queue: as a member, as a manager, or by a right.
    pub(crate) fn sees_queue(&self, queue: Name) -> Result<bool, Refusal> {
        if self.limits().is_none_or(|access| access.has(Right::Queues)) {
            return Ok(true);
        }
        let known = self.queue(queue)?;
        let login = &*self.command.actor.login;
        Ok(self.is_manager(known) || self.members(known, None)?.iter().any(|member| member.login == login))
    }

    /// Refuses a queue that the actor does not see as one that is not there.
    pub(crate) fn see_queue(&self, queue: Name) -> Result<(), Refusal> {
        if self.sees_queue(queue)? {
            return Ok(());
        }
        Err(Rejection::new(
            Kind::NotFound,
            code!("unknown-queue"),
            text!("there is no queue `{queue}`", "没有队列 `{queue}`"),
        )
        .into())
    }
}
