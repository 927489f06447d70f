//! Passwords are hashed away from the threads that serve connections, and never more at once than there are cores.
//!
//! The cores are shared by all books, in turn: of each book one password at most waits for a core, and the others wait in the
//! line of their book. So a book to which everybody, or an attacker, signs in at once keeps nobody out of another.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::available_parallelism,
    time::Duration,
};

use axum::http::StatusCode;
use formwork_account::hash;
use formwork_model::{code, text};
use formwork_store::error::Error;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use crate::{app::Served, error::Problem};

/// The places in which passwords are hashed.
#[derive(Debug)]
pub(crate) struct Hashing {
    places: Arc<Semaphore>,
    /// The line of those who name a book that is not there.
    nowhere: Line,
    verified: AtomicU64,
}

/// The line of a book: whoever is at its head waits for a place.
#[derive(Debug)]
pub(crate) struct Line(Semaphore);

impl Default for Line {
    fn default() -> Self {
        Self(Semaphore::new(1))
    }
}

impl Default for Hashing {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self { places: Arc::new(Semaphore::new(cores)), nowhere: Line::default(), verified: AtomicU64::new(0) }
    }
}

impl Hashing {
    /// Whether it is the password of this hash; without one it takes the same work. `at` is the book that is signed in to.
    pub(crate) async fn verify(
        &self,
        at: Option<&Served>,
        phc: Option<String>,
        password: String,
        most: Duration,
    ) -> Result<bool, Problem> {
        self.verified.fetch_add(1, Ordering::Relaxed);
        self.work(at, most, move || hash::verify(phc.as_deref(), &password)).await
    }

    /// The hash of a new password for somebody of a book.
    pub(crate) async fn hash(&self, at: &Served, password: String, most: Duration) -> Result<String, Problem> {
        self.work(Some(at), most, move || hash::hash(&password)).await
    }

    /// How many passwords were verified since the start.
    pub(crate) fn verified(&self) -> u64 {
        self.verified.load(Ordering::Relaxed)
    }

    /// A place, once it is the turn of the book and of the caller in it.
    async fn place(&self, at: Option<&Served>) -> Option<OwnedSemaphorePermit> {
        let line = at.map_or(&self.nowhere, |served| &served.line);
        let _head = line.0.acquire().await.ok()?;
        self.places.clone().acquire_owned().await.ok()
    }

    async fn work<T: Send + 'static>(
        &self,
        at: Option<&Served>,
        most: Duration,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let Ok(Some(place)) = timeout(most, self.place(at)).await else {
            let message = text!("too many sign in at once; try again", "同时登录的人数过多；请重试");
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, code!("timed-out"), message));
        };
        // The place is held by the work, not by who waits for it: whoever hangs up gives no place to another at once.
        let work = move || {
            let result = work();
            drop(place);
            result
        };
        match spawn_blocking(work).await {
            Ok(result) => Ok(result?),
            Err(error) => Err(Problem::fault(format!("hashing a password panicked: {error}"))),
        }
    }
}
