//! Hot reload over HTTP: a saved edit is live without a restart, a refused one changes nothing.

use std::{fs, time::Instant};

use serde_json::{Value as Json, json};

use super::{
    binary::{Folder, Server, eventually},
    client::Client,
};

const OBJECT: &str = "definitions/work/job.object.yaml";

fn release(client: &mut Client) -> Json {
    let (status, release) = client.get("/shop/api/release");
    assert_eq!(status, 200);
    release
}

/// Waits until another release than `before` is live.
fn live(client: &mut Client, before: &Json) -> Json {
    eventually(|| Some(release(client)).filter(|now| now["release"] != before["release"]))
}

/// Waits until an edit is refused.
fn refused(client: &mut Client) -> Json {
    eventually(|| Some(release(client)["refused"].clone()).filter(|refused| !refused.is_null()))
}

fn begin(folder: &Folder) -> (Server, Client, Json) {
    let server = folder.serve(&[]);
    let mut client = server.client();
    let before = release(&mut client);
    assert_eq!(before["refused"], Json::Null);
    (server, client, before)
}

#[test]
fn a_saved_edit_is_live() {
    let folder = Folder::shop();
    let (server, mut client, before) = begin(&folder);
    assert_eq!(client.post("/shop/api/job", json!({"name": "A", "amount": 700})).0, 201);
    folder.edit(OBJECT, "this.amount <= 1000", "this.amount <= 500");
    let saved = Instant::now();
    live(&mut client, &before);
    let took = saved.elapsed();
    println!("saved to live: {took:?}");
    let (status, problem) = client.post("/shop/api/job", json!({"name": "B", "amount": 700}));
    assert_eq!((status, &problem["code"]), (422, &json!("check-failed")));
    assert!(server.log().contains("the new release is live"), "{}", server.log());
}

#[test]
fn a_broken_edit_changes_nothing_and_is_shown() {
    let folder = Folder::shop();
    let (server, mut client, before) = begin(&folder);
    folder.edit(OBJECT, "this.amount <= 1000", "this.amout <= 1");
    let why = refused(&mut client);
    assert_eq!(why["stage"], "check");
    assert_eq!(why["diagnostics"][0]["code"], "unknown-field");
    assert_eq!(why["diagnostics"][0]["at"]["path"], OBJECT);
    assert_eq!(release(&mut client)["release"], before["release"]);
    assert_eq!(client.post("/shop/api/job", json!({"name": "A", "amount": 700})).0, 201);
    assert!(server.log().contains("error[unknown-field]"), "{}", server.log());
    // Undone: the old text again is no new release, and nothing is refused any more.
    folder.edit(OBJECT, "this.amout <= 1", "this.amount <= 1000");
    eventually(|| release(&mut client)["refused"].is_null().then_some(()));
    assert_eq!(release(&mut client)["release"], before["release"]);
}

#[test]
fn an_edit_that_breaks_a_scenario_is_refused() {
    let folder = Folder::shop();
    let (_server, mut client, before) = begin(&folder);
    folder.edit("definitions/work/job.flow.yaml", "set: {posted: true}", "when: this.amount > 100");
    let why = refused(&mut client);
    assert_eq!(why["stage"], "scenarios");
    assert_eq!(why["diagnostics"][0]["code"], "scenario-failed");
    assert_eq!(release(&mut client)["release"], before["release"]);
}

#[test]
fn an_edit_that_does_not_fit_the_data_is_refused() {
    let folder = Folder::shop();
    let (_server, mut client, before) = begin(&folder);
    for name in ["A", "B"] {
        assert_eq!(client.post("/shop/api/job", json!({"name": name, "amount": 5})).0, 201);
    }
    folder.edit(OBJECT, "checks:", "unique:\n  one_each: amount\nchecks:");
    let why = refused(&mut client);
    assert_eq!((&why["stage"], &why["diagnostics"][0]["code"]), (&json!("activate"), &json!("duplicate-key")));
    assert_eq!(release(&mut client)["release"], before["release"]);
}

