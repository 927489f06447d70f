//! Sensitive fields through the router: who reads them is in the audit log, once for each request; how they are found; and
//! how they are erased.

use serde_json::{Value as Json, json};

use super::support::{Reply, Site, encoded};

const FILES: &[(&str, &str)] = &[
    (
        "definitions/work/patient.object.yaml",
        "
object: patient
label: {zh: 病人, en: Patient}
title: code
owner: owner
fields:
  code:   {type: text, required: true, label: {zh: 代码, en: Code}}
  name:   {type: text, sensitive: true, label: {zh: 姓名, en: Name}}
  phone:  {type: text, sensitive: true, unique: true, label: {zh: 电话, en: Phone}}
  scan:   {type: file, sensitive: true, label: {zh: 扫描件, en: Scan}}
  owner:  {type: user, default: = user.login, label: {zh: 负责人, en: Owner}}
",
    ),
    (
        "definitions/work/doctor.role.yaml",
        "
role: doctor
label: {zh: 医生, en: Doctor}
gives: [clerk, doctor]
grants:
  all: {on: [patient, user, position], may: [read, create, update, delete, export, erase], rows: all}
",
    ),
    (
        "definitions/work/clerk.role.yaml",
        "
role: clerk
label: {zh: 文员, en: Clerk}
grants:
  some: {on: patient, may: [read, update, export], rows: all, fields: {hidden: [name, scan], masked: {phone: last 2}}}
",
    ),
];

async fn say(site: &Site, actor: &str, method: &str, path: &str, body: Json) -> Reply {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers = [("formwork-actor", actor), ("content-type", "application/json"), ("accept-language", "en")];
    site.send(method, path, &headers, body).await
}

async fn made(site: &Site, code: &str, name: &str, phone: &str) -> String {
    let values = json!({"code": code, "name": name, "phone": phone});
    let reply = say(site, "dora doctor", "POST", "/~/patient", values).await.expect(201).json();
    format!("/~/patient/{}", reply["id"].as_str().unwrap())
}

/// The entries `read` of the audit log that are new since the last call.
async fn read_since(site: &Site, seen: &mut usize) -> Vec<Json> {
    let log = say(site, "root admin", "GET", "/~/audit-log?limit=10000", Json::Null).await.expect(200).text();
    let all: Vec<Json> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let reads: Vec<Json> = all.into_iter().filter(|entry| entry["what"] == "read").collect();
    let new = reads.get(*seen..).unwrap_or_default().to_vec();
    *seen = reads.len();
    new
}

