//! What every request is served with: the books, the limits, the numbers.

use std::{
    collections::BTreeMap,
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
use formwork_integration::{backup::Place, delivery::Secrets, oidc::Providers, publish::Folder};
use formwork_model::id::CommandId;
use formwork_runtime::{book::Book, scenario::Proof};
use formwork_store::{
    error::Error,
    store::{self, Transaction},
};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch},
};

use crate::{
    ask::timed_out,
    error::Problem,
    hashing::{Hashing, Line},
    metrics::{Metrics, TimerFigures},
    rate::{Counters, Rates},
    release::ReleaseStatus,
    sites::{Absent, Sites},
    tls::Tls,
};

/// Everything a request needs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// They change while the server runs; whoever reads the list keeps the one that was.
    books: ArcSwap<Vec<Arc<Served>>>,
    /// Books that are not there, by name, and why.
    absent: ArcSwap<BTreeMap<String, Absent>>,
    settings: Settings,
    metrics: Metrics,
    /// Begins the request ids of this process, so that they differ from those of the one before it.
    id_prefix: String,
    requests: AtomicU64,
    hashing: Hashing,
    providers: Providers,
    counters: Counters,
    /// Whether somebody can sign in, once that is known: it never changes back.
    anybody: AtomicBool,
    /// One turn for what takes minutes and a whole core.
    turn: Arc<Semaphore>,
    /// Whether the server is about to stop: what would stay open ends then.
    ending: watch::Sender<bool>,
}

/// How many reports of one book are computed at a time.
const REPORTS: usize = 2;

/// How long a book has to answer what is asked of every book.
const GLANCE: Duration = Duration::from_secs(2);

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
    /// Whether connectors and providers of sign-ins that say `internal: true` may lie in private networks.
    pub allow_internal: bool,
    /// The address at which people reach this server, when the requests do not say it.
    pub url: Option<String>,
    /// What looks after the account sets, where the server has several.
    pub sites: Option<Arc<dyn Sites>>,
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
    /// Which of its scenarios an edit has to run again.
    pub proof: Arc<Proof>,
    /// The folder of its definitions, when they can be edited here.
    pub folder: Option<Arc<Folder>>,
    /// What became of its timers; whoever fires them counts here.
    pub timers: Arc<TimerFigures>,
    /// The last OpenAPI document, with the release it was made from.
    pub(crate) openapi: ArcSwapOption<(Arc<str>, Bytes)>,
    /// Whether the store failed at the last command.
    pub(crate) failing: AtomicBool,
    /// The threads that its requests run on, when they are its own: what holds one book up holds no other.
    pub(crate) runtime: Option<Handle>,
    /// One turn for what takes minutes: it waits for the server's turn in this book's name.
    pub(crate) turn: Arc<Semaphore>,
    /// Where those wait whose passwords are to be hashed.
    pub(crate) line: Line,
    /// Turns for computing reports.
    pub(crate) counting: Arc<Semaphore>,
    /// Whether it is about to be served no more.
    pub(crate) ending: watch::Sender<bool>,
}

impl Served {
    /// Serves `book` under the name its definitions give it.
    pub fn new(book: Arc<Book>) -> Self {
        let status = ReleaseStatus::live(book.now());
        Self {
            name: book.catalog().book.name.as_str(),
            book,
            status: Arc::new(ArcSwap::from_pointee(status)),
            proof: Arc::default(),
            folder: None,
            timers: Arc::default(),
            openapi: ArcSwapOption::empty(),
            failing: AtomicBool::new(false),
            runtime: None,
            turn: Arc::new(Semaphore::new(1)),
            line: Line::default(),
            counting: Arc::new(Semaphore::new(REPORTS)),
            ending: watch::Sender::new(false),
        }
    }

    /// With threads of its own for its requests.
    #[must_use]
    pub fn with_runtime(self, runtime: Handle) -> Self {
        Self { runtime: Some(runtime), ..self }
    }

    /// Asks the book something that is asked of every book, on its own threads and not for long: `None` when it does
    /// not answer.
    pub(crate) async fn glance<T: Send + 'static>(
        self: &Arc<Self>,
        look: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Option<T> {
        let (served, own) = (self.clone(), self.runtime.clone());
        let looking = own.unwrap_or_else(Handle::current).spawn_blocking(move || look(&served));
        tokio::time::timeout(GLANCE, looking).await.ok()?.ok()
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
        let providers = Providers::new(settings.secrets.clone(), settings.allow_internal);
        Self(Arc::new(Inner {
            books: ArcSwap::from_pointee(books.into_iter().map(Arc::new).collect()),
            absent: ArcSwap::default(),
            settings,
            metrics: Metrics::default(),
            id_prefix: random.chars().take(8).collect(),
            requests: AtomicU64::new(0),
            hashing: Hashing::default(),
            providers,
            counters,
            anybody: AtomicBool::new(false),
            turn: Arc::new(Semaphore::new(1)),
            ending: watch::Sender::new(false),
        }))
    }

    /// Every book, as they are now.
    pub fn books(&self) -> Arc<Vec<Arc<Served>>> {
        self.0.books.load_full()
    }

    /// The book of this name.
    pub fn book(&self, name: &str) -> Option<Arc<Served>> {
        self.0.books.load().iter().find(|served| served.name == name).cloned()
    }

    /// Serves one more book, in place of one of its name.
    pub fn add(&self, served: Served) -> Arc<Served> {
        let served = Arc::new(served);
        self.0.books.rcu(|books| {
            let others = books.iter().filter(|other| other.name != served.name).cloned();
            let mut books: Vec<_> = others.chain([served.clone()]).collect();
            books.sort_by_key(|served| served.name);
            books
        });
        self.explain(served.name, None);
        served
    }

    /// Serves a book no more. Requests that have begun go on; streams end.
    pub fn remove(&self, name: &str, why: Absent) -> Option<Arc<Served>> {
        let served = self.book(name)?;
        self.explain(name, Some(why));
        self.0.books.rcu(|books| books.iter().filter(|other| other.name != name).cloned().collect::<Vec<_>>());
        served.ending.send_replace(true);
        Some(served)
    }

    /// Says why a book is not there, or no more.
    pub fn explain(&self, name: &str, why: Option<Absent>) {
        self.0.absent.rcu(|absent| {
            let mut absent = BTreeMap::clone(absent);
            match why {
                Some(why) => absent.insert(name.to_owned(), why),
                None => absent.remove(name),
            };
            absent
        });
    }

    /// The books that are not there, and why.
    pub fn absent(&self) -> Arc<BTreeMap<String, Absent>> {
        self.0.absent.load_full()
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

    /// Who is asked who somebody is.
    pub(crate) fn providers(&self) -> &Providers {
        &self.0.providers
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

    /// Waits for the turn of something that takes long; it lasts until what is given is dropped. Of each book one waits
    /// at a time, so that a book that asks for much gets no more turns than another.
    pub(crate) async fn turn(&self, served: &Served) -> Option<[OwnedSemaphorePermit; 2]> {
        // Neither semaphore is ever closed.
        let own = served.turn.clone().acquire_owned().await.ok()?;
        Some([own, self.0.turn.clone().acquire_owned().await.ok()?])
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
