//! When the machine fails: the store, the disk, the engine itself.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use axum::body::Body;
use formwork_model::clock::{Clock, SettableClock};
use formwork_store::{
    embedded::Embedded,
    error::Error,
    store::{Store, View, Work},
};
use formwork_web::{Limits, Settings};
use jiff::Timestamp;
use serde_json::json;

use super::support::{NOW, Site};

const WELL: u8 = 0;
const FULL: u8 = 1;
const CLOSED: u8 = 2;
const STUCK: u8 = 3;

/// A store that fails as it is told to.
#[derive(Debug)]
struct Moody {
    inner: Embedded,
    mood: Arc<AtomicU8>,
}

impl Store for Moody {
    fn read(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error> {
        self.inner.read(reader)
    }

    fn submit(&self, work: Box<dyn Work>) {
        match self.mood.load(Ordering::SeqCst) {
            FULL => work.done(Err(Error::from(io::Error::from(io::ErrorKind::StorageFull)))),
            CLOSED => work.done(Err(Error::Closed)),
            // Kept for ever, as a writer that hangs would.
            STUCK => std::mem::forget(work),
            _ => self.inner.submit(work),
        }
    }

    fn size_on_disk(&self) -> u64 {
        0
    }

    fn kind(&self) -> &'static str {
        "moody"
    }
}

#[tokio::test]
async fn a_store_that_fails_is_said_to_fail_and_comes_back() {
    let mood = Arc::new(AtomicU8::new(WELL));
    let store = Moody { inner: Embedded::memory().unwrap(), mood: mood.clone() };
    let limits = Limits { timeout: Duration::from_millis(50), ..Limits::default() };
    let clock = SettableClock::at(NOW.parse().unwrap());
    let site = Site::over(Settings { dev: true, limits, ..Settings::default() }, Arc::new(store), Arc::new(clock));
    let create = || site.post("/~/job", json!({"name": "Chair"}));
    create().await.expect(201);
    for (state, code, says) in [
        (FULL, "store-failed", "disk is full"),
        (CLOSED, "store-failed", "takes no changes"),
        (STUCK, "timed-out", "too long"),
    ] {
        mood.store(state, Ordering::SeqCst);
        let reply = create().await;
        assert_eq!(reply.header("retry-after"), "5");
        let problem = reply.refused(503, code);
        assert!(problem["detail"].as_str().unwrap().contains(says), "{problem}");
        site.get("/~/job").await.expect(200);
        site.get("/health").await.expect(503);
    }
    mood.store(WELL, Ordering::SeqCst);
    create().await.expect(201);
    site.get("/health").await.expect(200);
}

#[tokio::test]
async fn a_message_that_finds_the_store_failing_says_so_to_health() {
    let mood = Arc::new(AtomicU8::new(WELL));
    let store = Moody { inner: Embedded::memory().unwrap(), mood: mood.clone() };
    let site = super::hooks::site_over(Arc::new(store));
    let body = r#"{"who": {"name": "Ann"}, "town": "bj"}"#;
    mood.store(FULL, Ordering::SeqCst);
    super::hooks::send(&site, "partner", "m1", body, 0).await.refused(503, "store-failed");
    site.get("/health").await.expect(503);
    mood.store(WELL, Ordering::SeqCst);
    super::hooks::send(&site, "partner", "m1", body, 0).await.expect(200);
    site.get("/health").await.expect(200);
}

/// A clock that breaks when it is read too often.
#[derive(Debug)]
struct Broken(AtomicU8);

impl Clock for Broken {
    fn now(&self) -> Timestamp {
        assert!(self.0.fetch_sub(1, Ordering::SeqCst) > 0, "the spring is broken");
        NOW.parse().unwrap()
    }
}

#[tokio::test]
async fn a_panic_is_a_problem_without_its_words() {
    let clock = Arc::new(Broken(AtomicU8::new(200)));
    let site =
        Site::over(Settings { dev: true, ..Settings::default() }, Arc::new(Embedded::memory().unwrap()), clock.clone());
    let job = site.create("job", json!({"name": "Chair"})).await;
    clock.0.store(0, Ordering::SeqCst);
    // In a handler, in a blocking read, and on the writer's thread.
    for (method, path, body) in [
        ("GET", format!("{job}/actions"), ""),
        ("GET", "/~/job".to_owned(), ""),
        ("POST", "/~/job".to_owned(), "{\"name\": \"Desk\"}"),
    ] {
        clock.0.store(0, Ordering::SeqCst);
        let reply = site.send(method, &path, &[("content-type", "application/json")], Body::from(body)).await;
        let problem = reply.refused(500, "internal");
        assert!(!problem.to_string().contains("spring"), "{problem}");
    }
    clock.0.store(100, Ordering::SeqCst);
    site.get(&job).await.expect(200);
    site.get(&format!("{job}/actions")).await.expect(200);
}
