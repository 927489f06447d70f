//! Attempts on what prints, exports, erases and counts revisions: templates and markup in what people type, formulas, paths
//! and headers that are no names, and what an answer tells without saying it.

use serde_json::{Value as Json, json};

use super::support::{Reply, Site, encoded};

const FILES: &[(&str, &str)] = &[
    (
        "definitions/work/job_sheet.template.yaml",
        "
template: job_sheet
label: {zh: 派工单, en: Job sheet}
object: job
print: {paper: a5}
text: |
  <h1 class=\"title\">{{name}}</h1>
  <table class=\"lines\"><tbody>{{#each parts}}<tr><td>{{part}}</td></tr>{{/each}}</tbody></table>
",
    ),
    (
        "definitions/work/note.object.yaml",
        "
object: note
label: {zh: 笔记, en: Note}
title: code
owner: writer
fields:
  code:   {type: text, required: true, label: {zh: 代码, en: Code}}
  secret: {type: text, sensitive: true, unique: true, label: {zh: 秘密, en: Secret}}
  covert: {type: text, label: {zh: 隐藏, en: Covert}}
  writer: {type: user, default: = user.login, label: {zh: 作者, en: Writer}}
",
    ),
    (
        "definitions/work/master.role.yaml",
        "
role: master
label: {zh: 师傅, en: Master}
grants:
  jobs:  {on: job, may: [read, create, update, delete, export], rows: all}
  notes: {on: note, may: [read, create, update, delete, export, erase], rows: all}
",
    ),
    (
        "definitions/work/clerk.role.yaml",
        "
role: clerk
label: {zh: 文员, en: Clerk}
grants:
  jobs:  {on: job, may: [read, update, export], rows: all, fields: {hidden: weight}}
  notes: {on: note, may: [read, update, export], rows: all, fields: {hidden: [secret, covert]}}
",
    ),
];

/// What somebody types who hopes that it is run somewhere.
const TYPED: [&str; 7] = [
    "{{setting \"x\"}}{{7*7}}{{#each parts}}",
    "{{{name}}}{{&name}}{{lookup . \"id\"}}",
    "<img src=x onerror=alert(1)>",
    "\"><script>alert(1)</script>",
    "'-alert(1)-'",
    "${7*7}#{7*7}<%=7*7%>",
    "]]><!--<svg/onload=alert(1)>",
];

async fn say(site: &Site, actor: &str, method: &str, path: &str, body: Json) -> Reply {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers = [("formwork-actor", actor), ("content-type", "application/json"), ("accept-language", "en")];
    site.send(method, path, &headers, body).await
}

