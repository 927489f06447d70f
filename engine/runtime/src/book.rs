//! A book: a store, the release it runs, and everything that can be asked of it.

mod activate;
mod bell;
mod blobs;
mod drafts;
mod instances;
mod ledgers;
mod messages;
mod news;
mod people;
mod queues;
mod releases;
mod retention;
mod second;
mod tasks;
mod timers;

pub use activate::Going;
pub(crate) use activate::{activate, roll_up_of, roll_up_signature};
pub use bell::Bell;
pub use drafts::{Draft, Step};
pub use instances::{Running, Sought};
pub use messages::Place;
pub use news::{News, Touched};
pub use people::{Person, Where};
pub use queues::{Load, Task, Waiting};
pub use releases::{KeptRelease, held_back};
pub use second::{HandedIn, has_to_wait};
pub use timers::{Due, Happening};

use std::sync::{Arc, PoisonError, RwLock};

use formwork_catalog::{catalog::Catalog, filter::Filter, role::Action};
use formwork_definition::kind::role::Right;
use formwork_model::{clock::Clock, code, id::RecordId, name::Name, record::Record, text};
use formwork_script::{handle::Handle, host::Outputs};
use formwork_store::{
    embedded::{Frozen, Inline},
    error::Error as StoreError,
    key::KeyKind,
    store::{self, Abort, Store, Transaction, View, Work},
    table::{
        history::{self, Entry},
        outbox, timer,
    },
};
use jiff::Timestamp;

use crate::{
    access::{EXPORT, READ},
    audit, calendar,
    changes::Changes,
    command::{Actor, Command, Input, Outcome, Request},
    decide::decide,
    decider::Decider,
    flow::Offered,
    query::{self, Asking, Page, Query},
    rejection::{Fault, Kind, Refusal, Rejection},
    release::Release,
};

/// A store, the release it runs, and everything that can be asked of it.
#[derive(Debug)]
pub struct Book {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// What readers see.
    release: Arc<RwLock<Arc<Release>>>,
    /// What the writer decides by: ahead of `release` between an activation's decision and its disk write.
    deciding: Arc<RwLock<Arc<Release>>>,
    /// Wakes whoever waits for what is due next.
    bells: Arc<Bells>,
}

/// What a book held at some time.
#[derive(Debug)]
pub(crate) struct FrozenBook {
    pairs: Frozen,
    release: Arc<Release>,
}

impl FrozenBook {
    /// A book in memory, with a clock of its own, that goes on from here.
    pub(crate) fn thaw(&self, clock: Arc<dyn Clock>) -> Book {
        let release = Arc::new(self.release.for_another_book());
        Book {
            store: Arc::new(Inline::from(&self.pairs)),
            clock,
            release: Arc::new(RwLock::new(release.clone())),
            deciding: Arc::new(RwLock::new(release)),
            bells: Arc::default(),
        }
    }
}

/// What wakes those who wait.
#[derive(Debug, Default)]
struct Bells {
    timers: Bell,
    outbox: Bell,
    news: News,
}

/// When the earliest is due of what a command sets.
#[derive(Debug, Default, Clone, Copy)]
struct Earliest {
    timer: Option<Timestamp>,
    entry: Option<Timestamp>,
}

impl Earliest {
    fn of(writes: &[(Vec<u8>, Option<Vec<u8>>)]) -> Self {
        Self { timer: earliest_timer(writes), entry: earliest_entry(writes) }
    }

    fn ring(self, bells: &Bells) {
        if let Some(timer) = self.timer {
            bells.timers.ring(timer);
        }
        if let Some(entry) = self.entry {
            bells.outbox.ring(entry);
        }
    }
}

