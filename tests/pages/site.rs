//! A small shop on a memory store, with people who know it by name, and plain requests to its pages.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use formwork_catalog::{catalog::Catalog, check::check_parsed};
use formwork_definition::load;
use formwork_model::{clock::SettableClock, name::Name, render, text::Language};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Request as Asked},
};
use formwork_store::embedded::Embedded;
use formwork_web::{App, Served, Settings, router, serve};
use http_body_util::BodyExt;
use serde_json::Value as Json;
use tokio::{net::TcpListener, sync::oneshot};
use tower::ServiceExt;

use super::{
    numbers::REPORTS,
    shop::{FILES, ROLES},
};
use crate::http::closed::give_password;

/// Monday, 2 March 2026, nine in the morning in Shanghai.
const NOW: &str = "2026-03-02T09:00:00+08:00";

fn catalog(name: &str, guarded: bool) -> Arc<Catalog> {
    let roles = ROLES.iter().filter(|_| guarded);
    let files = FILES.iter().chain(REPORTS).chain(roles).map(|(path, text)| {
        let text = text.replace("book: shop\n", &format!("book: {name}\n"));
        let text = if guarded { text.replace("access: open\n", "") } else { text };
        (path.replace("/shop.", &format!("/{name}.")), text.into_bytes())
    });
    let checked = check_parsed(load::parse(files));
    let report = render::render(&checked.diagnostics, &checked.sources, Language::En, false);
    Arc::new(checked.catalog.unwrap_or_else(|| panic!("{report}")))
}

/// A book without records.
fn empty(name: &str) -> Arc<Book> {
    let clock = Arc::new(SettableClock::at(NOW.parse().unwrap()));
    Arc::new(Book::open(Arc::new(Embedded::memory().unwrap()), catalog(name, false), clock).unwrap())
}

/// The shop, behind its router and, when asked for, a socket.
pub(super) struct Shop {
    app: App,
    router: Router,
}

/// A page, or what came instead.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) place: String,
    pub(super) policy: String,
    pub(super) text: String,
}

impl Shop {
    /// With a user `lin` and a boss `wu`.
    pub(super) fn new() -> Self {
        Self::made(false)
    }

