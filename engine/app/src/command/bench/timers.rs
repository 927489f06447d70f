//! Timers: how fast those that are due fire, and what those that wait cost.

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use formwork_model::{
    clock::{Clock as _, SettableClock, SystemClock},
    name::Name,
};
use formwork_runtime::{book::Book, command::Input};
use formwork_web::TimerFigures;
use jiff::SignedDuration;

use super::{business, fill::fill, fresh};
use crate::clockwork::Clockwork;

const FILES: &[(&str, &str)] = &[
    ("definitions/bench.book.yaml", "book: bench\naccess: open\ncurrency: CNY\ntime_zone: Asia/Shanghai\n"),
    (
        "definitions/work/task.object.yaml",
        "object: task\ntitle: name\nowner: owner\nfields:\n  name: {type: text}\n  owner: {type: user}\n  wait: {type: text}\n  late: {type: boolean}\n",
    ),
    (
        "definitions/work/task.flow.yaml",
        r#"
flow: task
object: task
start: open
nodes:
  open:
    timers: {due: {after: = this.wait, set: {late: true}, notify: {to: owner, say: It is late}, to: late}}
    actions: {finish: {to: done}}
  late: {actions: {finish: {to: done}}}
  done: {end: {}}
"#,
    ),
];

/// Fills a book with timers that wait and timers that become due, and lets time pass.
pub(super) fn run(store: &str, waiting: u64, due: u64, data: &Path) -> Result<(), String> {
    let clock = Arc::new(SettableClock::at(SystemClock.now()));
    let catalog = business::check(FILES)?;
    let book = Book::open(Arc::new(fresh(store, data)?), catalog, clock.clone());
    let book = Arc::new(book.map_err(|refusal| format!("{refusal:?}"))?);
    let task = Name::find("task").ok_or("no task")?;
    let started = Instant::now();
    fill(&book, task, due, &[], |n| values(n, "1h"))?;
    fill(&book, task, waiting, &[], |n| values(n, "90d"))?;
    println!("filled in {:.0} s", started.elapsed().as_secs_f64());
    println!("store {store}, {waiting} timers that wait for months, {due} that become due");
    let idle = Instant::now();
    const LOOKS: u32 = 1_000;
    for _ in 0..LOOKS {
        book.next_due(|_| false).map_err(|refusal| format!("{refusal:?}"))?;
    }
    println!("a look at the first that is due    {:>8.1} µs", idle.elapsed().as_secs_f64() * 1e6 / f64::from(LOOKS));
    clock.set(clock.now().checked_add(SignedDuration::from_hours(2)).map_err(|error| error.to_string())?);
    let figures = Arc::new(TimerFigures::default());
    let started = Instant::now();
    let clockwork = Clockwork::start(book.clone(), figures.clone()).map_err(|error| error.to_string())?;
    while figures.fired.load(Ordering::Relaxed) < due {
        if started.elapsed() > Duration::from_secs(300) || figures.failed.load(Ordering::Relaxed) > 0 {
            return Err(format!("only {figures:?}"));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let took = started.elapsed().as_secs_f64();
    println!("all of them fired in               {took:>8.2} s    {:.0} a second, each durable", due as f64 / took);
    drop(clockwork);
    drop(book);
    std::fs::remove_dir_all(data).map_err(|error| error.to_string())
}

fn values(n: u64, wait: &str) -> Input {
    let mut values = Input::new();
    values.insert("name".into(), format!("task {n}").into());
    values.insert("owner".into(), "ann".into());
    values.insert("wait".into(), wait.into());
    values
}
