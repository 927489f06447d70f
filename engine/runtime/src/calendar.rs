//! Calendars with the days that lie in records, and moving open timers when a calendar changes.
//!
//! The version of those days is a fact of the book that grows with every change of such a record, so that what was
//! read once is read again only when it has changed. A change also leaves a mark that timers have to be moved; the
//! clockwork moves them in batches, each its own commit, and the mark says how far it came.

use std::{
    collections::HashMap,
    ops::ControlFlow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use formwork_catalog::{calendar::Calendar, catalog::Catalog};
use formwork_model::{calendar::WorkingCalendar, name::Name, value::Value};
use formwork_store::{
    store::{Order, Transaction, View},
    table::{meta, record, timer},
};
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::{
    decide::Done,
    decider::{Decider, Key},
    rejection::Refusal,
};

/// The version of the days in records.
const DAYS: &str = "calendar days";
/// The calendars of the release, as a hash.
const CALENDARS: &str = "calendars";
/// How far the timers were moved after a change; nothing when they all are.
const MOVING: &str = "timers to move";
/// How many timers are looked at in one commit.
const BATCH: usize = 500;

/// Calendars as they were read last, with the version of the days in them.
#[derive(Debug, Default)]
pub(crate) struct Days(Mutex<HashMap<Name, (String, Arc<WorkingCalendar>)>>);

impl Days {
    fn kept(&self) -> MutexGuard<'_, HashMap<Name, (String, Arc<WorkingCalendar>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The calendar as it was read last.
    pub(crate) fn last(&self, name: Name) -> Option<Arc<WorkingCalendar>> {
        self.kept().get(&name).map(|(_, calendar)| calendar.clone())
    }
}

impl Decider<'_> {
    /// The calendar called `name`; the book's for `None`.
    pub(crate) fn calendar(&self, name: Option<Name>) -> Result<Arc<WorkingCalendar>, Refusal> {
        let catalog = self.catalog();
        let known = name.or(catalog.book.calendar_name).and_then(|name| catalog.calendars.get(&name));
        let Some((known, object)) = known.and_then(|known| Some((known, known.records?))) else {
            return Ok(catalog.calendar(name));
        };
        let version = meta::text(self.view, DAYS)?.unwrap_or_default();
        let days = &self.release.days;
        if let Some((of, calendar)) = days.kept().get(&known.name)
            && *of == version
        {
            return Ok(calendar.clone());
        }
        let calendar = Arc::new(known.hours.with_days(self.days_of(known, object)?));
        days.kept().insert(known.name, (version, calendar.clone()));
        Ok(calendar)
    }

    /// The days in records that are of this calendar.
    fn days_of(&self, calendar: &Calendar, object: Name) -> Result<Vec<(Date, bool)>, Refusal> {
        let fields = ["day", "works", "calendar"].map(Name::intern);
        let (start, end) = record::range(self.release.number(object)?);
        let (mut days, mut failure) = (Vec::new(), None);
        self.view.scan(&start, &end, Order::Forward, &mut |key, bytes| {
            let read = record::id_of(key).and_then(|id| record::decode(object, id, bytes, &self.release.symbols));
            match read {
                Ok(record) => {
                    let [day, works, of] = fields.map(|field| record.fields.get(field));
                    let fits = of.as_text().is_none_or(|of| of.is_empty() || calendar.name == *of);
                    if let (Value::Date(day), true) = (day, fits) {
                        days.push((*day, matches!(works, Value::Bool(true))));
                    }
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        failure.map_or(Ok(days), |error| Err(error.into()))
    }

    /// Notes that records changed which are days of a calendar: timers have to be moved.
    pub(crate) fn note_days(&self) {
        let is_day = |key: &Key| self.catalog().has_days(key.0);
        if self.slots.borrow().iter().any(|(key, slot)| slot.is_changed() && is_day(key)) {
            self.put_fact(meta::key(DAYS), Some(self.seq.to_string().into_bytes()));
            self.put_fact(meta::key(MOVING), Some(Vec::new()));
        }
    }

    /// Moves timers that a changed calendar makes due at another time, if they are among the next to look at.
    fn move_timers(&self, from: &[u8]) -> Result<(), Refusal> {
        let mut keys: Vec<Vec<u8>> = Vec::new();
        timer::scan_keys(self.view, from, |key| {
            keys.push(key.to_vec());
            if keys.len() < BATCH { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        for key in &keys {
            let waiting = timer::waiting_of(key)?;
            if let Some(object) = self.release.object_of(waiting.table) {
                self.move_timer((object, waiting.id), waiting.timer)?;
            }
        }
        let next = keys.last().filter(|_| keys.len() == BATCH).map(|last| [last.as_slice(), &[0]].concat());
        self.put_fact(meta::key(MOVING), next);
        Ok(())
    }

    /// Moves a timer to where its calendar puts it now.
    pub(crate) fn move_timer(&self, key: Key, id: u32) -> Result<(), Refusal> {
        let found = self
            .look(key, |record| record.and_then(|record| record.timers.iter().find(|timer| timer.id == id).cloned()))?;
        let Some(timer) = found.filter(|timer| timer.due.is_some() && timer.follows_calendar()) else {
            return Ok(());
        };
        let due = timer.computed_due(&*self.calendar(timer.calendar())?);
        if due == timer.due {
            return Ok(());
        }
        self.quietly(key, |record| {
            record.timers.iter_mut().filter(|known| known.id == id).for_each(|known| known.due = due);
        })?;
        self.clock_moved(key, &timer)
    }
}

/// Moves the next timers after a change of a calendar; `None` when all of them were.
pub(crate) fn decide(decider: &Decider<'_>) -> Result<Option<Done>, Refusal> {
    let Some(from) = decider.view.get(&meta::key(MOVING))? else { return Ok(None) };
    decider.move_timers(&from)?;
    Ok(Some(Done { target: None, kind: "move timers".into(), input: String::new(), on_behalf_of: None, import: None }))
}

/// Whether timers wait to be moved.
pub(crate) fn is_moving(view: &dyn View) -> Result<bool, Refusal> {
    Ok(view.get(&meta::key(MOVING))?.is_some())
}

/// The key of the mark.
pub(crate) fn mark() -> Vec<u8> {
    meta::key(MOVING)
}

/// Notes the calendars of a release; when they are others than before, timers have to be moved.
pub(crate) fn note_calendars(transaction: &mut dyn Transaction, catalog: &Catalog) -> Result<(), Refusal> {
    let calendars: Vec<_> = catalog.calendars.values().map(|calendar| (&calendar.name, &calendar.hours)).collect();
    let mut hash = Sha256::new();
    hash.update(format!("{:?} {calendars:?}", catalog.book.calendar));
    let now = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let before = meta::text(transaction.view(), CALENDARS)?;
    if before.as_ref() == Some(&now) {
        return Ok(());
    }
    transaction.put(meta::key(CALENDARS), now.into_bytes());
    if before.is_some() {
        transaction.put(meta::key(MOVING), Vec::new());
    }
    Ok(())
}
