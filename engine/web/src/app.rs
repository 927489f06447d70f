//! What every request is served with: the books, the limits, the numbers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::body::Bytes;
use formwork_integration::delivery::Secrets;
use formwork_model::id::CommandId;
use formwork_runtime::book::Book;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    metrics::{Metrics, TimerFigures},
    release::ReleaseStatus,
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
    /// One turn for what takes minutes and a whole core.
    turn: Arc<Semaphore>,
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
            timers: Arc::default(),
            openapi: ArcSwapOption::empty(),
            failing: AtomicBool::new(false),
        }
    }
}

impl App {
    /// Serves these books.
    pub fn new(books: impl IntoIterator<Item = Served>, settings: Settings) -> Self {
        let random = CommandId::random().to_string();
        Self(Arc::new(Inner {
            books: books.into_iter().map(Arc::new).collect(),
            settings,
            metrics: Metrics::default(),
            id_prefix: random.chars().take(8).collect(),
            requests: AtomicU64::new(0),
            turn: Arc::new(Semaphore::new(1)),
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

    /// Waits for the turn of something that takes long; it lasts until what is given is dropped.
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        self.0.turn.clone().acquire_owned().await.ok()
    }

    /// An id for a request that brought none.
    pub(crate) fn next_request_id(&self) -> String {
        format!("{}-{:x}", self.0.id_prefix, self.0.requests.fetch_add(1, Ordering::Relaxed))
    }
}
