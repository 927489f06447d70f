//! A definition that is edited as text: checked, reviewed, published, acting, taken back.

use std::fs;

use serde_json::Value as Json;

use super::{OBJECT, Works};
use crate::pages::browser::Browser;

fn edit() -> String {
    format!("/shop/admin/edit/{OBJECT}")
}

async fn keep(works: &Works, text: &str) {
    works.post(&edit(), "mia+maker", &[("text", text), ("do", "save")]).await.sent_to();
}

#[tokio::test]
async fn a_rule_is_edited_published_with_a_reason_and_acts_at_once() {
    let works = Works::new();
    works.deal("5").await.has("plain");
    let before = works.release();
    let text = works.file(OBJECT).replace("grade: plain", "grade: noble");
    keep(&works, &text).await;
    works.get("/shop/admin", "mia+maker").await.has("class=\"count hot\">1<");
    assert_eq!(works.release(), before, "what is kept is not live");
    let review = works.get("/shop/admin/draft?run=scenarios&impact=30d", "mia+maker").await.status(200);
    review.has("no errors").has("1 cases passed").has("grade: noble").has("Commands decided again");
    let refused = works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", " ")]).await;
    assert_eq!((refused.status, works.release()), (422, before.clone()));
    works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "They earned it")]).await.sent_to();
    works.deal("5").await.has("noble");
    // The file is what was typed: its comments too.
    assert_eq!(works.file(OBJECT), text);
    let history = works.get("/shop/admin/releases", "mia+maker").await.status(200);
    history.has("They earned it").has(&before[..8]);
    works.get("/shop/admin/draft", "mia+maker").await.has("You are editing nothing");
    // And back again.
    let back = format!("/shop/admin/releases/{before}");
    works.get(&format!("{back}?impact=30d"), "mia+maker").await.status(200).has("grade");
    works.post(&format!("{back}/rollback"), "mia+maker", &[("reason", "They did not")]).await.sent_to();
    assert_eq!(works.release(), before);
    works.deal("5").await.has("plain");
    works.get("/shop/admin/releases", "mia+maker").await.has("They did not");
    // A release that was left by going back is kept, so a new edit may write over its files.
    let text = text.replace("grade: noble", "grade: royal");
    keep(&works, &text).await;
    works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "Again")]).await.sent_to();
    works.deal("5").await.has("royal");
    assert_eq!(works.file(OBJECT), text);
}

#[tokio::test]
async fn a_mistake_is_told_at_its_place_and_is_never_published() {
    let works = Works::new();
    let (before, text) = (works.release(), works.file(OBJECT).replace("set: {grade: plain}", "set: {grad: plain}"));
    let told = works.post(&format!("/shop/admin/check/{OBJECT}"), "mia+maker", &[("text", &text)]).await.status(200);
    let told: Json = serde_json::from_str(&told.text).unwrap();
    let first = &told["here"][0];
    assert_eq!((&first["code"], &first["line"]), (&"unknown-field".into(), &12.into()), "{told}");
    let start = first["start"].as_u64().unwrap() as usize;
    // Counted as browsers count.
    let rest: Vec<u16> = text.encode_utf16().skip(start).collect();
    assert!(String::from_utf16(&rest).unwrap().starts_with("grad:"), "{told}");
    assert!(first["help"].as_str().unwrap().contains("grade"), "{told}");
    works.get("/shop/admin/draft", "mia+maker").await.has("You are editing nothing");
    keep(&works, &text).await;
    works.get(&edit(), "mia+maker").await.status(200).has("unknown-field").has("set: {grad: plain}");
    let refused = works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "x")]).await;
    assert_eq!((refused.status, works.release()), (409, before));
    assert!(works.file(OBJECT).contains("grade: plain"));
}

#[tokio::test]
async fn what_breaks_a_scenario_is_not_published() {
    let works = Works::new();
    let text = works.file(super::TABLE).replace("level: 2", "level: 3");
    works.post(&format!("/shop/admin/edit/{}", super::TABLE), "mia+maker", &[("text", &text)]).await.sent_to();
    works.get("/shop/admin/draft?run=scenarios", "mia+maker").await.status(200).has("some fail").has("deal.level");
    let refused = works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "x")]).await.status(409);
    refused.has("1 expectations of scenarios do not hold").has("in the case deal.level, at step 1: ").has("level");
    let place = "/shop/admin/edit/tests/scenarios/work/deal.scenario.yaml#L9";
    refused.has(&format!("href=\"{place}\"")).has("tests/scenarios/work/deal.scenario.yaml:9:");
    assert!(works.file(super::TABLE).contains("level: 2}"));
}

#[tokio::test]
async fn two_people_at_one_file_are_told_of_each_other() {
    let works = Works::new();
    let text = works.file(OBJECT);
    keep(&works, &text.replace("grade: plain", "grade: mine")).await;
    let theirs = text.replace("grade: plain", "grade: theirs");
    works.post(&edit(), "max+maker", &[("text", &theirs)]).await.sent_to();
    works.post("/shop/admin/draft", "max+maker", &[("do", "publish"), ("reason", "first")]).await.sent_to();
    works.get("/shop/admin/draft", "mia+maker").await.has("Somebody else has published");
    let refused = works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "second")]).await;
    assert_eq!(refused.status, 409);
    assert!(works.file(OBJECT).contains("theirs"));
    works.post("/shop/admin/draft", "mia+maker", &[("do", "rebase")]).await.sent_to();
    works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "second")]).await.sent_to();
    assert!(works.file(OBJECT).contains("mine"));
}

