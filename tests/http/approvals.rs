//! The task centre through the router.

use std::sync::Arc;

use axum::http::StatusCode;
use formwork_model::clock::SettableClock;
use formwork_runtime::book::Book;
use formwork_store::embedded::Embedded;
use formwork_web::Settings;
use serde_json::{Value as Json, json};

use super::support::{NOW, Reply, Site, compiled};

/// A site, and people who decide there.
pub(super) struct Desk {
    pub(super) site: Site,
}

impl Desk {
    fn new() -> Self {
        Self { site: Site::new() }
    }

    /// Over these files.
    pub(super) fn over(files: &[(&str, &str)]) -> Self {
        let catalog = compiled(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())));
        let clock = Arc::new(SettableClock::at(NOW.parse().unwrap()));
        let book = Book::open(Arc::new(Embedded::memory().unwrap()), catalog, clock).unwrap();
        Self { site: Site::of(Settings { dev: true, ..Settings::default() }, book) }
    }

    async fn submitted(&self, values: Json) -> String {
        let permit = self.by("ann", "POST", "/~/permit", values).await.expect(201).json();
        let permit = format!("/~/permit/{}", permit["id"].as_str().unwrap());
        self.by("ann", "POST", &format!("{permit}/actions/submit"), json!({})).await.expect(200);
        permit
    }

    pub(super) async fn by(&self, who: &str, method: &str, path: &str, body: Json) -> Reply {
        self.site.write(method, path, &[("formwork-actor", who)], body).await
    }

    pub(super) async fn list(&self, who: &str, list: &str) -> Vec<Json> {
        let path = format!("/~/tasks?list={list}");
        let reply = self.site.send("GET", &path, &[("formwork-actor", who)], "").await.expect(200).json();
        reply["data"].as_array().unwrap().clone()
    }

    async fn counts(&self, who: &str) -> Json {
        self.site.send("GET", "/~/tasks/counts", &[("formwork-actor", who)], "").await.expect(200).json()
    }

    pub(super) async fn does(&self, who: &str, task: &Json, operation: &str, body: Json) -> Reply {
        let path = format!("/~/tasks/{}/{operation}", task["id"].as_str().unwrap());
        self.by(who, "POST", &path, body).await
    }
}

#[tokio::test]
async fn a_task_is_listed_decided_and_moves_to_done() {
    let desk = Desk::new();
    let permit = desk.submitted(json!({"name": "Crane", "boss": "bo", "amount": 7})).await;
    let todo = desk.list("bo", "todo").await;
    assert_eq!(todo.len(), 1);
    let task = &todo[0];
    assert_eq!(
        (&task["title"], &task["submitter"], &task["fields"], &task["step"], &task["label"]["en"]),
        (
            &json!("Crane"),
            &json!("ann"),
            &json!({"name": "Crane", "amount": "7.00"}),
            &json!("step_1"),
            &json!("Review")
        )
    );
    assert_eq!(desk.counts("bo").await, json!({"todo": 1, "done": 0, "started": 0, "cc": 0}));
    assert_eq!(desk.list("ann", "started").await[0]["waits_for"], json!(["bo"]));
    desk.does("cy", task, "approve", json!({})).await.refused(403, "not-your-task");
    desk.does("bo", task, "reject", json!({})).await.refused(422, "required");
    desk.does("bo", task, "aprove", json!({})).await.refused(404, "unknown-action");
    desk.does("bo", task, "approve", json!({"to": "cy"})).await.refused(422, "unknown-input");
    let done = desk.does("bo", task, "approve", json!({"reason": "fine"})).await.expect(200).json();
    assert_eq!(done["state"], "granted");
    desk.does("bo", task, "approve", json!({})).await.refused(409, "task-ended");
    assert_eq!(desk.counts("bo").await, json!({"todo": 0, "done": 1, "started": 0, "cc": 0}));
    assert_eq!(desk.list("bo", "done").await[0]["comment"], "fine");
    let trail = desk.site.get(&format!("{permit}/approvals")).await.expect(200).json()["data"].clone();
    assert_eq!((&trail[0]["outcome"], &trail[0]["steps"][0]["tasks"][0]["by"]), (&json!("approved"), &json!("bo")));
}

