//! Mutates real input until something panics: `cargo run --release -p formwork-app --example fuzz -- yaml 600 1`.
//!
//! The first word is `yaml` (loader and checks), `filter` (filter parser) or `http` (bodies through the router);
//! then seconds and a seed. What it finds is printed whole and is to be kept as a test. How long an input takes is
//! counted in processor time, so that a busy machine is not a finding.

#![expect(clippy::unwrap_used, reason = "a broken set-up has nobody to report to but the terminal")]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{body::Body, http::Request};
use formwork_catalog::{catalog::Catalog, check, filter::parse_filter};
use formwork_definition::load;
use formwork_model::clock::SystemClock;
use formwork_runtime::book::Book;
use formwork_store::embedded::Embedded;
use formwork_web::{App, Served, Settings};
use tower::ServiceExt as _;

#[path = "../src/command/bench/business.rs"]
mod business;

/// splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.next() % n as u64) as usize }
    }
}

const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "- ",
    "\n",
    "  ",
    "\t",
    "&a ",
    "*a",
    "!!str ",
    "|\n",
    ">\n",
    "'",
    "\"",
    "#",
    "=",
    "= this.",
    "= ",
    "-1",
    "0",
    "1e999",
    "null",
    "true",
    "99999999999999999999",
    "\\u0000",
    "\u{feff}",
    "金额",
    "\u{1F600}",
    "this.lines.sum(",
    "when",
    "to",
    "nodes",
    "fields",
    "type",
    "ref",
    "{\"and\":[",
    "{\"not\":",
    "\"gte\":",
    "\"in\":[",
    "today-7d",
    "$me",
    "..",
    "((((((((((",
    "[[[[[[[[[[",
    "{{{{{{{{{{",
    "<<: ",
    "---\n",
    "%YAML 9\n",
    "\r\n",
    "\u{0}",
];

fn mutate(random: &mut Random, seed: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len() + 1);
        match random.below(7) {
            0 if !bytes.is_empty() => {
                let last = bytes.len() - 1;
                bytes[at.min(last)] = random.next() as u8;
            }
            1 => {
                let end = (at + random.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            2 => {
                let token = TOKENS[random.below(TOKENS.len())];
                bytes.splice(at..at, token.bytes());
            }
            3 => {
                let end = (at + random.below(200)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            4 => {
                let from = random.below(other.len() + 1);
                let end = (from + random.below(200)).min(other.len());
                bytes.splice(at..at, other[from..end].iter().copied());
            }
            5 => {
                let token = TOKENS[random.below(TOKENS.len())].repeat(1 + random.below(300));
                bytes.splice(at..at, token.into_bytes());
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}

fn corpus() -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders: Vec<std::path::PathBuf> =
        ["definitions", "forms", "scripts", "tests"].iter().map(Into::into).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "rhai") {
                found.push((path.display().to_string(), std::fs::read(&path).unwrap_or_default()));
            }
        }
    }
    found.sort();
    found
}

const FILTERS: &[&str] = &[
    r#"{"kind":"plain","amount":{"gte":5,"lt":"10.50"}}"#,
    r#"{"or":[{"state":"open"},{"not":{"created_at":{"gt":"today-7d"}}}]}"#,
    r#"{"and":[{"owner":"$me"},{"name":{"contains":"a"}},{"kind":{"in":["plain","rush"]}},{"note":{"empty":true}}]}"#,
];

const BODIES: &[&str] = &[
    r#"{"name":"a","owner":"ann","kind":"plain","amount":"12.50","discount":5}"#,
    r#"{"input":{},"reason":"because","token":1,"rev":2}"#,
    r#"{"inputs":{"a":1},"this":{"object":"job","id":"x"}}"#,
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_else(|| "yaml".into());
    let seconds: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(60);
    let seed: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let catalog = business::catalog().unwrap();
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut random = Random(seed);
    let mut tried = 0u64;
    let mut slowest = Duration::ZERO;
    let mut found = 0;
    let corpus = corpus();
    let router = router(&catalog);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    while Instant::now() < until {
        let input = match what.as_str() {
            "yaml" => {
                let (a, b) = (random.below(corpus.len()), random.below(corpus.len()));
                mutate(&mut random, &corpus[a].1, &corpus[b].1)
            }
            "filter" => {
                let (a, b) = (random.below(FILTERS.len()), random.below(FILTERS.len()));
                mutate(&mut random, FILTERS[a].as_bytes(), FILTERS[b].as_bytes())
            }
            _ => {
                let (a, b) = (random.below(BODIES.len()), random.below(BODIES.len()));
                mutate(&mut random, BODIES[a].as_bytes(), BODIES[b].as_bytes())
            }
        };
        let path = corpus[random.below(corpus.len())].0.clone();
        let started = processor_time();
        let outcome = catch_unwind(AssertUnwindSafe(|| match what.as_str() {
            "yaml" => yaml(&path, &input),
            "filter" => filter(&catalog, &input),
            _ => runtime.block_on(http(router.clone(), &input)),
        }));
        let took = processor_time().saturating_sub(started);
        slowest = slowest.max(took);
        tried += 1;
        let bad = match outcome {
            Err(_) => Some("panicked"),
            Ok(false) => Some("answered with a fault"),
            Ok(true) if took > Duration::from_secs(5) => Some("took more than five seconds"),
            Ok(true) => None,
        };
        if let Some(bad) = bad {
            found += 1;
            println!("{bad} ({what}, {path}):\n{}\n----", String::from_utf8_lossy(&input));
        }
    }
    println!("{what}: {tried} inputs in {seconds} s, seed {seed}, slowest {slowest:?}, found {found}");
    std::process::exit(i32::from(found > 0));
}

/// The processor time of this thread so far; zero where the system does not say.
fn processor_time() -> Duration {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(said.split(' ').next().and_then(|nanoseconds| nanoseconds.parse().ok()).unwrap_or(0))
}

fn yaml(path: &str, input: &[u8]) -> bool {
    let checked = check::check_parsed(load::parse([(path.to_owned(), input.to_vec())]));
    let _rendered = formwork_model::render::render(
        &checked.diagnostics,
        &checked.sources,
        formwork_model::text::Language::Zh,
        false,
    );
    true
}

fn filter(catalog: &Catalog, input: &[u8]) -> bool {
    if let Ok(json) = serde_json::from_slice(input) {
        let _parsed = parse_filter(catalog, formwork_model::name::Name::intern("job"), &json, &catalog.book.zone);
    }
    true
}

fn router(catalog: &Arc<Catalog>) -> axum::Router {
    let book = Book::open(Arc::new(Embedded::memory().unwrap()), catalog.clone(), Arc::new(SystemClock)).unwrap();
    formwork_web::router(App::new([Served::new(Arc::new(book))], Settings { dev: true, ..Settings::default() }))
}

async fn http(router: axum::Router, input: &[u8]) -> bool {
    let path = match input.first().copied().unwrap_or_default() % 4 {
        0 => "/bench/api/job",
        1 => "/bench/api/job/00000000-0000-7000-8000-000000000000/actions/accept",
        2 => "/bench/api/tables/none/evaluate",
        _ => "/bench/api/ledgers/none/entries",
    };
    let request =
        Request::post(path).header("content-type", "application/json").body(Body::from(input.to_vec())).unwrap();
    let response = router.oneshot(request).await.unwrap();
    response.status().as_u16() != 500
}
