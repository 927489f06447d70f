//! Requests made from the OpenAPI documents of all books that the tests have, most of them as it says and some not: none
//! breaks the server. `FUZZ_ROUNDS` asks each operation so many times as often.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use formwork_catalog::check::{check_folder, check_parsed};
use formwork_definition::load;
use formwork_model::clock::SettableClock;
use formwork_runtime::{book::Book, verify::verify};
use formwork_store::embedded::Embedded;
use formwork_web::{Settings, Takes, routes};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Map, Value as Json, json};

use super::support::{Listening, NOW, Reply, Site, encoded};

/// Texts that mean something somewhere, or nothing anywhere.
const TEXTS: &[&str] = &[
    "Ann",
    "J00001",
    "wim",
    "kim",
    "name",
    "-amount",
    "name,amount",
    "job",
    "chief",
    "workshop",
    "begin",
    "low",
    "todo",
    "approve",
    "{\"name\":\"Ann\"}",
    "{\"amount\":{\"gt\":\"x\"}}",
    "today-7d",
    "90d",
    "1",
    "0",
    "-1",
    "1e400",
    "",
    " ",
    "\u{0}",
    "金额",
    "../../etc/passwd",
    "<script>",
    "' or 1=1 --",
    "{{7*7}}",
    "2026-03-05",
    "2026-02-30",
    "2026-03-02T09:00:00+08:00",
];

/// Numbers at the edges.
const NUMBERS: &[i64] = &[0, 1, 2, 5, 50, 500, -1, 10_001, i64::MAX, i64::MIN];

/// A source of choices that gives the same ones again.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % n as u64).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn anything(&mut self, depth: usize) -> Json {
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => Json::Null,
            1 => json!(self.one_in(2)),
            2 => json!(self.pick(NUMBERS)),
            3 => json!(1.5e300),
            4 => json!(self.pick(TEXTS)),
            5 => (0..self.below(3)).map(|_| self.anything(depth - 1)).collect(),
            _ => Json::Object(
                (0..self.below(3)).map(|_| (self.pick(TEXTS).to_string(), self.anything(depth - 1))).collect(),
            ),
        }
    }

    /// A value of the schema; one in twelve parts is something else.
    fn value(&mut self, document: &Json, schema: &Json, depth: usize) -> Json {
        if depth == 0 || self.one_in(12) {
            return self.anything(2);
        }
        if let Some(place) = schema["$ref"].as_str() {
            let found =
                document.pointer(place.trim_start_matches('#')).unwrap_or_else(|| panic!("{place} is not there"));
            return self.value(document, found, depth);
        }
        for several in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[several].as_array() {
                let choice = self.pick(choices).clone();
                return self.value(document, &choice, depth - 1);
            }
        }
        if let Some(options) = schema["enum"].as_array() {
            return self.pick(options).clone();
        }
        let kind = match &schema["type"] {
            Json::Array(kinds) => self.pick(kinds).as_str().unwrap_or_default().to_owned(),
            kind => kind.as_str().unwrap_or_default().to_owned(),
        };
        match kind.as_str() {
            "object" => self.object(document, schema, depth),
            "array" => {
                let least = schema["minItems"].as_u64().unwrap_or_default() as usize;
                (0..least + self.below(3)).map(|_| self.value(document, &schema["items"], depth - 1)).collect()
            }
            "string" => match schema["format"].as_str() {
                Some("date") => json!("2026-03-05"),
                Some("date-time") => json!("2026-03-05T09:00:00Z"),
                _ => json!(self.pick(TEXTS)),
            },
            "integer" | "number" => json!(self.pick(NUMBERS)),
            "boolean" => json!(self.one_in(2)),
            "null" => Json::Null,
            _ => self.anything(2),
        }
    }

    fn object(&mut self, document: &Json, schema: &Json, depth: usize) -> Json {
        let required: BTreeSet<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        let mut members = Map::new();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            if !self.one_in(if required.contains(name.as_str()) { 30 } else { 2 }) {
                members.insert(name.clone(), self.value(document, schema, depth - 1));
            }
        }
        if self.one_in(20) {
            members.insert(self.pick(TEXTS).to_string(), self.anything(1));
        }
        Json::Object(members)
    }
}

/// A site with a book, whoever asks it, and a record of each object as far as there is one.
struct Asked {
    site: Site,
    actor: String,
    records: BTreeMap<String, String>,
    draw: Draw,
    asked: BTreeSet<String>,
    done: BTreeSet<String>,
    /// Once it listens: where, and who speaks to it.
    server: Option<(Listening, Client<HttpConnector, Body>)>,
}

impl Asked {
    fn new(site: Site, actor: &str, seed: u64) -> Self {
        let (records, asked, done) = Default::default();
        Self { site, actor: actor.to_owned(), records, draw: Draw(seed), asked, done, server: None }
    }