#[tokio::test]
async fn an_edit_in_the_folder_that_is_not_live_is_not_written_over() {
    let works = Works::new();
    let own = works.file(super::TABLE).replace("# small", "# typed in an editor");
    fs::write(works.place(super::TABLE), &own).unwrap();
    keep(&works, &works.file(OBJECT).replace("plain", "noble")).await;
    let refused = works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "x")]).await.status(409);
    refused.has("edits that are not live");
    assert_eq!(works.file(super::TABLE), own);
    assert!(works.file(OBJECT).contains("plain"));
}

#[tokio::test]
async fn files_come_and_go_and_no_other_file_can_be_reached() {
    let works = Works::new();
    let path = "definitions/work/mood.table.yaml";
    let table = "table: mood\nlabel: {zh: 心情, en: Mood}\ninputs:\n  day: {type: integer}\noutputs:\n  mood: {type: text, default: fine}\nrows: []\n";
    works.post(&format!("/shop/admin/edit/{path}"), "mia+maker", &[("text", table)]).await.sent_to();
    works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "new")]).await.sent_to();
    assert_eq!(works.file(path), table);
    works.get("/shop/admin/definitions", "mia+maker").await.has("Mood");
    works.post(&format!("/shop/admin/edit/{path}"), "mia+maker", &[("do", "remove")]).await.sent_to();
    works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "old")]).await.sent_to();
    assert!(!works.place(path).exists());
    for bad in
        ["definitions/..%2F..%2Fetc%2Fx.flow.yaml", "system/user.object.yaml", "definitions/work/x.sh", "README.md"]
    {
        let page = works.post(&format!("/shop/admin/edit/{bad}"), "mia+maker", &[("text", "x")]).await;
        assert_eq!(page.status, 404, "{bad}");
    }
}

#[tokio::test]
async fn a_definition_shows_its_source_picture_fields_and_where_it_is_mentioned() {
    let works = Works::new();
    let page = works.get(&format!("/shop/admin/definitions/{OBJECT}"), "mia+maker").await.status(200);
    page.has("# Deals, as the makers know them.")
        .has("id=\"L12\"")
        .has(">amount<")
        .has("see, create, change, every action")
        .has("<td data-label=\"Rows\">all</td>");
    page.has("definitions/work/maker.role.yaml").has("/definitions/definitions/work/level.table.yaml#L4");
    let flow = works.get("/shop/admin/definitions/definitions/work/deal.flow.yaml", "mia+maker").await.status(200);
    // A step that nobody named is called by what it does.
    flow.has("<svg viewBox").has("Clerk").has("Close").has("Automatic step");
    // A form is shown as people see it, with who may use its records.
    let form = "form: deal_edit\nlabel: {zh: 交易, en: Deal}\nobject: deal\nfor: edit\nsections: [{label: {zh: 基本, en: Basics}, fields: [name, amount]}]\n";
    let place = "/shop/admin/edit/forms/work/deal_edit.form.yaml";
    works.post(place, "mia+maker", &[("text", form), ("do", "save")]).await.sent_to();
    works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "A form")]).await.sent_to();
    let form = works.get("/shop/admin/definitions/forms/work/deal_edit.form.yaml", "mia+maker").await.status(200);
    form.has("class=\"live\" disabled inert").has("<h2>Basics</h2>").has("data-field=\"amount\"").has(">Keeper</a>");
    let manual = works.get("/shop/admin/reference", "mia+maker").await.status(200);
    manual.has("<h2 id=\"flow\">").has("A graph over an object.");
}

#[tokio::test]
async fn the_manual_and_the_help_of_completion_are_in_the_language_of_who_reads() {
    let works = Works::new();
    let in_chinese = async |path: &str| works.shop.ask("GET", path, "mia+maker", "zh", "").await.status(200);
    let manual = in_chinese("/shop/admin/reference").await;
    manual
        .has("<a href=\"#flow\">流程</a>")
        .has("<h2 id=\"flow\">flow 流程</h2>")
        .has("<th>必填</th>")
        .has("流程所属的对象。<br><small lang=\"en\">The object it runs over.</small>")
        .has("id=\"expressions\"")
        .has("时刻在账套时区中的日期。")
        .lacks("<th>required</th>");
    let manual = works.get("/shop/admin/reference", "mia+maker").await.status(200);
    manual
        .has("<a href=\"#flow\">Flows</a>")
        .has("<h2 id=\"flow\">flow</h2>")
        .has("<th>required</th>")
        .lacks("流程所属");
    in_chinese("/shop/admin/keys/flow").await.has("流程所属的对象。").has("The object it runs over.");
    works.get("/shop/admin/keys/flow", "mia+maker").await.has("The object it runs over.").lacks("流程所属");
    // What completes in Chinese says so in Chinese.
    let browser = Browser::open(&works.shop, "mia+maker", "zh", (1440, 900)).await;
    browser.go(&format!("/shop/admin/edit/{OBJECT}")).await;
    browser.at("textarea[data-editor]").await;
    browser.run("const a = document.querySelector('textarea[data-editor]'); a.focus(); a.value = a.value.replace('  grade:  {type: text,', '  grade:  {type: text, hist'); const at = a.value.indexOf('hist') + 4; a.setSelectionRange(at, at)").await;
    let complete = "document.querySelector('textarea').dispatchEvent(new KeyboardEvent('keydown', {key: ' ', ctrlKey: true, bubbles: true}));";
    browser.until(&format!("(() => {{ {complete} return document.querySelector('.complete li small')?.textContent === '在字段旁保留历史值。'; }})()")).await;
    browser.close().await;
}
