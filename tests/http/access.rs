//! Who may do what, through the router: every route of the API as nobody, as somebody with another role, and as whoever may.

use formwork_web::routes;
use serde_json::{Value as Json, json};

use super::support::{Reply, Site};

const ROLES: &[(&str, &str)] = &[
    (
        "definitions/work/master.role.yaml",
        "
role: master
label: {zh: 师傅, en: Master}
may: [tables, ledgers, postings, people, queues, incidents, releases, repairs]
grants:
  all: {on: [member, job, permit, call, user, position], may: [read, create, update, delete, act, assign], rows: all}
",
    ),
    (
        "definitions/work/worker.role.yaml",
        "
role: worker
label: {zh: 工人, en: Worker}
grants:
  own:   {on: job, may: [read, create, update, act], rows: own, fields: {hidden: weight, write: [name, member, amount]}}
  names: {on: member, may: read, rows: {where: {city: bj}}, fields: {read: name}}
",
    ),
    (
        "definitions/work/all_loads.dashboard.yaml",
        "dashboard: all_loads\nlabel: {zh: 负荷, en: Loads}\ntiles: [{report: loads}]\n",
    ),
    (
        "definitions/work/loads.report.yaml",
        "
report: loads
label: {zh: 重量, en: Loads}
on: job
dimensions: {level: level}
measures: {weight: {sum: weight}}
",
    ),
];

/// Everybody's: of the server, or about the caller alone.
const EVERYBODY: u16 = 0;