    /// The book of a folder, asked by somebody who has all of its roles.
    fn of_folder(folder: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
        let catalog = Arc::new(check_folder(&folder).unwrap().catalog.unwrap_or_else(|| panic!("{folder:?}")));
        let roles: Vec<&str> = catalog.roles.keys().map(|role| role.as_str()).collect();
        let actor = format!("tester admin {}", roles.join(" "));
        let clock = Arc::new(SettableClock::at(NOW.parse().unwrap()));
        let book = Book::open(Arc::new(Embedded::memory().unwrap()), catalog, clock).unwrap();
        Self::new(Site::of(Settings { dev: true, ..Settings::default() }, book), &actor, 4712)
    }

    async fn send(&self, method: &str, path: &str, body: Option<&Json>) -> Reply {
        let mut headers = vec![("formwork-actor", self.actor.as_str()), ("accept-language", "en")];
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        let body = body.map(Json::to_string).unwrap_or_default();
        let Some((listening, client)) = &self.server else { return self.site.send(method, path, &headers, body).await };
        let request = Request::builder().method(method).uri(format!("http://{}{path}", listening.address));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let response = client.request(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(Body::new(response.into_body()), usize::MAX).await.unwrap().to_vec();
        Reply { status, headers, bytes }
    }

    fn name(&self) -> &'static str {
        self.site.app.books()[0].name
    }

    async fn document(&self) -> Json {
        self.send("GET", &format!("/{}/api/openapi.json", self.name()), None).await.expect(200).json()
    }

    /// The path with its placeholders filled, and the query.
    fn address(&mut self, document: &Json, path: &str, operation: &Json) -> String {
        let draw = &mut self.draw;
        let mut filled = Vec::new();
        let parts: Vec<&str> = path.split('/').collect();
        for (place, part) in parts.iter().enumerate() {
            filled.push(match part.strip_prefix('{') {
                None => (*part).to_owned(),
                Some("id}") if !draw.one_in(6) => {
                    let known = self.records.get(parts[place - 1]).cloned();
                    known.unwrap_or_else(|| "019c0000-0000-7000-8000-000000000000".into())
                }
                Some("login}") => "wim".to_owned(),
                // An empty part would be another address.
                Some(_) => encoded(TEXTS[draw.below(14)]),
            });
        }
        let mut query = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "query" && draw.one_in(2) {
                let value = draw.value(document, &parameter["schema"], 3);
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                query.push(format!("{}={}", parameter["name"].as_str().unwrap(), encoded(&text)));
            }
        }
        let path = filled.join("/");
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    /// Asks every operation of the document once.
    async fn round(&mut self, document: &Json) {
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let method = method.to_uppercase();
                // What is gone can't be looked at from all sides.
                if method == "DELETE" && path.ends_with("/{id}") && !self.draw.one_in(5) {
                    continue;
                }
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                let body = if schema.is_null() { None } else { Some(self.draw.value(document, schema, 6)) };
                let sent = self.address(document, path, operation);
                let reply = self.send(&method, &sent, body.as_ref()).await;
                let status = reply.status.as_u16();
                assert!(status < 500, "{method} {sent} {body:?}: {reply}");
                if reply.status.is_client_error() {
                    let said = reply.json();
                    let is_problem = said["code"].is_string() && said["message"]["zh"].is_string();
                    assert!(is_problem, "{method} {sent}: {reply}");
                }
                self.asked.insert(format!("{method} {path}"));
                if reply.status.is_success() {
                    self.done.insert(format!("{method} {path}"));
                    self.note(&method, path, &reply);
                }
            }
        }
    }

    /// Keeps what was made, and forgets what is gone, so that the next finds something.
    fn note(&mut self, method: &str, path: &str, reply: &Reply) {
        let parts: Vec<&str> = path.split('/').collect();
        match (method, parts.as_slice()) {
            ("POST", ["", _, "api", object]) if reply.status == 201 => {
                if let Some(id) = reply.json()["id"].as_str() {
                    self.records.insert((*object).to_owned(), id.to_owned());
                }
            }
            ("DELETE", ["", _, "api", object, "{id}"]) => {
                self.records.remove(*object);
            }
            _ => {}
        }
    }

    /// Of how many objects a record was made.
    fn made(&self) -> usize {
        self.done.iter().filter(|one| one.starts_with("POST ") && one.split('/').count() == 4).count()
    }

    /// Asks every operation through a socket so often, or what `FUZZ_ROUNDS` says times as often, and looks whether the book is sound.
    async fn fuzz(&mut self, rounds: u64) {
        self.server = Some((self.site.listen().await, Client::builder(TokioExecutor::new()).build_http()));
        let document = self.document().await;
        let times = std::env::var("FUZZ_ROUNDS").ok().and_then(|times| times.parse::<u64>().ok()).unwrap_or(1);
        for _ in 0..rounds * times {
            self.round(&document).await;
        }
        let (listening, client) = self.server.take().unwrap();
        drop(client);
        listening.stop.send(()).unwrap();
        listening.ended.await.unwrap().unwrap();
        assert_eq!(verify(&self.site.app.books()[0].book).unwrap().findings, [], "{}", self.name());
    }
}

