//! How long work may wait for an owner: a timer of its token, which begins anew in every queue it comes into.

use formwork_catalog::flow::Flow;
use formwork_model::{
    instance::Token,
    name::Name,
    record::Record,
    text,
    timer::{New, Owner, Timer},
    work::Work,
};
use jiff::Timestamp;

use super::Case;
use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

/// What the timer is called.
const ACCEPT: &str = "accept";

/// Whether it is the timer of this work.
fn is_of(timer: &Timer, flow: Name, token: u32) -> bool {
    timer.name == *ACCEPT && timer.owner == (Owner::Token { flow, token })
}

/// When somebody must own the work; `None` when it may wait for ever, or is owned.
pub(crate) fn due(record: &Record, flow: Name, work: &Work) -> Option<Timestamp> {
    record.timers.iter().find(|timer| is_of(timer, flow, work.token))?.due
}

impl Decider<'_> {
    /// Begins to count how long the work waits for an owner.
    pub(crate) fn start_waiting(&self, case: &Case<'_>) -> Result<(), Refusal> {
        let Some(length) = case.within.accept.as_ref().or(case.queue.accept.as_ref()) else { return Ok(()) };
        let calendar = case.within.calendar.as_ref().unwrap_or(&case.queue.calendar);
        let vars = self.case_vars(case)?;
        let owner = Owner::Token { flow: case.flow.name, token: case.work.token };
        match self.after(length, calendar, &vars)? {
            Some(due) => self.set_timer(case.key, New { owner, name: Name::intern(ACCEPT), part: 0, due, every: None }),
            None => self.stop_waiting(case),
        }
    }

    /// Somebody owns the work.
    pub(crate) fn stop_waiting(&self, case: &Case<'_>) -> Result<(), Refusal> {
        self.drop_timers(case.key, |timer| is_of(timer, case.flow.name, case.work.token))
    }

    /// Nobody has taken the work in time: it goes to the next queue; in the last one the managers are told.
    pub(crate) fn fire_accept(&self, key: Key, flow: &Flow, token: &Token, timer: &Timer) -> Result<(), Refusal> {
        if timer.name != *ACCEPT {
            return Ok(());
        }
        let Some(case) = self.work_case(key, flow, token.id)?.filter(|case| case.work.assignee.is_none()) else {
            return Ok(());
        };
        if case.queue.next.is_some() {
            self.escalate(case)?;
            return self.settle();
        }
        self.fire(format!("queue {} is late", case.queue.name), "");
        let title = self.title(key)?;
        let say = text!("{title}: nobody has taken it in time", "{title}：超时无人受理");
        self.send(self.managers(case.queue)?, &say, Some(key));
        Ok(())
    }
}
