//! Lists as files: what leaves is known, and no more leaves on a day than somebody may take out.

use formwork_model::name::Name;
use formwork_runtime::command::Request;
use serde_json::{Value as Json, json};

use super::closed::Closed;

const ROLES: &[(&str, &str)] = &[
    (
        "definitions/work/seller.role.yaml",
        "
role: seller
label: {zh: 销售员, en: Seller}
export_rows: 5
grants:
  jobs:    {on: job, may: [read, create, export], rows: own, fields: {hidden: weight}}
  members: {on: member, may: [read, create, export], rows: all}
",
    ),
    (
        "definitions/work/lead.role.yaml",
        "
role: lead
label: {zh: 主管, en: Lead}
export_rows: 8
grants: {jobs: {on: job, may: [read, export], rows: all}}
",
    ),
    (
        "definitions/work/chief.role.yaml",
        "
role: chief
label: {zh: 经理, en: Chief}
grants: {jobs: {on: job, may: [read, export], rows: all}}
",
    ),
];

/// Four jobs of sue's, and two members.
async fn shop(roles: &[&str]) -> (Closed, String) {
    let closed = Closed::guarded(ROLES);
    closed.add("sue");
    for role in roles {
        hold(&closed, role);
    }
    let cookie = closed.sign_in("sue").await;
    for n in 0..4 {
        closed.say(&cookie, "/~/job", json!({"name": format!("Job {n}"), "amount": n})).await.expect(201);
    }
    for name in ["Ada", "Bo"] {
        closed.say(&cookie, "/~/member", json!({"name": name})).await.expect(201);
    }
    (closed, cookie)
}

fn hold(closed: &Closed, role: &str) {
    let values: Json = json!({"user": "sue", "role": role});
    closed.run(Request::Create { object: Name::intern("position"), values: values.as_object().unwrap().clone() });
}

/// What the audit log says of files that left and of those that did not.
fn left(closed: &Closed) -> Vec<(String, String, u64)> {
    let told = closed.entries().into_iter().filter(|entry| entry.what.starts_with("export"));
    let rows = |more: &str| serde_json::from_str::<Json>(more).unwrap()["rows"].as_u64().unwrap();
    told.map(|entry| (entry.what.clone(), entry.about.clone(), rows(&entry.more))).collect()
}

#[tokio::test]
async fn nobody_takes_out_more_on_a_day_than_their_role_allows() {
    let (closed, cookie) = shop(&["seller"]).await;
    let file = closed.ask(&cookie, "GET", "/workshop/job/export?format=csv").await.expect(200);
    assert_eq!(file.text().lines().count(), 5, "{file}");
    // One more object on the same day: four and two are more than five, whichever way one asks.
    for path in ["/workshop/member/export?format=xlsx", "/~/member/export", "/workshop/member/export"] {
        let refused = closed.ask(&cookie, "GET", path).await.expect(403).text();
        assert!(refused.contains("5") && refused.contains("1"), "{path}: {refused}");
        assert!(!refused.contains("Ada"), "{refused}");
    }
    closed.ask(&cookie, "GET", "/~/member/export").await.refused(403, "export-limit");
    // What still fits leaves.
    let one = closed.ask(&cookie, "GET", "/~/member/export?filter=%7B%22name%22%3A%22Ada%22%7D&fields=name").await;
    assert_eq!(one.expect(200).text(), "name\nAda\n");
    closed
        .ask(&cookie, "GET", "/~/member/export?filter=%7B%22name%22%3A%22Bo%22%7D")
        .await
        .refused(403, "export-limit");
    let left = left(&closed);
    let tried: Vec<(&str, u64)> = left.iter().map(|(what, _, rows)| (what.as_str(), *rows)).collect();
    let refused = ("export-refused", 2);
    assert_eq!(tried, [("export", 4), refused, refused, refused, refused, ("export", 1), ("export-refused", 1)]);
    assert_eq!(left[0].1, "job format=csv");
    // Another day, another five.
    closed.pass(86_400);
    let cookie = closed.sign_in("sue").await;
    closed.ask(&cookie, "GET", "/~/job/export").await.expect(200);
}

#[tokio::test]
async fn the_role_that_allows_most_counts() {
    let (closed, cookie) = shop(&["seller", "lead"]).await;
    for status in [200, 200, 403] {
        closed.ask(&cookie, "GET", "/~/job/export").await.expect(status);
    }
    hold(&closed, "chief");
    let cookie = closed.sign_in("sue").await;
    closed.ask(&cookie, "GET", "/~/job/export").await.expect(200);
    // The chief's role says nothing of members.
    closed.ask(&cookie, "GET", "/~/member/export").await.refused(403, "export-limit");
}

#[tokio::test]
async fn a_file_holds_what_its_reader_sees() {
    let (closed, cookie) = shop(&["seller"]).await;
    let file = closed.ask(&cookie, "GET", "/~/job/export?sort=-name").await.expect(200);
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"job.csv\"");
    let text = file.text();
    assert!(text.starts_with("number,state,name,") && !text.contains("weight"), "{text}");
    closed.ask(&cookie, "GET", "/~/job/export?sort=weight").await.refused(422, "unknown-field");
    closed.ask(&cookie, "GET", "/~/permit/export").await.refused(403, "not-allowed");
    closed.ask(&cookie, "GET", "/~/job/export?format=pdf").await.refused(422, "bad-parameter");
}
