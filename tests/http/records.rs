//! Records: created, read, changed, deleted, remembered, explained.

use serde_json::json;

use super::support::Site;

#[tokio::test]
async fn a_record_lives_from_creation_to_deletion() {
    let site = Site::new();
    let ann = site.create("member", json!({"name": "Ann", "city": "bj"})).await;
    let created = site
        .post(
            "/~/job",
            json!({"name": "Chair", "member": "Ann", "amount": 120, "parts": [{"part": "leg", "price": "2.50"}]}),
        )
        .await
        .expect(201);
    let job = created.json();
    assert_eq!(created.header("location"), format!("/workshop/api/job/{}", job["id"].as_str().unwrap()));
    assert_eq!(created.header("etag"), "\"1\"");
    assert_eq!(
        (&job["number"], &job["total"], &job["level"], &job["worker"]),
        (&json!("J00001"), &json!("5.00"), &json!("high"), &json!("dev"))
    );
    assert_eq!(job["parts"][0]["twice"], "5.00");

    // By id, number and title; narrowed to some fields.
    let path = format!("/~/job/{}", job["id"].as_str().unwrap());
    for path in [&path, "/~/job/J00001", "/~/job/Chair"] {
        assert_eq!(site.get(path).await.expect(200).json(), job, "{path}");
    }
    let narrow = site.get("/~/job/J00001?fields=name,rev").await.expect(200).json();
    assert_eq!(narrow, json!({"id": job["id"], "rev": 1, "name": "Chair"}));

    let changed = site.write("PATCH", &path, &[], json!({"amount": 50, "due": "2026-04-01"})).await.expect(200);
    assert_eq!((changed.header("etag"), &changed.json()["level"]), ("\"2\"", &json!("low")));
    site.send("DELETE", &ann, &[], "").await.refused(409, "still-referred");
    site.send("DELETE", &path, &[], "").await.expect(204);
    site.get(&path).await.refused(404, "no-such-record");
    site.send("DELETE", &path, &[], "").await.refused(404, "no-such-record");

    // What happened to it can still be asked.
    let history = site.get(&format!("{path}/history")).await.expect(200).json();
    let kinds: Vec<_> = history["data"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, ["delete", "update", "create"]);
}

#[tokio::test]
async fn every_problem_of_a_record_is_told_at_its_field() {
    let site = Site::new();
    for (values, status, code, field) in [
        (json!({}), 422, "required", "name"),
        (json!({"name": "x", "nmae": 1}), 422, "unknown-field", "nmae"),
        (json!({"name": "x", "total": 5}), 422, "computed-field", "total"),
        (json!({"name": "x", "amount": "much"}), 422, "bad-value", "amount"),
        (json!({"name": "x", "amount": -1}), 422, "out-of-range", "amount"),
        (json!({"name": "x", "member": "Nobody"}), 422, "no-such-reference", "member"),
        (json!({"name": "x", "due": "2026-03-01"}), 422, "check-failed", "due"),
        (json!({"name": "x", "parts": [{"price": 1}]}), 422, "required", "parts[0].part"),
        (json!({"name": "x", "level": "hihg"}), 422, "bad-value", "level"),
        (json!({"name": "x", "id": "y"}), 422, "unknown-field", "id"),
    ] {
        let problem = site.post("/~/job", values.clone()).await.refused(status, code);
        assert_eq!(problem["field"], field, "{values}");
    }
    let several =
        site.post("/~/job", json!({"naem": 1, "amount": "much", "total": 3})).await.refused(422, "unknown-field");
    assert_eq!(several["errors"].as_array().unwrap().len(), 3);
    let check = site.post("/~/job", json!({"name": "x", "due": "2020-01-01"})).await.refused(422, "check-failed");
    assert_eq!(
        (&check["rule"], &check["detail"]),
        (&json!("job.due_later"), &json!("The due date must not be in the past"))
    );
    site.create("member", json!({"name": "Ann"})).await;
    site.post("/~/member", json!({"name": "Ann"})).await.refused(409, "duplicate-key");
    assert_eq!(site.get("/~/job?count=exact").await.json()["count"]["value"], 0);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let site = Site::new();
    for (path, code) in [
        ("/~/jbo", "unknown-object"),
        ("/~/job/J99999", "no-such-record"),
        ("/~/job/0190b7a0-0000-7000-8000-000000000000", "no-such-record"),
        ("/~/job/0190b7a0-0000-7000-8000-000000000000/actions", "no-such-record"),
        ("/~/job/0190b7a0-0000-7000-8000-000000000000/history", "no-such-record"),
        ("/~/job/0190b7a0-0000-7000-8000-000000000000/explain", "no-such-record"),
        ("/elsewhere/api/job", "unknown-book"),
        ("/~/ledgers/nothing/balance", "unknown-ledger"),
        ("/nothing/here", "unknown-route"),
        ("/codes/no-such-code", "unknown-code"),
        ("/~/files/abc", "no-such-file"),
    ] {
        site.get(path).await.refused(404, code);
    }
    site.post("/~/tables/nothing/evaluate", json!({})).await.refused(404, "unknown-table");
}

#[tokio::test]
async fn history_is_paged_and_explain_tells_why() {
    let site = Site::new();
    let job = site.create("job", json!({"name": "Chair", "amount": 1})).await;
    for amount in [2, 3, 4] {
        site.write("PATCH", &job, &[], json!({"amount": amount})).await.expect(200);
    }
    let first = site.get(&format!("{job}/history?limit=3")).await.expect(200).json();
    assert_eq!(first["data"].as_array().unwrap().len(), 3);
    let second = site.get(&format!("{job}/history?limit=3&before={}", first["next"])).await.expect(200).json();
    assert_eq!((second["data"].as_array().unwrap().len(), &second["next"]), (1, &json!(null)));
    assert_eq!(second["data"][0]["actor"], "dev");

    let why = site.get(&format!("{job}/explain")).await.expect(200).json();
    let fired = why["history"][0]["fired"].to_string();
    assert!(fired.contains("graded") && fired.contains("job_level"), "{fired}");
    let total =
        why["computed"].as_array().unwrap().iter().find(|computed| computed["field"] == "total").unwrap().clone();
    assert!(total["expression"].as_str().unwrap().contains("this.parts.sum(\"twice\")"), "{total}");
    assert!(total["at"].as_str().unwrap().starts_with("definitions/work/job.object.yaml:"), "{total}");
    assert!(why["actions"].to_string().contains("why_not"));
}