fn more(entry: &Json) -> Json {
    match &entry["more"] {
        Json::String(text) => serde_json::from_str(text).unwrap(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn every_request_that_shows_them_is_one_entry_of_the_log() {
    let site = Site::guarded(FILES);
    let (one, two) = (made(&site, "A", "Ada", "1380001").await, made(&site, "B", "Bob", "1380002").await);
    let mut seen = 0;
    assert_eq!(read_since(&site, &mut seen).await.len(), 2, "what a creation answers shows them");
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    say(&site, "dora doctor", "GET", &one, Json::Null).await.expect(200);
    let reads = read_since(&site, &mut seen).await;
    assert_eq!(reads.len(), 1);
    assert_eq!((&reads[0]["actor"], &reads[0]["about"]), (&json!("dora"), &json!(format!("patient {}", id(&one)))));
    assert_eq!(more(&reads[0]), json!({"records": 1, "fields": {"patient": ["name", "phone"]}}));
    say(&site, "dora doctor", "GET", "/~/patient", Json::Null).await.expect(200);
    let reads = read_since(&site, &mut seen).await;
    assert_eq!((reads.len(), &more(&reads[0])["records"]), (1, &json!(2)));
    assert!(reads[0]["about"].as_str().unwrap().contains(&id(&two)));
    say(&site, "dora doctor", "GET", &format!("{one}/history"), Json::Null).await.expect(200);
    assert_eq!(read_since(&site, &mut seen).await.len(), 1);
    // The pages, and a file that is taken out.
    say(&site, "dora doctor", "GET", &one.replace("/~/", "/workshop/"), Json::Null).await.expect(200);
    assert_eq!(read_since(&site, &mut seen).await.len(), 1);
    let file = say(&site, "dora doctor", "GET", "/workshop/patient/export?format=csv", Json::Null).await.expect(200);
    assert!(file.text().contains("Ada"));
    let reads = read_since(&site, &mut seen).await;
    assert_eq!((reads.len(), &more(&reads[0])["records"]), (1, &json!(2)));
    let log = say(&site, "root admin", "GET", "/~/audit-log?limit=10000", Json::Null).await.text();
    assert!(log.lines().any(|line| line.contains("\"export\"") && line.contains("dora")), "{log}");
    assert!(!log.contains("1380001") && !log.contains("Ada"), "the log does not repeat them: {log}");
    // A form says what is not to be left behind as a draft on a device.
    let edit = format!("{}/edit", one.replace("/~/", "/workshop/"));
    let form = say(&site, "dora doctor", "GET", &edit, Json::Null).await.expect(200).text();
    assert!(form.contains("data-private=\"name phone scan\""), "{form}");
    assert_eq!(read_since(&site, &mut seen).await.len(), 1);
    // Whoever sees them in part or not at all has read nothing.
    for path in [one.as_str(), "/~/patient", &format!("{one}/history")] {
        let shown = say(&site, "carl clerk", "GET", path, Json::Null).await.expect(200).text();
        assert!(!shown.contains("13800") && !shown.contains("Ada"), "{shown}");
    }
    let list = say(&site, "dora doctor", "GET", "/~/patient?fields=code", Json::Null).await.expect(200).text();
    assert!(!list.contains("Ada"));
    assert!(read_since(&site, &mut seen).await.len() <= 1);
}

#[tokio::test]
async fn they_are_found_whole_by_whoever_sees_them() {
    let site = Site::guarded(FILES);
    made(&site, "A", "Ada", "1380001").await;
    made(&site, "B", "Bob", "1380002").await;
    let find = |actor: &'static str, filter: &'static str| {
        say_owned(&site, actor, format!("/~/patient?filter={}", encoded(filter)))
    };
    let found = find("dora doctor", r#"{"phone": "1380002"}"#).await.expect(200).json();
    assert_eq!(found["data"][0]["code"], "B");
    find("dora doctor", r#"{"phone": {"starts_with": "138"}}"#).await.refused(422, "sensitive-search");
    find("dora doctor", r#"{"phone": {"gt": "1"}}"#).await.refused(422, "sensitive-search");
    say(&site, "dora doctor", "GET", "/~/patient?sort=phone", Json::Null).await.refused(422, "sensitive-search");
    find("carl clerk", r#"{"phone": "1380002"}"#).await.refused(422, "unknown-field");
    // On the page what is looked for is looked for whole.
    let page = say(&site, "dora doctor", "GET", "/workshop/patient?q=1380002", Json::Null).await.expect(200).text();
    assert!(page.contains(">B</a>") && !page.contains(">A</a>"), "{page}");
    let part = say(&site, "dora doctor", "GET", "/workshop/patient?q=138", Json::Null).await.expect(200).text();
    assert!(!part.contains(">B</a>") && !part.contains(">A</a>"), "{part}");
}

async fn say_owned(site: &Site, actor: &str, path: String) -> Reply {
    say(site, actor, "GET", &path, Json::Null).await
}

#[tokio::test]
async fn they_are_erased_by_whoever_may_and_for_a_reason() {
    let site = Site::guarded(FILES);
    let one = made(&site, "A", "Ada", "1380001").await;
    say(&site, "dora doctor", "PATCH", &one, json!({"phone": "1380009"})).await.expect(200);
    let erase = format!("{one}/erasure");
    say(&site, "carl clerk", "POST", &erase, json!({"reason": "x"})).await.refused(403, "not-allowed");
    say(&site, "dora doctor", "POST", &erase, json!({})).await.refused(422, "required");
    let left = say(&site, "dora doctor", "POST", &erase, json!({"reason": "asked for"})).await.expect(200).json();
    assert_eq!((&left["name"], &left["phone"], &left["code"]), (&Json::Null, &Json::Null, &json!("A")));
    let history = say(&site, "dora doctor", "GET", &format!("{one}/history"), Json::Null).await.expect(200).text();
    assert!(!history.contains("138000") && !history.contains("Ada") && history.contains("asked for"), "{history}");
    let log = say(&site, "root admin", "GET", "/~/audit-log?limit=10000", Json::Null).await.text();
    assert!(log.lines().any(|line| line.contains("\"erase\"") && line.contains("asked for")), "{log}");
    let nobody = format!("/~/patient/{}/erasure", "0".repeat(32));
    say(&site, "carl clerk", "POST", &nobody, json!({"reason": "x"})).await.expect(404);
}

#[tokio::test]
async fn a_sensitive_file_is_read_by_its_record_and_every_reading_is_noted() {
    let site = Site::guarded(FILES);
    let one = made(&site, "A", "Ada", "1380001").await;
    let sent = [("formwork-actor", "dora doctor"), ("content-type", "application/pdf")];
    let kept = site.send("POST", "/~/files?name=scan.pdf", &sent, "%PDF-1.7 the scan").await.expect(201).json();
    say(&site, "dora doctor", "PATCH", &one, json!({"scan": kept})).await.expect(200);
    let (mut seen, id) = (0, one.rsplit('/').next().unwrap().to_owned());
    read_since(&site, &mut seen).await;
    let path = format!("/~/files/{}", kept["sha256"].as_str().unwrap());
    let held = format!("{path}?object=patient&id={id}");
    let content = say(&site, "dora doctor", "GET", &held, Json::Null).await.expect(200);
    assert_eq!((content.text().as_str(), content.header("cache-control")), ("%PDF-1.7 the scan", "no-store"));
    let reads = read_since(&site, &mut seen).await;
    assert_eq!(reads.len(), 1);
    assert_eq!(more(&reads[0]), json!({"records": 1, "fields": {"patient": ["scan"]}}));
    // By nobody who does not see the field, and by nobody without saying whose it is.
    say(&site, "carl clerk", "GET", &held, Json::Null).await.expect(404);
    for actor in ["dora doctor", "carl clerk", "root admin"] {
        say(&site, actor, "GET", &path, Json::Null).await.expect(404);
    }
    assert_eq!(read_since(&site, &mut seen).await.len(), 0);
    say(&site, "dora doctor", "POST", &format!("{one}/erasure"), json!({"reason": "asked for"})).await.expect(200);
    say(&site, "dora doctor", "GET", &held, Json::Null).await.expect(404);
}

#[tokio::test]
async fn what_an_export_is_filtered_by_is_not_in_the_audit_log() {
    let site = Site::guarded(FILES);
    made(&site, "A", "Ada", "1380001").await;
    let filter = encoded(r#"{"phone": "1380001"}"#);
    for path in [
        format!("/~/patient/export?format=csv&filter={filter}"),
        "/workshop/patient/export?format=csv&q=1380001".to_owned(),
        "/workshop/patient/export?format=csv&f0=phone&o0=eq&v0=1380001".to_owned(),
    ] {
        say(&site, "dora doctor", "GET", &path, Json::Null).await.expect(200);
    }
    let log = say(&site, "root admin", "GET", "/~/audit-log?limit=10000", Json::Null).await.text();
    assert_eq!(log.lines().filter(|line| line.contains("\"export\"") && line.contains("dora")).count(), 3, "{log}");
    assert!(!log.contains("1380001"), "{log}");
}
