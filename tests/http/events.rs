//! Events that are delivered to a record.

use serde_json::json;

use super::support::Site;

#[tokio::test]
async fn an_event_moves_what_waits_for_it() {
    let site = Site::new();
    let job = site.create("job", json!({"name": "Chair"})).await;
    site.post(&format!("{job}/events/delivered"), json!({})).await.refused(404, "unknown-event");
    site.post(&format!("{job}/events/delivery"), json!({})).await.refused(404, "unknown-event");
    let member = site.create("member", json!({"name": "Ann"})).await;
    let waiting = site.get(&member).await.expect(200).json();
    assert_eq!(waiting["state"], "new");
    site.post(&format!("{member}/events/welcome"), json!([1])).await.refused(400, "bad-json");
    let key = [("idempotency-key", "w-1")];
    let path = format!("{member}/events/welcome");
    let welcomed = site.write("POST", &path, &key, json!({"city": "bj"})).await.expect(200);
    assert_eq!((&welcomed.json()["state"], &welcomed.json()["city"]), (&json!("known"), &json!("bj")));
    // Repeated with the same key it happened once.
    site.write("POST", &path, &key, json!({"city": "bj"})).await.expect(200);
    // Nobody waits any more, and it is not kept.
    site.send("POST", &path, &[], "").await.expect(200);
    let history = site.get(&format!("{member}/history")).await.expect(200).json();
    assert_eq!(history["data"].as_array().unwrap().len(), 3, "{history}");
}
