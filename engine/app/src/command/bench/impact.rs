//! Recorded commands decided again under another release.

use std::{path::Path, sync::Arc, time::Instant};

use super::{business, fresh, http::values};
use formwork_model::{clock::SystemClock, name::Name};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Input, Request},
    impact::impact,
};

/// Jobs that are on their way at once.
const TOGETHER: u64 = 256;

/// What is done with every job after it is created.
const ACTIONS: [&str; 3] = ["accept", "finish", "close"];

pub(super) fn run(store: &str, commands: u64, data: &Path) -> Result<(), String> {
    let book = Book::open(Arc::new(fresh(store, data)?), business::catalog()?, Arc::new(SystemClock))
        .map_err(|refusal| format!("{refusal:?}"))?;
    let (began, jobs) = (book.now(), commands / 4);
    let mut done = 0;
    while done < jobs {
        let batch: Vec<u64> = (done..jobs.min(done + TOGETHER)).collect();
        record(&book, &batch)?;
        done += batch.len() as u64;
    }
    // Another threshold and another bound.
    let other = business::edited(business::FILES, |text| {
        text.replace("default: 5000", "default: 9000").replace("this.discount <= 50", "this.discount <= 15")
    })?;
    let started = Instant::now();
    let found = impact(&book, &other, began).map_err(|refusal| format!("{refusal:?}"))?;
    let seconds = started.elapsed().as_secs_f64();
    println!("store {store}, {} recorded commands", found.decided);
    println!("decided again under both releases  {seconds:>8.2} s");
    println!("a second                           {:>8.0}", found.decided as f64 / seconds);
    println!("that came to something else        {:>8}", found.changed);
    drop(book);
    std::fs::remove_dir_all(data).map_err(|error| error.to_string())
}

/// Creates these jobs and takes every action of each; what is under way together shares its writes to the disk.
fn record(book: &Book, jobs: &[u64]) -> Result<(), String> {
    let object = Name::intern("job");
    let actor = Actor::new("ann", []);
    let command = |request| Command::new(actor.clone(), request);
    let created: Vec<_> =
        together(book, jobs.iter().map(|n| command(Request::Create { object, values: values(1, *n) })))?;
    for action in ACTIONS {
        let requests = created.iter().map(|id| {
            let (id, action) = (*id, Name::intern(action));
            command(Request::Act { object, id, rev: None, action, token: None, input: Input::new() })
        });
        together(book, requests)?;
    }
    Ok(())
}

fn together(book: &Book, commands: impl Iterator<Item = Command>) -> Result<Vec<formwork_model::id::RecordId>, String> {
    let waiting: Vec<_> = commands
        .map(|command| {
            let (answer, wait) = std::sync::mpsc::sync_channel(1);
            book.submit(command, move |result| {
                let _gone = answer.send(result);
            });
            wait
        })
        .collect();
    let mut ids = Vec::with_capacity(waiting.len());
    for wait in waiting {
        let outcome = wait.recv().map_err(|error| error.to_string())?.map_err(|refusal| format!("{refusal:?}"))?;
        ids.extend(outcome.record.map(|record| record.id));
    }
    Ok(ids)
}
