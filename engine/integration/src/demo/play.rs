//! Playing a plan: day after day, everything of one day on its way to the book at once.

use std::{
    collections::{BTreeMap, HashMap},
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
    book::Book,
    command::{Actor, Command, Outcome, Request},
    rejection::{Refusal, Rejection},
};
use formwork_store::table::history;
use jiff::{ToSpan as _, civil::Date};

use super::{From, ObjectPlan, Options, Plan, Report, Take, What, draw::Drawer};
use crate::error::Error;

/// Something that happens on a day.
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

struct Play<'a> {
    book: &'a Book,
    plan: &'a Plan,
    drawer: Drawer<'a>,
    days: BTreeMap<u32, Vec<Event>>,
    report: Report,
    /// Who created each record, by object of the plan and place: they act on it too.
    actors: Vec<HashMap<usize, Actor>>,
    /// How far the history was looked through for records that something waits for.
    looked: u64,
}

type Answer = (Event, Actor, Result<Outcome, Refusal>);

pub(super) fn play(
    book: &Book,
    clock: Option<&SettableClock>,
    plan: &Plan,
    options: &Options,
    progress: &mut dyn FnMut(&Report),
) -> Result<Report, Error> {
    let mut play = Play {
        book,
        plan,
        drawer: Drawer::new(plan, options.seed),
        days: BTreeMap::new(),
        report: Report { day: (0, plan.days), ..Report::default() },
        actors: vec![HashMap::new(); plan.objects.len()],
        looked: 0,
    };
    play.schedule();
    let first = options.until.checked_sub(i64::from(plan.days).days()).unwrap_or(options.until);
    let zone = book.catalog().book.zone.clone();
    if let (Some(clock), Ok(at)) = (clock, first.at(8, 0, 0, 0).to_zoned(zone.clone())) {
        clock.set(at.timestamp());
    }
    play.give(first)?;
    while let Some((day, events)) = play.days.pop_first() {
        let date = first.checked_add(i64::from(day).days()).unwrap_or(first);
        if let (Some(clock), Ok(at)) = (clock, date.at(10, 0, 0, 0).to_zoned(zone.clone())) {
            clock.set(at.timestamp());
        }
        play.day(day, date, events)?;
        play.look_for_others(day)?;
        play.report.day.0 = day + 1;
        progress(&play.report);
    }
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

    /// Draws the day of every new record.
    fn schedule(&mut self) {
        for (index, object) in self.plan.objects.iter().enumerate() {
            let From::Count(count) = object.from else { continue };
            for _ in 0..count {
                let day = self.drawer.random.between(object.on.0.into(), object.on.1.into());
                self.add(day, Event::Create(index));
            }
        }
        // On one day, what is first in the plan is first in the book: others refer to it.
        for events in self.days.values_mut() {
            events.sort_by_key(|event| if let Event::Create(object) = event { *object } else { usize::MAX });
        }
    }

    /// What lies beyond the last day does not happen any more.
    fn add(&mut self, day: i64, event: Event) {
        match u32::try_from(day) {
            Ok(day) if day < self.plan.days.max(1) => self.days.entry(day).or_default().push(event),
            _ => {}
        }
    }

    /// The next step of a record.
    fn add_step(&mut self, day: u32, object: usize, record: usize, step: usize) {
        let next = self.plan.objects.get(object).and_then(|object| object.steps.get(step));
        if let Some((low, high)) = next.map(|next| next.after) {
            let after = self.drawer.random.between(low.max(1).into(), high.max(1).into());
            self.add(i64::from(day) + after, Event::Step { object, record, step });
        }
    }

    /// Finds in the history which records came about on a day, whoever made them, and what follows from that.
    fn look_for_others(&mut self, day: u32) -> Result<(), Error> {
        let plan = self.plan;
        let waits = |object: Name| {
            plan.objects.iter().any(|known| match known.from {
                From::Each { of, .. } => of == object,
                From::Made => known.object == object,
                From::Count(_) => false,
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
                    From::Each { of, chance, .. } if of == name && self.drawer.random.chance(chance) => {
                        let after = self.drawer.random.between(object.on.0.max(1).into(), object.on.1.max(1).into());
                        self.add(i64::from(day) + after, Event::CreateFor(index, (name, id)));
                    }
                    From::Made if object.object == name => self.take_over(day, index, id)?,
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
    fn take_over(&mut self, day: u32, index: usize, id: RecordId) -> Result<(), Error> {
        let Some(object) = self.plan.objects.get(index) else { return Ok(()) };
        let record = self.book.get(object.object, id)?;
        let owner = self.owner(&record);
        let actor = self.actor(object, owner);
        let place = self.drawer.records.entry(object.object).or_default().push(record);
        if let Some(actors) = self.actors.get_mut(index) {
            actors.insert(place, actor);
        }
        self.add_step(day, index, place, 0);
        Ok(())
    }

    fn day(&mut self, day: u32, date: Date, events: Vec<Event>) -> Result<(), Error> {
        let (send, answers) = mpsc::channel();
        let mut waiting = 0;
        let mut last = None;
        for event in events {
            let object =
                if let Event::Create(object) | Event::CreateFor(object, _) = event { object } else { usize::MAX };
            // Records of the next object may refer to those of this one.
            while waiting >= IN_FLIGHT || (waiting > 0 && last.is_some_and(|last| last != object)) {
                waiting -= 1;
                self.take(day, answers.recv().ok())?;
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
            self.take(day, answers.recv().ok())?;
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
                let mut this = self.drawer.records.get(&object.object)?.all().get(record)?.clone();
                // What others brought about, others change.
                if let From::Made = object.from {
                    this = self.book.get(this.object, this.id).ok()?;
                }
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

    fn take(&mut self, day: u32, answer: Option<Answer>) -> Result<(), Error> {
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
        self.add_step(day, object, index, next);
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
