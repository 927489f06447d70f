//! Playing a plan: minute after minute, with what happens by itself in between.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::ControlFlow,
    sync::{Arc, mpsc},
};

use formwork_model::{
    approval::Approval,
    clock::SettableClock,
    id::{CommandId, RecordId},
    name::Name,
    record::Record,
};
use formwork_runtime::{
    approval::Operation,
    book::{Book, Happening},
    command::{Actor, Command, Outcome, Request},
    rejection::{Refusal, Rejection},
};
use formwork_store::table::history;
use jiff::{Timestamp, ToSpan as _, civil::Date};

use super::{After, From, ObjectPlan, Options, Plan, Report, Take, What, draw::Drawer};
use crate::error::Error;

/// Something that is done at some minute.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// A new record of this object of the plan.
    Create(usize),
    /// A new record of this object of the plan, for that one.
    CreateFor(usize, (Name, RecordId)),
    /// A step of this record of an object of the plan.
    Step { object: usize, record: usize, step: usize },
}

/// How many commands are on their way at once.
const IN_FLIGHT: usize = 512;

/// A minute, counted from the midnight with which the plan begins.
type Minute = u32;

/// The minutes of a day.
const DAY: Minute = 24 * 60;

/// When the first day begins, and what nobody does at night is done.
const MORNING: Minute = 8 * 60;

/// The minutes of a day between which most is done.
const OFFICE: (Minute, Minute) = (9 * 60, 17 * 60 + 30);

/// Nobody does anything after this minute of a day.
const NIGHT: Minute = 20 * 60;

struct Play<'a> {
    book: &'a Book,
    clock: Option<&'a SettableClock>,
    plan: &'a Plan,
    first: Date,
    drawer: Drawer<'a>,
    times: BTreeMap<Minute, Vec<Event>>,
    report: Report,
    /// Who created each record, by object of the plan and place: they act on it too.
    actors: Vec<HashMap<usize, Actor>>,
    /// How far the history was looked through for records that something waits for.
    looked: u64,
    /// What does not happen by itself: schedules before their days, and what was refused.
    left_out: HashSet<Happening>,
}

type Answer = (Event, Actor, Result<Outcome, Refusal>);

pub(super) fn play(
    book: &Book,
    clock: Option<&SettableClock>,
    plan: &Plan,
    options: &Options,
    progress: &mut dyn FnMut(&Report),
) -> Result<Report, Error> {
    let first = options.until.checked_sub(i64::from(plan.days).days()).unwrap_or(options.until);
    let mut play = Play {
        book,
        clock,
        plan,
        first,
        drawer: Drawer::new(plan, options.seed),
        times: BTreeMap::new(),
        report: Report { day: (0, plan.days), ..Report::default() },
        actors: vec![HashMap::new(); plan.objects.len()],
        looked: 0,
        left_out: book.catalog().schedules.keys().map(|name| Happening::Schedule(*name)).collect(),
    };
    play.schedule();
    if let (Some(clock), Some(at)) = (clock, play.instant(MORNING)) {
        clock.set(at);
    }
    play.give(first)?;
    let end = plan.days.max(1) * DAY;
    play.until(end.saturating_sub(plan.schedules * DAY), progress)?;
    play.left_out.retain(|happening| matches!(happening, Happening::Timer(_)));
    play.until(end, progress)?;
    play.pass_to(plan.days * DAY)?;
    play.report.day.0 = plan.days;
    Ok(play.report)
}