/// A route, an address of it, what is sent, and the answers to nobody, to a worker, and to a master.
type Tried = (&'static str, String, Json, [u16; 3]);

/// Every route, with what it answers about the master's job, which is no worker's.
fn tried(id: &str, task: &str) -> Vec<Tried> {
    let at = |route: &'static str, path: String, body: Json, answers: [u16; 3]| (route, path, body, answers);
    let none = || Json::Null;
    let open = |route: &'static str, path: &str, body: Json| at(route, path.to_owned(), body, [EVERYBODY; 3]);
    let right =
        |route: &'static str, path: &str, body: Json, master: u16| at(route, path.to_owned(), body, [403, 403, master]);
    let job = |route: &'static str, below: &str, body: Json, master: u16| {
        at(route, format!("/~/job/{id}{below}"), body, [404, 404, master])
    };
    let nowhere = "019c0000-0000-7000-8000-000000000000";
    vec![
        open("GET /", "/", none()),
        open("GET /health", "/health", none()),
        open("GET /metrics", "/metrics", none()),
        // An operator's, of a server with several books: `cli/books.rs` tries these with keys.
        open("GET /account-sets", "/account-sets", none()),
        open("POST /account-sets", "/account-sets", json!({"name": "new", "like": "workshop", "administrator": "ann"})),
        open("POST /account-sets/{set}/archive", "/account-sets/workshop/archive", none()),
        open("POST /account-sets/{set}/open", "/account-sets/workshop/open", none()),
        open("GET /codes/{code}", "/codes/stale-rev", none()),
        open("POST /{book}/hooks/{connector}/{hook}", "/workshop/hooks/mill/partner", json!({})),
        // The caller's own account. Who comes by a header has none: `http/sign_in.rs` tries these with passwords.
        open("POST /{book}/api/sign-in", "/~/sign-in", json!({"login": "mia", "password": "x"})),
        open("POST /{book}/api/sign-out", "/~/sign-out", none()),
        open("POST /{book}/api/sign-out-everywhere", "/~/sign-out-everywhere", none()),
        open("GET /{book}/api/who-am-i", "/~/who-am-i", none()),
        open("POST /{book}/api/change-password", "/~/change-password", json!({"old": "x", "new": "y"})),
        open("GET /{book}/api/own-sessions", "/~/own-sessions", none()),
        open("DELETE /{book}/api/own-sessions/{session}", "/~/own-sessions/0", none()),
        open("GET /{book}/api/own-keys", "/~/own-keys", none()),
        open("POST /{book}/api/own-keys", "/~/own-keys", json!({"name": "nightly", "scopes": []})),
        open("DELETE /{book}/api/own-keys/{key}", "/~/own-keys/nightly", none()),
        // An administrator's, and none of these is one.
        at("GET /{book}/api/audit-log", "/~/audit-log".to_owned(), none(), [403; 3]),
        at("POST /{book}/api/people/{login}/password", "/~/people/ada/password".to_owned(), none(), [403; 3]),
        at("POST /{book}/api/people/{login}/sign-out", "/~/people/ada/sign-out".to_owned(), none(), [403; 3]),
        at("POST /{book}/api/people/{login}/unlink", "/~/people/ada/unlink".to_owned(), none(), [403; 3]),
        at(
            "POST /{book}/api/people/{login}/transfer",
            "/~/people/ada/transfer".to_owned(),
            json!({"to": "x"}),
            [403; 3],
        ),
        open("GET /{book}/api/openapi.json", "/~/openapi.json", none()),
        open("GET /{book}/api/messages", "/~/messages", none()),
        open("POST /{book}/api/messages/{message}/read", "/~/messages/1.0/read", none()),
        open("GET /{book}/api/tasks", "/~/tasks", none()),
        open("GET /{book}/api/tasks/counts", "/~/tasks/counts", none()),
        open("POST /{book}/api/tasks/bulk", "/~/tasks/bulk", json!({"operation": "approve", "tasks": [task]})),
        open("GET /{book}/api/incidents", "/~/incidents", none()),
        open("GET /{book}/api/queues", "/~/queues", none()),
        open("GET /{book}/api/reports", "/~/reports", none()),
        // It is of a field that no worker sees.
        at("GET /{book}/api/reports/{report}", "/~/reports/loads".to_owned(), none(), [404, 404, 200]),
        open("POST /{book}/api/files", "/~/files?name=a.txt", json!("x")),
        open("GET /{book}/api/{object}", "/~/job", none()),
        at("GET /{book}/api/{object}/export", "/~/job/export".to_owned(), none(), [403; 3]),
        right("GET /{book}/api/release", "/~/release", none(), 200),
        right("GET /{book}/api/releases", "/~/releases", none(), 200),
        right("POST /{book}/api/release/plan", "/~/release/plan", json!({"to": "x"}), 404),
        right("POST /{book}/api/release/impact", "/~/release/impact", json!({"to": "x"}), 404),
        right("POST /{book}/api/release/difference", "/~/release/difference", json!({"to": "x"}), 404),
        right("POST /{book}/api/release/rollback", "/~/release/rollback", json!({"to": "x"}), 404),
        right("POST /{book}/api/release/migrate", "/~/release/migrate", json!({"to": "x"}), 404),
        right("GET /{book}/api/release/hand-in", "/~/release/hand-in", none(), 404),
        right("POST /{book}/api/release/hand-in", "/~/release/hand-in", json!({"reason": "x"}), 409),
        right("DELETE /{book}/api/release/hand-in", "/~/release/hand-in", none(), 404),
        open("GET /{book}/api/release/handed-in", "/~/release/handed-in", none()),
        at("GET /{book}/api/release/handed-in/{author}", "/~/release/handed-in/mia".to_owned(), none(), [404; 3]),
        at(
            "POST /{book}/api/release/handed-in/{author}",
            "/~/release/handed-in/mia".to_owned(),
            json!({"decision": "approve", "reason": "x"}),
            [404; 3],
        ),
        at("GET /{book}/api/access/why", format!("/~/access/why?user=wim&object=job&id={id}"), none(), [403, 403, 200]),
        at("GET /{book}/api/access/who", format!("/~/access/who?object=job&id={id}"), none(), [403, 403, 200]),
        right("POST /{book}/api/access/difference", "/~/access/difference", json!({"to": "x"}), 404),
        right("GET /{book}/api/people", "/~/people?role=master", none(), 200),
        right("GET /{book}/api/people/{login}", "/~/people/somebody", none(), 200),
        at("GET /{book}/api/incidents/{incident}", format!("/~/incidents/{nowhere}"), none(), [404; 3]),
        at("POST /{book}/api/incidents/{incident}/retry", format!("/~/incidents/{nowhere}/retry"), json!({}), [404; 3]),
        at(
            "POST /{book}/api/incidents/{incident}/skip",
            format!("/~/incidents/{nowhere}/skip"),
            json!({"reason": "x"}),
            [404; 3],
        ),
        at("POST /{book}/api/tasks/{task}/{operation}", format!("/~/tasks/{task}/urge"), json!({}), [404, 404, 200]),
        at("GET /{book}/api/queues/{queue}", "/~/queues/desk".to_owned(), none(), [404, 404, 200]),
        at("GET /{book}/api/files/{sha256}", format!("/~/files/{}", "0".repeat(64)), none(), [404; 3]),
        right(
            "POST /{book}/api/tables/{table}/evaluate",
            "/~/tables/job_level/evaluate",
            json!({"inputs": {"amount": 5}}),
            200,
        ),
        right("GET /{book}/api/ledgers/{ledger}/balance", "/~/ledgers/credit/balance", none(), 200),
        right("GET /{book}/api/ledgers/{ledger}/statement", "/~/ledgers/credit/statement", none(), 200),
        at(
            "POST /{book}/api/ledgers/{ledger}/entries",
            "/~/ledgers/credit/entries".to_owned(),
            json!({"dimensions": {"member": "Ada"}, "amount": 5}),
            [422, 422, 201],
        ),
        at(
            "POST /{book}/api/ledgers/{ledger}/opening",
            "/~/ledgers/credit/opening".to_owned(),
            json!({"dimensions": {"member": "Ada"}, "amount": 5}),
            [422, 422, 409],
        ),
        at("POST /{book}/api/{object}", "/~/member".to_owned(), json!({"name": "New"}), [403, 403, 201]),
        job("GET /{book}/api/{object}/{id}", "", none(), 200),
        job("PATCH /{book}/api/{object}/{id}", "", json!({"count": 1}), 200),
        job("GET /{book}/api/{object}/{id}/actions", "/actions", none(), 200),
        job("POST /{book}/api/{object}/{id}/actions/{action}", "/actions/begin", json!({}), 200),
        job("POST /{book}/api/{object}/{id}/comments", "/comments", json!({"text": "hello"}), 201),
        job("POST /{book}/api/{object}/{id}/events/{event}", "/events/welcome", json!({}), 404),
        job("GET /{book}/api/{object}/{id}/approvals", "/approvals", none(), 200),
        job("GET /{book}/api/{object}/{id}/queue", "/queue", none(), 200),
        job("POST /{book}/api/{object}/{id}/queue/{operation}", "/queue/claim", json!({}), 409),
        job("POST /{book}/api/{object}/{id}/erasure", "/erasure", json!({"reason": "asked for"}), 403),
        job("POST /{book}/api/{object}/{id}/shares", "/shares", json!({"user": "wim"}), 403),
        job("DELETE /{book}/api/{object}/{id}/shares", "/shares?user=wim", none(), 403),
        at("GET /{book}/api/{object}/{id}/repair", format!("/~/job/{id}/repair"), none(), [403, 403, 200]),
        at(
            "POST /{book}/api/{object}/{id}/repair/{operation}",
            format!("/~/job/{id}/repair/move"),
            json!({"flow": "job", "token": 99, "to": "open", "reason": "x"}),
            [403, 403, 409],
        ),
        job("GET /{book}/api/{object}/{id}/responsible", "/responsible", none(), 200),
        job("GET /{book}/api/{object}/{id}/prints", "/prints", none(), 200),
        job("GET /{book}/api/{object}/{id}/print/{page}", "/print/none", none(), 404),
        job("GET /{book}/api/{object}/{id}/history", "/history", none(), 200),
        job("GET /{book}/api/{object}/{id}/explain", "/explain", none(), 200),
        job("DELETE /{book}/api/{object}/{id}", "", none(), 204),
    ]
}

