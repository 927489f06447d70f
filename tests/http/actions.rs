//! Flow actions: what is offered, why not, and taking one.

use serde_json::json;

use super::support::Site;

#[tokio::test]
async fn actions_say_whether_and_why_not_and_are_taken() {
    let site = Site::new();
    site.create("member", json!({"name": "Ann"})).await;
    let job = site.create("job", json!({"name": "Chair"})).await;
    let offered = site.get(&format!("{job}/actions")).await.expect(200).json()["data"].clone();
    assert_eq!(
        (&offered[0]["action"], &offered[0]["possible"], &offered[0]["require"]),
        (&json!("begin"), &json!(true), &json!(["member"]))
    );
    assert_eq!(
        (&offered[1]["action"], &offered[1]["why_not"]["code"], &offered[1]["reason"]),
        (&json!("drop"), &json!("not-allowed"), &json!("required"))
    );
    // With another role the same button works.
    let chief = [("formwork-actor", "eve chief")];
    let offered = site.send("GET", &format!("{job}/actions"), &chief, "").await.expect(200).json()["data"].clone();
    assert_eq!(offered[1]["possible"], true);

    let problem = site.post(&format!("{job}/actions/begin"), json!({})).await.refused(422, "required");
    assert_eq!(problem["field"], "member");
    site.write("PATCH", &job, &[], json!({"member": "Ann"})).await.expect(200);
    let begun = site.post(&format!("{job}/actions/begin"), json!({"reason": "it is time"})).await.expect(200);
    assert_eq!((begun.json()["state"].as_str(), begun.header("etag")), (Some("open"), "\"3\""));

    let refused = site.post(&format!("{job}/actions/finish"), json!({})).await.refused(409, "not-possible");
    assert_eq!((&refused["detail"], &refused["message"]["zh"]), (&json!("There is no amount"), &json!("没有金额")));
    assert_eq!(refused["rule"], "job.open.finish");
    site.write("PATCH", &job, &[], json!({"amount": 60})).await.expect(200);
    // No body at all means no input.
    let done = site.send("POST", &format!("{job}/actions/finish"), &[], "").await.expect(200).json();
    assert_eq!(done["state"], "done");
    assert_eq!(site.get("/~/ledgers/credit/balance?member=Ann").await.expect(200).json()["balance"], "60.00");
    assert_eq!(site.get(&format!("{job}/actions")).await.json()["data"], json!([]));
}

#[tokio::test]
async fn what_an_action_can_not_take_is_refused() {
    let site = Site::new();
    let job = site.create("job", json!({"name": "Chair"})).await;
    for (action, body, status, code) in [
        ("bgein", json!({}), 404, "unknown-action"),
        ("finish", json!({}), 409, "action-not-here"),
        ("drop", json!({}), 403, "not-allowed"),
        ("begin", json!({"raeson": "x"}), 422, "unknown-field"),
        ("begin", json!({"input": 5}), 422, "bad-value"),
        ("begin", json!({"reason": {}}), 422, "bad-value"),
        ("begin", json!({"token": -1}), 422, "bad-value"),
        ("begin", json!({"token": 5_000_000_000_u64}), 422, "bad-value"),
        ("begin", json!({"rev": 7}), 409, "stale-rev"),
    ] {
        let reply = site.post(&format!("{job}/actions/{action}"), body.clone()).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["code"].as_str().unwrap()),
            (status, code),
            "{action} {body}: {reply}"
        );
    }
    let chief = [("formwork-actor", "eve chief")];
    site.write("POST", &format!("{job}/actions/drop"), &chief, json!({})).await.refused(422, "required");
    site.write("POST", &format!("{job}/actions/drop"), &chief, json!({"reason": "no need"})).await.expect(200);
}
