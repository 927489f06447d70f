//! What every request is served with: the books, the limits, the numbers.

use std::{
    net::IpAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::body::Bytes;
use formwork_account::{login, session::Lifetime};
use formwork_integration::{backup::Place, delivery::Secrets, publish::Folder};
use formwork_model::id::CommandId;
use formwork_runtime::book::Book;
use formwork_store::{
    error::Error,
    store::{self, Transaction},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use crate::{
    ask::timed_out,
    error::Problem,
    hashing::Hashing,
    metrics::{Metrics, TimerFigures},
    rate::{Counters, Rates},
    release::ReleaseStatus,
    tls::Tls,
};

/// Everything a request needs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    books: Vec<Arc<Served>>,
    settings: Settings,
    metrics: Metrics,
    /// Begins the request ids of this process, so that they differ from those of the one before it.
    id_prefix: String,
    requests: AtomicU64,
    hashing: Hashing,
    counters: Counters,
    /// Whether somebody can sign in, once that is known: it never changes back.
    anybody: AtomicBool,
    /// One turn for what takes minutes and a whole core.
    turn: Arc<Semaphore>,
    /// Whether the server is about to stop: what would stay open ends then.
    ending: watch::Sender<bool>,
}

/// How requests are served.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whether a header names the actor. Only for a server that listens on loopback.
    pub dev: bool,
    /// The bounds.
    pub limits: Limits,
    /// Where the secrets are that messages of other systems are signed with.
    pub secrets: Secrets,
    /// How long sessions last.
    pub lifetime: Lifetime,
    /// Whether callers come over TLS, to this server or to a proxy before it: then cookies are `Secure`.
    pub secure: bool,
    /// The reverse proxies before this server: what they say of the caller's address is believed.
    pub proxies: Vec<IpAddr>,
    /// How often somebody may ask.
    pub rates: Rates,
    /// Where administrators may write backups, when they may.
    pub backups: Option<Place>,
    /// The certificate; without one the server speaks plain HTTP.
    pub tls: Option<Tls>,
}

/// The bounds of one request and of all connections.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a JSON body.
    pub json_bytes: usize,
    /// Bytes of an uploaded file.
    pub file_bytes: usize,
    /// How long a body may take to arrive, a command to be on disk, a long read to end.
    pub timeout: Duration,
    /// How long a question may take that goes through all of the history or of the records, such as an impact.
    pub patience: Duration,
    /// How many connections are open at once; more wait to be accepted.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            json_bytes: 1 << 20,
            file_bytes: 32 << 20,
            timeout: Duration::from_secs(30),
            patience: Duration::from_secs(3_600),
            connections: 4096,
        }
    }
}

/// A book that is served.
#[derive(Debug)]
pub struct Served {
    /// The first segment of its paths.
    pub name: &'static str,
    /// The book.
    pub book: Arc<Book>,
    /// What is known about its release; whoever reloads stores here.
    pub status: Arc<ArcSwap<ReleaseStatus>>,
    /// The folder of its definitions, when they can be edited here.
    pub folder: Option<Arc<Folder>>,
    /// What became of its timers; whoever fires them counts here.
    pub timers: Arc<TimerFigures>,
    /// The last OpenAPI document, with the release it was made from.
    pub(crate) openapi: ArcSwapOption<(Arc<str>, Bytes)>,
    /// Whether the store failed at the last command.
    pub(crate) failing: AtomicBool,
}

impl Served {
    /// Serves `book` under the name its definitions give it.
    pub fn new(book: Arc<Book>) -> Self {
        let status = ReleaseStatus::live(book.now());
        Self {
            name: book.catalog().book.name.as_str(),
            book,
            status: Arc::new(ArcSwap::from_pointee(status)),
            folder: None,
            timers: Arc::default(),
            openapi: ArcSwapOption::empty(),
            failing: AtomicBool::new(false),
        }
    }

    /// With the folder that its definitions come from: they can be edited in the browser then.
    #[must_use]
    pub fn with_folder(self, root: &Path) -> Self {
        Self { folder: Some(Arc::new(Folder::new(root))), ..self }
    }

    /// Writes what is beside the records, sessions and keys, and waits until it is on disk, for at most `most`.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        most: Duration,
        work: impl Fn(&mut dyn Transaction) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let (answer, wait) = oneshot::channel();
        store::submit(&**self.book.store(), work, move |result| {
            // The caller may have gone away; the work is done all the same.
            let _gone = answer.send(result);
        });
        match tokio::time::timeout(most, wait).await {
            Ok(Ok(result)) => Ok(result??),
            Ok(Err(_)) => Err(Problem::fault("the writer forgot a piece of work")),
            Err(_) => Err(timed_out()),
        }
    }
}

impl App {
    /// Serves these books.
    pub fn new(books: impl IntoIterator<Item = Served>, settings: Settings) -> Self {
        let random = CommandId::random().to_string();
        let counters = Counters::new(&settings.rates);
        Self(Arc::new(Inner {
            books: books.into_iter().map(Arc::new).collect(),
            settings,
            metrics: Metrics::default(),
            id_prefix: random.chars().take(8).collect(),
            requests: AtomicU64::new(0),
            hashing: Hashing::default(),
            counters,
            anybody: AtomicBool::new(false),
            turn: Arc::new(Semaphore::new(1)),
            ending: watch::Sender::new(false),
        }))
    }

    /// Every book.
    pub fn books(&self) -> &[Arc<Served>] {
        &self.0.books
    }

    /// The book of this name.
    pub fn book(&self, name: &str) -> Option<&Arc<Served>> {
        self.0.books.iter().find(|served| served.name == name)
    }

    /// How requests are served.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The numbers of this process.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Where passwords are hashed.
    pub(crate) fn hashing(&self) -> &Hashing {
        &self.0.hashing
    }

    /// Who asks how often.
    pub(crate) fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// Whether somebody can sign in to some book. A store that can't be read is no reason to say that nobody can.
    pub fn is_anybody(&self) -> bool {
        if self.0.anybody.load(Ordering::Relaxed) {
            return true;
        }
        let found =
            self.books().iter().any(|served| store::read(&**served.book.store(), login::is_anybody).unwrap_or(true));
        self.0.anybody.store(found, Ordering::Relaxed);
        found
    }

    /// Waits for the turn of something that takes long; it lasts until what is given is dropped.
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        self.0.turn.clone().acquire_owned().await.ok()
    }

    /// Ends what would stay open: the server is about to stop.
    pub(crate) fn end(&self) {
        self.0.ending.send_replace(true);
    }

    /// Tells when the server is about to stop.
    pub(crate) fn ending(&self) -> watch::Receiver<bool> {
        self.0.ending.subscribe()
    }

    /// An id for a request that brought none.
    pub(crate) fn next_request_id(&self) -> String {
        format!("{}-{:x}", self.0.id_prefix, self.0.requests.fetch_add(1, Ordering::Relaxed))
    }
}
