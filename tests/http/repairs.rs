//! What runs is set right by hand: moved, cancelled, handed on, each for a reason that the history keeps.

use serde_json::{Value as Json, json};

use super::support::Site;

async fn token(site: &Site, record: &str) -> (Json, Json) {
    let runs = site.get(&format!("{record}/repair")).await.expect(200).json();
    (runs["data"][0]["tokens"][0]["token"].clone(), runs["rev"].clone())
}

#[tokio::test]
async fn a_token_is_moved_with_all_that_follows_and_an_instance_ends() {
    let site = Site::new();
    site.create("member", json!({"name": "Ann"})).await;
    let job = site.create("job", json!({"name": "Chair", "member": "Ann", "weight": 2, "amount": 5})).await;
    let (at, rev) = token(&site, &job).await;
    let path = format!("{job}/repair/move");
    let body = |to: &str, reason: &str| json!({"flow": "job", "token": at, "to": to, "reason": reason, "rev": rev});
    site.post(&path, body("open", " ")).await.refused(422, "required");
    site.post(&path, body("new", "x")).await.refused(422, "unknown-target");
    site.post(&path, json!({"flow": "job", "token": 77, "to": "open", "reason": "x"}))
        .await
        .refused(409, "not-running");
    site.post(&path, json!({"flow": "permit", "token": 1, "to": "open", "reason": "x"}))
        .await
        .refused(409, "not-running");
    site.post(&path, json!({"flow": "job", "token": at, "to": "open", "reason": "x", "rev": 9}))
        .await
        .refused(409, "stale-rev");
    site.post(&format!("{job}/repair/juggle"), json!({})).await.refused(404, "unknown-action");
    // Into an automatic step: it runs, and sends the token on.
    let moved = site.post(&path, body("packing", "It lay on the wrong desk")).await.expect(200).json();
    assert_eq!((&moved["state"], &moved["weight"]), (&json!("open"), &json!("3.000")));
    let history = site.get(&format!("{job}/history")).await.expect(200).json();
    let told = history["data"].as_array().unwrap().iter().find(|entry| entry["kind"] == "repair move").unwrap();
    assert_eq!((&told["reason"], &told["input"]["to"]), (&json!("It lay on the wrong desk"), &json!("packing")));
    let cancel = format!("{job}/repair/cancel");
    let ended = site.post(&cancel, json!({"flow": "job", "reason": "A duplicate"})).await.expect(200).json();
    assert_eq!(ended["state"], "");
    site.post(&cancel, json!({"flow": "job", "reason": "A duplicate"})).await.refused(409, "not-running");
    assert_eq!(site.get(&format!("{job}/repair")).await.expect(200).json()["data"], json!([]));
}

#[tokio::test]
async fn tasks_and_work_are_given_to_others() {
    let site = Site::new();
    let permit = site.create("permit", json!({"name": "Yard", "boss": "bo"})).await;
    site.post(&format!("{permit}/actions/submit"), json!({})).await.expect(200);
    let runs = site.get(&format!("{permit}/repair")).await.expect(200).json();
    let task = runs["data"][0]["tasks"][0].clone();
    assert_eq!(task["login"], "bo");
    let body = json!({"task": task["task"], "to": "eve", "reason": "bo has left"});
    site.post(&format!("{permit}/repair/task"), body).await.expect(200);
    let count = async |who: &str| {
        let headers = [("formwork-actor", who)];
        site.send("GET", "/~/tasks/counts", &headers, "").await.expect(200).json()["todo"].clone()
    };
    assert_eq!((count("bo").await, count("eve").await), (json!(0), json!(1)));
    // Out of the approval: what was asked ends with it.
    let (at, _) = token(&site, &permit).await;
    let body = json!({"flow": "permit", "token": at, "to": "granted", "reason": "The board has decided"});
    let moved = site.post(&format!("{permit}/repair/move"), body).await.expect(200).json();
    assert_eq!((&moved["state"], count("eve").await), (&json!("granted"), json!(0)));
    let call = site.create("call", json!({"name": "It leaks"})).await;
    let give = |to: &str| json!({"token": 1, "to": to, "reason": "kim knows it"});
    site.post(&format!("{call}/repair/work"), give("eve")).await.refused(422, "not-a-member");
    let given = site.post(&format!("{call}/repair/work"), give("kim")).await.expect(200).json();
    assert_eq!(given["agent"], "kim");
}
