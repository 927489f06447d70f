//! Scenarios: given, when, then, over a settable clock and a fresh book in memory.

mod access;
mod coverage;
mod decide;
mod expect;
mod find;
mod outside;
mod proof;
mod report;
mod step;
mod time;
mod told;

pub use coverage::{Coverage, coverage};
pub use proof::Proof;
pub use told::failures;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use formwork_catalog::{catalog::Catalog, scenario::Scenario};
use formwork_definition::{kind::scenario::Given, map::Map};
use formwork_model::{clock::SettableClock, id::RecordId, name::Name, source::Span, text, text::Text};
use formwork_store::embedded::Embedded;
use jiff::{Timestamp, civil, tz::TimeZone};

use crate::{
    book::{Book, FrozenBook},
    command::{Actor, Command, Request},
    rejection::Refusal,
    touched::Touched,
};

/// What became of one case.
#[derive(Debug, Clone)]
pub struct Report {
    /// Path of the file.
    pub path: String,
    /// `scenario.case`.
    pub name: String,
    /// What was not as expected, with its place; empty when the case passed.
    pub failures: Vec<Failed>,
    /// Everything that fired, for coverage.
    pub fired: Vec<String>,
    /// What it asked of the definitions.
    pub(crate) touched: Touched,
}

/// One expectation that was not met.
#[derive(Debug, Clone, PartialEq)]
pub struct Failed {
    /// Where the expectation was written.
    pub at: Span,
    /// What was expected and what was seen.
    pub message: Text,
    /// Where in the definitions that came about: the place in a script that failed.
    pub because: Option<Span>,
    /// Which step of the case it was, from one; none when the case did not come to its steps.
    pub step: Option<usize>,
}

impl Failed {
    fn new(at: Span, message: Text) -> Self {
        Self { at, message, because: None, step: None }
    }

    /// What was written at `at` was refused.
    fn refused(at: Span, refusal: &Refusal) -> Self {
        let because = match refusal {
            Refusal::Rejected(rejection) => rejection.problems.iter().find_map(|problem| problem.at),
            Refusal::Fault(_) | Refusal::Store(_) => None,
        };
        Self { at, message: explain(refusal), because, step: None }
    }
}

/// Runs every scenario of the catalog on all cores; reports come in file order.
pub fn run_all(catalog: &Arc<Catalog>) -> Vec<Report> {
    run_some(catalog, |_| true)
}

/// As [`run_all`], with only those cases whose name, `scenario.case`, is wanted.
pub fn run_some(catalog: &Arc<Catalog>, wanted: impl Fn(&str) -> bool) -> Vec<Report> {
    let cases_of = |scenario: &Scenario| {
        let cases = names(scenario).enumerate().filter(|(_, name)| wanted(name));
        cases.map(|(at, _)| at).collect::<Vec<_>>()
    };
    let work = catalog.scenarios.iter().map(|scenario| (scenario, cases_of(scenario))).enumerate();
    let mut work: Vec<_> = work.filter(|(_, (_, cases))| !cases.is_empty()).collect();
    // The longest first, so that no core waits for another at the end.
    work.sort_by_key(|(_, (_, cases))| std::cmp::Reverse(cases.len()));
    let empty = empty_book(catalog);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(work.len().max(1));
    let next = AtomicUsize::new(0);
    let mut reports: Vec<(usize, Vec<Report>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut mine = Vec::new();
                    while let Some((at, (scenario, cases))) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let beginning = Beginning::of(&empty, catalog, scenario);
                        mine.push((*at, cases.iter().filter_map(|case| beginning.run(*case)).collect()));
                    }
                    mine
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    reports.sort_by_key(|(at, _)| *at);
    reports.into_iter().flat_map(|(_, reports)| reports).collect()
}

/// The world of a case before its first step.
#[derive(Debug)]
pub struct Begun {
    /// Its book, in memory.
    pub book: Book,
    /// Its clock.
    pub clock: Arc<SettableClock>,
    /// What is given, by the names it has in the scenario.
    pub records: HashMap<Name, (Name, RecordId)>,
}

