//! Timers of records: setting, dropping, pausing. They lie in the record; what is due when is a table beside.
//!
//! A timer belongs to an activation of a node or to the record. When the activation ends its timers are dropped
//! with it, so nothing can fire that has no token.

pub(crate) mod fire;

use std::sync::Arc;

use formwork_model::{
    calendar::WorkingCalendar,
    code,
    name::Name,
    record::Record,
    text,
    timer::{New, Owner, Pause, Timer},
};

use crate::{
    decider::{Decider, Key},
    rejection::{Kind, Refusal, Rejection},
    slot::Slot,
};

impl Decider<'_> {
    /// Sets a timer, measured from now. One with the same owner, name and part is replaced.
    pub(crate) fn set_timer(&self, key: Key, new: New) -> Result<(), Refusal> {
        let mut timer = Timer {
            id: 0,
            owner: new.owner,
            name: new.name,
            part: new.part,
            since: self.now,
            rule: new.due,
            every: new.every,
            last: None,
            pauses: Vec::new(),
            due: None,
            fired: 0,
        };
        // Numbers grow with the history, so that a command that fires a timer which is gone never means another one.
        let first = (self.seq as u32).wrapping_mul(16);
        timer.due = timer.computed_due(&*self.calendar(timer.calendar())?);
        self.quietly(key, |record| {
            record.timers.retain(|known| !is_alike(known, &timer));
            timer.id = record.next_timer().max(first);
            record.timers.push(timer);
        })
    }

    /// The calendar with this name, which came from a script; the book's for `None`.
    pub(crate) fn calendar_by(&self, name: Option<&str>) -> Result<Arc<WorkingCalendar>, Refusal> {
        let named = name.filter(|name| !name.trim().is_empty());
        self.calendar(named.map(|name| self.calendar_called(name)).transpose()?)
    }

    /// The calendar with this name, which came from data.
    pub(crate) fn calendar_called(&self, name: &str) -> Result<Name, Refusal> {
        let found = Name::find(name.trim()).filter(|name| self.catalog().calendars.contains_key(name));
        found.ok_or_else(|| {
            Rejection::new(
                Kind::Invalid,
                code!("unknown-calendar"),
                text!("there is no calendar `{name}`", "没有日历 `{name}`"),
            )
            .into()
        })
    }

    /// Lets the time of timers stand still, or go on. What is due already is not held up.
    pub(crate) fn pause_timers(&self, key: Key, paused: bool, which: impl Fn(&Timer) -> bool) -> Result<(), Refusal> {
        let now = self.now;
        let changes = |timer: &Timer| {
            which(timer) && if paused { timer.due.is_some_and(|due| due > now) } else { timer.is_paused() }
        };
        if !self.look(key, |record| record.is_some_and(|record| record.timers.iter().any(changes)))? {
            return Ok(());
        }
        let names: Vec<(u32, Option<Name>)> = self.record(key, |record| {
            record.timers.iter().filter(|timer| changes(timer)).map(|timer| (timer.id, timer.calendar())).collect()
        })?;
        let mut calendars: Vec<(u32, Arc<WorkingCalendar>)> = Vec::with_capacity(names.len());
        for (id, name) in names {
            calendars.push((id, self.calendar(name)?));
        }
        self.quietly(key, |record| {
            for timer in &mut record.timers {
                let Some((_, calendar)) = calendars.iter().find(|(id, _)| *id == timer.id) else { continue };
                match timer.pauses.last_mut() {
                    Some(pause) if !paused => pause.to = Some(now),
                    _ => timer.pauses.push(Pause { from: now, to: None }),
                }
                timer.due = timer.computed_due(calendar);
            }
        })
    }

    /// Drops the timers of a record that `doomed` chooses.
    pub(crate) fn drop_timers(&self, key: Key, doomed: impl Fn(&Timer) -> bool) -> Result<(), Refusal> {
        if self.look(key, |record| record.is_some_and(|record| record.timers.iter().any(&doomed)))? {
            self.quietly(key, |record| record.timers.retain(|timer| !doomed(timer)))?;
        }
        Ok(())
    }

    /// Drops the timers whose activation is gone.
    pub(crate) fn drop_orphans(&self, key: Key) -> Result<(), Refusal> {
        if self.look(key, |record| record.is_some_and(has_orphans))? {
            self.quietly(key, |record| {
                let orphans: Vec<u32> = orphans(record).map(|timer| timer.id).collect();
                record.timers.retain(|timer| !orphans.contains(&timer.id));
            })?;
        }
        Ok(())
    }

    /// Brings the timers of every record that the command changed in line with it.
    pub(crate) fn settle_timers(&self) -> Result<(), Refusal> {
        let is_timed = |slot: &Slot| {
            slot.is_changed() && slot.current().is_some_and(|now| !now.timers.is_empty() || !now.flows.is_empty())
        };
        let changed: Vec<Key> =
            self.slots.borrow().iter().filter(|(_, slot)| is_timed(slot)).map(|(key, _)| *key).collect();
        for key in changed {
            self.adjust_timers(key)?;
            self.drop_orphans(key)?;
        }
        Ok(())
    }
}

fn is_alike(a: &Timer, b: &Timer) -> bool {
    a.owner == b.owner && a.name == b.name && a.part == b.part
}

fn orphans(record: &Record) -> impl Iterator<Item = &Timer> {
    record.timers.iter().filter(|timer| !record.has_owner(timer.owner))
}

fn has_orphans(record: &Record) -> bool {
    orphans(record).next().is_some()
}

/// Whether two states of a record differ in more than their timers. Time that passes for a timer is no change
/// that a reader of the record could clash with.
pub(crate) fn differs_beyond_timers(a: &Record, b: &Record) -> bool {
    a.fields != b.fields || a.flows != b.flows || a.number != b.number || a.events != b.events
}

/// Whether a timer belongs to an activation of this flow.
pub(crate) fn is_of_flow(timer: &Timer, name: Name) -> bool {
    matches!(timer.owner, Owner::Token { flow, .. } if flow == name)
}
