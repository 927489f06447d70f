//! One record shared with a user or a department, and all that somebody has handed over, through the router.

use serde_json::{Value as Json, json};

use super::support::{Reply, Site};

const FILES: &[(&str, &str)] = &[
    (
        "definitions/work/paper.object.yaml",
        "
object: paper
label: {zh: 文件, en: Paper}
title: name
owner: owner
sharing: true
fields:
  name:  {type: text, required: true, label: {zh: 名称, en: Name}}
  owner: {type: user, default: = user.login, label: {zh: 负责人, en: Owner}}
  price: {type: integer, label: {zh: 价格, en: Price}}
  plan:  {type: file, label: {zh: 附件, en: Plan}}
",
    ),
    (
        "definitions/work/master.role.yaml",
        "
role: master
label: {zh: 师傅, en: Master}
may: transfers
gives: [writer, reader]
grants:
  all: {on: [paper, user, position, department, permit, call], may: [read, create, update, act, assign, share], rows: all}
",
    ),
    (
        "definitions/work/writer.role.yaml",
        "
role: writer
label: {zh: 作者, en: Writer}
grants:
  own:    {on: paper, may: [read, create, update, share], rows: own}
  lent:   {on: paper, may: [read, share], rows: shared}
  people: {on: [user, department], may: read, rows: all}
",
    ),
    (
        "definitions/work/reader.role.yaml",
        "
role: reader
label: {zh: 读者, en: Reader}
grants:
  seen:   {on: paper, may: read, rows: shared, fields: {hidden: price}}
  edited: {on: paper, may: [read, update], rows: shared_for_edit}
",
    ),
];

/// Departments A, B in A, and C; ann and bob write, rita reads in B, cleo in C.
async fn office() -> Site {
    let site = Site::guarded(FILES);
    for (code, parent) in [("A", Json::Null), ("B", json!("A")), ("C", Json::Null)] {
        made(&site, "department", json!({"code": code, "name": code, "parent": parent})).await;
    }
    for (login, role, department) in
        [("ann", "writer", "A"), ("bob", "writer", "A"), ("rita", "reader", "B"), ("cleo", "reader", "C")]
    {
        made(&site, "user", json!({"login": login, "name": login})).await;
        made(&site, "position", json!({"user": login, "role": role, "department": department})).await;
    }
    site
}

async fn say(site: &Site, actor: &str, method: &str, path: &str, body: Json) -> Reply {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers = [("formwork-actor", actor), ("content-type", "application/json"), ("accept-language", "en")];
    site.send(method, path, &headers, body).await
}

async fn made(site: &Site, object: &str, values: Json) -> String {
    let reply = say(site, "mia master", "POST", &format!("/~/{object}"), values).await.expect(201).json();
    format!("/~/{object}/{}", reply["id"].as_str().unwrap())
}

async fn papers(site: &Site, who: &str) -> (usize, Json) {
    let list = say(site, who, "GET", "/~/paper?count=exact&explain=1", Json::Null).await.expect(200).json();
    assert_eq!(list["count"]["value"], list["data"].as_array().unwrap().len());
    (list["data"].as_array().unwrap().len(), list["explain"]["plan"].clone())
}