    /// In which sellers see their own orders without the card, and managers see everything.
    pub(super) fn guarded() -> Self {
        let shop = Self::made(true);
        for (login, role) in [("lin", "seller"), ("li", "seller"), ("wu", "manager")] {
            shop.create("position", &format!(r#"{{"user": "{login}", "role": "{role}"}}"#));
        }
        shop
    }

    /// With another book beside it, as a server of several has.
    pub(super) fn with_yard() -> Self {
        let shop = Self::new();
        shop.app.add(Served::new(empty("yard")));
        shop
    }

    /// Two books that ask `lin` for a password.
    pub(super) fn closed() -> Self {
        let books = ["shop", "yard"].map(empty);
        for book in &books {
            let values = serde_json::json!({"login": "lin", "name": "林静"}).as_object().unwrap().clone();
            let create = Asked::Create { object: Name::intern("user"), values };
            book.run(Command::new(Actor::system(), create)).unwrap();
            give_password(book, "lin", false);
        }
        Self::of(App::new(books.map(Served::new), Settings::default()))
    }

    fn made(guarded: bool) -> Self {
        let clock = Arc::new(SettableClock::at(NOW.parse().unwrap()));
        let book = Book::open(Arc::new(Embedded::memory().unwrap()), catalog("shop", guarded), clock).unwrap();
        let app = App::new([Served::new(Arc::new(book))], Settings { dev: true, ..Settings::default() });
        let shop = Self { router: router(app.clone()), app };
        shop.create("user", r#"{"login": "lin", "name": "林静"}"#);
        shop.create("user", r#"{"login": "wu", "name": "吴勇"}"#);
        shop.create("user", r#"{"login": "li", "name": "李娜"}"#);
        shop.create("user", r#"{"login": "zhao", "name": "赵敏"}"#);
        shop
    }

    /// Another book of the name `shop`.
    pub(super) fn of(app: App) -> Self {
        Self { router: router(app.clone()), app }
    }

    /// The name of the book.
    pub(super) fn name(&self) -> &str {
        self.app.books()[0].name
    }

    /// The book.
    pub(super) fn book(&self) -> Arc<Book> {
        self.app.books()[0].book.clone()
    }

    /// Creates a record behind the pages' back, and gives its path.
    pub(super) fn create(&self, object: &str, values: &str) -> String {
        let book = self.book();
        let object = book.catalog().find_object(object).unwrap().name;
        let Json::Object(values) = serde_json::from_str(values).unwrap() else { panic!("no object") };
        let command = Command::new(Actor::new("lin", []).unlimited(), Asked::Create { object, values });
        let record = book.run(command).unwrap().record.unwrap();
        format!("/shop/{object}/{}", record.id)
    }

    /// One request as a browser without scripts makes it.
    pub(super) async fn ask(&self, method: &str, path: &str, who: &str, language: &str, body: &str) -> Page {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", "text/html,application/xhtml+xml")
            .header("accept-language", language)
            .header("cookie", format!("a=b; formwork-actor={who}"))
            .header("content-type", "application/x-www-form-urlencoded");
        let response = self.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let header = |name: &str| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let (status, place, policy) =
            (response.status().as_u16(), header("location"), header("content-security-policy"));
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        // A file need not be a text.
        Page { status, place, policy, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// The bytes of an answer to the bytes of a file.
    pub(super) async fn bytes(&self, method: &str, path: &str, who: &str, content: Vec<u8>) -> Vec<u8> {
        self.try_bytes(method, path, who, content).await.unwrap()
    }

    /// As [`Shop::bytes`], of an answer that may break off.
    pub(super) async fn try_bytes(
        &self,
        method: &str,
        path: &str,
        who: &str,
        content: Vec<u8>,
    ) -> Result<Vec<u8>, axum::Error> {
        let request = Request::builder().method(method).uri(path).header("cookie", format!("formwork-actor={who}"));
        let response = self.router.clone().oneshot(request.body(Body::from(content)).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        Ok(to_bytes(response.into_body(), usize::MAX).await?.to_vec())
    }

    /// What a program sends and is answered.
    pub(super) async fn ask_json(&self, path: &str, who: &str, body: &str) -> Page {
        let request = Request::builder().method("POST").uri(path).header("content-type", "application/json");
        let request = request.header("formwork-actor", who).body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Page { status, place: String::new(), policy: String::new(), text }
    }

    /// What comes of an open answer while `meanwhile` runs and a little longer.
    pub(super) async fn hear(&self, path: &str, who: &str, meanwhile: impl AsyncFnOnce()) -> String {
        let request = Request::builder().uri(path).header("accept", "text/event-stream");
        let request = request.header("cookie", format!("formwork-actor={who}"));
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut body = response.into_body();
        let (mut heard, wait) = (String::new(), Duration::from_millis(1500));
        let mut listen = async |heard: &mut String| {
            while let Ok(Some(Ok(frame))) = tokio::time::timeout(wait, body.frame()).await {
                heard.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
            }
        };
        listen(&mut heard).await;
        meanwhile().await;
        listen(&mut heard).await;
        heard
    }

    /// A page in English for `lin`.
    pub(super) async fn get(&self, path: &str) -> Page {
        self.ask("GET", path, "lin", "en", "").await.status(200)
    }

    /// A form of `lin`, in English.
    pub(super) async fn post(&self, path: &str, body: &str) -> Page {
        self.ask("POST", path, "lin", "en", body).await
    }

    /// Behind a socket, until what is given back is dropped.
    pub(super) async fn listen(&self) -> (String, oneshot::Sender<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let app = self.app.clone();
        tokio::spawn(serve(listener, app, async move {
            let _gone = stopped.await;
        }));
        (address, stop)
    }
}

impl Page {
    #[track_caller]
    pub(super) fn status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} {}", self.place, self.text);
        self
    }

    /// The path a form sent the browser to, without what was said.
    #[track_caller]
    pub(super) fn sent_to(self) -> String {
        assert_eq!(self.status, 303, "{}", self.text);
        self.place.split('?').next().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(super) fn has(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "no `{text}` in {}", self.text);
        self
    }

    #[track_caller]
    pub(super) fn lacks(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "`{text}` in {}", self.text);
        self
    }
}
