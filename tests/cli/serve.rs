//! `formwork serve`: starting, refusing to start, stopping.

use std::{fs, net::TcpListener, thread, time::Duration, time::Instant};

use serde_json::json;

use super::binary::{Folder, eventually};

#[test]
fn an_empty_book_answers() {
    let folder = Folder::shop();
    let begun = Instant::now();
    let server = folder.serve(&[]);
    let (status, health) = server.client().get("/health");
    let took = begun.elapsed();
    assert_eq!((status, &health["status"]), (200, &json!("ok")));
    println!("start to first answer: {took:?}");
}

#[test]
fn a_terminated_server_finishes_and_releases_the_book() {
    let folder = Folder::shop();
    let server = folder.serve(&[]);
    let (status, _) = server.client().post("/shop/api/job", json!({"name": "A"}));
    assert_eq!(status, 201);
    assert_eq!(server.terminate().code(), Some(0));
    folder.run(&["verify"]).code(0).stderr("1 records");
    let again = folder.serve(&[]);
    assert_eq!(again.client().get("/shop/api/job/A").0, 200);
}

#[test]
fn a_data_folder_in_use_is_told() {
    let folder = Folder::shop();
    let _server = folder.serve(&[]);
    folder.run(&["serve", "--dev", "--listen", "127.0.0.1:0"]).code(3).stderr("is in use by another process");
    folder.run(&["verify"]).code(3).stderr("is in use");
}

#[test]
fn data_of_a_newer_program_is_refused() {
    let folder = Folder::shop();
    folder.serve(&[]).terminate();
    let marker = folder.read("data/shop/formwork.json");
    folder.write("data/shop/formwork.json", &marker.replace("\"version\":1", "\"version\":99"));
    let refused =
        folder.run(&["serve", "--dev", "--listen", "127.0.0.1:0"]).code(3).stderr("newer than this program's");
    assert!(refused.stderr.contains("99"));
    folder.write("data/shop/formwork.json", &marker);
    folder.run(&["verify"]).code(0);
}

#[test]
fn another_store_is_refused() {
    let folder = Folder::shop();
    folder.serve(&["--store", "fjall"]).terminate();
    folder
        .run(&["serve", "--dev", "--listen", "127.0.0.1:0", "--store", "sled"])
        .code(3)
        .stderr("made with the store fjall");
    folder.run(&["serve", "--dev", "--store", "redb"]).code(2).stderr("redb");
}

#[test]
fn a_server_that_believes_every_name_stays_on_loopback() {
    let folder = Folder::shop();
    for flag in ["--dev", "--demo"] {
        folder.run(&["serve", flag, "--listen", "0.0.0.0:0"]).code(2).stderr("loopback only");
        folder.run(&["serve", flag, "--listen", "[::]:0"]).code(2);
    }
    folder.run(&["serve", "--dev", "--listen", "nowhere"]).code(2).stderr("--listen");
    assert!(!folder.at("data").exists());
}

#[test]
fn a_taken_port_is_told() {
    let folder = Folder::shop();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    folder.run(&["serve", "--dev", "--listen", &address]).code(3).stderr("is taken by another program");
}

#[test]
fn definitions_with_errors_do_not_start() {
    let folder = Folder::shop();
    folder.edit("definitions/work/job.flow.yaml", "to: done", "to: doen");
    folder.run(&["serve", "--dev", "--listen", "127.0.0.1:0"]).code(1).stderr("error[unknown-target]");
    folder.edit("definitions/work/job.flow.yaml", "to: doen", "to: done");
    folder.edit("tests/scenarios/work/job.scenario.yaml", "state: done,", "state: open,");
    folder.run(&["serve", "--dev", "--listen", "127.0.0.1:0"]).code(1).stderr("error[scenario-failed]");
}

#[test]
fn a_data_folder_that_cannot_be_made_is_told() {
    let folder = Folder::shop();
    fs::write(folder.at("data"), "a file").unwrap();
    folder.run(&["serve", "--dev", "--listen", "127.0.0.1:0"]).code(3).stderr("disk: ");
}

#[test]
fn the_demo_fills_a_new_book_once_and_uses_it_again() {
    let folder = Folder::shop();
    folder.write(
        "demo/shop.demo.yaml",
        "demo: shop\ndays: 30\nactor: demo\nobjects:\n  job:\n    count: 20\n    set:\n      name: {pattern: \"job {n}\", unique: true}\n      amount: {range: [1, 100]}\n    steps:\n      - {after: [1, 3], take: [{act: finish}]}\n",
    );
    let count = |server: &super::binary::Server| {
        let (status, page) = server.client().get("/shop/api/job?limit=100");
        assert_eq!(status, 200);
        page["data"].as_array().unwrap().len()
    };
    let server = folder.serve(&["--demo"]);
    assert_eq!(count(&server), 20);
    assert!(server.log().contains("20 job"), "{}", server.log());
    server.terminate();
    folder.run(&["verify", "--data", "data/demo"]).code(0).stderr("20 records");
    let server = folder.serve(&["--demo"]);
    assert_eq!(count(&server), 20);
    assert!(server.log().contains("is used again"));
}

/// Two timers of one node are due at once, and the first leaves it. The second is gone, which was remembered as a
/// failure for a day; its next try was a time that had passed, for which nobody sleeps.
#[test]
fn a_timer_that_is_gone_keeps_no_server_awake() {
    let folder = Folder::empty();
    folder.write("definitions/shop.book.yaml", "book: shop\naccess: open\ncurrency: CNY\ntime_zone: Asia/Shanghai\n");
    folder.write("definitions/work/alarm.object.yaml", "object: alarm\nfields:\n  name: {type: text}\n");
    folder.write(
        "definitions/work/alarm.flow.yaml",
        "flow: alarm\nobject: alarm\nstart: set\nnodes:\n  set:\n    timers:\n      one: {after: 1s, to: over}\n      \
         other: {after: 1s, to: over}\n  over: {end: {}}\n",
    );
    let server = folder.serve(&[]);
    let mut client = server.client();
    assert_eq!(client.post("/shop/api/alarm", json!({"name": "A"})).0, 201);
    let mut figure = |name: &str| {
        let (_, figures) = client.get("/metrics");
        let line = figures.as_str().unwrap().lines().find(|line| line.starts_with(name)).unwrap().to_owned();
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    eventually(|| (figure("formwork_timers_fired_total{") == 1).then_some(()));
    thread::sleep(Duration::from_millis(100));
    eventually(|| (figure("formwork_timers_failing{") == 0).then_some(()));
    assert_eq!(figure("formwork_timer_failures_total{"), 0);
}
