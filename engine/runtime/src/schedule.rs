//! Schedules: which run is due, and doing it once in effect.
//!
//! How far a schedule came is a fact of the book, written in the commit that does the work: the last run that is
//! done and, while one is under way over many records, the last record it looked at.

use std::{
    collections::HashMap,
    ops::ControlFlow,
    sync::{Mutex, PoisonError},
};

use formwork_catalog::schedule::Schedule;
use formwork_definition::kind::schedule::Missed;
use formwork_model::{code, id::RecordId, name::Name, record::Record, text};
use formwork_script::program::Vars;
use formwork_store::{
    store::{Order, View},
    table::{meta, record},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    command::Input,
    decide::Done,
    decider::{Decider, Key},
    query::{Asking, matches_with},
    rejection::{Kind, Refusal, Rejection},
};

/// A run that is later than this counts as missed.
const LATE: SignedDuration = SignedDuration::from_secs(60);

/// How far a schedule came.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Progress {
    /// The last run that is done, or the instant at which the schedule began.
    done: Timestamp,
    /// The run under way, and the last record it looked at.
    under_way: Option<(Timestamp, Option<RecordId>)>,
}

impl Progress {
    fn read(view: &dyn View, schedule: Name) -> Result<Option<Self>, Refusal> {
        let Some(text) = meta::text(view, &fact(schedule))? else { return Ok(None) };
        let mut words = text.split(' ');
        let instant = |word: Option<&str>| word.and_then(|word| word.parse().ok());
        let Some(done) = instant(words.next()) else { return Ok(None) };
        let run = instant(words.next());
        let record = words.next().and_then(|word| word.parse().ok());
        Ok(Some(Self { done, under_way: run.map(|run| (run, record)) }))
    }

    fn write(&self) -> Vec<u8> {
        let mut text = self.done.to_string();
        if let Some((run, record)) = &self.under_way {
            text.push_str(&format!(" {run}"));
            record.iter().for_each(|id| text.push_str(&format!(" {id}")));
        }
        text.into_bytes()
    }
}

/// The next runs of schedules by a cron line, by the run that is done: looking one up is cheaper than finding it, and
/// whoever waits for the next event asks for all of them each time.
#[derive(Debug, Default)]
pub(crate) struct Runs(Mutex<HashMap<Name, (Timestamp, Option<Timestamp>)>>);

impl Runs {
    /// The same, for another book: what it knows depends on nothing that a book holds.
    pub(crate) fn copied(&self) -> Self {
        Self(Mutex::new(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()))
    }

    fn after(
        &self,
        schedule: &Schedule,
        done: Timestamp,
        find: impl FnOnce() -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(&schedule.name) {
            Some((of, next)) if *of == done => *next,
            _ => {
                let next = find();
                known.insert(schedule.name, (done, next));
                next
            }
        }
    }
}

fn fact(schedule: Name) -> String {
    format!("schedule {schedule}")
}