impl Play<'_> {
    /// Creates what is there before the first day, in the order of the plan.
    fn give(&mut self, day: Date) -> Result<(), Error> {
        for (object, set) in &self.plan.given {
            let request = Request::Create { object: *object, values: self.drawer.values(set, day, None) };
            let mut command = Command::new(self.plan.actor.clone(), request);
            command.id = CommandId::from_bytes(self.drawer.random.bytes());
            match self.book.run(command) {
                Ok(outcome) => {
                    *self.report.created.entry(*object).or_default() += 1;
                    if let Some(record) = outcome.record {
                        self.drawer.records.entry(*object).or_default().push(record);
                    }
                }
                Err(Refusal::Rejected(rejection)) => self.refuse(&rejection),
                Err(refusal) => return Err(refusal.into()),
            }
        }
        Ok(())
    }

    fn refuse(&mut self, rejection: &Rejection) {
        let code = rejection.code();
        *self.report.refused.entry(code).or_default() += 1;
        if let Some(problem) = rejection.problems.first() {
            self.report.examples.entry(code).or_insert_with(|| problem.message.clone());
        }
    }

    /// Does everything that is to be done before a minute.
    fn until(&mut self, end: Minute, progress: &mut dyn FnMut(&Report)) -> Result<(), Error> {
        while let Some(next) = self.times.first_entry().filter(|next| *next.key() < end) {
            let (minute, events) = next.remove_entry();
            self.pass_to(minute)?;
            self.moment(minute, events)?;
            self.look_for_others(minute)?;
            self.report.day.0 = minute / DAY + 1;
            progress(&self.report);
        }
        Ok(())
    }

    fn date(&self, minute: Minute) -> Date {
        self.first.checked_add(i64::from(minute / DAY).days()).unwrap_or(self.first)
    }

    fn instant(&self, minute: Minute) -> Option<Timestamp> {
        let midnight = self.date(minute).to_zoned(self.book.catalog().book.zone.clone()).ok()?;
        Some(midnight.checked_add(i64::from(minute % DAY).minutes()).ok()?.timestamp())
    }

    /// Lets what becomes due before a minute happen.
    fn pass_to(&mut self, minute: Minute) -> Result<(), Error> {
        let (Some(clock), Some(at)) = (self.clock, self.instant(minute)) else { return Ok(()) };
        let mut left_out = std::mem::take(&mut self.left_out);
        let mut broken = Ok(());
        self.book.pass_time(clock, at, &mut left_out, &mut |result| {
            match result {
                Ok(_) => self.report.happened += 1,
                Err(Refusal::Rejected(rejection)) => self.refuse(&rejection),
                Err(refusal) => broken = Err(refusal.into()),
            }
            if broken.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        self.left_out = left_out;
        broken
    }

    /// Draws when every new record is made.
    fn schedule(&mut self) {
        let mut days: BTreeMap<u32, Vec<Event>> = BTreeMap::new();
        for (index, object) in self.plan.objects.iter().enumerate() {
            let From::Count(count, on) = object.from else { continue };
            for _ in 0..count {
                let day = self.drawer.random.within(on);
                days.entry(day).or_default().push(Event::Create(index));
            }
        }
        // What is first in the plan is first in the book, on each day: others refer to it.
        for (day, events) in days {
            let mut minutes: Vec<Minute> = events.iter().map(|_| self.drawer.random.within(OFFICE)).collect();
            minutes.sort_unstable();
            for (minute, event) in minutes.into_iter().zip(events) {
                self.add(day * DAY + if day == 0 { MORNING } else { minute }, event);
            }
        }
    }

    /// What lies beyond the last day does not happen any more.
    fn add(&mut self, minute: Minute, event: Event) {
        if minute < self.plan.days.max(1) * DAY {
            self.times.entry(minute).or_default().push(event);
        }
    }

    /// So long after a minute.
    fn after(&mut self, minute: Minute, after: After) -> Minute {
        let random = &mut self.drawer.random;
        match after {
            After::Days(low, high) => (minute / DAY + random.within((low, high))) * DAY + random.within(OFFICE),
            After::Minutes(low, high) => {
                let at = minute + random.within((low, high));
                match at % DAY {
                    early if early < MORNING => at - early + MORNING + early % 60,
                    late if late >= NIGHT => at - late + DAY + MORNING + late % 60,
                    _ => at,
                }
            }
        }
    }

    /// The next step of a record.
    fn add_step(&mut self, minute: Minute, object: usize, record: usize, step: usize) {
        let next = self.plan.objects.get(object).and_then(|object| object.steps.get(step));
        if let Some(after) = next.map(|next| next.after) {
            let at = self.after(minute, after);
            self.add(at, Event::Step { object, record, step });
        }
    }

    /// Finds in the history which records came about meanwhile, whoever made them, and what follows from that.
    fn look_for_others(&mut self, minute: Minute) -> Result<(), Error> {
        let plan = self.plan;
        let waits = |object: Name| {
            plan.objects.iter().any(|known| match known.from {
                From::Each { of, .. } => of == object,
                From::Made => known.object == object,
                From::Count(..) => false,
            })
        };
        let release = self.book.release();
        let mut found: Vec<(Name, RecordId)> = Vec::new();
        let first = self.looked + 1;
        self.looked = self.book.read(|view| {
            let (last, _) = history::head(view)?;
            for seq in first..=last {
                let Some(entry) = history::get(view, seq, &release.symbols)? else { continue };
                let new = entry.changes.iter().filter(|change| &*change.path == "created" && waits(change.object));
                found.extend(new.map(|change| (change.object, change.id)));
            }
            Ok(last)
        })?;
        for (name, id) in found {
            for (index, object) in plan.objects.iter().enumerate() {
                match object.from {
                    From::Each { of, chance, after, .. } if of == name && self.drawer.random.chance(chance) => {
                        let at = self.after(minute, after);
                        self.add(at, Event::CreateFor(index, (name, id)));
                    }
                    From::Made if object.object == name => self.take_over(minute, index, id)?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn owner(&self, record: &Record) -> Option<Arc<str>> {
        let owner = self.book.catalog().object(record.object)?.owner?;
        record.fields.get(owner).as_text().map(Arc::from)
    }

    /// A record that others brought about: its owner does the steps.
    fn take_over(&mut self, minute: Minute, index: usize, id: RecordId) -> Result<(), Error> {
        let Some(object) = self.plan.objects.get(index) else { return Ok(()) };
        let record = self.book.get(object.object, id)?;
        let owner = self.owner(&record);
        let actor = self.actor(object, owner);
        let place = self.drawer.records.entry(object.object).or_default().push(record);
        if let Some(actors) = self.actors.get_mut(index) {
            actors.insert(place, actor);
        }
        self.add_step(minute, index, place, 0);
        Ok(())
    }

    /// Does what is to be done at a minute, with as much as possible on its way at once.
    fn moment(&mut self, minute: Minute, events: Vec<Event>) -> Result<(), Error> {
        let date = self.date(minute);
        let (send, answers) = mpsc::channel();
        let mut waiting = 0;
        let mut last = None;
        for event in events {
            let object =
                if let Event::Create(object) | Event::CreateFor(object, _) = event { object } else { usize::MAX };
            // Records of the next object may refer to those of this one.
            while waiting >= IN_FLIGHT || (waiting > 0 && last.is_some_and(|last| last != object)) {
                waiting -= 1;
                self.take(minute, answers.recv().ok())?;
            }
            last = Some(object);
            if let Some((command, actor)) = self.command(event, date) {
                let send = send.clone();
                waiting += 1;
                self.book.submit(command, move |result| {
                    let _gone = send.send((event, actor, result));
                });
            }
        }
        for _ in 0..waiting {
            self.take(minute, answers.recv().ok())?;
        }
        Ok(())
    }

    fn command(&mut self, event: Event, date: Date) -> Option<(Command, Actor)> {
        let plan = self.plan;
        let (actor, request, reason) = match event {
            Event::Create(index) | Event::CreateFor(index, _) => {
                let object = plan.objects.get(index)?;
                self.drawer.each = match event {
                    Event::CreateFor(_, (of, id)) => {
                        Some(self.book.get(of, id).ok().filter(|each| fits(object, each))?)
                    }
                    _ => None,
                };
                let owner = self.drawer.each.as_ref().and_then(|each| self.owner(each));
                let actor = self.actor(object, owner);
                self.drawer.actor = Arc::clone(&actor.login);
                let values = self.drawer.values(&object.set, date, None);
                self.drawer.each = None;
                (actor, Request::Create { object: object.object, values }, None)
            }
            Event::Step { object, record, step } => {
                let actor = self.actors.get(object)?.get(&record)?.clone();
                let object = plan.objects.get(object)?;
                let known = self.drawer.records.get(&object.object)?.all().get(record)?;
                // Timers, rules and others may have changed it.
                let this = self.book.get(known.object, known.id).ok()?;
                let possible = |take: &&Take| is_in(&this, &take.states);
                let takes: Vec<&Take> = object.steps.get(step)?.take.iter().filter(possible).collect();
                let take = self.drawer.random.weighted(&takes, |take| take.weight)?;
                let (actor, request) = match take.what.as_ref()? {
                    What::Act(action, input) => {
                        self.drawer.actor = Arc::clone(&actor.login);
                        let input = self.drawer.values(input, date, Some(&this));
                        (actor, act(object.object, this.id, *action, input))
                    }
                    What::Decide(operation) => decide(&this, operation)?,
                };
                (actor, request, take.reason.clone())
            }
        };
        let mut command = Command::new(actor.clone(), request);
        command.id = CommandId::from_bytes(self.drawer.random.bytes());
        command.reason = reason;
        Some((command, actor))
    }

    /// One of the plan's people; else the owner of what it is about; else whoever plays the plan.
    fn actor(&mut self, object: &ObjectPlan, owner: Option<Arc<str>>) -> Actor {
        let login = self.drawer.random.one(&object.actors).map(Arc::clone);
        let login = login.or(owner).unwrap_or_else(|| self.plan.actor.login.clone());
        Actor::new(&login, self.plan.actor.roles.iter().copied()).unlimited()
    }

    fn take(&mut self, minute: Minute, answer: Option<Answer>) -> Result<(), Error> {
        let Some((event, actor, result)) = answer else { return Ok(()) };
        let outcome = match result {
            Ok(outcome) => outcome,
            Err(Refusal::Rejected(rejection)) => {
                self.refuse(&rejection);
                return Ok(());
            }
            Err(refusal) => return Err(refusal.into()),
        };
        let Some(record) = outcome.record else { return Ok(()) };
        let (object, index, next) = match event {
            Event::Create(object) | Event::CreateFor(object, _) => {
                let Some(name) = self.plan.objects.get(object).map(|object| object.object) else { return Ok(()) };
                *self.report.created.entry(name).or_default() += 1;
                let index = self.drawer.records.entry(name).or_default().push(record);
                if let Some(actors) = self.actors.get_mut(object) {
                    actors.insert(index, actor);
                }
                (object, index, 0)
            }
            Event::Step { object, record: index, step } => {
                self.report.acted += 1;
                let name = self.plan.objects.get(object).map(|object| object.object);
                if let Some(pool) = name.and_then(|name| self.drawer.records.get_mut(&name)) {
                    pool.replace(index, record);
                }
                (object, index, step + 1)
            }
        };
        self.add_step(minute, object, index, next);
        Ok(())
    }
}

/// Whether a record stands in one of these states, or has ended there; none means any.
fn is_in(record: &Record, states: &[Name]) -> bool {
    let at = |state: &Name| {
        let mut flows = record.flows.iter();
        flows.any(|flow| flow.outcome == Some(*state) || flow.tokens.iter().any(|token| token.node == *state))
    };
    states.is_empty() || states.iter().any(at)
}

/// Whether one is made for that record, as it stands.
fn fits(object: &ObjectPlan, each: &Record) -> bool {
    match &object.from {
        From::Each { states, .. } => is_in(each, states),
        _ => true,
    }
}

/// What whoever is asked first does; `None` when nobody is asked.
fn decide(record: &Record, operation: &Operation) -> Option<(Actor, Request)> {
    let approvals = record.flows.iter().flat_map(|instance| &instance.approvals);
    let task = approvals.flat_map(Approval::tasks).find(|task| task.is_open())?;
    let operation = operation.clone();
    let request = Request::Decide { object: record.object, id: record.id, task: task.id, operation };
    Some((Actor::new(&task.login, []).unlimited(), request))
}

fn act(object: Name, id: RecordId, action: Name, input: formwork_runtime::command::Input) -> Request {
    Request::Act { object, id, rev: None, action, token: None, input }
}
