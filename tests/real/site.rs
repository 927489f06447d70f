//! A book from a folder of files behind its router, with a clock that the test sets: real logs are replayed here.

use std::{collections::HashMap, path::Path, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use formwork_catalog::check::check_folder;
use formwork_integration::rows;
use formwork_model::{
    clock::{Clock as _, SettableClock},
    render,
    text::Language,
};
use formwork_runtime::{book::Book, verify::verify};
use formwork_store::store::Store;
use formwork_web::{App, Served, Settings, router};
use jiff::Timestamp;
use serde_json::Value as Json;
use tower::ServiceExt;

/// The book, its router, its clock.
pub(crate) struct Site {
    pub(crate) book: Arc<Book>,
    clock: Arc<SettableClock>,
    router: Router,
    name: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Json,
}

impl Answer {
    /// What a refusal is called.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The body of a success.
    #[track_caller]
    pub(crate) fn done(self) -> Json {
        assert!(self.status < 300, "{self:?}");
        self.body
    }
}

impl Site {
    /// The book of the folder `tests/NAME`, which must have no finding.
    pub(crate) fn open(folder: &str, store: Arc<dyn Store>) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(folder);
        let checked = check_folder(&folder).unwrap();
        let found = render::render(&checked.diagnostics, &checked.sources, Language::En, false);
        assert!(checked.diagnostics.is_empty(), "{found}");
        let catalog = Arc::new(checked.catalog.unwrap());
        let name = catalog.book.name.to_string();
        let clock = Arc::new(SettableClock::at(Timestamp::UNIX_EPOCH));
        let book = Arc::new(Book::open(store, catalog, clock.clone()).unwrap());
        let app = App::new([Served::new(book.clone())], Settings { dev: true, ..Settings::default() });
        Self { book, clock, router: router(app), name }
    }

    /// Lets time pass until then: it never goes back, and whatever becomes due fires at its own instant.
    pub(crate) fn at(&self, instant: Timestamp) {
        assert!(instant >= self.clock.now(), "{instant} is in the past");
        while let Some(due) = self.book.next_due(|_| false).unwrap().filter(|due| due.at <= instant) {
            self.clock.set(due.at.max(self.clock.now()));
            self.book.run(due.command()).unwrap();
        }
        self.clock.set(instant);
    }

    /// Asks as `login role role`; `path` is below the book's API.
    pub(crate) async fn ask(&self, actor: &str, method: &str, path: &str, body: Option<&Json>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/{}/api/{path}", self.name))
            .header("formwork-actor", actor)
            .header("accept-language", "en");
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let response = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Json::Null) }
    }

    /// Keys, references, numbers and the chain of the history are as they should be.
    pub(crate) fn verify(&self) {
        assert_eq!(verify(&self.book).unwrap().findings, []);
    }
}

/// The rows of a CSV file, by column.
pub(crate) fn table(path: &Path) -> Vec<HashMap<String, String>> {
    let mut rows = rows::open(path, None).unwrap();
    let header = rows.header().to_vec();
    let (mut row, mut all) = (Vec::new(), Vec::new());
    while rows.next(&mut row).unwrap() {
        all.push(header.iter().cloned().zip(row.iter().cloned()).collect());
    }
    all
}
