//! Pages through the router: how long the server takes for a wide record and for a list out of many, beside what the book
//! takes to give what they show, and how much they weigh.

use std::{
    fmt::Write as _,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body, http::Request as Asked};
use formwork_catalog::filter::Filter;
use formwork_model::{clock::SystemClock, id::RecordId, name::Name};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Request},
    query::Query,
};
use formwork_web::{App, Served, Settings, router};
use serde_json::json;
use tower::ServiceExt;

use super::{business, fill::fill, fresh, http::values};

/// Fields of the wide record, and its lines.
const FIELDS: usize = 200;
const LINES: usize = 100;
/// How often each page is asked for, after some that don't count.
const TIMES: usize = 200;
const WARM: usize = 20;

/// The wide object: fields of five types, and lines with a computed column and sum.
fn wide() -> String {
    let mut text = "object: wide\ntitle: f0\nfields:\n  f0: {type: text, required: true}\n".to_owned();
    for n in 1..FIELDS {
        let kind = match n % 5 {
            0 => "type: text, max: 80",
            1 => "type: integer",
            2 => "type: money",
            3 => "type: date",
            _ => "type: choice, options: [plain, special, rush]",
        };
        let _ = writeln!(text, "  f{n}: {{{kind}}}");
    }
    text.push_str("  lines: {type: lines, fields: {item: {type: text}, count: {type: integer}, price: {type: money}, total: {type: money, value: this.price * this.count}}}\n");
    text.push_str("  total: {type: money, value: 'this.lines.sum(\"total\")'}\n");
    text
}

fn wide_values() -> formwork_runtime::command::Input {
    let mut input = formwork_runtime::command::Input::new();
    for n in 0..FIELDS {
        let value = match n % 5 {
            0 => json!(format!("text of the field {n}")),
            1 => json!(n),
            2 => json!(n * 100),
            3 => json!("2026-03-02"),
            _ => json!("special"),
        };
        input.insert(format!("f{n}"), value);
    }
    let lines = (0..LINES).map(|n| json!({"item": format!("item {n}"), "count": n + 1, "price": 10}));
    input.insert("lines".to_owned(), lines.collect());
    input
}

pub(super) fn run(store: &str, records: u64, data: &Path) -> Result<(), String> {
    let object = wide();
    let files: Vec<(&str, &str)> =
        business::FILES.iter().copied().chain([("definitions/work/wide.object.yaml", object.as_str())]).collect();
    let catalog = business::check(&files)?;
    let book = Book::open(Arc::new(fresh(store, data)?), catalog, Arc::new(SystemClock));
    let book = Arc::new(book.map_err(|refusal| format!("{refusal:?}"))?);
    let [job, wide] = ["job", "wide"].map(Name::intern);
    fill(&book, job, records, &[], |n| values(n % 100, n))?;
    let create = Command::new(Actor::new("ann", []), Request::Create { object: wide, values: wide_values() });
    let made = book.run(create).map_err(|refusal| format!("{refusal:?}"))?;
    let id = made.record.ok_or("no record was made")?.id;
    let app = App::new([Served::new(book.clone())], Settings { dev: true, ..Settings::default() });
    let router = router(app);
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let read = bare(|| book.get(wide, id).map(drop))?;
    let listed = bare(|| book.list(&first(job), &Actor::new("ann", [])).map(drop))?;
    println!("store {store}, {records} records; p50 and p99 of {TIMES}, in milliseconds");
    println!("the book gives the wide record in {:.3}, fifty of the list in {:.3}", ms(read), ms(listed));
    for (what, path, beside, asked) in pages(wide, job, id, read, listed) {
        let (p50, p99) = runtime.block_on(measure(&router, &path))?;
        let weight = runtime.block_on(weigh(&router, &path))?;
        let ratio = p50.as_secs_f64() / beside.as_secs_f64().max(f64::EPSILON);
        println!(
            "{what:<44}{:>8.2} {:>8.2}  asked {asked:>3}  {ratio:>6.0} × the book  {:>6.1} KB compressed",
            ms(p50),
            ms(p99),
            weight as f64 / 1024.0
        );
    }
    drop(runtime);
    drop(router);
    drop(book);
    std::fs::remove_dir_all(data).map_err(|error| error.to_string())
}

/// What is measured: its name, its address, what it is compared with, and what was asked for in milliseconds.
fn pages(
    wide: Name,
    job: Name,
    id: RecordId,
    read: Duration,
    listed: Duration,
) -> [(&'static str, String, Duration, &'static str); 5] {
    [
        ("a record of 200 fields and 100 lines", format!("/bench/{wide}/{id}"), read, "15"),
        ("the form of it", format!("/bench/{wide}/{id}/edit"), read, "-"),
        ("fifty of all, as the list begins", format!("/bench/{job}"), listed, "30"),
        (
            "fifty of one kind, greatest amount first",
            format!("/bench/{job}?f0=kind&o0=eq&v0=special&sort=-amount"),
            listed,
            "30",
        ),
        ("the start page", "/bench".to_owned(), read, "-"),
    ]
}

fn first(object: Name) -> Query {
    Query { object, filter: Filter::And(Vec::new()), sort: Vec::new(), limit: 50, after: None }
}

/// The median of a question to the book itself.
fn bare<E: std::fmt::Debug>(ask: impl Fn() -> Result<(), E>) -> Result<Duration, String> {
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let started = Instant::now();
        ask().map_err(|error| format!("{error:?}"))?;
        times.push(started.elapsed());
    }
    times.sort();
    Ok(times.get(TIMES / 2).copied().unwrap_or_default())
}

/// The median of a page's times, and what 99 of 100 stay below.
pub(super) async fn measure(router: &Router, path: &str) -> Result<(Duration, Duration), String> {
    let mut times = Vec::with_capacity(TIMES);
    for n in 0..WARM + TIMES {
        let started = Instant::now();
        ask(router, path, "identity").await?;
        if n >= WARM {
            times.push(started.elapsed());
        }
    }
    times.sort();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    Ok((at(50), at(99)))
}

async fn weigh(router: &Router, path: &str) -> Result<usize, String> {
    ask(router, path, "gzip").await
}

/// Asks for a page, and gives how many bytes it has.
async fn ask(router: &Router, path: &str, encoding: &str) -> Result<usize, String> {
    let request = Asked::builder()
        .uri(path)
        .header("accept", "text/html")
        .header("accept-encoding", encoding)
        .header("formwork-actor", "ann");
    let request = request.body(Body::empty()).map_err(|error| error.to_string())?;
    let answer = router.clone().oneshot(request).await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.map_err(|error| error.to_string())?;
    if status.is_success() { Ok(body.len()) } else { Err(format!("{path}: {status}")) }
}

/// In milliseconds.
pub(super) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
