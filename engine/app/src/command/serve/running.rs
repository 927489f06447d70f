//! What runs for a book as long as it is served: its reloader, its clockwork, its delivery, the passing of time.

use std::{sync::Arc, time::Duration};

use formwork_account::session::{self, Lifetime};
use formwork_integration::delivery::{self, Worker};
use formwork_model::text::Language;
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Request},
};
use formwork_store::store::{Transaction, submit};
use formwork_web::Served;
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::JoinHandle,
};

use super::sites::Site;
use crate::{
    clockwork::Clockwork,
    failure::Failure,
    reload::{Reloader, Reloading},
};

/// How often a book looks for what has become due.
const TICK: Duration = Duration::from_secs(6 * 3600);
/// How long requests that have begun may take to end when a book is put away.
const LEAVE: Duration = Duration::from_secs(10);
/// Threads for the requests of one book among several.
const THREADS: usize = 2;

/// What is the same for every book of a server.
#[derive(Debug, Clone)]
pub(super) struct Common {
    pub(super) language: Language,
    pub(super) allow_internal: bool,
    pub(super) lifetime: Lifetime,
    /// The threads of the server.
    pub(super) handle: Handle,
}

/// What runs for a book.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) site: Site,
    /// Threads of its own, when it is one of several.
    runtime: Option<Runtime>,
    reloading: Reloading,
    clockwork: Clockwork,
    worker: Worker,
    ticking: JoinHandle<()>,
}

/// Threads for the requests of a book that is one of several: what holds it up holds no other.
///
/// # Errors
/// When they can't be made.
pub(super) fn threads(name: &str) -> Result<Runtime, Failure> {
    Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name(format!("book-{name}"))
        .enable_all()
        .build()
        .map_err(|error| Failure::io("tokio", &error))
}

impl Running {
    /// Begins everything.
    ///
    /// # Errors
    /// When a thread can't be started or the folder can't be watched.
    pub(super) fn start(
        site: Site,
        served: &Arc<Served>,
        runtime: Option<Runtime>,
        common: &Common,
    ) -> Result<Self, Failure> {
        let reloading = Reloader::new(&site.definitions, served.clone(), common.language).start()?;
        let clockwork = Clockwork::start(served.book.clone(), served.timers.clone())
            .map_err(|error| Failure::io("clockwork", &error))?;
        let settings = delivery::Settings { allow_internal: common.allow_internal, ..delivery::Settings::default() };
        let worker = Worker::start(served.book.clone(), settings).map_err(|error| Failure::io("delivery", &error))?;
        let ticking = common.handle.spawn(tick(served.book.clone(), common.lifetime));
        Ok(Self { site, runtime, reloading, clockwork, worker, ticking })
    }

    /// Ends everything and gives the book up. Requests that have begun get a while.
    pub(super) fn stop(self) {
        self.ticking.abort();
        drop(self.clockwork);
        if let Some(runtime) = self.runtime {
            runtime.shutdown_timeout(LEAVE);
        }
        self.worker.stop();
        self.reloading.stop();
    }
}

/// Lets time pass for a book, for as long as it is served, clears away the sessions that have ended, and erases what has
/// been kept as long as it may be.
async fn tick(book: Arc<Book>, lifetime: Lifetime) {
    let mut interval = tokio::time::interval(TICK);
    loop {
        interval.tick().await;
        retain(&book).await;
        book.submit(Command::new(Actor::system(), Request::Tick), |result| {
            if let Err(refusal) = result {
                tracing::error!(?refusal, "a tick failed");
            }
        });
        let clock = book.clock().clone();
        let clear = move |txn: &mut dyn Transaction| session::clear(txn, lifetime, clock.now());
        submit(&**book.store(), clear, |cleared| {
            if let Ok(Err(error)) | Err(error) = cleared {
                tracing::error!(%error, "ended sessions were not cleared away");
            }
        });
    }
}

async fn retain(book: &Arc<Book>) {
    let book = book.clone();
    match tokio::task::spawn_blocking(move || book.retain()).await {
        Ok(Ok(0)) => {}
        Ok(Ok(records)) => tracing::info!(records, "kept as long as they may be: erased"),
        Ok(Err(refusal)) => tracing::error!(?refusal, "what was kept too long was not erased"),
        Err(error) => tracing::error!(%error, "what was kept too long was not erased"),
    }
}
