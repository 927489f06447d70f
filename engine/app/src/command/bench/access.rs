//! Lists of somebody who may see a few records out of many, beside the same lists where there are no others: what is not
//! theirs must cost them nothing.

use std::{path::Path, sync::Arc};

use axum::Router;
use formwork_model::{clock::SystemClock, name::Name};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Input, Request},
};
use formwork_web::{App, Served, Settings, router};
use serde_json::json;

use super::{
    business,
    fill::fill,
    fresh,
    http::values,
    pages::{measure, ms},
};

/// The role of whoever sees what is theirs.
const ROLE: (&str, &str) = (
    "definitions/work/worker.role.yaml",
    "
role: worker
grants:
  own: {on: job, may: [read, export], rows: own}
",
);

/// What is asked for: its name and its address.
const ASKED: [(&str, &str); 5] = [
    ("the first fifty, newest first", "/bench/api/job?limit=50"),
    (
        "fifty of one kind, greatest amount first",
        "/bench/api/job?limit=50&sort=-amount&filter=%7B%22kind%22%3A%22special%22%7D",
    ),
    ("fifty, by what no index has", "/bench/api/job?limit=50&filter=%7B%22region%22%3A%7B%22lt%22%3A25%7D%7D"),
    ("all of them, counted", "/bench/api/job?limit=1&count=exact"),
    ("the page of the list", "/bench/job"),
];

pub(super) fn run(store: &str, records: u64, own: u64, data: &Path) -> Result<(), String> {
    let many = served(store, &data.join("many"), records.saturating_sub(own), own)?;
    let few = served(store, &data.join("few"), 0, own)?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    println!("store {store}: lists of somebody who sees {own} of {records} records, beside {own} of {own}");
    println!("{:<44}{:>17} {:>17}  ratio", "p50 and p99 in milliseconds", "of many", "of few");
    for (what, path) in ASKED {
        // In turn, and again: the machine's speed changes.
        let (first, few_50, few_99) = runtime.block_on(async {
            let first = measure(&many, path).await?;
            let (p50, p99) = measure(&few, path).await?;
            Ok::<_, String>((first, p50, p99))
        })?;
        let again = runtime.block_on(measure(&many, path))?;
        let (p50, p99) = (first.0.min(again.0), first.1.min(again.1));
        let ratio = p50.as_secs_f64() / few_50.as_secs_f64().max(f64::EPSILON);
        println!("{what:<44}{:>8.2} {:>8.2} {:>8.2} {:>8.2}  {ratio:>5.2}", ms(p50), ms(p99), ms(few_50), ms(few_99));
    }
    drop(runtime);
    drop((many, few));
    std::fs::remove_dir_all(data).map_err(|error| error.to_string())
}

/// A book with so many records of others and so many of ann's, who has a position, behind its router.
fn served(store: &str, folder: &Path, others: u64, own: u64) -> Result<Router, String> {
    let files: Vec<_> = business::FILES.iter().copied().chain([ROLE]).collect();
    let catalog = business::edited(&files, |text| text.replace("access: open\n", ""))?;
    let book = Book::open(Arc::new(fresh(store, folder)?), catalog, Arc::new(SystemClock));
    let book = Arc::new(book.map_err(|refusal| format!("{refusal:?}"))?);
    let given = [
        ("user", json!({"login": "ann", "name": "Ann"})),
        ("user", json!({"login": "bob", "name": "Bob"})),
        ("position", json!({"user": "ann", "role": "worker"})),
    ];
    for (object, values) in given {
        let values = values.as_object().cloned().unwrap_or_default();
        let request = Request::Create { object: Name::intern(object), values };
        book.run(Command::new(Actor::system(), request)).map_err(|refusal| format!("{refusal:?}"))?;
    }
    let job = Name::intern("job");
    for (owner, records) in [("bob", others), ("ann", own)] {
        fill(&book, job, records, &[], |n| of(owner, n))?;
    }
    Ok(router(App::new([Served::new(book)], Settings { dev: true, ..Settings::default() })))
}

/// The values of the n-th job of somebody.
fn of(owner: &str, n: u64) -> Input {
    let mut values = values(n % 100, n);
    values.insert("owner".into(), owner.into());
    values
}
