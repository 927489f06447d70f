//! A million records: imported through rules, listed, and opened again after a kill.

use std::{
    path::Path,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use formwork_catalog::filter::parse_filter;
use formwork_model::{clock::SystemClock, name::Name};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, ImportMode, ImportRow, Input, Request},
    query::{Query, parse_sort},
};

use super::{business, fresh, http::values, open};

/// Commands that are on their way at once, as many as an import keeps.
const IN_FLIGHT: usize = 512;

pub(super) fn run(store: &str, records: u64, data: &Path) -> Result<(), String> {
    let me = std::env::current_exe().map_err(|error| error.to_string())?;
    let filled = std::process::Command::new(me)
        .args(["bench", "million", "--fill", "--store", store, "--records", &records.to_string(), "--data"])
        .arg(data)
        .status()
        .map_err(|error| error.to_string())?;
    // The child ends by `abort`, without closing the book: as after a kill.
    if filled.success() || !data.join("filled").exists() {
        return Err("the book was not filled".into());
    }
    let started = Instant::now();
    let book = book(open(store, &data.join("book"))?)?;
    first_page(&book, "special")?;
    println!("opened after a kill, first answer  {:>8.2} s", started.elapsed().as_secs_f64());
    drop(book);
    std::fs::remove_dir_all(data).map_err(|error| error.to_string())
}

fn book(store: formwork_store::embedded::Embedded) -> Result<Book, String> {
    Book::open(Arc::new(store), business::catalog()?, Arc::new(SystemClock)).map_err(|refusal| format!("{refusal:?}"))
}

/// Fills the book, measures, and ends without closing it.
pub(super) fn fill(store: &str, records: u64, data: &Path) -> Result<(), String> {
    let book = Arc::new(book(fresh(store, &data.join("book"))?)?);
    let started = Instant::now();
    let job = Name::find("job").ok_or("no job")?;
    import(&book, job, records, |n| values(n % 100, n))?;
    let rate = records as f64 / started.elapsed().as_secs_f64();
    println!("store {store}, {records} records imported through rules");
    println!("import                             {rate:>8.0} rows/s");
    println!("resident after the import          {:>8} MB", resident_mb());
    println!("on disk                            {:>8} MB", book.store().size_on_disk() >> 20);
    let mut times = Vec::new();
    for n in 0..1000 {
        let kind = ["plain", "special", "rush"].get(n % 3).copied().unwrap_or("plain");
        let one = Instant::now();
        first_page(&book, kind)?;
        times.push(one.elapsed());
    }
    times.sort();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default().as_secs_f64() * 1000.0;
    println!("filtered, sorted first page        {:>8.2} ms p50, {:.2} ms p99 of 1,000", at(50), at(99));
    println!("resident                           {:>8} MB", resident_mb());
    std::fs::write(data.join("filled"), b"").map_err(|error| error.to_string())?;
    std::process::abort()
}

/// Imports the records 1 to `records`, as many on their way as an import keeps.
fn import(book: &Arc<Book>, object: Name, records: u64, values: impl Fn(u64) -> Input) -> Result<(), String> {
    let actor = Actor::new("import", []);
    let flight = Arc::new((Mutex::new(0usize), Condvar::new()));
    let refused = Arc::new(AtomicU64::new(0));
    for n in 1..=records {
        let mut on_their_way = flight.0.lock().unwrap_or_else(PoisonError::into_inner);
        while *on_their_way >= IN_FLIGHT {
            on_their_way =
                flight.1.wait_timeout(on_their_way, Duration::from_secs(60)).unwrap_or_else(PoisonError::into_inner).0;
        }
        *on_their_way += 1;
        drop(on_their_way);
        let row = ImportRow { object, key: None, mode: ImportMode::Skip, values: values(n), then: Vec::new() };
        let (flight, refused) = (flight.clone(), refused.clone());
        book.submit(Command::new(actor.clone(), Request::Import(row)), move |result| {
            if result.is_err() {
                refused.fetch_add(1, Ordering::Relaxed);
            }
            *flight.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
            flight.1.notify_one();
        });
    }
    let mut on_their_way = flight.0.lock().unwrap_or_else(PoisonError::into_inner);
    while *on_their_way > 0 {
        on_their_way =
            flight.1.wait_timeout(on_their_way, Duration::from_secs(60)).unwrap_or_else(PoisonError::into_inner).0;
    }
    match refused.load(Ordering::Relaxed) {
        0 => Ok(()),
        n => Err(format!("{n} rows were refused")),
    }
}

/// The first page of fifty of one kind, greatest amount first.
fn first_page(book: &Book, kind: &str) -> Result<(), String> {
    let catalog = book.catalog();
    let object = catalog.find_object("job").ok_or("no job")?;
    let filter = parse_filter(
        &*catalog,
        object.name,
        &serde_json::json!({"kind": kind, "amount": {"lt": 8000}}),
        &catalog.book.zone,
    )
    .map_err(|bad| format!("{bad:?}"))?;
    let sort = parse_sort(object, "-amount").map_err(|refusal| format!("{refusal:?}"))?;
    let query = Query { object: object.name, filter, sort, limit: 50, after: None };
    let page = book.list(&query, &Actor::new("ann", [])).map_err(|refusal| format!("{refusal:?}"))?;
    if page.records.is_empty() { Err(format!("no record of kind {kind}; {}", page.plan.describe())) } else { Ok(()) }
}

/// Resident memory of this process, from the kernel; 0 where it does not say.
fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or(0) >> 10
}
