//! Conditional and repeated requests: `If-Match`, `If-None-Match`, `rev`, `Idempotency-Key`.

use serde_json::json;

use super::support::Site;

#[tokio::test]
async fn a_stale_write_is_refused_however_the_revision_was_said() {
    let site = Site::new();
    let job = site.create("job", json!({"name": "Chair"})).await;
    let patch = |tag: &'static str| {
        let (site, job) = (&site, &job);
        async move { site.write("PATCH", job, &[("if-match", tag)], json!({"count": 1})).await }
    };
    patch("\"1\"").await.expect(200);
    patch("\"1\"").await.refused(412, "stale-rev");
    patch("\"other\"").await.refused(412, "stale-rev");
    patch("\"7\", W/\"2\"").await.expect(200);
    patch("*").await.expect(200);
    let rev = site.get(&job).await.json()["rev"].as_u64().unwrap();
    site.write("PATCH", &job, &[], json!({"count": 2, "rev": rev - 1})).await.refused(409, "stale-rev");
    site.write("PATCH", &job, &[], json!({"count": 2, "rev": "x"})).await.refused(422, "bad-value");
    site.write("PATCH", &job, &[("if-match", "\"1\"")], json!({"count": 2, "rev": rev}))
        .await
        .refused(422, "bad-value");
    site.write("PATCH", &job, &[], json!({"count": 2, "rev": rev})).await.expect(200);
    site.send("DELETE", &job, &[("if-match", "\"1\"")], "").await.refused(412, "stale-rev");
    let tag = site.get(&job).await.header("etag").to_owned();
    site.send("GET", &job, &[("if-none-match", &tag)], "").await.expect(304);
    site.send("GET", &job, &[("if-none-match", "\"1\"")], "").await.expect(200);
    site.send("DELETE", &job, &[("if-match", &tag)], "").await.expect(204);
}

#[tokio::test]
async fn a_conflict_says_who_changed_what_meanwhile() {
    let site = Site::new();
    let job = site.create("job", json!({"name": "Chair"})).await;
    for (actor, name, count) in [("bo", "Table", 1), ("cy", "Table", 2)] {
        let write = json!({"name": name, "count": count});
        site.write("PATCH", &job, &[("formwork-actor", actor)], write).await.expect(200);
    }
    let clash = |seen: u64| {
        let (site, job) = (&site, &job);
        async move {
            let answer =
                site.write("PATCH", job, &[], json!({"count": 3, "rev": seen})).await.refused(409, "stale-rev");
            let errors = answer["errors"].as_array().unwrap().clone();
            let said = |error: &serde_json::Value| {
                (error["field"].as_str().unwrap().to_owned(), error["message"]["en"].as_str().unwrap().to_owned())
            };
            errors.iter().skip(1).map(said).collect::<Vec<_>>()
        }
    };
    assert_eq!(
        clash(1).await,
        [
            ("count".to_owned(), "cy changed `count` from `1` to `2`".to_owned()),
            ("name".to_owned(), "bo changed `name` from `Chair` to `Table`".to_owned()),
        ]
    );
    assert_eq!(clash(2).await, [("count".to_owned(), "cy changed `count` from `1` to `2`".to_owned())]);
}

#[tokio::test]
async fn a_repeated_request_happens_once() {
    let site = Site::new();
    let key = [("idempotency-key", "one")];
    let first = site.write("POST", "/~/job", &key, json!({"name": "Chair"})).await.expect(201);
    let again = site.write("POST", "/~/job", &key, json!({"name": "Chair"})).await.expect(201);
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    assert_eq!(
        (first.json()["id"].clone(), first.header("location")),
        (again.json()["id"].clone(), again.header("location"))
    );
    site.write("POST", "/~/job", &key, json!({"name": "Table"})).await.refused(409, "idempotency-reused");
    let stranger = [("idempotency-key", "one"), ("formwork-actor", "bo")];
    site.write("POST", "/~/job", &stranger, json!({"name": "Table"})).await.expect(201);
    assert_eq!(site.get("/~/job?count=exact").await.json()["count"]["value"], 2);

    // Also a deletion, an action, a posting; and a refused one may be tried again.
    let job = format!("/~/job/{}", first.json()["id"].as_str().unwrap());
    site.create("member", json!({"name": "Ann"})).await;
    let begin = format!("{job}/actions/begin");
    site.write("POST", &begin, &[("idempotency-key", "two")], json!({})).await.refused(422, "required");
    site.write("PATCH", &job, &[], json!({"member": "Ann"})).await.expect(200);
    site.write("POST", &begin, &[("idempotency-key", "two")], json!({})).await.expect(200);
    site.write("POST", &begin, &[("idempotency-key", "two")], json!({})).await.expect(200);
    let entry = json!({"dimensions": {"member": "Ann"}, "amount": 3});
    for _ in 0..3 {
        site.write("POST", "/~/ledgers/credit/entries", &[("idempotency-key", "three")], entry.clone())
            .await
            .expect(201);
    }
    assert_eq!(site.get("/~/ledgers/credit/balance").await.json()["balance"], "3.00");
    let table = site.create("job", json!({"name": "Desk"})).await;
    for _ in 0..2 {
        site.send("DELETE", &table, &[("idempotency-key", "four")], "").await.expect(204);
    }
    let long = "k".repeat(256);
    for bad in ["", "two words", long.as_str(), "钥匙"] {
        site.write("POST", "/~/job", &[("idempotency-key", bad)], json!({"name": "x"}))
            .await
            .refused(400, "bad-header");
    }
}