/// Begins a case, called `scenario.case`, and leaves its steps to somebody else: to people, in a browser.
///
/// # Errors
/// What could not be made of what is given, or that there is no such case.
pub fn begin(catalog: &Arc<Catalog>, wanted: &str) -> Result<Begun, Vec<Failed>> {
    for scenario in &catalog.scenarios {
        let mut cases = scenario.body.cases.iter();
        let Some((_, case)) = cases.find(|(name, _)| name_of(scenario, name.value) == wanted) else { continue };
        let beginning = Beginning::of(&empty_book(catalog), catalog, scenario);
        let mut report = beginning.report(wanted.to_owned());
        let Some(mut world) = beginning.world() else { return Err(report.failures) };
        if !world.prepare(&case.given, &mut report) {
            return Err(report.failures);
        }
        return Ok(Begun { book: world.book, clock: world.clock, records: world.records });
    }
    Err(vec![Failed::new(Span::default(), text!("there is no case `{wanted}`", "没有用例 `{wanted}`"))])
}

/// What the cases of a scenario are called in reports.
fn names(scenario: &Scenario) -> impl Iterator<Item = String> {
    scenario.body.cases.iter().map(|(case, _)| name_of(scenario, case.value))
}

/// What a case is called in reports.
fn name_of(scenario: &Scenario, case: Name) -> String {
    format!("{}.{case}", scenario.body.scenario.value.0)
}

/// A book in which nothing has happened yet: what the books of all scenarios go on from.
fn empty_book(catalog: &Arc<Catalog>) -> Result<FrozenBook, Refusal> {
    let clock = Arc::new(SettableClock::at(Timestamp::UNIX_EPOCH));
    let book = Book::open(Arc::new(Embedded::memory()?), catalog.clone(), clock)?;
    book.observe();
    book.freeze()
}

/// The book of one case, its clock, and the names of its records.
struct World<'a> {
    book: Book,
    clock: Arc<SettableClock>,
    catalog: &'a Arc<Catalog>,
    scenario: &'a Scenario,
    actor: Actor,
    records: HashMap<Name, (Name, RecordId)>,
}

/// What every case of a scenario begins with, made once: the scenario's time, and what is given to all of its cases.
struct Beginning<'a> {
    catalog: &'a Arc<Catalog>,
    scenario: &'a Scenario,
    /// When the scenario begins.
    now: Timestamp,
    records: HashMap<Name, (Name, RecordId)>,
    /// What fired meanwhile, and why it could not be made.
    report: Report,
    /// Nothing when it could not be made.
    book: Option<FrozenBook>,
}

impl<'a> Beginning<'a> {
    fn of(empty: &Result<FrozenBook, Refusal>, catalog: &'a Arc<Catalog>, scenario: &'a Scenario) -> Self {
        let zone = &catalog.book.zone;
        let now = scenario.body.now.as_ref().and_then(|now| parse_now(now, zone));
        let now = now.unwrap_or_else(|| start_of(civil::date(2026, 1, 5), zone));
        let report = Report {
            path: scenario.path.clone(),
            name: String::new(),
            failures: Vec::new(),
            fired: Vec::new(),
            touched: Touched::default(),
        };
        let mut beginning = Self { catalog, scenario, now, records: HashMap::new(), report, book: None };
        if let Err(refusal) = beginning.make(empty) {
            beginning.report.failures.push(Failed::refused(scenario.body.scenario.span, &refusal));
        }
        beginning
    }

    fn make(&mut self, empty: &Result<FrozenBook, Refusal>) -> Result<(), Refusal> {
        let mut world = self.thawed(empty.as_ref().map_err(Clone::clone)?);
        // Schedules count from the beginning.
        while let Some((_, schedule)) = world.book.next_schedule(|_| false)?.filter(|(at, _)| *at <= self.now) {
            world.book.run(Command::new(Actor::system(), Request::Schedule { schedule }))?;
        }
        let prepared = world.prepare(&self.scenario.body.given, &mut self.report);
        self.report.touched = world.touched();
        if prepared {
            self.book = Some(world.book.freeze()?);
            self.records = world.records;
        }
        Ok(())
    }

