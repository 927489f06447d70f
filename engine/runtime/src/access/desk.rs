//! Queues, as far as somebody has to do with them.

use formwork_definition::kind::role::Right;
use formwork_model::{code, name::Name, text};

use crate::{
    decider::Decider,
    rejection::{Kind, Refusal, Rejection},
};

impl Decider<'_> {
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
