//! Time passes for a served book: what is due fires, in due order, each timer by a command of its own.
//!
//! One thread a book. It sleeps until the earliest timer is due, and is woken when an earlier one is committed, so
//! timers that wait cost nothing. What is due together is submitted together and shares a disk write. A timer that
//! fails is tried again later and holds nobody up; after a kill the table still has what did not fire.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use formwork_model::name::Name;
use formwork_runtime::{
    book::{Book, Due},
    command::{Actor, Command, Request},
    rejection::Refusal,
};
use formwork_web::TimerFigures as Figures;
use jiff::{SignedDuration, Timestamp};

/// How many timers are submitted before the first is waited for. Each batch looks from the beginning of the table, over
/// what has just fired, so small ones would cost more than the firing.
const BATCH: usize = 4_096;
/// The longest sleep: the machine's clock may have been set meanwhile.
const NAP: Duration = Duration::from_secs(30);
/// How long after a failure a timer is tried again; the last one from then on.
const BACKOFF: [i64; 6] = [1, 5, 30, 120, 600, 3_600];

/// The thread that lets time pass for a book. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Clockwork {
    stop: Arc<AtomicBool>,
    book: Arc<Book>,
    thread: Option<JoinHandle<()>>,
}

impl Clockwork {
    /// Begins.
    ///
    /// # Errors
    /// When the thread can't be started.
    pub(crate) fn start(book: Arc<Book>, figures: Arc<Figures>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut hand = Hand {
            book: book.clone(),
            figures,
            stop: stop.clone(),
            failing: HashMap::new(),
            failing_schedules: HashMap::new(),
        };
        let thread = std::thread::Builder::new().name("clockwork".into()).spawn(move || hand.run())?;
        Ok(Self { stop, book, thread: Some(thread) })
    }
}

impl Drop for Clockwork {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.book.bell().ring(Timestamp::MIN);
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

/// What the thread holds.
struct Hand {
    book: Arc<Book>,
    figures: Arc<Figures>,
    stop: Arc<AtomicBool>,
    /// How often each timer failed, and when it is tried again.
    failing: HashMap<Due, (usize, Timestamp)>,
    /// The same of schedules.
    failing_schedules: HashMap<Name, (usize, Timestamp)>,
}

/// When what failed so often is tried again.
fn later(now: Timestamp, times: usize) -> Timestamp {
    let pause = BACKOFF.get(times).or(BACKOFF.last()).copied().unwrap_or(60);
    now.checked_add(SignedDuration::from_secs(pause)).unwrap_or(Timestamp::MAX)
}

impl Hand {
    fn run(&mut self) {
        while !self.stop.load(Ordering::SeqCst) {
            match self.fire() {
                // There may be more.
                Ok(BATCH) => {}
                Ok(_) => self.sleep(),
                Err(refusal) => {
                    tracing::error!(?refusal, "the timers can't be read");
                    self.book.bell().wait(NAP, Timestamp::MIN);
                }
            }
        }
    }

    /// Fires the first of what is due; says how many were submitted.
    fn fire(&mut self) -> Result<usize, Refusal> {
        self.book.move_timers()?;
        self.run_schedules()?;
        let now = self.book.now();
        let waits = |due: &Due| self.failing.get(due).is_some_and(|(_, at)| *at > now);
        let due = self.book.due(now, BATCH, waits)?;
        let (answer, answers) = mpsc::channel();
        for one in &due {
            let (one, answer) = (*one, answer.clone());
            self.book.submit(one.command(), move |result| {
                let _gone = answer.send((one, result));
            });
        }
        drop(answer);
        for (one, result) in answers {
            self.note(one, result.map(|outcome| outcome.seq > 0), now);
        }
        if due.len() < BATCH {
            // Everything due was met, and what failed again waits again. The rest is no longer in the table: kept, it
            // would be a time that has passed, and nobody would sleep any more.
            self.failing.retain(|_, (_, at)| *at > now);
            self.figures.failing.store(self.failing.len() as u64, Ordering::Relaxed);
        }
        Ok(due.len())
    }

    /// Runs the schedules that are due.
    fn run_schedules(&mut self) -> Result<(), Refusal> {
        let begun = self.book.now();
        while !self.stop.load(Ordering::SeqCst) {
            let now = self.book.now();
            let waits = |name| self.failing_schedules.get(&name).is_some_and(|(_, at)| *at > now);
            let Some((_, schedule)) = self.book.next_schedule(waits)?.filter(|(at, _)| *at <= now) else { break };
            let times = self.failing_schedules.get(&schedule).map_or(0, |(times, _)| *times);
            match self.book.run(Command::new(Actor::system(), Request::Schedule { schedule })) {
                Ok(_) => {
                    self.failing_schedules.remove(&schedule);
                }
                Err(refusal) => {
                    tracing::warn!(?refusal, %schedule, "a schedule failed");
                    self.failing_schedules.insert(schedule, (times + 1, later(now, times)));
                    self.figures.failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        // As with timers: what is not due any more, because another release has it otherwise, keeps nobody awake.
        self.failing_schedules.retain(|_, (_, at)| *at > begun);
        Ok(())
    }

    fn note(&mut self, due: Due, result: Result<bool, Refusal>, now: Timestamp) {
        match result {
            Ok(true) => {
                self.failing.remove(&due);
                self.figures.fired.fetch_add(1, Ordering::Relaxed);
            }
            // Its record changed meanwhile, and it is gone. Should the table be wrong, nobody asks for it all the time.
            Ok(false) => {
                let times = self.failing.get(&due).map_or(0, |(times, _)| *times);
                self.failing.insert(due, (times + 1, later(now, times)));
            }
            Err(refusal) => {
                let times = self.failing.get(&due).map_or(0, |(times, _)| *times);
                let again = later(now, times);
                tracing::warn!(?refusal, object = %due.object, id = %due.id, due = %due.at, "a timer failed");
                self.failing.insert(due, (times + 1, again));
                self.figures.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Sleeps until something is due or tried again, or an earlier timer is committed.
    fn sleep(&self) {
        let next = match self.book.next_due(|due| self.failing.contains_key(due)) {
            Ok(next) => next.map(|due| due.at),
            Err(refusal) => {
                tracing::error!(?refusal, "the timers can't be read");
                None
            }
        };
        let schedule = self.book.next_schedule(|name| self.failing_schedules.contains_key(&name));
        let schedule = schedule.ok().flatten().map(|(at, _)| at);
        let again = self.failing.values().map(|(_, at)| *at);
        let again = again.chain(self.failing_schedules.values().map(|(_, at)| *at)).min();
        let until = next.into_iter().chain(schedule).chain(again).min().unwrap_or(Timestamp::MAX);
        let left = until.duration_since(self.book.now());
        let most = Duration::try_from(left).unwrap_or_default().min(NAP);
        // What is due within the millisecond is due: the clock counts no less.
        self.book.bell().wait(most.max(Duration::from_millis(1)), until);
    }
}
