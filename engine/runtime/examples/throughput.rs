//! Prints how many durable jobs (create and three actions) the engine does in a second, without HTTP.
use std::{sync::{Arc, atomic::{AtomicU64, Ordering}}, time::Instant, path::Path};
use formwork_model::{clock::SystemClock, name::Name};
use formwork_runtime::{book::Book, command::{Actor, Command, Request, Input}};
use formwork_store::embedded::Embedded;

#[path = "../../app/src/command/bench/business.rs"]
mod business;
mod inner { pub(super) use super::business::catalog; }

fn main() {
    let catalog = inner::catalog().unwrap();
    let kind = std::env::args().nth(1).unwrap_or("sled".into());
    let dir = format!("/tmp/fw-bench-{kind}");
    let _ = std::fs::remove_dir_all(&dir);
    let kind = match kind.as_str() { "fjall" => formwork_store::backend::Kind::Fjall, _ => formwork_store::backend::Kind::Sled };
    let store: Arc<dyn formwork_store::store::Store> = if std::env::args().nth(2).is_some() { Arc::new(Embedded::memory().unwrap()) } else { Arc::new(Embedded::open(Path::new(&dir), Some(kind)).unwrap()) };
    let book = Arc::new(Book::open(store, catalog, Arc::new(SystemClock)).unwrap());
    let jobs = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let threads: Vec<_> = (0..32).map(|t| {
        let (book, jobs) = (book.clone(), jobs.clone());
        std::thread::spawn(move || {
            let job = Name::find("job").unwrap();
            let mut i = 0u64;
            while start.elapsed().as_secs() < 5 {
                i += 1;
                let mut values = Input::new();
                values.insert("name".into(), format!("job {t} {i}").into());
                values.insert("owner".into(), "ann".into());
                values.insert("kind".into(), "special".into());
                values.insert("region".into(), (i % 50).into());
                values.insert("amount".into(), format!("{}.50", i % 9000).into());
                let actor = Actor::new("ann", []);
                let out = book.run(Command::new(actor.clone(), Request::Create { object: job, values })).unwrap();
                let id = out.record.unwrap().id;
                for action in ["accept", "finish", "close"] {
                    book.run(Command::new(actor.clone(), Request::Act { object: job, id, rev: None, action: Name::find(action).unwrap(), token: None, input: Input::new() })).unwrap();
                }
                jobs.fetch_add(1, Ordering::Relaxed);
            }
        })
    }).collect();
    for t in threads { t.join().unwrap(); }
    let n = jobs.load(Ordering::Relaxed);
    println!("{n} jobs, {:.0} jobs/s, {:.0} commands/s", n as f64 / start.elapsed().as_secs_f64(), 4.0 * n as f64 / start.elapsed().as_secs_f64());
}
