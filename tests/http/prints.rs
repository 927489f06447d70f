//! Records as pages to print: what is on them for whom, in which language, and that it is known who printed what.

use serde_json::{Value as Json, json};

use super::{
    closed::{Closed, OWN_PAGE},
    support::{Reply, Site},
};

const FILES: &[(&str, &str)] = &[
    (
        "definitions/work/job_sheet.template.yaml",
        r#"
template: job_sheet
label: {zh: 派工单, en: Job sheet}
object: job
print: {paper: a5, landscape: true}
text: |
  <h1 class="title">{{name}}</h1>
  <p>[{{label amount}}|{{amount}}|{{in_words amount}}|{{label weight}}|{{weight}}|{{level}}|{{worker}}]</p>
  <p>[{{member.name}}|{{member.city}}|{{due}}]</p>
  <table class="lines"><tbody>{{#each parts}}<tr><td class="no"></td><td>{{part}}</td><td>{{twice}}</td></tr>{{/each}}</tbody></table>
  {{#zh}}<p>由 {{printed_by}} 于 {{printed_on}} 打印</p>{{/zh}}{{#en}}<p>Printed by {{printed_by}} on {{printed_on}}</p>{{/en}}
"#,
    ),
    (
        "definitions/work/master.role.yaml",
        "
role: master
label: {zh: 师傅, en: Master}
grants:
  all: {on: [member, job], may: [read, create, update, act], rows: all}
",
    ),
    (
        "definitions/work/worker.role.yaml",
        "
role: worker
label: {zh: 工人, en: Worker}
grants:
  own: {on: job, may: [read, create, update, act], rows: own, fields: {hidden: [weight, parts], masked: {amount: all}}}
",
    ),
];

async fn get(site: &Site, actor: &str, path: &str) -> Reply {
    site.send("GET", path, &[("formwork-actor", actor), ("accept-language", "en")], "").await
}

async fn made(site: &Site, actor: &str, object: &str, values: Json) -> String {
    let headers = [("formwork-actor", actor)];
    let reply = site.write("POST", &format!("/~/{object}"), &headers, values).await.expect(201).json();
    reply["id"].as_str().unwrap().to_owned()
}

/// A job of wim's with everything on it.
async fn workshop() -> (Site, String) {
    let site = Site::guarded(FILES);
    made(&site, "mia master", "member", json!({"name": "Ada", "city": "sh"})).await;
    let parts = json!([{"part": "Leg <b>", "price": 4}, {"part": "Seat", "price": 10.5}]);
    let job = json!({"name": "Chair & table", "amount": 1234.5, "member": "Ada", "weight": 2.25, "worker": "wim", "due": "2026-03-09", "parts": parts});
    let id = made(&site, "mia master", "job", job).await;
    (site, id)
}

#[tokio::test]
async fn a_record_is_printed_in_both_languages() {
    let (site, id) = workshop().await;
    let page = get(&site, "mia master", &format!("/workshop/job/{id}/print/job_sheet")).await.expect(200);
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("style-src 'self'"));
    assert_eq!(page.headers["cache-control"], "private, no-store");
    let page = page.text();
    for said in [
        "<title>Job sheet Chair &amp; table</title>",
        "<body class=\"a5 landscape\">",
        "<h1 class=\"title\">Chair &amp; table</h1>",
        "[Amount|1,234.50|One thousand two hundred and thirty-four and 50/100|Weight|2.25|High|wim]",
        "[Ada|Shanghai|9 Mar 2026]",
        "<td>Leg &lt;b&gt;</td><td>8.00</td>",
        "<td>Seat</td><td>21.00</td>",
        "Printed by mia on 2 Mar 2026",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("由 "), "{page}");
    let chinese =
        get(&site, "mia master", &format!("/workshop/job/{id}/print/job_sheet?language=zh")).await.expect(200).text();
    for said in [
        "[金额|1,234.50|壹仟贰佰叁拾肆元伍角整|重量|2.25|高|wim]",
        "[Ada|上海|2026年3月9日]",
        "由 mia 于 2026年3月2日 打印",
        "<html lang=\"zh\" data-theme=\"paper\">",
    ] {
        assert!(chinese.contains(said), "{said}: {chinese}");
    }
    // The record's page leads there.
    let record = get(&site, "mia master", &format!("/workshop/job/{id}")).await.expect(200).text();
    assert!(record.contains(&format!("href=\"/workshop/job/{id}/print/job_sheet\"")), "{record}");
    let member = get(&site, "mia master", "/workshop/member").await.expect(200).text();
    assert!(!member.contains("/print/"));
}

#[tokio::test]
async fn the_interface_prints_the_same() {
    let (site, id) = workshop().await;
    let pages = get(&site, "mia master", &format!("/~/job/{id}/prints")).await.expect(200).json();
    assert_eq!(pages["data"], json!([{"name": "job_sheet", "label": {"zh": "派工单", "en": "Job sheet"}}]));
    let page = get(&site, "mia master", &format!("/~/job/{id}/print/job_sheet?language=zh")).await.expect(200).json();
    assert_eq!((&page["paper"], &page["landscape"], &page["language"]), (&json!("a5"), &json!(true), &json!("zh")));
    assert!(page["content"].as_str().unwrap().contains("壹仟贰佰叁拾肆元伍角整"), "{page}");
    let wrong = get(&site, "mia master", &format!("/~/job/{id}/print/job_sheet?language=fr")).await;
    wrong.refused(422, "bad-parameter");
    for path in ["job_shet", "member"] {
        get(&site, "mia master", &format!("/~/job/{id}/print/{path}")).await.refused(404, "unknown-template");
    }
    get(&site, "mia master", &format!("/workshop/job/{id}/print/job_shet")).await.expect(404);
}

#[tokio::test]
async fn what_a_reader_does_not_see_is_on_no_paper() {
    let (site, id) = workshop().await;
    let page = get(&site, "wim worker", &format!("/~/job/{id}/print/job_sheet")).await.expect(200).json();
    let content = page["content"].as_str().unwrap();
    // The weight and the parts are hidden, the amount is masked and has no words, the member is not theirs to see: that
    // a value is kept back is said, so that nobody takes it for one that is not there.
    let no = "not visible to you";
    assert!(content.contains(&format!("[Amount|****||Weight|{no}|High|wim]")), "{content}");
    assert!(content.contains(&format!("[{no}|{no}|9 Mar 2026]")), "{content}");
    let chinese =
        get(&site, "wim worker", &format!("/~/job/{id}/print/job_sheet?language=zh")).await.expect(200).json();
    assert!(chinese["content"].as_str().unwrap().contains("[不可见|不可见|2026年3月9日]"), "{chinese}");
    for hidden in ["2.25", "1,234", "Leg", "Ada", "Shanghai", "thirty-four"] {
        assert!(!content.contains(hidden), "{hidden}: {content}");
    }
    // What is not there is empty for whoever would see it.
    let bare = made(&site, "mia master", "job", json!({"name": "Stool"})).await;
    let bare = get(&site, "mia master", &format!("/~/job/{bare}/print/job_sheet")).await.expect(200).json();
    assert!(!bare["content"].as_str().unwrap().contains(no), "{bare}");
    let other = made(&site, "mia master", "job", json!({"name": "Bench"})).await;
    for path in [format!("/~/job/{other}/print/job_sheet"), format!("/~/job/{other}/prints")] {
        get(&site, "wim worker", &path).await.refused(404, "no-such-record");
    }
    get(&site, "wim worker", &format!("/workshop/job/{other}/print/job_sheet")).await.expect(404);
}

#[tokio::test]
async fn the_audit_log_knows_who_printed_what() {
    let closed = Closed::guarded(FILES);
    closed.add("mia");
    closed.run(formwork_runtime::command::Request::Create {
        object: formwork_model::name::Name::intern("position"),
        values: json!({"user": "mia", "role": "master"}).as_object().unwrap().clone(),
    });
    let cookie = closed.sign_in("mia").await;
    let made = closed.say(&cookie, "/~/job", json!({"name": "Chair"})).await.expect(201).json();
    let id = made["id"].as_str().unwrap();
    for path in [format!("/workshop/job/{id}/print/job_sheet"), format!("/~/job/{id}/print/job_sheet")] {
        closed.site.send("GET", &path, &[("cookie", cookie.as_str()), OWN_PAGE], "").await.expect(200);
    }
    let about = format!("job {id} job_sheet");
    let printed = closed.entries().into_iter().filter(|entry| entry.what == "export" && entry.about == about);
    assert_eq!(printed.map(|entry| entry.actor).collect::<Vec<_>>(), ["mia", "mia"]);
}
