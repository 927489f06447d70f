//! Encrypted books: what lies on the disk, keys that are missing, wrong and changed under kills; erasure; the book as it was
//! at an instant.

use std::{fs, path::Path};

use formwork_model::clock::{Clock as _, SystemClock};
use serde_json::{Value as Json, json};

use super::binary::{Folder, eventually};

const PERSON: &str = r#"object: person
label: {zh: 人员, en: Person}
title: name
number: "P{seq:4}"
fields:
  name:  {type: text, sensitive: true, required: true, label: {zh: 姓名, en: Name}}
  phone: {type: text, sensitive: true, unique: true, label: {zh: 电话, en: Phone}}
  city:  {type: text, label: {zh: 城市, en: City}}
"#;
const MAPPING: &str = "import: people\nobject: person\nfrom: people.csv\nkey: phone\ncolumns:\n  Name: name\n  Phone: phone\n  City: city\n";

fn key(digit: char) -> String {
    digit.to_string().repeat(64)
}

/// A shop whose people are sensitive, with two keys.
fn shop(rows: usize) -> Folder {
    let folder = Folder::shop();
    folder.write("definitions/work/person.object.yaml", PERSON);
    folder.write("people.import.yaml", MAPPING);
    let people: String = (0..rows).map(|n| format!("Secret Person {n},1380000{n:04},London\n")).collect();
    folder.write("people.csv", &format!("Name,Phone,City\n{people}"));
    folder.write("a.key", &key('a'));
    folder.write("b.key", &key('b'));
    folder
}

/// A folder and all below it, as one sequence of bytes.
pub(super) fn bytes_below(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            all.extend(bytes_below(&entry.path()));
        } else {
            all.extend(fs::read(entry.path()).unwrap());
        }
    }
    all
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn the_disk_holds_no_word_of_it_in_either_store_and_the_key_opens_it() {
    for store in ["sled", "fjall"] {
        let folder = shop(20);
        folder.run(&["import", "people.import.yaml", "--store", store]).code(3).stderr("FORMWORK_DATA_KEY");
        let import = ["import", "people.import.yaml", "--store", store, "--data-key", "a.key"];
        folder.run(&import).code(0).stdout("20 created");
        folder.run(&["verify"]).code(3).stderr("--data-key");
        folder.run(&["verify", "--data-key", "b.key"]).code(3).stderr("another key");
        folder.run(&["verify", "--data-key", "people.csv"]).code(2).stderr("64 hexadecimal digits");
        folder.run(&["verify", "--data-key", "a.key"]).code(0).stdout("all is well");
        // A folder of keys: one for each book.
        fs::create_dir(folder.at("keys")).unwrap();
        fs::copy(folder.at("a.key"), folder.at("keys/shop.key")).unwrap();
        let filter = r#"{"phone": "13800000007"}"#;
        let run = folder.run(&["export", "person", "--filter", filter, "--fields", "name,city", "--data-key", "keys"]);
        assert_eq!(run.code(0).stdout.replace("\r\n", "\n"), "name,city\nSecret Person 7,London\n");
        let part = r#"{"phone": {"starts_with": "138"}}"#;
        folder.run(&["export", "person", "--filter", part, "--data-key", "a.key"]).code(2).stderr("found only whole");
        let sort = ["export", "person", "--sort", "phone", "--data-key", "a.key"];
        folder.run(&sort).code(2).stderr("not sorted by it");
        folder.run(&["backup", "shop.backup"]).code(0);
        let (disk, backup) = (bytes_below(&folder.at("data")), fs::read(folder.at("shop.backup")).unwrap());
        for word in ["Secret Person", "1380000"] {
            assert!(!holds(&disk, word) && !holds(&backup, word), "{store}: {word}");
        }
        let there = ["restore", "shop.backup", "--data", "there/shop"];
        folder.run(&there).code(0);
        folder.run(&["verify", "--data", "there"]).code(3).stderr("--data-key");
        folder.run(&["verify", "--data", "there", "--data-key", "a.key"]).code(0).stdout("all is well");
        folder.run(&["restore", "shop.backup", "--verify", "--data-key", "a.key"]).code(0).stdout("the copy equals");
    }
}

#[test]
fn a_book_without_sensitive_fields_never_asks_for_a_key() {
    let folder = Folder::shop();
    folder.write("jobs.import.yaml", "import: jobs\nobject: job\nfrom: jobs.csv\nkey: name\ncolumns: {Name: name}\n");
    folder.write("jobs.csv", "Name\nPlain Words\n");
    folder.write("a.key", &key('a'));
    // A key that is not needed does no harm.
    folder.run(&["import", "jobs.import.yaml", "--data-key", "a.key"]).code(0);
    folder.run(&["verify"]).code(0).stdout("all is well");
    folder.run(&["keys", "rotate", "--new-key", "a.key"]).code(3).stderr("encrypted");
    folder.run(&["backup", "shop.backup"]).code(0);
    assert!(holds(&fs::read(folder.at("shop.backup")).unwrap(), "Plain Words"));
}