#[tokio::test]
async fn whatever_the_document_lets_one_send_is_answered() {
    let mut asked = Asked::new(Site::new(), "tester admin chief", 4711);
    for (object, values) in [
        ("member", json!({"name": "Ann"})),
        ("job", json!({"name": "Chair", "member": "Ann", "amount": 5, "parts": [{"part": "leg", "price": 1}]})),
        ("permit", json!({"name": "Yard", "boss": "tester"})),
        ("call", json!({"name": "Lamp"})),
        ("user", json!({"login": "wim", "name": "Wim"})),
        ("position", json!({"user": "wim", "role": "chief"})),
        ("department", json!({"code": "A", "name": "A"})),
    ] {
        let path = asked.site.create(object, values).await;
        asked.records.insert(object.to_owned(), path.rsplit('/').next().unwrap().to_owned());
    }
    asked.fuzz(25).await;
    // It is no proof when nothing gets through.
    let (done, all) = (asked.done.len(), asked.asked.len());
    assert!(done * 2 > all, "{done} of {all}: {:?}", asked.asked.difference(&asked.done));
}

#[tokio::test]
async fn whatever_the_documents_of_other_books_let_one_send_is_answered() {
    for (folder, rounds) in [
        ("tests/second/equipment", 8),
        ("tests/reimbursement", 8),
        ("tests/incidents", 8),
        ("tests/tickets", 8),
        ("tests/patterns", 2),
    ] {
        let mut asked = Asked::of_folder(folder);
        asked.fuzz(rounds).await;
        assert!(asked.made() >= 3, "{folder}: little was made: {:?}", asked.done);
    }
}

#[tokio::test]
async fn whatever_the_document_of_the_shipped_files_lets_one_send_is_answered() {
    let mut asked = Asked::of_folder(".");
    asked.fuzz(4).await;
    assert!(asked.made() >= 3, "little was made: {:?}", asked.done);
}

/// A book with records that can be erased and shared.
fn protected() -> Site {
    let files = [
        ("definitions/safe.book.yaml", "book: safe\naccess: open\ncurrency: CNY\ntime_zone: Asia/Shanghai\n"),
        (
            "definitions/work/guest.object.yaml",
            "object: guest\nsharing: true\nfields:\n  phone: {type: phone, sensitive: true}\n",
        ),
    ];
    let checked = check_parsed(load::parse(files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))));
    let clock = Arc::new(SettableClock::at(NOW.parse().unwrap()));
    let book = Book::open(Arc::new(Embedded::memory().unwrap()), Arc::new(checked.catalog.unwrap()), clock).unwrap();
    Site::of(Settings { dev: true, ..Settings::default() }, book)
}

#[tokio::test]
async fn every_route_of_the_interface_is_described_with_what_it_takes() {
    // What there is only where a definition asks for it is in the documents of books that have it.
    let documents = [
        Asked::new(Site::new(), "tester admin chief", 0).document().await,
        Asked::of_folder(".").document().await,
        Asked::new(protected(), "tester admin chief", 0).document().await,
    ];
    let described: Vec<(String, &String, &Json)> = documents
        .iter()
        .flat_map(|document| document["paths"].as_object().unwrap())
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(move |(method, operation)| (method.to_uppercase(), path, operation))
        })
        .collect();
    // A route over `{object}` is described once for each that there is.
    let fits = |route: &str, path: &str| {
        let (route, path): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
        route.len() == path.len()
            && route.iter().zip(&path).all(|(place, word)| place.starts_with('{') || place == word)
    };
    let mut missing = Vec::new();
    for route in routes().iter().filter(|route| !route.page) {
        let mut found = described.iter().filter(|(method, path, _)| *method == route.method && fits(route.path, path));
        match found.next() {
            None => missing.push(format!("{} {}", route.method, route.path)),
            Some((.., operation)) => {
                let content = operation["requestBody"]["content"].as_object();
                let is_told = match route.takes {
                    Takes::Json => content.is_some_and(|content| content.contains_key("application/json")),
                    Takes::Nothing => content.is_none(),
                    Takes::File | Takes::Form => content.is_some(),
                };
                assert!(is_told, "{} {}: {operation}", route.method, route.path);
            }
        }
    }
    assert!(missing.is_empty(), "nobody describes {missing:?}");
}
