//! Queues through the router: what waits, what is mine, and what is done with it.

use serde_json::json;

use super::support::Site;

#[tokio::test]
async fn work_is_listed_claimed_and_moved_up() {
    let site = Site::new();
    let call = site.create("call", json!({"name": "It leaks"})).await;
    let queues = site.get("/~/queues").await.expect(200).json()["data"].clone();
    assert_eq!(
        (&queues[1]["queue"], &queues[1]["waiting"], &queues[1]["next"]),
        (&json!("desk"), &json!(1), &json!("board"))
    );
    let desk = site.get("/~/queues/desk?limit=5").await.expect(200).json();
    assert_eq!((&desk["data"][0]["title"], &desk["data"][0]["assignee"]), (&json!("It leaks"), &json!(null)));
    assert_eq!(desk["members"][0], json!({"login": "kim", "owned": 0, "limit": 1, "absent": false}));
    site.get("/~/queues/dusk").await.refused(404, "unknown-queue");
    let kim = [("formwork-actor", "kim"), ("content-type", "application/json")];
    site.post(&format!("{call}/queue/claim"), json!({})).await.refused(403, "not-allowed");
    let claimed = site.send("POST", &format!("{call}/queue/claim"), &kim, "{}").await.expect(200).json();
    assert_eq!(claimed["agent"], "kim");
    let mine = site.send("GET", "/~/tasks?type=work", &kim, "").await.expect(200).json();
    assert_eq!(mine["data"].as_array().unwrap().len(), 1);
    let task = &mine["data"][0];
    assert_eq!(
        (&task["type"], &task["queue"], &task["node"], &task["title"], &task["token"]),
        (&json!("work"), &json!("desk"), &json!("open"), &json!("It leaks"), &json!(1))
    );
    assert_eq!(call, format!("/~/{}/{}", task["object"].as_str().unwrap(), task["record"].as_str().unwrap()));
    let approvals = site.send("GET", "/~/tasks?type=approval", &kim, "").await.expect(200).json();
    assert_eq!(approvals["data"], json!([]));
    site.send("GET", "/~/tasks?type=play", &kim, "").await.refused(422, "bad-parameter");
    let counts = site.send("GET", "/~/tasks/counts", &kim, "").await.expect(200).json();
    assert_eq!(counts, json!({"todo": 1, "done": 0, "started": 0, "cc": 0}));
    let stale = json!({"rev": 1, "reason": "late"}).to_string();
    site.send("POST", &format!("{call}/queue/escalate"), &kim, stale).await.refused(409, "stale-rev");
    site.send("POST", &format!("{call}/queue/escalate"), &kim, "{}").await.refused(422, "required");
    let why = json!({"reason": "late"}).to_string();
    site.send("POST", &format!("{call}/queue/escalate"), &kim, why).await.expect(200);
    let counts = site.send("GET", "/~/tasks/counts", &kim, "").await.expect(200).json();
    assert_eq!(counts["todo"], 0, "nobody owns what went up");
    let work = site.get(&format!("{call}/queue")).await.expect(200).json()["data"][0].clone();
    assert_eq!((&work["queue"], &work["escalations"], &work["readers"]), (&json!("board"), &json!(1), &json!(["kim"])));
    let who = site.get(&format!("{call}/responsible")).await.expect(200).json()["data"].clone();
    let who: Vec<_> =
        who.as_array().unwrap().iter().map(|period| (period["queue"].clone(), period["assignee"].clone())).collect();
    let of = |queue: &str, who: Option<&str>| (json!(queue), json!(who));
    assert_eq!(who, [of("desk", None), of("desk", Some("kim")), of("board", None)]);
    let then = site.get(&format!("{call}/responsible?at=2030-01-01T00:00:00Z")).await.expect(200).json();
    assert_eq!(then["data"].as_array().unwrap().len(), 1);
    site.get(&format!("{call}/responsible?at=yesterday")).await.refused(422, "bad-parameter");
    let chair = json!({"to": "kim"}).to_string();
    let boss = [("formwork-actor", "boss"), ("content-type", "application/json")];
    site.send("POST", &format!("{call}/queue/assign"), &boss, chair).await.refused(422, "not-a-member");
    site.send("POST", &format!("{call}/queue/juggle"), &boss, "{}").await.refused(404, "unknown-action");
    let to = json!({"to": "max", "speed": 1}).to_string();
    site.send("POST", &format!("{call}/queue/assign"), &boss, to).await.refused(422, "unknown-field");
    let to = json!({"to": "max"}).to_string();
    site.send("POST", &format!("{call}/queue/assign"), &boss, to).await.expect(200);
    site.send("POST", &format!("{call}/queue/release"), &boss, "{}").await.expect(200);
}