#[test]
fn a_change_of_the_key_goes_on_after_kills_and_the_old_key_opens_nothing() {
    for store in ["sled", "fjall"] {
        let folder = shop(1500);
        let import = ["import", "people.import.yaml", "--store", store, "--data-key", "a.key"];
        folder.run(&import).code(0).stdout("1500 created");
        let rotate = ["keys", "rotate", "--new-key", "b.key", "--data-key", "a.key"];
        for millis in [40, 90, 160, 250, 400] {
            let mut running = folder.start(&rotate);
            std::thread::sleep(std::time::Duration::from_millis(millis));
            running.kill().unwrap();
            running.wait().unwrap();
            // Exactly one of the keys opens it, whenever it was killed.
            let codes = ["a.key", "b.key"].map(|key| folder.run(&["verify", "--data-key", key]).code);
            assert!(matches!(codes, [Some(0), Some(3)] | [Some(3), Some(0)]), "{store} {millis}: {codes:?}");
        }
        folder.run(&rotate).code(0).stdout("opens with the new key alone");
        folder.run(&["verify", "--data-key", "a.key"]).code(3).stderr("another key");
        folder.run(&["verify", "--data-key", "b.key"]).code(0).stdout("all is well").stderr("1500 records");
        let filter = r#"{"phone": "13800000042"}"#;
        let run = folder.run(&["export", "person", "--filter", filter, "--fields", "name", "--data-key", "b.key"]);
        assert!(run.code(0).stdout.contains("Secret Person 42"));
        let log = folder.run(&["export", "--audit"]).code(0).stdout;
        assert!(log.lines().any(|line| line.contains("\"key-changed\"")), "{log}");
    }
}

#[test]
fn what_is_erased_is_in_no_export_and_no_backup_and_the_log_says_who_and_why() {
    let folder = shop(3);
    folder.run(&["import", "people.import.yaml", "--data-key", "a.key"]).code(0);
    let erase = |more: &[&str]| folder.run(&[&["erase", "person/P0002", "--data-key", "a.key"], more].concat());
    erase(&[]).code(2).stderr("--reason");
    erase(&["--reason", "asked by letter of 3 March"]).code(0).stdout("name, phone");
    folder.run(&["erase", "job/none", "--reason", "x", "--data-key", "a.key"]).code(2).stderr("there is no job");
    folder.run(&["verify", "--data-key", "a.key"]).code(0).stdout("all is well");
    let all = folder.run(&["export", "person", "--data-key", "a.key"]).code(0).stdout;
    assert!(all.contains("Secret Person 0") && !all.contains("Secret Person 1") && all.contains("London"), "{all}");
    let log = folder.run(&["export", "--audit", "--to", "audit.jsonl"]);
    log.code(0);
    let entry = folder.read("audit.jsonl");
    let entry = entry.lines().find(|line| line.contains("\"erase\"")).unwrap();
    assert!(entry.contains("asked by letter of 3 March") && entry.contains("person "), "{entry}");
    folder.run(&["verify", "--audit", "audit.jsonl"]).code(0).stdout("all is well");
}

/// What a book says of itself, without what a restore adds.
fn said(folder: &Folder, data: &str) -> Vec<String> {
    let key = ["--data-key", "a.key", "--data", data];
    let run = |arguments: &[&str]| folder.run(&[arguments, &key[..]].concat()).code(0).stdout;
    vec![
        run(&["export", "person"]),
        run(&["export", "job"]),
        run(&["export", "job", "--fields", "id,number,rev,state,updated_at,updated_by"]),
    ]
}