#[tokio::test]
async fn the_same_key_decides_once() {
    let desk = Desk::new();
    desk.submitted(json!({"name": "Crane", "boss": "bo"})).await;
    let task = &desk.list("bo", "todo").await[0];
    let path = format!("/~/tasks/{}/approve", task["id"].as_str().unwrap());
    let headers = [("formwork-actor", "bo"), ("idempotency-key", "k1")];
    desk.site.write("POST", &path, &headers, json!({})).await.expect(200);
    let again = desk.site.write("POST", &path, &headers, json!({})).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn bulk_decisions_take_a_list_and_answer_for_each() {
    let desk = Desk::new();
    for name in ["A", "B", "C"] {
        desk.submitted(json!({"name": name, "boss": "bo"})).await;
    }
    desk.submitted(json!({"name": "D", "boss": "cy"})).await;
    let mut tasks: Vec<Json> = desk.list("bo", "todo").await.iter().map(|task| task["id"].clone()).collect();
    tasks.truncate(2);
    tasks.push(desk.list("cy", "todo").await[0]["id"].clone());
    tasks.push(json!("permit.nothing.1"));
    let body = json!({"operation": "approve", "tasks": tasks});
    let answers = desk.by("bo", "POST", "/~/tasks/bulk", body).await.expect(200).json()["data"].clone();
    let done: Vec<bool> = answers.as_array().unwrap().iter().map(|answer| answer["done"].as_bool().unwrap()).collect();
    assert_eq!(done, [true, true, false, false]);
    assert_eq!(
        (&answers[0]["state"], &answers[2]["problem"]["code"], &answers[3]["problem"]["code"]),
        (&json!("granted"), &json!("not-your-task"), &json!("no-such-task"))
    );
    assert_eq!(desk.list("bo", "todo").await.len(), 1, "what was not named is left alone");
    let refused = |body: Json| desk.by("bo", "POST", "/~/tasks/bulk", body);
    refused(json!({"operation": "approve", "tasks": []})).await.refused(422, "bad-value");
    refused(json!({"tasks": ["x"]})).await.refused(422, "bad-value");
    refused(json!({"operation": "approve", "tasks": ["x"], "all": true})).await.refused(422, "unknown-field");
}

#[tokio::test]
async fn every_operation_has_its_address() {
    let desk = Desk::new();
    desk.submitted(json!({"name": "Crane", "boss": "bo", "second": "cy"})).await;
    let own = |who: &'static str| desk.list(who, "todo");
    desk.does("bo", &own("bo").await[0], "add", json!({"to": ["di"], "place": "before"})).await.expect(200);
    desk.does("di", &own("di").await[0], "transfer", json!({"to": "ed"})).await.expect(200);
    desk.does("ed", &own("ed").await[0], "approve", json!({})).await.expect(200);
    desk.does("bo", &own("bo").await[0], "delegate", json!({"to": "di"})).await.expect(200);
    desk.does("di", &own("di").await[0], "approve", json!({"reason": "looks good"})).await.expect(200);
    desk.does("bo", &own("bo").await[0], "cc", json!({"to": "fay"})).await.expect(200);
    let copy = desk.list("fay", "cc").await[0].clone();
    desk.does("fay", &copy, "read", json!({})).await.expect(200);
    assert_eq!(desk.list("fay", "cc").await[0]["read"], true);
    desk.does("bo", &own("bo").await[0], "approve", json!({})).await.expect(200);
    desk.does("cy", &own("cy").await[0], "return", json!({"to": "previous", "reason": "look again"})).await.expect(200);
    let started = desk.list("ann", "started").await[0].clone();
    desk.does("ann", &started, "urge", json!({})).await.expect(200);
    desk.does("ann", &started, "urge", json!({})).await.refused(422, "urged-already");
    let kept = desk.site.send("POST", "/~/files?name=a.txt", &[("content-type", "text/plain")], "x").await.expect(201);
    desk.does("ann", &started, "comment", json!({"reason": "see there", "files": [kept.json()]})).await.expect(200);
    desk.does("ann", &started, "recall", json!({})).await.refused(409, "already-decided");
    desk.does("bo", &own("bo").await[0], "reject", json!({"reason": "no"})).await.expect(200);
    assert_eq!(desk.list("ann", "started").await[0]["outcome"], "rejected");
}

#[tokio::test]
async fn lists_refuse_what_they_do_not_know() {
    let desk = Desk::new();
    for (query, code) in [("list=all", "bad-parameter"), ("flow=nothing", "bad-parameter"), ("after=x", "bad-cursor")] {
        let reply = desk.site.get(&format!("/~/tasks?{query}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert_eq!(reply.json()["code"], code);
    }
}

#[tokio::test]
async fn what_a_decision_fills_in_is_sent_with_it_one_by_one_or_with_many() {
    let desk = Desk::new();
    for _ in 0..2 {
        desk.submitted(json!({"name": "Tower", "boss": "bo", "second": "cy"})).await;
    }
    for task in desk.list("bo", "todo").await {
        assert_eq!(task.get("approve"), None);
        desk.does("bo", &task, "approve", json!({"input": {"amount": 5}})).await.refused(422, "unknown-input");
        desk.does("bo", &task, "approve", json!({})).await.expect(200);
    }
    let todo = desk.list("cy", "todo").await;
    assert_eq!(todo[0]["approve"], json!({"form": "countersign", "require": []}));
    desk.does("cy", &todo[0], "approve", json!({"input": 5})).await.refused(422, "bad-value");
    desk.does("cy", &todo[0], "approve", json!({})).await.refused(422, "required");
    let done = desk.does("cy", &todo[0], "approve", json!({"input": {"amount": 12}})).await.expect(200).json();
    assert_eq!((&done["state"], &done["amount"]), (&json!("granted"), &json!("12.00")));
    let many = json!({"operation": "approve", "tasks": [todo[1]["id"]], "input": {"input": {"amount": 13}}});
    let answers = desk.by("cy", "POST", "/~/tasks/bulk", many).await.expect(200).json();
    assert_eq!((&answers["data"][0]["done"], &answers["data"][0]["state"]), (&json!(true), &json!("granted")));
}

#[tokio::test]
async fn what_was_added_recalled_or_approved_is_taken_back_at_its_address() {
    let desk = Desk::new();
    desk.submitted(json!({"name": "Crane", "boss": "bo"})).await;
    let own = |who: &'static str| desk.list(who, "todo");
    desk.does("bo", &own("bo").await[0], "add", json!({"to": ["di", "ed"], "place": "parallel"})).await.expect(200);
    let added = own("di").await[0].clone();
    desk.does("ed", &added, "remove", json!({})).await.refused(403, "not-your-task");
    desk.does("bo", &added, "remove", json!({})).await.expect(200);
    assert_eq!((own("di").await.len(), own("ed").await.len(), own("bo").await.len()), (0, 1, 1));
    desk.does("di", &added, "approve", json!({})).await.refused(409, "task-ended");
    let started = desk.list("ann", "started").await[0].clone();
    desk.does("bo", &started, "recall", json!({})).await.refused(403, "not-your-task");
    desk.does("ann", &started, "recall", json!({})).await.expect(200);
    assert_eq!((own("bo").await.len(), own("ed").await.len()), (0, 0));
    assert_eq!(desk.list("ann", "started").await[0]["outcome"], "withdrawn");

    desk.submitted(json!({"name": "Tower", "boss": "bo"})).await;
    let task = own("bo").await[0].clone();
    desk.does("bo", &task, "retry", json!({})).await.refused(403, "not-your-task");
    desk.does("bo", &task, "unapprove", json!({})).await.refused(422, "required");
    desk.does("bo", &task, "approve", json!({})).await.expect(200);
    // The permit is granted for good: its flow is over.
    desk.does("bo", &task, "unapprove", json!({"reason": "it was wrong"})).await.refused(409, "depended-on");
}

#[tokio::test]
async fn the_audit_log_says_who_decided_what_for_whom_and_nothing_of_what_was_said() {
    let desk = visas();
    let visa = desk.by("ann", "POST", "/~/visa", json!({"name": "Peru"})).await.expect(201).json();
    let visa = visa["id"].as_str().unwrap();
    desk.by("ann", "POST", &format!("/~/visa/{visa}/actions/submit"), json!({})).await.expect(200);
    let own = |who: &'static str| desk.list(who, "todo");
    desk.does("bo", &own("bo").await[0], "transfer", json!({"to": "di", "reason": "a word"})).await.expect(200);
    desk.does("di", &own("di").await[0], "add", json!({"to": ["ed"], "place": "before"})).await.expect(200);
    desk.does("ed", &own("ed").await[0], "comment", json!({"reason": "a word"})).await.expect(200);
    desk.does("ed", &own("ed").await[0], "approve", json!({"reason": "a word"})).await.expect(200);
    desk.does("di", &own("di").await[0], "approve", json!({})).await.expect(200);
    let last = own("cy").await[0].clone();
    desk.does("cy", &last, "approve", json!({})).await.expect(200);
    desk.does("cy", &last, "unapprove", json!({"reason": "a word"})).await.expect(200);
    desk.does("cy", &own("cy").await[0], "reject", json!({"reason": "a word"})).await.expect(200);
    let log = desk.by("root admin", "GET", "/~/audit-log", Json::Null).await.expect(200).text();
    let entries = log.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let about = format!("visa {visa}");
    let said: Vec<(String, String)> = entries
        .filter(|entry| entry["what"] == "decision")
        .map(|entry| {
            assert_eq!(entry["about"], *about);
            let more: Json = serde_json::from_str(entry["more"].as_str().unwrap()).unwrap();
            assert!(more["history"].is_u64(), "{more}");
            (entry["actor"].as_str().unwrap().to_owned(), more["kind"].as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(
        said,
        [
            ("bo", "decide transfer"),
            ("di", "decide add"),
            ("ed", "decide approve"),
            ("di", "decide approve"),
            ("cy", "decide approve"),
            ("cy", "decide unapprove"),
            ("cy", "decide reject")
        ]
        .map(|(who, how)| (who.to_owned(), how.to_owned()))
    );
    assert!(!log.contains("a word"));
}

/// A book whose approved record waits for somebody to use it.
fn visas() -> Desk {
    let files = [
        ("definitions/workshop.book.yaml", "book: workshop\naccess: open\ntime_zone: Asia/Shanghai\n"),
        ("definitions/work/visa.object.yaml", "object: visa\ntitle: name\nfields: {name: {type: text}}\n"),
        (
            "definitions/work/visa.flow.yaml",
            r#"
flow: visa
object: visa
start: draft
nodes:
  draft: {actions: {submit: {to: review}}}
  review:
    approval: [{by: user(bo)}, {by: user(cy)}]
    approved: {to: granted}
    rejected: {to: refused}
  granted: {actions: {travel: {to: used}}}
  used: {end: {}}
  refused: {end: {}}
"#,
        ),
    ];
    Desk::over(&files)
}

#[tokio::test]
async fn an_approval_that_nothing_depends_on_is_taken_back_and_decided_anew() {
    let desk = visas();
    let visa = desk.by("ann", "POST", "/~/visa", json!({"name": "Peru"})).await.expect(201).json();
    let visa = format!("/~/visa/{}", visa["id"].as_str().unwrap());
    let act = |action: &'static str| {
        let path = format!("{visa}/actions/{action}");
        async { desk.by("ann", "POST", &{ path }, json!({})).await }
    };
    act("submit").await.expect(200);
    let own = |who: &'static str| desk.list(who, "todo");
    let (first, why) = (own("bo").await[0].clone(), json!({"reason": "the passport has run out"}));
    desk.does("bo", &first, "approve", json!({})).await.expect(200);
    let last = own("cy").await[0].clone();
    assert_eq!(desk.does("cy", &last, "approve", json!({})).await.expect(200).json()["state"], "granted");
    desk.does("bo", &first, "unapprove", why.clone()).await.refused(403, "not-your-task");
    let back = desk.does("cy", &last, "unapprove", why.clone()).await.expect(200).json();
    assert_eq!(back["state"], "review");
    let trail = desk.site.get(&format!("{visa}/approvals")).await.expect(200).json()["data"].clone();
    let steps: Vec<&str> = trail.as_array().unwrap().last().unwrap()["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["state"].as_str().unwrap())
        .collect();
    assert_eq!(steps, ["passed", "undone", "open"], "only the last decision is undone: {trail}");
    let told = desk.site.get(&format!("{visa}/history")).await.expect(200).json()["data"][0].clone();
    assert!(told.to_string().contains("the passport has run out") && told["actor"] == "cy", "{told}");
    // The first signature stands; the last is given anew, once.
    assert_eq!((own("bo").await.len(), own("cy").await.len()), (0, 1));
    desk.does("cy", &last, "approve", json!({})).await.refused(409, "task-ended");
    let anew = own("cy").await[0].clone();
    assert_eq!(desk.does("cy", &anew, "approve", json!({})).await.expect(200).json()["state"], "granted");
    act("travel").await.expect(200);
    desk.does("cy", &anew, "unapprove", why).await.refused(409, "depended-on");
}
