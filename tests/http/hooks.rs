//! Messages of other systems: signed, taken in once, refused with a reason.

use std::sync::Arc;

use axum::body::Body;
use formwork_integration::delivery::{Secrets, sign::sign};
use formwork_model::clock::SettableClock;
use formwork_store::{embedded::Embedded, store::Store};
use formwork_web::Settings;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::support::{NOW, Reply, Site};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn site() -> Site {
    site_over(Arc::new(Embedded::memory().unwrap()))
}

pub(super) fn site_over(store: Arc<dyn Store>) -> Site {
    let secrets = Secrets::new(|name| (name == "MILL_SECRET").then(|| SECRET.to_owned()));
    let clock = Arc::new(SettableClock::at(NOW.parse().unwrap()));
    // Not a `--dev` server: other systems sign, they don't say who they are.
    Site::over(Settings { secrets, ..Settings::default() }, store, clock)
}

/// Sends a message signed so many seconds ago.
pub(super) async fn send(site: &Site, hook: &str, id: &str, body: &str, ago: i64) -> Reply {
    let at = Timestamp::from_second(NOW.parse::<Timestamp>().unwrap().as_second() - ago).unwrap();
    let signature = sign(SECRET, id, at, body.as_bytes());
    signed(site, hook, id, &at.as_second().to_string(), &signature, body).await
}

async fn signed(site: &Site, hook: &str, id: &str, at: &str, signature: &str, body: &str) -> Reply {
    let headers = [
        ("content-type", "application/json"),
        ("webhook-id", id),
        ("webhook-timestamp", at),
        ("webhook-signature", signature),
    ];
    site.send("POST", &format!("/workshop/hooks/mill/{hook}"), &headers, Body::from(body.to_owned())).await
}

fn members(site: &Site) -> Vec<Json> {
    let book = &site.app.book("workshop").unwrap().book;
    let catalog = book.catalog();
    let object = catalog.find_object("member").unwrap();
    let query = formwork_runtime::query::Query {
        object: object.name,
        filter: formwork_catalog::filter::Filter::And(Vec::new()),
        sort: Vec::new(),
        limit: 50,
        after: None,
    };
    let page = book.list(&query, &formwork_runtime::command::Actor::system()).unwrap();
    page.records.iter().map(|record| formwork_runtime::json::record(object, record, None)).collect()
}

fn incidents(site: &Site) -> Vec<formwork_model::incident::Incident> {
    let wanted = formwork_runtime::incident::Wanted { limit: 9, ..Default::default() };
    site.app.book("workshop").unwrap().book.incidents(&wanted).unwrap()
}

