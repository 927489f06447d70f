//! Passwords are hashed away from the threads that serve connections, and never more at once than there are cores.

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
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use crate::error::Problem;

/// The places in which passwords are hashed.
#[derive(Debug)]
pub(crate) struct Hashing {
    places: Arc<Semaphore>,
    verified: AtomicU64,
}

impl Default for Hashing {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self { places: Arc::new(Semaphore::new(cores)), verified: AtomicU64::new(0) }
    }
}

impl Hashing {
    /// Whether it is the password of this hash; without one it takes the same work.
    pub(crate) async fn verify(&self, phc: Option<String>, password: String, most: Duration) -> Result<bool, Problem> {
        self.verified.fetch_add(1, Ordering::Relaxed);
        self.work(most, move || hash::verify(phc.as_deref(), &password)).await
    }

    /// The hash of a new password.
    pub(crate) async fn hash(&self, password: String, most: Duration) -> Result<String, Problem> {
        self.work(most, move || hash::hash(&password)).await
    }

    /// How many passwords were verified since the start.
    pub(crate) fn verified(&self) -> u64 {
        self.verified.load(Ordering::Relaxed)
    }

    async fn work<T: Send + 'static>(
        &self,
        most: Duration,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let Ok(Ok(place)) = timeout(most, self.places.clone().acquire_owned()).await else {
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
