//! What is said with words or a file, at an approval and about a record, read by whoever sees the record. And marks that
//! a copy was read.

use serde_json::{Value as Json, json};

use super::{approvals::Desk, support::Reply};

const FILES: &[(&str, &str)] = &[
    ("definitions/workshop.book.yaml", "book: workshop\ntime_zone: Asia/Shanghai\n"),
    (
        "definitions/work/clerk.role.yaml",
        "role: clerk\ngrants: {all: {on: visa, may: [read, create, update], act: submit, rows: all}}\n",
    ),
    (
        "definitions/work/guest.role.yaml",
        "role: guest\ngrants: {none: {on: visa, may: read, rows: {where: {name: nothing}}}}\n",
    ),
    (
        "definitions/work/visa.object.yaml",
        "object: visa\ntitle: name\nfields: {name: {type: text}, paper: {type: file}}\n",
    ),
    (
        "definitions/work/visa.flow.yaml",
        "
flow: visa
object: visa
start: draft
nodes:
  draft: {actions: {submit: {to: review}}}
  review:
    approval: [{by: user(bo)}]
    approved: {to: granted}
    rejected: {to: granted}
  granted: {end: {}}
",
    ),
];

/// A visa that waits for `bo`, with its path; `ann` handed it in.
async fn submitted() -> (Desk, String) {
    let desk = Desk::over(FILES);
    let visa = desk.by("ann clerk", "POST", "/~/visa", json!({"name": "Peru"})).await.expect(201).json();
    let visa = format!("/~/visa/{}", visa["id"].as_str().unwrap());
    desk.by("ann clerk", "POST", &format!("{visa}/actions/submit"), json!({})).await.expect(200);
    (desk, visa)
}

async fn brought(desk: &Desk, who: &str, name: &str, content: &'static str) -> Json {
    let headers = [("formwork-actor", who), ("content-type", "text/plain")];
    desk.site.send("POST", &format!("/~/files?name={name}"), &headers, content).await.expect(201).json()
}

async fn fetched(desk: &Desk, who: &str, path: &str) -> Reply {
    desk.site.send("GET", path, &[("formwork-actor", who)], "").await
}

/// The addresses of files on a page, as a browser reads them.
async fn links(desk: &Desk, who: &str, page: &str) -> Vec<String> {
    let page = fetched(desk, who, page).await.expect(200).text();
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    links
        .map(|(link, _)| link.replace("&amp;", "&").replace("&#x3D;", "="))
        .filter(|link| link.contains("/files/"))
        .collect()
}

#[tokio::test]
async fn a_comment_needs_words_or_a_file() {
    let (desk, visa) = submitted().await;
    let task = desk.list("bo guest", "todo").await[0].clone();
    for nothing in [json!({}), json!({"reason": "  "}), json!({"files": []})] {
        let said = desk.does("bo guest", &task, "comment", nothing).await.refused(422, "required");
        assert_eq!(
            said["message"],
            json!({"en": "a comment needs words or a file", "zh": "评论需要填写文字或添加附件"})
        );
        assert_eq!(said["errors"][0]["field"], "reason");
    }
    let file = brought(&desk, "bo guest", "seal.txt", "a seal").await;
    desk.does("bo guest", &task, "comment", json!({"files": [file]})).await.expect(200);
    desk.does("bo guest", &task, "comment", json!({"reason": "see the seal"})).await.expect(200);
    let trail = fetched(&desk, "ann clerk", &format!("{visa}/approvals")).await.expect(200).json();
    let comments = &trail["data"][0]["comments"];
    assert_eq!((&comments[0]["text"], &comments[0]["files"][0]["name"]), (&json!(""), &json!("seal.txt")));
    assert_eq!((&comments[1]["text"], &comments[1]["files"]), (&json!("see the seal"), &json!([])));
    let told = fetched(&desk, "ann clerk", "/~/messages").await.expect(200).text();
    assert!(told.contains("bo remarks: seal.txt") && told.contains("bo remarks: see the seal"), "{told}");
}

#[tokio::test]
async fn the_file_of_a_comment_is_reached_by_whoever_sees_the_record_and_nobody_else() {
    let (desk, visa) = submitted().await;
    let task = desk.list("bo guest", "todo").await[0].clone();
    let file = brought(&desk, "bo guest", "seal.txt", "a seal").await;
    desk.does("bo guest", &task, "comment", json!({"files": [file]})).await.expect(200);
    let page = visa.replace("/~/", "/workshop/");
    for who in ["ann clerk", "bo guest"] {
        let found = links(&desk, who, &page).await;
        assert_eq!(found.len(), 1, "{who}: {found:?}");
        assert_eq!(fetched(&desk, who, &found[0]).await.expect(200).text(), "a seal", "{who}");
        fetched(&desk, "eve guest", &found[0]).await.refused(404, "no-such-record");
    }
}

#[tokio::test]
async fn a_file_alone_is_a_comment_on_pages_too() {
    let (desk, visa) = submitted().await;
    let task = desk.list("bo guest", "todo").await[0].clone();
    let page = format!("/workshop/tasks/{}/comment", task["id"].as_str().unwrap());
    let asked = fetched(&desk, "bo guest", &page).await.expect(200).text();
    assert!(asked.contains("data-file=\"files\"") && !asked.contains("aria-required"), "{asked}");
    let headers = [("formwork-actor", "bo guest"), ("content-type", "application/x-www-form-urlencoded")];
    let sent = async |files: &str| {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs([("files", files)]).finish();
        desk.site.send("POST", &page, &headers, form).await
    };
    let nothing = sent("").await.expect(422).text();
    assert!(nothing.contains("A comment needs words or a file") || nothing.contains("评论需要填写文字或添加附件"));
    let file = brought(&desk, "bo guest", "seal.txt", "a seal").await;
    sent(&json!([file]).to_string()).await.expect(303);
    assert_eq!(links(&desk, "ann clerk", &visa.replace("/~/", "/workshop/")).await.len(), 1);
}