#[tokio::test]
async fn a_message_makes_a_record_changes_it_and_counts_once() {
    let site = site();
    let first = send(&site, "partner", "m1", r#"{"who": {"name": "Ann"}, "town": "bj", "most": 70.5}"#, 0).await;
    let answer = first.expect(200).json();
    assert_eq!((&answer["record"]["object"], &answer["replayed"]), (&json!("member"), &json!(false)));
    send(&site, "partner", "m2", r#"{"who": {"name": "Ann"}, "town": "sh"}"#, 299).await.expect(200);
    let again = send(&site, "partner", "m1", r#"{"who": {"name": "Ann"}, "town": "bj", "most": 70.5}"#, 10).await;
    let again = again.expect(200).json();
    assert_eq!((&again["replayed"], &again["record"]), (&json!(true), &answer["record"]));
    let found = members(&site);
    assert_eq!((found.len(), &found[0]["city"]), (1, &json!("sh")), "the repeated message changed nothing");
    let other = send(&site, "partner", "m1", r#"{"who": {"name": "Bob"}, "town": "bj"}"#, 0).await;
    other.refused(409, "idempotency-reused");
    let idle = send(&site, "partner", "m3", r#"{"who": {"name": "Cid"}, "town": "bj", "test": true}"#, 0).await;
    assert_eq!(idle.expect(200).json()["record"], Json::Null);
    assert_eq!((members(&site).len(), incidents(&site).len()), (1, 0));
}

#[tokio::test]
async fn what_is_not_signed_by_the_other_system_is_refused() {
    let site = site();
    let body = r#"{"who": {"name": "Ann"}, "town": "bj"}"#;
    for ago in [301, -301] {
        send(&site, "partner", "m1", body, ago).await.refused(401, "bad-signature");
    }
    let now = NOW.parse::<Timestamp>().unwrap();
    let seconds = now.as_second().to_string();
    let good = sign(SECRET, "m1", now, body.as_bytes());
    let wrong = sign("whsec_AAAA", "m1", now, body.as_bytes());
    for (id, signature, body) in [
        ("m1", wrong.as_str(), body),
        ("m1", "", body),
        ("m2", good.as_str(), body),
        ("m1", good.as_str(), r#"{"who": {"name": "Eve"}, "town": "bj"}"#),
    ] {
        signed(&site, "partner", id, &seconds, signature, body).await.refused(401, "bad-signature");
    }
    site.send("POST", "/workshop/hooks/mill/partner", &[("content-type", "application/json")], "{}")
        .await
        .refused(401, "bad-signature");
    send(&site, "partnr", "m1", body, 0).await.refused(404, "unknown-hook");
    send(&site, "partner", "m1", "{", 0).await.refused(400, "bad-json");
    assert_eq!((members(&site).len(), incidents(&site).len()), (0, 0));
}

#[tokio::test]
async fn a_message_that_does_not_fit_is_told_and_kept_as_an_incident() {
    let site = site();
    let body = r#"{"who": {"name": "Ann"}, "town": "paris"}"#;
    for times in 1..=2 {
        let refused = send(&site, "partner", "m1", body, 0).await;
        assert!((400..500).contains(&refused.status.as_u16()), "{refused}");
        assert!(refused.json()["code"].as_str().is_some_and(|code| !code.is_empty()));
        let found = incidents(&site);
        assert_eq!((found.len(), found[0].times, found[0].what.word()), (1, times, "hook"));
        assert_eq!(found[0].owner.to_string(), "role(miller)");
        // The words of the engine: what is wrong, and where in the definitions it came from.
        let at = "(definitions/work/mill.connector.yaml:";
        assert!(found[0].cause.en.contains(at) && found[0].cause.zh.contains(at), "{found:?}");
    }
    let numbers = String::from_utf8(site.get("/metrics").await.expect(200).bytes).unwrap();
    for (outcome, count) in [("refused", 2), ("done", 2)] {
        let line = format!("formwork_commands_total{{outcome=\"{outcome}\"}} {count}\n");
        assert!(numbers.contains(&line), "the message and its incident are commands like others: {numbers}");
    }
    send(&site, "known", "k1", r#"{"name": "Bob", "most": 3}"#, 0).await.refused(404, "no-such-record");
    let found = incidents(&site);
    let known = found.iter().find(|incident| incident.about.part.starts_with("mill.known")).unwrap();
    send(&site, "partner", "m5", r#"{"who": {"name": "Bob"}, "town": "bj"}"#, 0).await.expect(200);
    let book = &site.app.book("workshop").unwrap().book;
    let deal = |id, step, reason: Option<&str>| {
        let request = formwork_runtime::command::Request::Incident { id, step };
        let miller = formwork_runtime::scenario::parse_actor("kim miller");
        let mut command = formwork_runtime::command::Command::new(miller, request);
        command.reason = reason.map(Into::into);
        book.run(command).unwrap()
    };
    use formwork_runtime::command::IncidentStep::{Retry, Skip};
    deal(known.id, Retry, None);
    assert!(members(&site)[0]["limit"].as_str().is_some_and(|limit| limit.starts_with('3')), "{:?}", members(&site));
    assert_eq!(members(&site)[0]["state"], "known", "the message reached the node that waits for it");
    let replayed = send(&site, "known", "k1", r#"{"name": "Bob", "most": 3}"#, 0).await.expect(200).json();
    assert_eq!(replayed["replayed"], true, "what was taken in by a retry is taken in");
    let left = incidents(&site).remove(0);
    deal(left.id, Retry, None);
    assert_eq!(incidents(&site)[0].times, 3, "it still does not fit");
    deal(left.id, Skip, Some("nobody moves to Paris"));
    assert_eq!(incidents(&site), []);
    assert_eq!(formwork_runtime::verify::verify(book).unwrap().findings, []);
}