async fn send(site: &Site, actor: &str, route: &str, path: &str, body: &Json) -> Reply {
    let method = route.split(' ').next().unwrap();
    let mut headers = vec![("formwork-actor", actor), ("accept-language", "en")];
    if method == "POST" || method == "PATCH" {
        headers.push(("content-type", "application/json"));
    }
    let body = if body.is_null() { String::new() } else { body.to_string() };
    site.send(method, path, &headers, body).await
}

async fn made(site: &Site, object: &str, values: Json) -> String {
    let reply = send(site, "mia master", "POST", &format!("/~/{object}"), &values).await.expect(201).json();
    reply["id"].as_str().unwrap().to_owned()
}

/// A workshop with a member of whom workers see nothing, a job of the master's, and a permit that waits.
pub(super) async fn workshop() -> (Site, String, String) {
    let site = Site::guarded(ROLES);
    made(&site, "member", json!({"name": "Ada", "city": "sh"})).await;
    let job = made(&site, "job", json!({"name": "Chair", "amount": 5, "member": "Ada", "weight": 3})).await;
    let permit = made(&site, "permit", json!({"name": "Yard", "boss": "bo"})).await;
    send(&site, "mia master", "POST", &format!("/~/permit/{permit}/actions/submit"), &json!({})).await.expect(200);
    let tasks = send(&site, "bo", "GET", "/~/tasks", &Json::Null).await.expect(200).json();
    let task = tasks["data"][0]["id"].as_str().unwrap().to_owned();
    (site, job, task)
}

#[tokio::test]
async fn every_route_answers_those_who_may_and_nobody_else() {
    let (site, job, task) = workshop().await;
    let tried = tried(&job, &task);
    for route in routes().iter().filter(|route| !route.page) {
        let known = format!("{} {}", route.method, route.path);
        assert!(tried.iter().any(|(route, ..)| *route == known), "{known} is not tried");
    }
    for (route, path, body, answers) in &tried {
        if answers[0] == EVERYBODY {
            let mut statuses = Vec::new();
            for actor in ["nobody", "wim worker", "mia master"] {
                statuses.push(send(&site, actor, route, path, body).await.status.as_u16());
            }
            assert!(statuses.iter().all(|status| *status == statuses[0] && *status < 500), "{route}: {statuses:?}");
            continue;
        }
        // A role that nothing defines allows nothing.
        for (actor, answer) in [("nobody", 0), ("nobody job_master", 0), ("wim worker", 1), ("mia master", 2)] {
            let reply = send(&site, actor, route, path, body).await;
            assert_eq!(reply.status.as_u16(), answers[answer], "{actor}: {route}: {}", reply.text());
        }
        if path.starts_with("/~") {
            let other = path.replacen("/~", "/other/api", 1);
            send(&site, "mia master", route, &other, body).await.refused(404, "unknown-book");
        }
    }
}