fn get<T: Clone>(lock: &RwLock<T>) -> T {
    lock.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn put<T>(lock: &RwLock<T>, value: T) {
    *lock.write().unwrap_or_else(PoisonError::into_inner) = value;
}

/// The earliest of the timers among these keys; long ago when timers have to be moved.
fn earliest_timer(writes: &[(Vec<u8>, Option<Vec<u8>>)]) -> Option<Timestamp> {
    let mark = calendar::mark();
    if writes.iter().any(|(key, value)| value.is_some() && *key == mark) {
        return Some(Timestamp::MIN);
    }
    let set = writes.iter().filter(|(key, value)| value.is_some() && key.first() == Some(&KeyKind::Timer.number()));
    set.filter_map(|(key, _)| timer::waiting_of(key).ok()).map(|waiting| waiting.due).min()
}

/// The earliest of what is to be sent among these keys.
fn earliest_entry(writes: &[(Vec<u8>, Option<Vec<u8>>)]) -> Option<Timestamp> {
    writes.iter().filter(|(_, value)| value.is_some()).filter_map(|(key, _)| outbox::due_of(key)).min()
}

/// What is done with the outcome of a submitted command.
type Callback = Box<dyn FnOnce(Result<Changes, Refusal>) + Send>;

struct Deciding {
    release: Arc<RwLock<Arc<Release>>>,
    clock: Arc<dyn Clock>,
    bells: Arc<Bells>,
    command: Command,
    due: Earliest,
    touched: Touched,
    result: Option<Result<Changes, Refusal>>,
    callback: Option<Callback>,
}

impl Deciding {
    fn decide(&mut self, transaction: &mut dyn Transaction) -> Result<Changes, Refusal> {
        let release = get(&self.release);
        let now = self.clock.now();
        let mut changes = decide(transaction.view(), &release, &self.command, now)?;
        // Answered before, or nothing to do.
        if changes.outcome.seq == 0 {
            return Ok(changes);
        }
        (self.due, self.touched) = (Earliest::of(&changes.writes), Touched::by(&changes));
        for (key, value) in std::mem::take(&mut changes.writes) {
            match value {
                Some(value) => transaction.put(key, value),
                None => transaction.delete(key),
            }
        }
        if release.sensitive {
            changes.entry.cover = history::salt()?;
        }
        history::append(transaction, &mut changes.entry, &release.symbols, &changes.listed)?;
        audit::note_people(transaction, &changes.entry)?;
        audit::note_decisions(transaction, &changes.entry, &changes.decided)?;
        Ok(changes)
    }
}

impl Work for Deciding {
    fn run(&mut self, transaction: &mut dyn Transaction) -> Result<(), Abort> {
        let result = self.decide(transaction);
        let refused = result.is_err();
        self.result = Some(result);
        if refused { Err(Abort) } else { Ok(()) }
    }

    fn done(mut self: Box<Self>, outcome: Result<(), StoreError>) {
        if let (Ok(()), Some(Ok(changes))) = (&outcome, &self.result) {
            self.due.ring(&self.bells);
            if changes.outcome.seq > 0 && !changes.outcome.replayed {
                self.bells.news.add(std::mem::take(&mut self.touched));
            }
        }
        let result = match outcome {
            Ok(()) => self.result.take().unwrap_or_else(|| Err(Fault::new("the command was not decided").into())),
            Err(error) => Err(error.into()),
        };
        if let Some(callback) = self.callback.take() {
            callback(result);
        }
    }
}

impl Book {
    /// What readers see now.
    pub fn release(&self) -> Arc<Release> {
        get(&self.release)
    }

    /// The catalog of the release.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.release().catalog.clone()
    }

    /// Limits scripts by their steps alone from now on, so that the same commands come to the same on every machine, and
    /// notes what they ask of the definitions.
    pub(crate) fn observe(&self) {
        let observed = Release { timed: false, touched: Some(Arc::default()), ..(*self.release()).clone() };
        let observed = Arc::new(observed);
        put(&self.release, observed.clone());
        put(&self.deciding, observed);
    }

    /// What it holds now, for books in memory that go on from there.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn freeze(&self) -> Result<FrozenBook, Refusal> {
        let pairs = self.read(|view| Ok(Frozen::of(view)?))?;
        Ok(FrozenBook { pairs, release: self.release() })
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// What wakes whoever waits for the next timer.
    pub fn bell(&self) -> &Bell {
        &self.bells.timers
    }

    /// What wakes whoever waits for what is to be sent next.
    pub fn outbox_bell(&self) -> &Bell {
        &self.bells.outbox
    }

    /// What the last commits touched.
    pub fn news(&self) -> &News {
        &self.bells.news
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Hands a command to the writer. `done` is called on the writer's thread once it is durable, or refused;
    /// it must not block.
    pub fn submit(&self, command: Command, done: impl FnOnce(Result<Outcome, Refusal>) + Send + 'static) {
        self.submit_full(command, move |result| done(result.map(|changes| changes.outcome)));
    }

    /// As [`Book::submit`], with everything that was decided.
    pub fn submit_full(&self, command: Command, done: impl FnOnce(Result<Changes, Refusal>) + Send + 'static) {
        self.store.submit(Box::new(Deciding {
            release: self.deciding.clone(),
            clock: self.clock.clone(),
            bells: self.bells.clone(),
            command,
            due: Earliest::default(),
            touched: Touched::default(),
            result: None,
            callback: Some(Box::new(done)),
        }));
    }

    /// Carries out a command and waits until it is durable.
    ///
    /// # Errors
    /// When it is refused or the store fails.
    pub fn run(&self, command: Command) -> Result<Outcome, Refusal> {
        self.run_full(command).map(|changes| changes.outcome)
    }

    /// As [`Book::run`], with everything that was decided.
    ///
    /// # Errors
    /// When it is refused or the store fails.
    pub fn run_full(&self, command: Command) -> Result<Changes, Refusal> {
        let (answer, wait) = std::sync::mpsc::sync_channel(1);
        self.submit_full(command, move |result| {
            let _gone = answer.send(result);
        });
        wait.recv().unwrap_or(Err(Refusal::Store(StoreError::Closed)))
    }

    /// Decides a command without carrying it out.
    ///
    /// # Errors
    /// When it would be refused or the store fails.
    pub fn dry_run(&self, command: &Command) -> Result<Changes, Refusal> {
        let release = self.release();
        self.read(|view| decide(view, &release, command, self.clock.now()))
    }

    /// Reads with a consistent view.
    ///
    /// # Errors
    /// What the reader fails with, or the store.
    pub fn read<T>(&self, reader: impl FnOnce(&dyn View) -> Result<T, Refusal>) -> Result<T, Refusal> {
        store::read(&*self.store, |view| Ok(reader(view))).map_err(Refusal::from)?
    }

    /// As [`Book::read`], where what can't be opened is damaged in its place and not the end of the reading.
    ///
    /// # Errors
    /// What the reader fails with, or the store.
    pub(crate) fn inspect<T>(&self, reader: impl FnOnce(&dyn View) -> Result<T, Refusal>) -> Result<T, Refusal> {
        store::inspect(&*self.store, |view| Ok(reader(view))).map_err(Refusal::from)?
    }

    fn object(release: &Release, object: Name) -> Result<(), Refusal> {
        if release.catalog.object(object).is_some() {
            return Ok(());
        }
        Err(Rejection::new(
            Kind::NotFound,
            code!("unknown-object"),
            text!("there is no object `{object}`", "没有对象 `{object}`"),
        )
        .into())
    }

    /// One record, as the engine sees it; [`Book::eyes`] shows what somebody sees.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub fn get(&self, object: Name, id: RecordId) -> Result<Record, Refusal> {
        let release = self.release();
        Self::object(&release, object)?;
        self.read(|view| Ok(query::load(view, &release, object, id)?))?
            .ok_or_else(|| Rejection::no_record(object).into())
    }

    /// One page of a list, as the actor sees it.
    ///
    /// # Errors
    /// When the object does not exist or the store fails.
    pub fn list(&self, query: &Query, actor: &Actor) -> Result<Page, Refusal> {
        self.page(query, actor, READ)
    }

    /// One page of what the actor may take out, with the fields that they may.
    ///
    /// # Errors
    /// `not-allowed`, when the object does not exist, or the store fails.
    pub fn export(&self, query: &Query, actor: &Actor) -> Result<Page, Refusal> {
        self.ask(actor, |decider| decider.check_may(query.object, EXPORT))?;
        self.page(query, actor, EXPORT)
    }

    fn page(&self, query: &Query, actor: &Actor, action: Action) -> Result<Page, Refusal> {
        let release = self.release();
        Self::object(&release, query.object)?;
        self.ask(actor, |decider| {
            let asking = Asking { action, ..decider.asking_for() };
            let page = query::page(decider.view, decider.release, query, &asking)?;
            decider.show_page(page, action)
        })
    }

    /// How many records match of those that the actor sees, up to `cap`, and whether that is exact.
    ///
    /// # Errors
    /// When the object does not exist or the store fails.
    pub fn count(&self, object: Name, filter: &Filter, cap: usize, actor: &Actor) -> Result<(usize, bool), Refusal> {
        let release = self.release();
        Self::object(&release, object)?;
        self.ask(actor, |decider| {
            query::count(decider.view, decider.release, object, filter, cap, &decider.asking_for())
        })
    }

    /// Calls `ask` with the working set of a command that changes nothing.
    pub(crate) fn ask<T>(
        &self,
        actor: &Actor,
        ask: impl FnOnce(&Decider<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let release = self.release();
        let command = Command::new(actor.clone(), Request::Tick);
        let now = self.clock.now();
        self.read(|view| ask(&Decider::new(view, &release, &command, now)?))
    }

    /// What the actor can do with a record, and why the rest can't be done.
    ///
    /// # Errors
    /// When there is no such record, or the store fails.
    pub fn offered(&self, actor: &Actor, object: Name, id: RecordId) -> Result<Vec<Offered>, Refusal> {
        self.ask(actor, |decider| {
            decider.see((object, id))?;
            decider.offered((object, id))
        })
    }

    /// The record that a text means: an id, a number, the value of a unique field or of the title.
    ///
    /// # Errors
    /// When the object does not exist, or the store fails.
    pub fn resolve(&self, object: Name, what: &serde_json::Value) -> Result<Option<RecordId>, Refusal> {
        self.ask(&Actor::system(), |decider| decider.resolve_reference(object, what))
    }

    /// What a record is called in lists and references.
    ///
    /// # Errors
    /// When the store fails.
    pub fn title(&self, object: Name, id: RecordId) -> Result<String, Refusal> {
        self.ask(&Actor::system(), |decider| decider.title((object, id)))
    }

    /// The history of a record, newest first.
    ///
    /// # Errors
    /// When there is no such object, or the store fails.
    pub fn history(
        &self,
        object: Name,
        id: RecordId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Entry>, Refusal> {
        let release = self.release();
        Self::object(&release, object)?;
        self.read(|view| Ok(crate::history::of_record(view, &release, object, id, before, limit)?))
    }

    /// Evaluates a decision table with inputs from outside; `this` supplies what is not given, and the release whose
    /// table it is.
    ///
    /// # Errors
    /// When the table or an input does not exist, no row hits, or a row contradicts another.
    pub fn evaluate(
        &self,
        table: Name,
        this: Option<(Name, RecordId)>,
        inputs: &Input,
        actor: &Actor,
    ) -> Result<(Outputs, Vec<String>), Refusal> {
        self.ask(actor, |decider| {
            decider.require(Right::Tables)?;
            if let Some(this) = this
                && !decider.see(this)?.is_whole()
            {
                // What the table makes of a field that is hidden would tell it.
                return Err(Rejection::no_record(this.0).into());
            }
            let catalog = this.map_or(Ok(decider.catalog()), |this| decider.catalog_of(this))?;
            let inputs = decider.read_table_inputs(catalog, table, inputs)?;
            let this = this.map(|(object, id)| Handle::Record(object, id));
            let outputs = decider.evaluate_table(catalog, table, this.as_ref(), &inputs)?;
            let fired = decider.fired.take().into_iter().map(|fired| fired.what.to_string()).collect();
            Ok((outputs, fired))
        })
    }

    /// Evaluates one expression over a record. For `formwork eval` and scenarios.
    ///
    /// # Errors
    /// When the record does not exist or the expression fails.
    pub fn evaluate_expression(
        &self,
        program: &formwork_catalog::source::Program,
        this: (Name, RecordId),
        actor: &Actor,
    ) -> Result<formwork_script::val::Val, Refusal> {
        self.ask(actor, |decider| {
            decider.record(this, |_| ())?;
            decider.eval(program, &decider.vars(this))
        })
    }

    /// The instant of the book's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