#[tokio::test]
async fn a_shared_record_is_seen_or_edited_by_those_it_is_shared_with_as_long_as_it_is_said() {
    let site = office().await;
    let paper = made(&site, "paper", json!({"name": "Offer", "owner": "ann", "price": 7})).await;
    made(&site, "paper", json!({"name": "Other", "owner": "ann"})).await;
    let shares = format!("{paper}/shares");
    say(&site, "rita", "GET", &paper, Json::Null).await.refused(404, "no-such-record");
    // With a user, to see, until today.
    let terms = json!({"user": "rita", "until": "2026-03-02"});
    let shared = say(&site, "ann", "POST", &shares, terms).await.expect(200).json();
    assert_eq!((&shared["shares"][0]["user"], &shared["shares"][0]["until"]), (&json!("rita"), &json!("2026-03-02")));
    let seen = say(&site, "rita", "GET", &paper, Json::Null).await.expect(200).json();
    assert!(seen["name"] == "Offer" && seen.get("price").is_none(), "{seen}");
    let (many, plan) = papers(&site, "rita").await;
    assert!(many == 1 && plan.to_string().contains("6 ranges"), "{plan}");
    say(&site, "rita", "PATCH", &paper, json!({"name": "Mine"})).await.refused(403, "not-allowed");
    say(&site, "cleo", "GET", &paper, Json::Null).await.refused(404, "no-such-record");
    // To edit: then the grant for it covers, with its fields.
    say(&site, "ann", "POST", &shares, json!({"user": "rita", "edit": true})).await.expect(200);
    let edited = say(&site, "rita", "PATCH", &paper, json!({"name": "Better"})).await.expect(200).json();
    assert_eq!((&edited["name"], &edited["price"]), (&json!("Better"), &json!(7)));
    // Over, and to come.
    for terms in [json!({"until": "2026-03-01"}), json!({"from": "2026-03-03"})] {
        let mut terms = terms;
        terms["user"] = json!("rita");
        say(&site, "ann", "POST", &shares, terms).await.expect(200);
        say(&site, "rita", "GET", &paper, Json::Null).await.refused(404, "no-such-record");
        assert_eq!(papers(&site, "rita").await.0, 0);
    }
    // With a department: whoever works in it or below.
    say(&site, "ann", "POST", &shares, json!({"department": "A"})).await.expect(200);
    assert_eq!((papers(&site, "rita").await.0, papers(&site, "cleo").await.0), (1, 0));
    let ended = say(&site, "ann", "DELETE", &format!("{shares}?department=A"), Json::Null).await.expect(200).json();
    assert_eq!(ended["shares"].as_array().unwrap().len(), 1);
    assert_eq!(papers(&site, "rita").await.0, 0);
    say(&site, "ann", "DELETE", &format!("{shares}?department=A"), Json::Null).await.refused(409, "not-possible");
    let history = say(&site, "ann", "GET", &format!("{paper}/history"), Json::Null).await.expect(200).text();
    assert!(history.contains("\"unshare\"") && history.contains("\"share\""), "{history}");
}

#[tokio::test]
async fn nobody_shares_what_they_may_not_share_or_lets_others_do_more_than_they_may() {
    let site = office().await;
    let paper = made(&site, "paper", json!({"name": "Offer", "owner": "ann"})).await;
    let shares = format!("{paper}/shares");
    say(&site, "rita", "POST", &shares, json!({"user": "rita"})).await.refused(404, "no-such-record");
    say(&site, "ann", "POST", &shares, json!({"user": "bob"})).await.expect(200);
    say(&site, "bob", "POST", &shares, json!({"user": "cleo", "edit": true})).await.refused(403, "not-allowed");
    say(&site, "bob", "POST", &shares, json!({"user": "cleo"})).await.expect(200);
    say(&site, "cleo", "POST", &shares, json!({"user": "rita"})).await.refused(403, "not-allowed");
    // Not by writing the field, which the engine keeps.
    say(&site, "ann", "PATCH", &paper, json!({"shares": []})).await.refused(422, "computed-field");
    for (terms, code) in [
        (json!({}), "bad-value"),
        (json!({"user": "bob", "department": "A"}), "bad-value"),
        (json!({"user": "zed"}), "no-such-reference"),
        (json!({"department": "Z"}), "no-such-reference"),
        (json!({"user": "bob", "from": "2026-03-05", "until": "2026-03-04"}), "bad-value"),
        (json!({"user": "bob", "role": "master"}), "unknown-field"),
    ] {
        say(&site, "ann", "POST", &shares, terms).await.refused(422, code);
    }
    let permit = made(&site, "permit", json!({"name": "Yard"})).await;
    let path = format!("{permit}/shares");
    say(&site, "mia master", "POST", &path, json!({"user": "bob"})).await.refused(409, "not-possible");
}