    /// The world of one case.
    fn world(&self) -> Option<World<'a>> {
        self.book.as_ref().map(|book| self.thawed(book))
    }

    fn thawed(&self, book: &FrozenBook) -> World<'a> {
        let clock = Arc::new(SettableClock::at(self.now));
        let actor = parse_actor(self.scenario.body.actor.as_ref().map_or("tester", |actor| actor.as_str()));
        World {
            book: book.thaw(clock.clone()),
            clock,
            catalog: self.catalog,
            scenario: self.scenario,
            actor,
            records: self.records.clone(),
        }
    }

    /// What is to be told of a case so far.
    fn report(&self, name: String) -> Report {
        Report { name, ..self.report.clone() }
    }

    /// Runs one case.
    fn run(&self, case: usize) -> Option<Report> {
        let (name, case) = self.scenario.body.cases.iter().nth(case)?;
        let mut report = self.report(name_of(self.scenario, name.value));
        if let Some(mut world) = self.world() {
            if world.prepare(&case.given, &mut report) {
                for (at, step) in case.steps.iter().enumerate() {
                    let known = report.failures.len();
                    world.take(step, &mut report);
                    report.failures.iter_mut().skip(known).for_each(|failed| failed.step = Some(at + 1));
                }
            }
            report.touched.add(world.touched());
        }
        Some(report)
    }
}

impl World<'_> {
    /// What was asked of the definitions.
    fn touched(&self) -> Touched {
        self.book.release().touched.as_ref().map(|notes| notes.take()).unwrap_or_default()
    }

    /// Creates what is given; says whether that worked.
    fn prepare(&mut self, given: &Map<Given>, report: &mut Report) -> bool {
        for (name, given) in given {
            if let Err(refusal) = self.give(name.value, given, report) {
                report.failures.push(Failed::refused(name.span, &refusal));
                return false;
            }
        }
        true
    }

    fn give(&mut self, name: Name, given: &Given, report: &mut Report) -> Result<(), Refusal> {
        let object = given.object.value.0;
        let values = self.input(object, &given.set);
        // What is given is there, whoever may create it.
        let actor = self.actor.clone().unlimited();
        let changes = self.run(&actor, crate::command::Request::Create { object, values }, None, report)?;
        let Some(record) = changes.outcome.record else { return Ok(()) };
        self.records.insert(name, (object, record.id));
        for action in &given.act {
            let request = crate::command::Request::Act {
                object,
                id: record.id,
                rev: None,
                action: action.value.0,
                token: None,
                input: crate::command::Input::new(),
            };
            self.run(&actor, request, None, report)?;
        }
        Ok(())
    }
}

/// Reads `login role role`.
pub fn parse_actor(text: &str) -> Actor {
    let mut words = text.split_whitespace();
    let login = words.next().unwrap_or("tester");
    Actor::new(login, words.map(Name::intern))
}

/// Reads an instant, a civil time or a day.
pub(crate) fn parse_now(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    if let Ok(civil) = text.parse::<civil::DateTime>() {
        return civil.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
    }
    text.parse::<civil::Date>().ok().map(|day| start_of(day, zone))
}

/// Nine in the morning of a day.
fn start_of(day: civil::Date, zone: &TimeZone) -> Timestamp {
    day.at(9, 0, 0, 0).to_zoned(zone.clone()).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

/// A refusal in words.
pub(crate) fn explain(refusal: &Refusal) -> Text {
    match refusal {
        Refusal::Rejected(rejection) => {
            let words = |get: fn(&Text) -> &str| {
                rejection
                    .problems
                    .iter()
                    .map(|problem| {
                        let field = problem.field.as_deref().map(|field| format!(" at {field}")).unwrap_or_default();
                        format!("[{}]{field} {}", problem.code, get(&problem.message))
                    })
                    .collect::<Vec<_>>()
                    .join("; ")
            };
            let (en, zh) = (words(|text| &text.en), words(|text| &text.zh));
            text!("refused: {en}", "被拒绝：{zh}")
        }
        Refusal::Fault(fault) => {
            let what = fault.internal();
            text!("internal fault: {what}", "内部错误：{what}")
        }
        Refusal::Store(error) => text!("store: {error}", "存储：{error}"),
    }
}
