//! Kills while a folder that does not exist yet becomes a book.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::seed;
use crate::cli::binary::{Folder, Server};

/// Kills a server at random moments of its first start; after one to three of them the folder must open.
pub(super) fn survives(store: &'static str, kills: usize) {
    let mut random = seed(store);
    let folder = Folder::shop();
    let opening = how_long(&folder, store);
    let mut killed = 0;
    for book in 0.. {
        if killed >= kills {
            break;
        }
        let data = format!("books/{book}");
        for _ in 0..=random.below(3) {
            let errors = fs::File::options().create(true).append(true).open(folder.at("server.log")).unwrap();
            let mut child = Server::spawn(folder.path(), &["--store", store, "--data", &data], errors);
            thread::sleep(opening.mul_f64(random.below(1000) as f64 / 1000.0));
            assert_eq!(child.try_wait().unwrap(), None, "the server ended by itself:\n{}", folder.read("server.log"));
            child.kill().unwrap();
            child.wait().unwrap();
            killed += 1;
        }
        used(&folder, store, &data);
    }
    println!("{store}: {killed} kills within {opening:?}");
}

/// How long a first opening takes here, from the start of the process until it listens.
fn how_long(folder: &Folder, store: &str) -> Duration {
    let begun = Instant::now();
    let server = folder.serve(&["--store", store, "--data", "books/first"]);
    let took = begun.elapsed();
    server.kill();
    took
}

/// The folder opens, takes a command, and still has it after one more kill.
fn used(folder: &Folder, store: &str, data: &str) {
    let open = || {
        let opened = Server::start(folder.path(), &["--store", store, "--data", data]);
        opened.unwrap_or_else(|| panic!("{store} does not open {data}:\n{}", folder.read("server.log")))
    };
    let server = open();
    assert_eq!(server.client().post("/shop/api/job", json!({"name": "A"})).0, 201);
    server.kill();
    let server = open();
    assert_eq!(server.client().get("/shop/api/job/A").0, 200);
    server.terminate();
    folder.run(&["verify", "--data", data]).code(0).stdout("all is well");
}