#[tokio::test]
async fn all_that_a_leaver_has_is_anothers_in_one_commit_with_counts() {
    let site = office().await;
    for n in 0..3 {
        made(&site, "paper", json!({"name": format!("P{n}"), "owner": "ann"})).await;
    }
    made(&site, "paper", json!({"name": "Q", "owner": "bob"})).await;
    let permit = made(&site, "permit", json!({"name": "Yard", "boss": "ann"})).await;
    say(&site, "mia master", "POST", &format!("{permit}/actions/submit"), json!({})).await.expect(200);
    // bob submits this one, so he can't decide it: it stays with ann, who has nobody above.
    let own = made(&site, "permit", json!({"name": "Roof", "boss": "ann"})).await;
    say(&site, "bob master", "POST", &format!("{own}/actions/submit"), json!({})).await.expect(200);
    let hand = |to: &str| json!({"to": to, "reason": "left"});
    say(&site, "ann", "POST", "/~/people/ann/transfer", hand("ann")).await.refused(403, "not-allowed");
    say(&site, "mia master", "POST", "/~/people/ann/transfer", hand("ann")).await.refused(422, "no-such-reference");
    say(&site, "mia master", "POST", "/~/people/ann/transfer", hand("zed")).await.refused(422, "no-such-reference");
    let done = say(&site, "mia master", "POST", "/~/people/ann/transfer", hand("bob")).await.expect(200).json();
    assert_eq!(done["before"], json!({"from": {"paper": 3, "tasks": 2}, "to": {"paper": 1}}), "{done}");
    assert_eq!(done["after"], json!({"from": {"tasks": 1}, "to": {"paper": 4, "tasks": 1}}), "{done}");
    assert_eq!((&done["tasks"], &done["elsewhere"]), (&json!(1), &json!(1)));
    assert_eq!((papers(&site, "ann").await.0, papers(&site, "bob").await.0), (0, 4));
    let todo = say(&site, "bob", "GET", "/~/tasks", Json::Null).await.expect(200).json();
    assert_eq!(todo["data"].as_array().unwrap().len(), 1, "{todo}");
    let log = say(&site, "root admin", "GET", "/~/audit-log", Json::Null).await.expect(200).text();
    assert!(log.contains("\"transfer\""), "{log}");
}

#[tokio::test]
async fn a_file_is_attached_by_whoever_brought_it_or_sees_it_there() {
    let site = office().await;
    let bring = |who: &'static str| {
        let headers = [("formwork-actor", who), ("content-type", "text/plain")];
        let site = &site;
        async move { site.send("POST", "/~/files?name=plan.txt", &headers, "secret").await.expect(201).json() }
    };
    let plan = bring("ann").await;
    let paper = say(&site, "ann", "POST", "/~/paper", json!({"name": "Offer", "plan": plan})).await.expect(201).json();
    let path = format!("/~/paper/{}", paper["id"].as_str().unwrap());
    // Whoever knows the hash has nothing by it, and is not told whether there is such a file.
    let mut unknown = plan.clone();
    unknown["sha256"] = json!("0".repeat(64));
    for file in [&plan, &unknown] {
        let taken = say(&site, "bob", "POST", "/~/paper", json!({"name": "Copy", "plan": file})).await;
        taken.refused(422, "no-such-file");
    }
    // Who sees it in the record may send it back with the rest.
    say(&site, "ann", "POST", &format!("{path}/shares"), json!({"user": "rita", "edit": true})).await.expect(200);
    say(&site, "rita", "PATCH", &path, json!({"name": "Better", "plan": plan})).await.expect(200);
    bring("bob").await;
    say(&site, "bob", "POST", "/~/paper", json!({"name": "Copy", "plan": plan})).await.expect(201);
}

