//! Books of one server do not hold each other up: a store that answers nothing stops the requests of its own book.

use std::sync::{
    Arc, Condvar, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use formwork_model::{
    clock::{Clock, SettableClock},
    name::Name,
};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Request},
};
use formwork_store::{
    embedded::Embedded,
    error::Error,
    store::{Store, View, Work},
};
use formwork_web::{App, Served, Settings, router};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use super::{
    closed::{PASSWORD, cookie_of, give_password},
    support::{NOW, Site, catalog_of},
};

/// Requests that wait at once: more than any pool has threads.
const WAITING: usize = 600;

/// Sign-ins that are tried at once: many times what the cores hash at a time.
const TRIED: usize = 60;

/// A store whose reads wait at a gate, as those of a disk that hangs do.
#[derive(Debug)]
struct Gated {
    inner: Embedded,
    shut: Arc<(Mutex<bool>, Condvar)>,
    waiting: Arc<AtomicUsize>,
}

impl Store for Gated {
    fn read(&self, reader: &mut dyn FnMut(&dyn View)) -> Result<(), Error> {
        let (shut, opened) = &*self.shut;
        let mut guard = shut.lock().unwrap();
        if *guard {
            self.waiting.fetch_add(1, Ordering::SeqCst);
        }
        while *guard {
            guard = opened.wait(guard).unwrap();
        }
        drop(guard);
        self.inner.read(reader)
    }

    fn submit(&self, work: Box<dyn Work>) {
        self.inner.submit(work);
    }

    fn size_on_disk(&self) -> u64 {
        0
    }

    fn kind(&self) -> &'static str {
        "gated"
    }
}

fn book(name: &str, store: Arc<dyn Store>) -> Arc<Book> {
    let clock: Arc<dyn Clock> = Arc::new(SettableClock::at(NOW.parse().unwrap()));
    let book = Arc::new(Book::open(store, catalog_of(name), clock).unwrap());
    let values = json!({"login": "ann", "name": "Ann"}).as_object().unwrap().clone();
    let create = Request::Create { object: Name::intern("user"), values };
    book.run(Command::new(Actor::system(), create)).unwrap();
    give_password(&book, "ann", false);
    book
}

fn threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn sign_in(site: &Site, book: &str) -> String {
    let body = json!({"login": "ann", "password": PASSWORD});
    cookie_of(&site.write("POST", &format!("/{book}/api/sign-in"), &[], body).await.expect(200))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_that_hangs_or_is_flooded_holds_no_other_up() {
    let (shut, waiting) = (Arc::new((Mutex::new(false), Condvar::new())), Arc::new(AtomicUsize::new(0)));
    let gated = Gated { inner: Embedded::memory().unwrap(), shut: shut.clone(), waiting: waiting.clone() };
    let own = [threads(), threads()];
    let served = [
        Served::new(book("north", Arc::new(gated))).with_runtime(own[0].handle().clone()),
        Served::new(book("south", Arc::new(Embedded::memory().unwrap()))).with_runtime(own[1].handle().clone()),
    ];
    let app = App::new(served, Settings::default());
    let site = Arc::new(Site { router: router(app.clone()), app });
    let (north, south) = (sign_in(&site, "north").await, sign_in(&site, "south").await);
    *shut.0.lock().unwrap() = true;
    let answered = Arc::new(AtomicUsize::new(0));
    let flood: Vec<_> = (0..WAITING)
        .map(|_| {
            let (site, north, answered) = (site.clone(), north.clone(), answered.clone());
            tokio::spawn(async move {
                let reply = site.send("GET", "/north/api/job", &[("cookie", &*north)], "").await;
                answered.fetch_add(1, Ordering::SeqCst);
                reply.expect(200);
            })
        })
        .collect();
    while waiting.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    // Reads, writes and pages of the other book, while not one request of the first is answered.
    let asked = [("cookie", &*south), ("sec-fetch-site", "same-origin"), ("content-type", "application/json")];
    for n in 0..20 {
        let body = json!({"name": format!("Chair {n}")}).to_string();
        site.send("POST", "/south/api/job", &asked, body).await.expect(201);
        site.send("GET", "/south/api/job", &asked, "").await.expect(200);
        site.send("GET", "/south/job", &[("cookie", &*south), ("accept", "text/html")], "").await.expect(200);
    }
    // What is asked of all books says which one does not answer.
    let health = site.get("/health").await.expect(503).json();
    let reads = |book: usize| health["books"][book]["store"]["reads"].clone();
    assert_eq!((reads(0), reads(1)), (json!("failing"), json!("ok")), "{health}");
    assert_eq!(answered.load(Ordering::SeqCst), 0);
    *shut.0.lock().unwrap() = false;
    shut.1.notify_all();
    for request in flood {
        request.await.unwrap();
    }
    own.into_iter().for_each(Runtime::shutdown_background);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_to_which_everybody_signs_in_at_once_keeps_nobody_out_of_another() {
    let served = ["north", "south"].map(|name| Served::new(book(name, Arc::new(Embedded::memory().unwrap()))));
    let app = App::new(served, Settings::default());
    let site = Arc::new(Site { router: router(app.clone()), app });
    // Also under the name of a book that is not there, which takes the same work.
    for flooded in ["north", "nowhere"] {
        let answered = Arc::new(AtomicUsize::new(0));
        let flood: Vec<_> = (0..TRIED)
            .map(|n| {
                let (site, answered) = (site.clone(), answered.clone());
                tokio::spawn(async move {
                    let body = json!({"login": format!("nobody{n}"), "password": "guess"});
                    let reply = site.write("POST", &format!("/{flooded}/api/sign-in"), &[], body).await;
                    answered.fetch_add(1, Ordering::SeqCst);
                    reply.refused(401, "wrong-credentials");
                })
            })
            .collect();
        while answered.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        sign_in(&site, "south").await;
        let before = answered.load(Ordering::SeqCst);
        assert!(before < TRIED / 2, "{flooded}: {before} of {TRIED} were tried before it was the other's turn");
        for tried in flood {
            tried.await.unwrap();
        }
    }
}
