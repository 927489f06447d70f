//! Releases through HTTP: what is kept, plans, impacts, going back, moving what runs.

use std::{sync::Arc, time::Duration};

use formwork_catalog::check::check_parsed;
use formwork_definition::load;
use formwork_web::{App, Limits, Served, Settings, router};
use serde_json::{Map, Value as Json, json};

use super::support::Site;

/// The files of the workshop with one text replaced.
async fn files(site: &Site, from: &str, to: &str) -> Json {
    let catalog = site.app.books()[0].book.catalog();
    let mut all = Map::new();
    let mut replaced = false;
    for source in catalog.sources.iter() {
        replaced |= source.text.contains(from);
        all.insert(source.path.to_string(), json!(source.text.replace(from, to)));
    }
    assert!(replaced, "{from}");
    Json::Object(all)
}

fn activate(site: &Site, files: &Json) {
    let files = files.as_object().unwrap().iter();
    let parts = files.map(|(path, text)| (path.clone(), text.as_str().unwrap().as_bytes().to_vec()));
    let catalog = check_parsed(load::parse(parts)).catalog.unwrap();
    site.app.books()[0].book.activate(Arc::new(catalog)).unwrap();
}

async fn job(site: &Site, amount: u32) -> String {
    let job = site.post("/~/job", json!({"name": format!("j{amount}"), "amount": amount, "member": "Ann"})).await;
    job.expect(201).json()["id"].as_str().unwrap().to_owned()
}

/// A job that was begun and one that was not; the member waits for its welcome.
async fn started() -> (Site, String) {
    let site = Site::new();
    site.post("/~/member", json!({"name": "Ann"})).await.expect(201);
    let id = job(&site, 60).await;
    job(&site, 10).await;
    site.post(&format!("/~/job/{id}/actions/begin"), json!({})).await.expect(200);
    (site, id)
}

#[tokio::test]
async fn a_plan_and_an_impact_are_told_for_files_that_are_sent() {
    let (site, _) = started().await;
    let lower = files(&site, "< 100", "< 50").await;
    let lower = Json::Object(
        lower
            .as_object()
            .unwrap()
            .iter()
            .map(|(path, text)| (path.clone(), json!(text.as_str().unwrap().replace(">= 100", ">= 50"))))
            .collect(),
    );
    let plan = site.post("/~/release/plan", json!({"files": lower})).await.expect(200).json();
    let words: Vec<&str> =
        plan["differences"].as_array().unwrap().iter().map(|one| one["words"]["en"].as_str().unwrap()).collect();
    assert_eq!(words[0], "table `job_level`, row `1`, `amount`: was `< 100`, is `< 50`");
    assert_eq!((&plan["running"], &plan["map"], &plan["drafts"]), (&json!(2), &json!(2), &json!(1)));
    assert_eq!(plan["standings"][0]["finish"]["verdict"], "safe");

    let impact = site.post("/~/release/impact", json!({"files": lower, "since": "1d"})).await.expect(200).json();
    assert_eq!(impact["groups"][0]["cause"]["en"], "`table job_level#1` before, `table job_level#2` now", "{impact}");
    assert!(impact["groups"][0]["examples"][0]["record"]["id"].is_string());

    let difference =
        site.post("/~/release/difference", json!({"table": "job_level", "files": lower})).await.expect(200).json();
    let region = &difference["regions"][0];
    assert_eq!(
        (&region["inputs"][0]["is"]["en"], &region["now"]["outputs"]["en"]),
        (&json!(">= 50.00 and < 100.00"), &json!("level = high"))
    );
    assert!(region["count"].as_u64().unwrap() >= 1, "{difference}");

    let broken = files(&site, "value: this.price * 2", "value: this.prize * 2").await;
    let refused = site.post("/~/release/plan", json!({"files": broken})).await.expect(422).json();
    assert!(refused["field"].as_str().unwrap().contains("job.object.yaml"), "{refused}");
    site.post("/~/release/plan", json!({})).await.expect(422);
    site.post("/~/release/impact", json!({"to": "ffff", "since": "soon"})).await.expect(422);
    assert_eq!(site.post("/~/release/plan", json!({"to": "ffff"})).await.expect(404).json()["code"], "unknown-release");
}

