//! `fire`: a timer that is due. One that is not there any more, or not due, decides nothing.

use formwork_model::timer::{Due, Owner, Timer};

use crate::{
    command::Input,
    decide::Done,
    decider::{Decider, Key},
    rejection::Refusal,
};

/// Fires a timer; `None` when there is nothing to fire.
pub(crate) fn decide(decider: &Decider<'_>, key: Key, timer: u32) -> Result<Option<Done>, Refusal> {
    let find = || {
        decider
            .look(key, |record| record.and_then(|record| record.timers.iter().find(|known| known.id == timer).cloned()))
    };
    let is_due = |timer: &Timer| timer.due.is_some_and(|due| due <= decider.now);
    if find()?.filter(is_due).is_none() {
        return Ok(None);
    }
    // Its calendar may have changed since, and say otherwise.
    decider.move_timer(key, timer)?;
    let done = |kind: String| Done::about(kind, key.0, key.1, &Input::new());
    match find()?.filter(is_due) {
        Some(timer) => {
            decider.fire_timer(key, &timer)?;
            Ok(Some(done(format!("timer {}", timer.name))))
        }
        None => Ok(Some(done("move timers".into()))),
    }
}

impl Decider<'_> {
    /// The timer is over, or begins anew when it repeats; then it does what it was set for.
    pub(crate) fn fire_timer(&self, key: Key, timer: &Timer) -> Result<(), Refusal> {
        self.use_up(key, timer)?;
        match timer.owner {
            Owner::Token { flow, token } => {
                let flow = self.flow(key, flow)?;
                let Some(token) = self.token(key, flow, token)? else { return Ok(()) };
                self.fire(format!("timer {}.{}.{}", flow.name, token.node, timer.name), "");
                self.fire_at_node(key, flow, &token, timer)
            }
            Owner::Event(event) => self.forget_event(key, event),
            Owner::Record => self.fire_clock(key, timer),
        }
    }

    /// A timer that repeats gets its next time; what was missed meanwhile is not made up for. One for an instant
    /// stays, so that it is known to have fired, until the instant moves or its activation ends. Others are over.
    pub(crate) fn use_up(&self, key: Key, timer: &Timer) -> Result<(), Refusal> {
        let Some(due) = timer.due else { return Ok(()) };
        let (last, next) = match timer.every {
            Some(every) => {
                let (last, next) = every.next_after(due, self.now, &*self.calendar(timer.calendar())?);
                (last, Some(next))
            }
            None if matches!(timer.rule, Due::At(_)) || timer.owner == Owner::Record => (due, None),
            None => return self.drop_timers(key, |known| known.id == timer.id),
        };
        self.quietly(key, |record| {
            for known in record.timers.iter_mut().filter(|known| known.id == timer.id) {
                (known.last, known.due) = (Some(last), next);
                // A clock that was missed still measures how long it stood still, from its beginning.
                if next.is_some() {
                    known.pauses.clear();
                }
                known.fired += 1;
            }
        })
    }
}