#[tokio::test]
async fn a_comment_on_a_record_is_words_a_file_or_both() {
    let (desk, visa) = submitted().await;
    let comments = format!("{visa}/comments");
    for nothing in [json!({}), json!({"text": "  "}), json!({"files": []})] {
        let said = desk.by("ann clerk", "POST", &comments, nothing).await.refused(422, "required");
        assert_eq!(said["message"]["en"], "a comment needs words or a file");
    }
    desk.by("ann clerk", "POST", &comments, json!({"files": "seal"})).await.refused(422, "bad-value");
    // Whoever has not brought a file does not get it by knowing its hash.
    let file = brought(&desk, "bo guest", "seal.txt", "a seal").await;
    desk.by("ann clerk", "POST", &comments, json!({"files": [file]})).await.refused(422, "no-such-file");
    desk.by("bo guest", "POST", &comments, json!({"files": [file]})).await.expect(201);
    let more = brought(&desk, "ann clerk", "plan.txt", "a plan").await;
    desk.by("ann clerk", "POST", &comments, json!({"text": "as drawn", "files": [more]})).await.expect(201);
    // What is said already is said again with the same file.
    desk.by("ann clerk", "POST", &comments, json!({"files": [file]})).await.expect(201);
    desk.by("eve guest", "POST", &comments, json!({"text": "me too"})).await.refused(404, "no-such-record");
    // `bo` sees a part of the record only, and reads what was said about it.
    let history = fetched(&desk, "bo guest", &format!("{visa}/history")).await.expect(200).json();
    assert_eq!(history["data"][1]["input"]["$files"][0]["name"], "plan.txt", "{history}");
}

#[tokio::test]
async fn the_file_of_a_comment_on_a_record_is_reached_from_its_page_and_by_nobody_else() {
    let (desk, visa) = submitted().await;
    let page = visa.replace("/~/", "/workshop/");
    let asked = fetched(&desk, "bo guest", &page).await.expect(200).text();
    assert!(asked.contains("data-file=\"files\""), "{asked}");
    let headers = [("formwork-actor", "bo guest"), ("content-type", "application/x-www-form-urlencoded")];
    let sent = async |text: &str, files: &str| {
        let pairs = [("text", text), ("files", files)];
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        desk.site.send("POST", &format!("{page}/comment"), &headers, form).await
    };
    let file = brought(&desk, "bo guest", "seal.txt", "a seal").await;
    let refused = sent("@nobody look", &json!([file]).to_string()).await.expect(422).text();
    assert!(refused.contains("@nobody look") && refused.contains(">seal.txt<"), "{refused}");
    sent("", "").await.expect(422);
    sent("", &json!([file]).to_string()).await.expect(303);
    for who in ["ann clerk", "bo guest"] {
        let found = links(&desk, who, &page).await;
        assert_eq!(found.len(), 1, "{who}: {found:?}");
        assert_eq!(fetched(&desk, who, &found[0]).await.expect(200).text(), "a seal", "{who}");
        fetched(&desk, "eve guest", &found[0]).await.refused(404, "no-such-record");
    }
}

#[tokio::test]
async fn a_page_leads_to_the_files_of_its_record() {
    let (desk, visa) = submitted().await;
    let file = brought(&desk, "ann clerk", "plan.txt", "a plan").await;
    desk.by("ann clerk", "PATCH", &visa, json!({"paper": file})).await.expect(200);
    for page in [visa.replace("/~/", "/workshop/"), "/workshop/visa".to_owned()] {
        let found = links(&desk, "ann clerk", &page).await;
        assert_eq!(found.len(), 1, "{page}: {found:?}");
        assert_eq!(fetched(&desk, "ann clerk", &found[0]).await.expect(200).text(), "a plan", "{page}");
        fetched(&desk, "eve guest", &found[0]).await.refused(404, "no-such-record");
    }
}

#[tokio::test]
async fn only_copies_are_marked_as_read() {
    let (desk, _) = submitted().await;
    let task = desk.list("bo guest", "todo").await[0].clone();
    let said = desk.does("bo guest", &task, "read", json!({})).await.refused(409, "not-possible");
    assert_eq!(said["message"], json!({"en": "only copies are marked as read", "zh": "只有抄送可以标记为已读"}));
    let gone = json!({"id": format!("{}9", task["id"].as_str().unwrap())});
    desk.does("bo guest", &gone, "read", json!({})).await.refused(404, "no-such-task");
    desk.does("bo guest", &task, "cc", json!({"to": ["cy"]})).await.expect(200);
    let copy = desk.list("cy guest", "cc").await[0].clone();
    assert_eq!(copy["read"], false);
    desk.does("bo guest", &copy, "read", json!({})).await.refused(403, "not-your-task");
    desk.does("cy guest", &copy, "read", json!({})).await.expect(200);
    assert_eq!(desk.list("cy guest", "cc").await[0]["read"], true);
}