async fn made(site: &Site, object: &str, values: Json) -> String {
    let reply = say(site, "mia master", "POST", &format!("/~/{object}"), values).await.expect(201).json();
    reply["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn nothing_that_is_typed_is_run_on_a_page_or_on_paper() {
    let site = Site::guarded(FILES);
    for typed in TYPED {
        let id = made(&site, "job", json!({"name": typed, "parts": [{"part": typed, "price": 1}]})).await;
        for below in ["", "/edit", "/flow", "/print/job_sheet", "/delete"] {
            let path = format!("/workshop/job/{id}{below}");
            let page = say(&site, "mia master", "GET", &path, Json::Null).await.expect(200);
            let policy = page.header("content-security-policy").to_owned();
            assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{path}: {policy}");
            let text = page.text();
            for bad in ["<img src=x", "<script>alert", "<svg/onload"] {
                assert!(!text.contains(bad), "{path}: {typed} comes out as it went in: {text}");
            }
        }
        let sheet =
            say(&site, "mia master", "GET", &format!("/~/job/{id}/print/job_sheet"), Json::Null).await.expect(200);
        let content = sheet.json()["content"].as_str().unwrap().to_owned();
        assert!(!content.contains("<img") && !content.contains("<script") && !content.contains("<svg"), "{content}");
        assert!(!content.contains("49"), "{typed} was computed: {content}");
        assert!(
            !typed.starts_with("{{") || content.contains("{{"),
            "what looks like a template stays a text: {content}"
        );
        for path in [
            format!("/workshop/search?q={}", encoded(typed)),
            format!("/workshop/job?q={}", encoded(typed)),
            format!("/workshop/sign-in?back={}&left={}", encoded(typed), encoded(typed)),
            format!("/workshop/{}", encoded(typed)),
        ] {
            let text = say(&site, "mia master", "GET", &path, Json::Null).await.text();
            assert!(
                !text.contains("<img src=x") && !text.contains("<script>alert") && !text.contains("<svg/"),
                "{path}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn names_that_are_paths_or_headers_reach_nothing() {
    let site = Site::guarded(FILES);
    let id = made(&site, "job", json!({"name": "Chair"})).await;
    for bad in [
        "..%2fjob_sheet",
        "job_sheet%00",
        "job_sheet%0d%0aset-cookie:%20a=b",
        "%7B%7B7*7%7D%7D",
        "....%2f%2fjob_sheet",
        "JOB_SHEET",
        "job_sheet%2f..%2fjob_sheet",
    ] {
        for path in
            [format!("/workshop/job/{id}/print/{bad}"), format!("/~/job/{id}/print/{bad}"), format!("/~/{bad}/export")]
        {
            let reply = say(&site, "mia master", "GET", &path, Json::Null).await;
            assert!(matches!(reply.status.as_u16(), 400 | 404), "{path}: {reply}");
            assert_eq!(reply.header("set-cookie"), "", "{path}");
        }
    }
    let kept = [("formwork-actor", "mia master"), ("content-type", "text/plain")];
    let file = site.send("POST", "/~/files?name=a.txt", &kept, "hello").await.expect(201).json();
    say(&site, "mia master", "PATCH", &format!("/~/job/{id}"), json!({"plan": file})).await.expect(200);
    let file = format!("/~/files/{}?object=job&id={id}", file["sha256"].as_str().unwrap());
    for name in ["a%0d%0aset-cookie:%20a=b", "%22;filename=evil.html", "..%2f..%2fetc%2fpasswd", "%3Cscript%3E.html"] {
        let reply = say(&site, "mia master", "GET", &format!("{file}&name={name}"), Json::Null).await.expect(200);
        let (shown, kind) = (reply.header("content-disposition"), reply.header("content-type"));
        assert!(shown.starts_with("attachment; filename*=UTF-8''") && kind == "application/octet-stream", "{shown}");
        assert!(!shown.contains(['/', '"', '<', '\r', '\n']) && reply.header("set-cookie").is_empty(), "{shown}");
    }
}

#[tokio::test]
async fn a_file_that_is_taken_out_runs_nothing_and_holds_no_hidden_field() {
    let site = Site::guarded(FILES);
    for typed in ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "=HYPERLINK(\"http://evil.test\")"] {
        made(&site, "job", json!({"name": typed, "weight": 2.5})).await;
    }
    for path in ["/~/job/export?format=csv&fields=name", "/workshop/job/export?format=csv"] {
        let file = say(&site, "mia master", "GET", path, Json::Null).await.expect(200);
        let file = file.text();
        let cells = file.lines().skip(1).flat_map(|line| line.split(','));
        let runs = cells.map(|cell| cell.trim_matches('"')).find(|cell| {
            cell.starts_with(['=', '@'])
                || cell.starts_with(['+', '-']) && cell.len() > 1 && cell.parse::<f64>().is_err()
        });
        assert_eq!(runs, None, "{path}: {file}");
    }
    for path in [
        "/~/job/export?format=csv&fields=name,weight",
        "/~/job/export?format=csv&sort=weight",
        "/~/job/export?format=csv&filter=%7B%22weight%22%3A2.5%7D",
        "/~/job/export?format=exe",
    ] {
        let reply = say(&site, "carl clerk", "GET", path, Json::Null).await;
        assert_eq!(reply.status, 422, "{path}: {reply}");
    }
    let all = say(&site, "carl clerk", "GET", "/~/job/export?format=csv", Json::Null).await.expect(200).text();
    assert!(!all.contains("weight") && !all.contains("2.5"), "{all}");
}

#[tokio::test]
async fn what_is_erased_comes_back_by_no_repetition_condition_or_probe() {
    let site = Site::guarded(FILES);
    let once = [("formwork-actor", "mia master"), ("idempotency-key", "once")];
    let values = json!({"code": "A", "secret": "the whole secret"});
    let made = site.write("POST", "/~/note", &once, values.clone()).await.expect(201);
    let path = format!("/~/note/{}", made.json()["id"].as_str().unwrap());
    let tag = say(&site, "mia master", "GET", &path, Json::Null).await.header("etag").to_owned();
    say(&site, "mia master", "POST", &format!("{path}/erasure"), json!({"reason": "asked for"})).await.expect(200);
    let again = site.write("POST", "/~/note", &once, values.clone()).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert!(!again.text().contains("the whole secret"), "{again}");
    let conditional = [("formwork-actor", "mia master"), ("if-none-match", tag.as_str())];
    let fresh = site.send("GET", &path, &conditional, "").await.expect(200);
    assert!(!fresh.text().contains("the whole secret"), "{fresh}");
    let filter = encoded("{\"secret\": \"the whole secret\"}");
    let found =
        say(&site, "mia master", "GET", &format!("/~/note?filter={filter}"), Json::Null).await.expect(200).json();
    assert_eq!(found["data"], json!([]));
    // Nobody has it any more, so somebody else may: a conflict would say that it was here.
    let other = json!({"code": "B", "secret": "the whole secret"});
    say(&site, "mia master", "POST", "/~/note", other).await.expect(201);
    for below in ["/history", "/explain"] {
        let told = say(&site, "mia master", "GET", &format!("{path}{below}"), Json::Null).await.expect(200).text();
        assert!(!told.contains("the whole secret"), "{below}: {told}");
    }
}

#[tokio::test]
async fn a_revision_tells_that_something_changed_and_never_what() {
    let site = Site::guarded(FILES);
    let id = made(&site, "note", json!({"code": "A", "secret": "first", "covert": "second"})).await;
    let path = format!("/~/note/{id}");
    let before = say(&site, "carl clerk", "GET", &path, Json::Null).await.expect(200);
    say(&site, "mia master", "PATCH", &path, json!({"covert": "third"})).await.expect(200);
    let after = say(&site, "carl clerk", "GET", &path, Json::Null).await.expect(200);
    // System fields belong to the row: that and when somebody changed it, who sees the row may know.
    assert_eq!(after.json()["rev"], json!(before.json()["rev"].as_u64().unwrap() + 1));
    assert_ne!(before.header("etag"), after.header("etag"));
    let without = |reply: &Reply| {
        let mut json = reply.json();
        for name in ["rev", "updated_at", "updated_by"] {
            json.as_object_mut().unwrap().shift_remove(name);
        }
        json
    };
    assert_eq!(without(&before), without(&after));
    for below in ["/history", "/explain"] {
        let told = say(&site, "carl clerk", "GET", &format!("{path}{below}"), Json::Null).await.expect(200).text();
        for word in ["covert", "secret", "first", "second", "third"] {
            assert!(!told.contains(&format!("\"{word}\"")), "{below}: {word} in {told}");
        }
    }
    // The conflict of whoever writes on what they saw before names the fields that they see, of which none changed.
    let stale = json!({"code": "C", "rev": before.json()["rev"]});
    let conflict = say(&site, "carl clerk", "PATCH", &path, stale).await;
    let text = conflict.text();
    assert!(!text.contains("covert") && !text.contains("third"), "{text}");
}