#[tokio::test]
async fn what_goes_through_the_whole_history_may_take_longer_than_other_requests() {
    let (site, _) = started().await;
    let lower = files(&site, "max: 40, label: {zh: 姓名", "max: 41, label: {zh: 姓名").await;
    let book = site.app.books()[0].book.clone();
    // Whatever is not there at once is too late, but for what has its own limit.
    let limits = Limits { timeout: Duration::ZERO, ..Limits::default() };
    let app = App::new([Served::new(book)], Settings { dev: true, limits, ..Settings::default() });
    let hasty = Site { router: router(app.clone()), app };
    let impact = hasty.post("/~/release/impact", json!({"files": lower, "since": "1d"})).await.expect(200).json();
    assert_eq!((&impact["changed"], impact["decided"].as_u64() > Some(3)), (&json!(0), true), "{impact}");
    hasty.post("/~/release/plan", json!({"files": lower})).await.expect(200);
    hasty.post("/~/release/difference", json!({"table": "job_level", "files": lower})).await.expect(200);
}

#[tokio::test]
async fn a_pinned_record_is_shown_by_its_release_and_can_be_moved_and_the_release_left_again() {
    let (site, id) = started().await;
    let first = site.get("/~/release").await.json()["release"].clone();
    let renamed = files(
        &site,
        "      finish:\n        label: {zh: 完工, en: Finish}",
        "      complete:\n        label: {zh: 办完, en: Complete}",
    )
    .await;
    activate(&site, &renamed);
    let second = site.get("/~/release").await.json()["release"].clone();
    assert_ne!(first, second);
    let actions = site.get(&format!("/~/job/{id}/actions")).await.expect(200).json();
    assert_eq!(
        (&actions["data"][0]["action"], &actions["release"], &actions["latest"]),
        (&json!("finish"), &first, &second)
    );
    let record = site.get(&format!("/~/job/{id}")).await.json();
    assert_eq!(record["pinned_release"], first);
    assert_eq!(site.get(&format!("/~/job/{id}/explain")).await.json()["release"], first);

    let kept = site.get("/~/releases?count=1").await.expect(200).json();
    let running: Vec<_> =
        kept["data"].as_array().unwrap().iter().map(|one| (one["live"].clone(), one["running"].clone())).collect();
    assert_eq!(running, [(json!(true), json!(0)), (json!(false), json!(2))]);

    let dry = site.post("/~/release/migrate", json!({"dry_run": true})).await.expect(200).json();
    assert_eq!((&dry["moved"], &dry["dry_run"]), (&json!(2), &json!(true)));
    site.post("/~/release/migrate", json!({"dry_run": "yes"})).await.expect(422);
    assert_eq!(site.get(&format!("/~/job/{id}")).await.json()["pinned_release"], first);
    assert_eq!(site.post("/~/release/migrate", json!({})).await.expect(200).json()["moved"], 2);
    let record = site.get(&format!("/~/job/{id}")).await.json();
    assert_eq!(record["pinned_release"], Json::Null);
    site.post(&format!("/~/job/{id}/actions/complete"), json!({})).await.expect(200);
    let history = site.get(&format!("/~/job/{id}/history")).await.json();
    assert!(history["data"][1]["kind"].as_str().unwrap().starts_with("migrate "), "{history}");

    site.post("/~/release/rollback", json!({})).await.expect(422);
    let back = site.post("/~/release/rollback", json!({"to": first, "reason": "not yet"})).await.expect(200).json();
    assert_eq!(back["release"], first);
    let release = site.get("/~/release").await.json();
    assert_eq!((&release["release"], &release["held_back"]), (&first, &second));
    let kept = site.get("/~/releases").await.json();
    let last = kept["data"][0]["activations"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["reason"], "not yet");
    assert!(last["actor"].as_str().is_some_and(|actor| actor != "system"), "{last}");
}