#[test]
fn a_book_is_restored_as_it_was_at_an_instant() {
    let folder = shop(2);
    folder.run(&["import", "people.import.yaml", "--data-key", "a.key"]).code(0);
    let server = folder.serve(&["--data-key", "a.key"]);
    let mut client = server.client();
    let mut send = |method: &str, path: &str, body: Json| {
        let (status, answer) = client.send(method, path, Some(&body)).unwrap();
        assert!(status < 300, "{path}: {answer}");
        answer
    };
    let one = send("POST", "/shop/api/job", json!({"name": "one", "amount": 5}));
    let id = one["id"].as_str().unwrap().to_owned();
    send("POST", "/shop/api/job", json!({"name": "two", "amount": 7}));
    send("PATCH", "/shop/api/person/P0001", json!({"city": "Rome"}));
    server.terminate();
    folder.run(&["backup", "then.backup"]).code(0);
    folder.run(&["restore", "then.backup", "--data", "then/shop"]).code(0);
    let between = SystemClock.now();
    std::thread::sleep(std::time::Duration::from_millis(5));
    let server = folder.serve(&["--data-key", "a.key"]);
    let mut client = server.client();
    let mut send = |method: &str, path: &str, body: Json| client.send(method, path, Some(&body)).unwrap();
    assert_eq!(send("POST", &format!("/shop/api/job/{id}/actions/finish"), json!({})).0, 200);
    assert_eq!(send("PATCH", "/shop/api/job/J00002", json!({"amount": 500})).0, 200);
    assert_eq!(send("PATCH", "/shop/api/person/P0001", json!({"city": "Oslo"})).0, 200);
    assert_eq!(send("POST", "/shop/api/job", json!({"name": "three"})).0, 201);
    server.terminate();
    folder.run(&["backup", "late.backup"]).code(0);
    let at = between.to_string();
    let restore = ["restore", "late.backup", "--at", &at, "--data-key", "a.key"];
    folder.run(&[&restore[..], &["--data", "back/shop"]].concat()).code(0).stderr("proven by its hash");
    folder.run(&["verify", "--data", "back", "--data-key", "a.key"]).code(0).stdout("all is well");
    assert_eq!(said(&folder, "back"), said(&folder, "then"));
    assert_ne!(said(&folder, "back"), said(&folder, "data"));
    assert!(!holds(&bytes_below(&folder.at("back")), "Secret Person"));
    // The restored book goes on.
    let run = folder.run(&["erase", "person/P0001", "--reason", "x", "--data", "back", "--data-key", "a.key"]);
    run.code(0);
    let early = ["restore", "late.backup", "--at", "2020-01-01T00:00:00Z", "--data", "no/shop", "--data-key", "a.key"];
    folder.run(&early).code(1).stderr("begins later");
    let wrong = ["restore", "late.backup", "--at", "noon", "--data", "no/shop", "--data-key", "a.key"];
    folder.run(&wrong).code(2).stderr("--at is an instant");
    assert!(eventually(|| (!folder.at("no").join("shop/formwork.json").exists()).then_some(true)));
}

#[test]
fn what_was_erased_stays_erased_in_the_book_as_it_was_before() {
    let folder = shop(2);
    folder.run(&["import", "people.import.yaml", "--data-key", "a.key"]).code(0);
    let before = SystemClock.now().to_string();
    std::thread::sleep(std::time::Duration::from_millis(5));
    folder.run(&["erase", "person/P0001", "--reason", "asked", "--data-key", "a.key"]).code(0);
    folder.run(&["backup", "late.backup"]).code(0);
    let restore = ["restore", "late.backup", "--at", &before, "--data", "back/shop", "--data-key", "a.key"];
    folder.run(&restore).code(0);
    folder.run(&["verify", "--data", "back", "--data-key", "a.key"]).code(0).stdout("all is well");
    let all = folder.run(&["export", "person", "--data", "back", "--data-key", "a.key"]).code(0).stdout;
    assert!(all.contains("Secret Person 1") && !all.contains("Secret Person 0"), "{all}");
}

#[test]
fn a_server_without_a_key_goes_on_with_the_release_that_needs_none() {
    let folder = Folder::shop();
    let server = folder.serve(&[]);
    folder.write("definitions/work/person.object.yaml", PERSON);
    eventually(|| server.log().contains("--data-key").then_some(()));
    let mut client = server.client();
    assert_eq!(client.get("/shop/api/job").0, 200);
    assert_eq!(client.get("/shop/api/person").0, 404);
    server.terminate();
    // With the key it goes live, and everything that was there is encrypted with it.
    folder.write("a.key", &key('a'));
    let server = folder.serve(&["--data-key", "a.key"]);
    assert_eq!(server.client().post("/shop/api/person", json!({"name": "Secret Person"})).0, 201);
    server.terminate();
    folder.run(&["verify"]).code(3).stderr("--data-key");
    folder.run(&["verify", "--data-key", "a.key"]).code(0).stdout("all is well");
}

#[test]
fn what_is_kept_long_enough_is_erased_on_demand_too() {
    let folder = shop(2);
    let kept = format!("{PERSON}retain: {{days: 0}}\n");
    folder.write("definitions/work/person.object.yaml", &kept);
    folder.run(&["import", "people.import.yaml", "--data-key", "a.key"]).code(0);
    folder.run(&["erase", "--due", "--reason", "x", "--data-key", "a.key"]).code(2);
    // Nothing is older than today yet.
    folder.run(&["erase", "--due", "--data-key", "a.key"]).code(0).stdout("erased of 0 records");
}