impl Decider<'_> {
    /// When something is to be done for a schedule next: now for one that is new or under way.
    pub(crate) fn next_run(&self, schedule: &Schedule) -> Result<Option<Timestamp>, Refusal> {
        match Progress::read(self.view, schedule.name)? {
            None => Ok(Some(self.now)),
            Some(Progress { under_way: Some((run, _)), .. }) => Ok(Some(run)),
            Some(progress) => self.run_after(schedule, progress.done),
        }
    }

    fn run_after(&self, schedule: &Schedule, after: Timestamp) -> Result<Option<Timestamp>, Refusal> {
        let Some(calendar) = schedule.calendar() else {
            let book = self.catalog().calendar(None);
            return Ok(self.release.runs.after(schedule, after, || schedule.next(after, &book)));
        };
        Ok(schedule.next(after, &*self.calendar(calendar)?))
    }

    /// The run that is due after `done`: the next, or the last of them when those between are not made up for.
    fn due_run(&self, schedule: &Schedule, done: Timestamp) -> Result<Option<Timestamp>, Refusal> {
        let calendar = self.calendar(schedule.calendar().flatten())?;
        Ok(match schedule.missed {
            Missed::All => schedule.next(done, &calendar).filter(|run| *run <= self.now),
            Missed::Once | Missed::Skip => schedule.last(done, self.now, &calendar),
        })
    }

    fn keep_progress(&self, schedule: &Schedule, progress: Progress) {
        self.put_fact(meta::key(&fact(schedule.name)), Some(progress.write()));
    }

    /// Does what a schedule does, for a record or on its own.
    pub(crate) fn run_schedule(&self, schedule: &Schedule, key: Option<Key>) -> Result<(), Refusal> {
        let mut vars = key.map_or_else(|| Vars::new().with("user", self.user()), |key| self.vars(key));
        if !self.holds_or_none(schedule.when.as_ref(), &vars)? {
            return Ok(());
        }
        self.fire(format!("schedule {}", schedule.name), "");
        match key {
            Some(key) => self.run_effects(&schedule.effects, key, &mut vars),
            None => self.run_effects_alone(&schedule.effects, &mut vars),
        }
    }

    /// Does what is to be done next, for one record at most, or passes it over; says for which.
    pub(crate) fn advance(&self, schedule: &Schedule, skip: bool) -> Result<Option<Option<Key>>, Refusal> {
        let Some(progress) = Progress::read(self.view, schedule.name)? else {
            self.keep_progress(schedule, Progress { done: self.now, under_way: None });
            return Ok(Some(None));
        };
        let (run, after) = match progress.under_way {
            Some(under_way) => under_way,
            None => match self.due_run(schedule, progress.done)? {
                Some(run) => (run, None),
                None => return Ok(None),
            },
        };
        let finished = Progress { done: run, under_way: None };
        let name = schedule.name;
        if progress.under_way.is_none() && schedule.missed == Missed::Skip && self.now.duration_since(run) > LATE {
            self.fire(format!("schedule {name} skipped"), "");
            self.keep_progress(schedule, finished);
            return Ok(Some(None));
        }
        let Some((object, _)) = &schedule.over else {
            if !skip {
                self.run_schedule(schedule, None)?;
            }
            self.keep_progress(schedule, finished);
            return Ok(Some(None));
        };
        let Some(id) = self.next_record(schedule, *object, after)? else {
            self.keep_progress(schedule, finished);
            return Ok(Some(None));
        };
        self.keep_progress(schedule, Progress { under_way: Some((run, Some(id))), ..progress });
        let key = (*object, id);
        if !skip {
            self.run_schedule(schedule, Some(key))?;
        }
        Ok(Some(Some(key)))
    }

    /// The first record after `after` that matches.
    fn next_record(
        &self,
        schedule: &Schedule,
        object: Name,
        after: Option<RecordId>,
    ) -> Result<Option<RecordId>, Refusal> {
        let filter = schedule.over.as_ref().and_then(|(_, filter)| filter.as_ref());
        let table = self.release.number(object)?;
        let (mut start, end) = record::range(table);
        if let Some(after) = after {
            start = [record::key(table, after).as_slice(), &[0]].concat();
        }
        let zone = self.catalog().book.zone.clone();
        let asking = Asking { zone, ..self.asking() };
        let (mut found, mut failure) = (None, None);
        self.view.scan(&start, &end, Order::Forward, &mut |key, bytes| {
            let look = || -> Result<Option<RecordId>, Refusal> {
                let record: Record = record::decode(object, record::id_of(key)?, bytes, &self.release.symbols)?;
                let fits = match filter {
                    Some(filter) => matches_with(filter, &record, &asking, &mut |object, id, field| {
                        self.field((object, id), field)
                    })?,
                    None => true,
                };
                Ok(fits.then_some(record.id))
            };
            match look() {
                Ok(None) => ControlFlow::Continue(()),
                Ok(Some(id)) => {
                    found = Some(id);
                    ControlFlow::Break(())
                }
                Err(refusal) => {
                    failure = Some(refusal);
                    ControlFlow::Break(())
                }
            }
        })?;
        failure.map_or(Ok(found), Err)
    }
}

/// Does what a schedule has to do next; `None` when nothing is due.
pub(crate) fn decide(decider: &Decider<'_>, name: Name) -> Result<Option<Done>, Refusal> {
    let Some(schedule) = decider.catalog().schedules.get(&name) else {
        return Err(Rejection::new(
            Kind::NotFound,
            code!("unknown-schedule"),
            text!("there is no schedule `{name}`", "没有计划 `{name}`"),
        )
        .into());
    };
    let kind = format!("schedule {name}");
    Ok(decider.advance(schedule, false)?.map(|target| match target {
        Some(key) => Done::about(kind, key.0, key.1, &Input::new()),
        None => Done { target: None, kind, input: String::new(), on_behalf_of: None, import: None },
    }))
}
