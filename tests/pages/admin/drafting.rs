//! Whoever may draft and not publish: they edit, check and try everything, and somebody who may publish approves it.

use serde_json::json;

use super::{OBJECT, TABLE, Works};

const DRAFT: &str = "/shop/admin/draft";
const DORA: &str = "dora+drafter";

/// Where dora may draft.
async fn works() -> Works {
    let works = Works::new();
    let path = "/shop/admin/edit/definitions/work/drafter.role.yaml";
    let role = "role: drafter\nlabel: {zh: 草拟, en: Drafter}\nmay: drafts\n";
    works.post(path, "mia+maker", &[("text", role)]).await.sent_to();
    works.post(DRAFT, "mia+maker", &[("do", "publish"), ("reason", "Drafters")]).await.sent_to();
    works
}

async fn edit(works: &Works, path: &str, from: &str, to: &str) {
    let text = works.file(path).replace(from, to);
    works.post(&format!("/shop/admin/edit/{path}"), DORA, &[("text", &text)]).await.sent_to();
}

#[tokio::test]
async fn a_draft_goes_live_when_somebody_who_may_publish_approves_it() {
    let works = works().await;
    let before = works.release();
    // A comment is somebody's words too.
    edit(&works, OBJECT, "# Deals, as", "# All deals, as").await;
    works.get(DRAFT, DORA).await.has("Only comments, order or layout differ");
    let publish = [("do", "publish"), ("reason", "x")];
    works.post(DRAFT, DORA, &publish).await.status(409).has("another person has to approve this first");
    works.post(DRAFT, DORA, &[("do", "discard")]).await.sent_to();
    for page in ["definitions", "reference", "design", "tables", "tables/level", "draft"] {
        works.get(&format!("/shop/admin/{page}"), DORA).await.status(200);
    }
    for page in ["releases", "instances", "incidents", "people", "handed-in", "backups"] {
        works.get(&format!("/shop/admin/{page}"), DORA).await.status(404);
    }
    edit(&works, OBJECT, "grade: plain", "grade: noble").await;
    let page = works.get(&format!("{DRAFT}?run=scenarios&impact=30d"), DORA).await.status(200);
    // Labels first, the name beside them.
    page.has("<b>Deal</b> <span class=\"small muted mono\">deal</span>").has("was plain, is noble");
    page.lacks("Only comments").has("1 cases passed").has("value=\"hand-in\"").has("Maker").lacks("value=\"publish\"");
    // What was done with records is no business of theirs.
    page.lacks("Commands decided again");
    works.post(DRAFT, DORA, &publish).await.status(409).has("another person has to approve this first");
    works.post(&format!("/shop/admin/releases/{before}/rollback"), DORA, &[("reason", "x")]).await.status(404);
    assert_eq!(works.release(), before);
    works.post(DRAFT, DORA, &[("do", "hand-in"), ("reason", "They earned it")]).await.sent_to();
    let handed = works.shop.book().handed_in("dora").unwrap().unwrap().release;
    let dora = "/shop/admin/handed-in/dora";
    let approve = [("do", "approve"), ("reason", "I looked"), ("release", handed.as_str())];
    for who in [DORA, "max+drafter", "kai+keeper"] {
        works.post(dora, who, &approve).await.status(404);
    }
    works.get(dora, "mia+maker").await.status(200).has("grade: noble").has("They earned it");
    works.post(dora, "mia+maker", &approve).await.sent_to();
    assert_eq!(works.release(), handed);
    works.deal("5").await.has("noble");
    // Over the API it is the same.
    let files = json!({"files": {OBJECT: works.file(OBJECT).replace("noble", "royal")}, "reason": "More"}).to_string();
    works.shop.ask_json("/shop/api/release/hand-in", "dora drafter", &files).await.status(201);
    let back = json!({"to": before, "reason": "x"}).to_string();
    works.shop.ask_json("/shop/api/release/rollback", "dora drafter", &back).await.status(403);
}

#[tokio::test]
async fn what_its_scenarios_refuse_is_told_with_case_step_and_place() {
    let works = works().await;
    edit(&works, TABLE, "level: 2", "level: 3").await;
    let refused = works.post(DRAFT, DORA, &[("do", "hand-in"), ("reason", "x")]).await.status(409);
    refused.has("in the case deal.level, at step 1: ").has("it is 3");
    refused.has("href=\"/shop/admin/edit/tests/scenarios/work/deal.scenario.yaml#L9\"");
    let files = json!({"files": {TABLE: works.file(TABLE).replace("level: 2", "level: 3")}, "reason": "x"}).to_string();
    let told = works.shop.ask_json("/shop/api/release/hand-in", "dora drafter", &files).await.status(409);
    told.has("scenario-failed").has("tests/scenarios/work/deal.scenario.yaml:9:");
}