/// What a browser posts from the panel of a record.
async fn typed(site: &Site, who: &str, paper: &str, pairs: &[(&str, &str)]) -> Reply {
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let headers = [
        ("formwork-actor", who),
        ("accept", "text/html"),
        ("accept-language", "en"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    site.send("POST", &format!("{paper}/share"), &headers, form).await
}

#[tokio::test]
async fn the_page_of_a_record_says_with_whom_it_is_shared_and_whoever_may_shares_it_there() {
    let site = office().await;
    let paper = made(&site, "paper", json!({"name": "Offer", "owner": "ann"})).await;
    let page = paper.replace("/~/", "/workshop/");
    let panel = async |who: &str, language: &str| {
        let headers = [("formwork-actor", who), ("accept-language", language)];
        let text = site.send("GET", &page, &headers, "").await.expect(200).text();
        let panel =
            text.split_once("id=\"sharing\"").map(|(_, rest)| rest.split_once("</section>").unwrap().0.to_owned());
        panel.unwrap_or_default()
    };
    assert!(panel("ann", "en").await.contains("name=\"until\""));
    let to = format!("{page}?did=shared");
    let terms = [("user", "rita"), ("department", ""), ("edit", "true"), ("from", ""), ("until", "2026-03-09")];
    assert_eq!(typed(&site, "ann", &page, &terms).await.expect(303).header("location"), to);
    let terms = [("user", ""), ("department", "C"), ("edit", "false"), ("from", "2026-03-03"), ("until", "")];
    typed(&site, "ann", &page, &terms).await.expect(303);
    let told = panel("ann", "en").await;
    for said in [
        "<b>rita</b>",
        "sees and edits · until 9 Mar 2026",
        "In force",
        "<b>C</b>",
        "sees · from 3 Mar 2026 on",
        "To come",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    let told = panel("ann", "zh").await;
    assert!(told.contains("共享给") && told.contains("可查看和编辑 · 至 2026"), "{told}");
    // Whoever it is shared with reads that, and shares nothing.
    let told = panel("rita", "en").await;
    assert!(told.contains("<b>rita</b>") && !told.contains("<form"), "{told}");
    typed(&site, "rita", &page, &[("user", "cleo")]).await.expect(403);
    typed(&site, "cleo", &page, &[("user", "cleo")]).await.expect(404);
    // What is wrong is said where it was typed, and what was typed stays.
    let terms = [("user", "rita"), ("from", "2026-03-09"), ("until", "2026-03-08")];
    let refused = typed(&site, "ann", &page, &terms).await.expect(422).text();
    let error = refused.split_once("id=\"f-share-until-error\"").unwrap().1;
    assert!(error.split_once("</p>").unwrap().0.contains("The last day is before the first"), "{refused}");
    assert!(refused.contains("value=\"rita\"") && refused.contains("value=\"2026-03-08\""), "{refused}");
    let refused = typed(&site, "ann", &page, &[("user", "rita"), ("department", "C")]).await.expect(422).text();
    assert!(refused.contains("id=\"f-share-user-error\""), "{refused}");
    // Whoever only reads it shares no more than that: there is nothing else to choose.
    typed(&site, "ann", &page, &[("user", "bob")]).await.expect(303);
    let told = panel("bob", "en").await;
    assert!(told.contains("value=\"false\"") && !told.contains("value=\"true\""), "{told}");
    // Each line has its button.
    let told = panel("ann", "en").await;
    let ends: Vec<&str> =
        told.split("name=\"end\" value=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    assert_eq!(ends.len(), 3, "{told}");
    for end in &ends {
        typed(&site, "ann", &page, &[("end", end)]).await.expect(303);
    }
    assert!(!panel("ann", "en").await.contains("name=\"end\""));
    assert_eq!(papers(&site, "rita").await.0, 0);
    typed(&site, "ann", &page, &[("end", ends[0])]).await.expect(409);
}
