//! What is due: the timers and schedules of a book, and time that passes.

use std::{collections::HashSet, ops::ControlFlow, sync::Arc};

use formwork_model::{
    calendar::WorkingCalendar,
    clock::{Clock as _, SettableClock},
    id::RecordId,
    name::Name,
};
use formwork_store::table::timer::{self, Waiting};
use jiff::Timestamp;

use super::Book;
use crate::{
    calendar,
    changes::Changes,
    command::{Actor, Command, Request},
    rejection::Refusal,
    release::Release,
};

/// A timer that waits, of an object that the release has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Due {
    /// When it is due.
    pub at: Timestamp,
    /// The object.
    pub object: Name,
    /// The record.
    pub id: RecordId,
    /// The timer's number in the record.
    pub timer: u32,
}

impl Due {
    fn of(release: &Release, waiting: Waiting) -> Option<Self> {
        let object = release.object_of(waiting.table)?;
        Some(Self { at: waiting.due, object, id: waiting.id, timer: waiting.timer })
    }

    /// The command that fires it.
    pub fn command(&self) -> Command {
        let request = Request::Fire { object: self.object, id: self.id, timer: self.timer };
        Command::new(Actor::system(), request)
    }
}

/// What happens by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happening {
    /// A timer of a record fires.
    Timer(Due),
    /// A schedule runs.
    Schedule(Name),
}

impl Happening {
    /// The command that makes it happen.
    pub fn command(&self) -> Command {
        match self {
            Self::Timer(due) => due.command(),
            Self::Schedule(schedule) => Command::new(Actor::system(), Request::Schedule { schedule: *schedule }),
        }
    }
}

impl Book {
    /// The calendar of this name; the book's for `None`.
    ///
    /// # Errors
    /// When there is none of this name, or the store fails.
    pub fn working_calendar(&self, name: Option<&str>) -> Result<Arc<WorkingCalendar>, Refusal> {
        self.ask(&Actor::system(), |decider| decider.calendar_by(name))
    }

    /// The schedule that has something to do first, and when, without those that `skip` names.
    ///
    /// # Errors
    /// When the store fails.
    pub fn next_schedule(&self, skip: impl Fn(Name) -> bool) -> Result<Option<(Timestamp, Name)>, Refusal> {
        let release = self.release();
        if release.catalog.schedules.is_empty() {
            return Ok(None);
        }
        self.ask(&Actor::system(), |decider| {
            let mut first: Option<(Timestamp, Name)> = None;
            for schedule in decider.catalog().schedules.values().filter(|schedule| !skip(schedule.name)) {
                if let Some(at) = decider.next_run(schedule)?
                    && first.is_none_or(|(known, _)| at < known)
                {
                    first = Some((at, schedule.name));
                }
            }
            Ok(first)
        })
    }

    /// Moves the timers that a changed calendar makes due at another time, batch by batch.
    ///
    /// # Errors
    /// When the store fails.
    pub fn move_timers(&self) -> Result<(), Refusal> {
        while self.read(calendar::is_moving)? {
            self.run(Command::new(Actor::system(), Request::MoveTimers))?;
        }
        Ok(())
    }

    /// The first `most` timers that are due at `until`, in due order, without those that `skip` names.
    ///
    /// # Errors
    /// When the store fails.
    pub fn due(&self, until: Timestamp, most: usize, skip: impl Fn(&Due) -> bool) -> Result<Vec<Due>, Refusal> {
        let release = self.release();
        let mut found = Vec::new();
        self.read(|view| {
            timer::scan(view, |waiting| {
                if waiting.due > until || found.len() >= most {
                    return ControlFlow::Break(());
                }
                found.extend(Due::of(&release, waiting).filter(|due| !skip(due)));
                ControlFlow::Continue(())
            })?;
            Ok(())
        })?;
        Ok(found)
    }

    /// The first timer that waits, due or not, without those that `skip` names.
    ///
    /// # Errors
    /// When the store fails.
    pub fn next_due(&self, skip: impl Fn(&Due) -> bool) -> Result<Option<Due>, Refusal> {
        Ok(self.due(Timestamp::MAX, 1, skip)?.into_iter().next())
    }

    /// Moves the clock that the book runs on, in scenarios and while demo data is made. What becomes due on the way happens at its own instant, in due order;
    /// `each` is told how it went, and may break off. What was refused joins `failed` and is not tried again.
    ///
    /// # Errors
    /// When the store fails.
    pub fn pass_time(
        &self,
        clock: &SettableClock,
        until: Timestamp,
        failed: &mut HashSet<Happening>,
        each: &mut dyn FnMut(Result<Changes, Refusal>) -> ControlFlow<()>,
    ) -> Result<(), Refusal> {
        // A schedule runs at another time only after it ran: it is looked for again then, and not after every timer.
        let mut schedule = self.next_run(failed)?;
        loop {
            let timer = self.next_due(|due| failed.contains(&Happening::Timer(*due)))?;
            let timer = timer.map(|due| (due.at, Happening::Timer(due)));
            let next = timer.into_iter().chain(schedule).min_by_key(|(at, _)| *at);
            let Some((at, happening)) = next.filter(|(at, _)| *at <= until) else { break };
            clock.set(at.max(clock.now()));
            let result = self.run_full(happening.command());
            if result.is_err() {
                failed.insert(happening);
            }
            if let Happening::Schedule(_) = happening {
                schedule = self.next_run(failed)?;
            }
            if each(result).is_break() {
                return Ok(());
            }
        }
        clock.set(until);
        Ok(())
    }

    fn next_run(&self, failed: &HashSet<Happening>) -> Result<Option<(Timestamp, Happening)>, Refusal> {
        let next = self.next_schedule(|name| failed.contains(&Happening::Schedule(name)))?;
        Ok(next.map(|(at, name)| (at, Happening::Schedule(name))))
    }
}