#[tokio::test]
async fn a_record_that_is_not_seen_is_one_that_is_not_there() {
    let (site, job, _) = workshop().await;
    let nowhere = "019c0000-0000-7000-8000-000000000000";
    for below in ["", "/actions", "/history", "/explain", "/approvals", "/queue", "/responsible"] {
        let seen = |id: &str| format!("/~/job/{id}{below}");
        let hidden = send(&site, "wim worker", "GET", &seen(&job), &Json::Null).await.expect(404).json();
        let gone = send(&site, "wim worker", "GET", &seen(nowhere), &Json::Null).await.expect(404).json();
        let but_address = |mut reply: Json| {
            reply.as_object_mut().unwrap().retain(|key, _| key != "request_id");
            reply
        };
        assert_eq!(but_address(hidden), but_address(gone), "{below}");
    }
    // By number and by name too.
    send(&site, "wim worker", "GET", "/~/job/J00001", &Json::Null).await.refused(404, "no-such-record");
    send(&site, "wim worker", "GET", "/~/member/Ada", &Json::Null).await.refused(404, "no-such-record");
    let list = send(&site, "wim worker", "GET", "/~/job?count=exact&explain=1", &Json::Null).await.expect(200).json();
    assert_eq!((&list["data"], &list["count"]["value"], &list["explain"]["read"]), (&json!([]), &json!(0), &json!(0)));
}

#[tokio::test]
async fn a_hidden_field_is_absent_from_every_answer() {
    let (site, ..) = workshop().await;
    let made =
        send(&site, "wim worker", "POST", "/~/job", &json!({"name": "Mine", "amount": 7})).await.expect(201).json();
    let id = made["id"].as_str().unwrap();
    assert!(made.get("weight").is_none() && made["amount"].is_string(), "{made}");
    let patch = send(&site, "mia master", "PATCH", &format!("/~/job/{id}"), &json!({"weight": 12.5})).await;
    assert_eq!(patch.expect(200).json()["weight"], "12.500");
    for path in
        [format!("/~/job/{id}"), "/~/job".to_owned(), format!("/~/job/{id}/history"), format!("/~/job/{id}/explain")]
    {
        let text = send(&site, "wim worker", "GET", &path, &Json::Null).await.expect(200).text();
        assert!(!text.contains("weight") && !text.contains("12.5"), "{path}: {text}");
    }
    for query in ["sort=weight", "filter={\"weight\":{\"gt\":1}}"] {
        let query = query.replace('{', "%7B").replace('}', "%7D").replace('"', "%22");
        send(&site, "wim worker", "GET", &format!("/~/job?{query}"), &Json::Null).await.refused(422, "unknown-field");
    }
    let path = format!("/~/job/{id}");
    send(&site, "wim worker", "PATCH", &path, &json!({"weight": 1})).await.refused(422, "unknown-field");
    send(&site, "wim worker", "PATCH", &path, &json!({"count": 1})).await.refused(403, "not-allowed");
    send(&site, "wim worker", "PATCH", &path, &json!({"worker": "mia"})).await.refused(403, "not-allowed");
    send(&site, "wim worker", "PATCH", &path, &json!({"name": "Still mine"})).await.expect(200);
}

#[tokio::test]
async fn a_name_that_the_engine_uses_itself_is_nobodys() {
    let site = Site::guarded(ROLES);
    for actor in ["system", "connector:mill"] {
        send(&site, actor, "GET", "/~/job", &Json::Null).await.refused(401, "not-signed-in");
    }
}

#[tokio::test]
async fn one_may_ask_what_a_role_would_allow_somebody_who_has_none() {
    let (site, job, _) = workshop().await;
    let why = async |user: &str| {
        let path = format!("/~/access/why?user={user}&object=job&id={job}");
        send(&site, "mia master", "GET", &path, &Json::Null).await.expect(200).json()
    };
    let nobody = why("zoe").await;
    assert_eq!((&nobody["allowed"], &nobody["grants"]), (&json!(false), &json!([])));
    let with = why("zoe%20master").await;
    assert_eq!(
        (&with["login"], &with["allowed"], &with["grants"][0]["role"]),
        (&json!("zoe"), &json!(true), &json!("master"))
    );
    assert_eq!(why("zoe%20worker").await["allowed"], false);
}