#[test]
fn a_book_keeps_its_name_while_it_is_served() {
    let folder = Folder::shop();
    let (_server, mut client, before) = begin(&folder);
    folder.edit("definitions/shop.book.yaml", "book: shop", "book: shoppe");
    // The file of a book is called like the book, so this is an error before it is a renaming.
    fs::rename(folder.at("definitions/shop.book.yaml"), folder.at("definitions/shoppe.book.yaml")).unwrap();
    let why = eventually(|| {
        let why = release(&mut client)["refused"].clone();
        let renamed = why["diagnostics"].as_array()?.iter().any(|one| one["code"] == "book-renamed");
        renamed.then_some(why)
    });
    assert_eq!(why["stage"], "check");
    assert_eq!(release(&mut client)["release"], before["release"]);
}

#[test]
fn a_folder_that_is_removed_and_made_again_is_watched_again() {
    let folder = Folder::shop();
    let (_server, mut client, before) = begin(&folder);
    let files: Vec<(String, String)> = [
        "shop.book.yaml",
        "work/job.object.yaml",
        "work/job.flow.yaml",
        "work/works.ledger.yaml",
        "work/level.table.yaml",
    ]
    .iter()
    .map(|path| (format!("definitions/{path}"), folder.read(&format!("definitions/{path}"))))
    .collect();
    fs::remove_dir_all(folder.at("definitions")).unwrap();
    refused(&mut client);
    assert_eq!(release(&mut client)["release"], before["release"]);
    for (path, text) in &files {
        folder.write(path, text);
    }
    eventually(|| release(&mut client)["refused"].is_null().then_some(()));
    folder.edit(OBJECT, "this.amount <= 1000", "this.amount <= 500");
    live(&mut client, &before);
}

#[test]
fn a_new_folder_and_a_file_written_in_two_halves_are_seen() {
    let folder = Folder::shop();
    let (_server, mut client, before) = begin(&folder);
    let text = "form: job_edit\nlabel: {zh: 工单, en: Job}\nobject: job\nfor: [create, edit]\nsections:\n  - fields: [name, amount]\n";
    let (first, second) = text.split_at(60);
    folder.write("forms/work/job_edit.form.yaml", first);
    refused(&mut client);
    folder.write("forms/work/job_edit.form.yaml", &format!("{first}{second}"));
    let now = live(&mut client, &before);
    assert_eq!(now["refused"], Json::Null);
}

#[test]
fn records_left_on_a_removed_node_are_counted() {
    let folder = Folder::shop();
    let (_server, mut client, before) = begin(&folder);
    assert_eq!(client.post("/shop/api/job", json!({"name": "A"})).0, 201);
    fs::remove_dir_all(folder.at("tests/scenarios")).unwrap();
    let without = live(&mut client, &before);
    assert_eq!(without["in_removed_nodes"], Json::Null);
    let flow = folder
        .read("definitions/work/job.flow.yaml")
        .replace("start: open", "start: fresh")
        .replace("  open:\n", "  fresh:\n");
    folder.write("definitions/work/job.flow.yaml", &flow);
    live(&mut client, &without);
    eventually(|| (release(&mut client)["in_removed_nodes"] == 1).then_some(()));
    assert_eq!(client.get("/shop/api/job/A").0, 200);
}

#[test]
fn commands_go_on_while_releases_change() {
    let folder = Folder::shop();
    let (server, mut client, mut before) = begin(&folder);
    let address = server.address;
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopping = stop.clone();
    let writer = std::thread::spawn(move || {
        let mut client = Client::connect(address).unwrap();
        let mut done = 0;
        while !stopping.load(std::sync::atomic::Ordering::Relaxed) {
            let (status, answer) = client.post("/shop/api/job", json!({"name": format!("w{done}"), "amount": 5}));
            assert_eq!(status, 201, "{answer}");
            done += 1;
        }
        done
    });
    for bound in 1000..1005 {
        folder.edit(OBJECT, &format!("this.amount <= {bound}"), &format!("this.amount <= {}", bound + 1));
        before = live(&mut client, &before);
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let done = writer.join().unwrap();
    assert!(done > 5, "{done}");
    server.terminate();
    folder.run(&["verify"]).code(0).stdout("all is well");
}
