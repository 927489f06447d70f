//! Four eyes: an edit is handed in, another person looks at what it would mean, and approves or refuses it.

use std::{fs, sync::Arc};

use formwork_catalog::check::check_folder;
use formwork_runtime::rejection::Refusal;
use serde_json::{Value as Json, json};

use super::{OBJECT, TABLE, Works};

const DRAFT: &str = "/shop/admin/draft";
const HANDED_IN: &str = "/shop/admin/handed-in";

/// As mia, who makes grades noble.
async fn edit(works: &Works, grade: &str) {
    let text = works.file(OBJECT).replace("grade: plain", &format!("grade: {grade}"));
    works.post(&format!("/shop/admin/edit/{OBJECT}"), "mia+maker", &[("text", &text)]).await.sent_to();
}

async fn hand_in(works: &Works) {
    works.post(DRAFT, "mia+maker", &[("do", "hand-in"), ("reason", "They earned it")]).await.sent_to();
}

/// The release that mia has handed in.
fn handed(works: &Works) -> String {
    works.shop.book().handed_in("mia").unwrap().unwrap().release
}

fn audit(works: &Works, what: &str) -> Vec<String> {
    let entries = works.audit();
    entries.into_iter().filter(|(_, said)| said == what).map(|(actor, _)| actor).collect()
}

#[tokio::test]
async fn what_one_hands_in_another_approves_with_its_effect_in_view() {
    let works = Works::of_four_eyes();
    let before = works.release();
    edit(&works, "noble").await;
    works.get(DRAFT, "mia+maker").await.status(200).has("value=\"hand-in\"").lacks("value=\"publish\"");
    works.post(DRAFT, "mia+maker", &[("do", "publish"), ("reason", "x")]).await.status(409).has("another person");
    works.post(DRAFT, "mia+maker", &[("do", "hand-in"), ("reason", " ")]).await.status(422);
    hand_in(&works).await;
    works.get(DRAFT, "mia+maker").await.status(200).has("Handed in; it waits for").has("Maker").has("They earned it");
    let release = handed(&works);
    // The author is nobody who approves, nor is anybody else who lacks the role.
    let mia = format!("{HANDED_IN}/mia");
    let decide = |what: &'static str, reason: &'static str, release: &str| {
        vec![("do", what), ("reason", reason), ("release", release.to_owned().leak() as &str)]
    };
    for who in ["mia+maker", "kai+keeper", "cleo+clerk"] {
        works.get(&mia, who).await.status(404);
        works.post(&mia, who, &decide("approve", "x", &release)).await.status(404);
    }
    works.get(HANDED_IN, "max+maker").await.status(200).has("They earned it").has(">mia<");
    let page = works.get(&format!("{mia}?run=scenarios&impact=30d"), "max+maker").await.status(200);
    page.has("grade: noble").has("1 cases passed").has("Commands decided again").lacks("value=\"drop\"");
    works.post(&mia, "max+maker", &decide("approve", "", &release)).await.status(422);
    works.post(&mia, "max+maker", &decide("approve", "ok", "another")).await.status(409);
    assert_eq!(works.release(), before, "nothing is live yet");
    works.post(&mia, "max+maker", &decide("approve", "I looked", &release)).await.sent_to();
    assert_eq!(works.release(), release);
    works.deal("5").await.has("noble");
    works.get("/shop/admin/releases", "mia+maker").await.has("They earned it (max: I looked)");
    works.get(DRAFT, "mia+maker").await.has("You are editing nothing");
    assert_eq!(
        (audit(&works, "release-handed-in"), audit(&works, "release-approved")),
        (vec!["mia".into()], vec!["max".into()])
    );
    // Back to what brought the rule, and forth again to what two have seen: one is enough.
    for to in [&before, &release] {
        let path = format!("/shop/admin/releases/{to}/rollback");
        works.post(&path, "mia+maker", &[("reason", "x")]).await.sent_to();
        assert_eq!(works.release(), *to);
    }
}

#[tokio::test]
async fn a_change_takes_it_back_and_a_refusal_says_why() {
    let works = Works::of_four_eyes();
    edit(&works, "noble").await;
    hand_in(&works).await;
    let mia = format!("{HANDED_IN}/mia");
    works.get(&mia, "max+maker").await.status(200);
    edit(&works, "royal").await;
    works.get(&mia, "max+maker").await.status(404);
    assert_eq!(audit(&works, "release-withdrawn"), ["mia"]);
    hand_in(&works).await;
    works.post(&mia, "max+maker", &[("do", "refuse"), ("reason", "Too much")]).await.sent_to();
    works.get(&mia, "max+maker").await.status(404);
    works.get(DRAFT, "mia+maker").await.status(200).has("Refused by").has("max").has("Too much").has("grade: royal");
    works.post(DRAFT, "mia+maker", &[("do", "publish"), ("reason", "all the same")]).await.status(409);
    // What somebody else brought live meanwhile makes another release of it.
    hand_in(&works).await;
    let text = works.file(TABLE).replace("level: 1}", "level: 0}");
    works.post(&format!("/shop/admin/edit/{TABLE}"), "max+maker", &[("text", &text)]).await.sent_to();
    works.post(DRAFT, "max+maker", &[("do", "hand-in"), ("reason", "y")]).await.sent_to();
    let theirs = works.shop.book().handed_in("max").unwrap().unwrap().release;
    let fields = [("do", "approve"), ("reason", "y"), ("release", theirs.as_str())];
    works.post(&format!("{HANDED_IN}/max"), "mia+maker", &fields).await.sent_to();
    let mine = handed(&works);
    let fields = [("do", "approve"), ("reason", "z"), ("release", mine.as_str())];
    works.post(&mia, "max+maker", &fields).await.status(409).has("handed in again");
}

#[tokio::test]
async fn there_is_no_way_around_it() {
    let works = Works::new();
    let first = works.release();
    // Whoever may publish may bring the rule, and nobody alone may take it away.
    let book = works.file("definitions/shop.book.yaml").replace("access: roles\n", "access: roles\nfour_eyes: maker\n");
    works.post("/shop/admin/edit/definitions/shop.book.yaml", "mia+maker", &[("text", &book)]).await.sent_to();
    works.post(DRAFT, "mia+maker", &[("do", "publish"), ("reason", "rule")]).await.sent_to();
    let ruled = works.release();
    let back = format!("/shop/admin/releases/{first}/rollback");
    works.post(&back, "mia+maker", &[("reason", "x")]).await.status(409).has("another person has to approve");
    let refused = works
        .shop
        .ask_json("/shop/api/release/rollback", "mia maker", &format!(r#"{{"to": "{first}", "reason": "x"}}"#))
        .await;
    assert_eq!((refused.status, refused.text.contains("four-eyes")), (409, true), "{}", refused.text);
    // An edit of the files, as whoever reloads them or starts the program brings it.
    let text = works.file(TABLE).replace("level: 1}", "level: 0}");
    fs::write(works.place(TABLE), &text).unwrap();
    let catalog = Arc::new(check_folder(works.folder.path()).unwrap().catalog.unwrap());
    let Err(Refusal::Rejected(why)) = works.shop.book().activate(catalog.clone()) else { panic!("it went live") };
    assert_eq!(why.problems[0].code.as_str(), "four-eyes");
    assert_eq!(works.release(), ruled);
    // It is taken over, handed in and approved.
    works.post(DRAFT, "mia+maker", &[("do", "folder")]).await.sent_to();
    works.get(DRAFT, "mia+maker").await.status(200).has("level: 0}");
    hand_in(&works).await;
    let release = handed(&works);
    assert_eq!(release, *catalog.release);
    let fields = [("do", "approve"), ("reason", "y"), ("release", release.as_str())];
    works.post(&format!("{HANDED_IN}/mia"), "max+maker", &fields).await.sent_to();
    assert_eq!((works.release(), works.file(TABLE)), (release, text));
}

#[tokio::test]
async fn it_goes_without_a_browser_too() {
    let works = Works::of_four_eyes();
    let text = works.file(OBJECT).replace("grade: plain", "grade: noble");
    let own = "/shop/api/release/hand-in";
    let others = "/shop/api/release/handed-in";
    let send = async |path: &str, who: &str, body: Json| works.shop.ask_json(path, who, &body.to_string()).await;
    let get = async |path: &str, who: &str| works.shop.ask("GET", path, &who.replace(' ', "+"), "en", "").await;
    let json = |text: &str| serde_json::from_str::<Json>(text).unwrap();
    get(own, "mia maker").await.status(404);
    let files = json!({OBJECT: text});
    send(own, "mia maker", json!({"files": files})).await.status(422).has("reason");
    send(own, "kai keeper", json!({"files": files, "reason": "x"})).await.status(403);
    let broken = json!({OBJECT: text.replace("table: level", "table: levle")});
    send(own, "mia maker", json!({"files": broken, "reason": "x"})).await.status(409).has("the edit has errors");
    let handed = send(own, "mia maker", json!({"files": files, "reason": "They earned it"})).await.status(201);
    let release = json(&handed.text)["release"].as_str().unwrap().to_owned();
    assert_eq!(json(&get(own, "mia maker").await.text)["release"], json!(release));
    // The browser has the same edit.
    works.get(DRAFT, "mia+maker").await.status(200).has("They earned it").has("grade: noble");
    assert_eq!(json(&get(others, "mia maker").await.text), json!({"data": []}));
    assert_eq!(json(&get(others, "max maker").await.text)["data"][0]["author"], "mia");
    let mia = format!("{others}/mia");
    let seen = json(&get(&mia, "max maker").await.text);
    assert!(seen["files"][OBJECT].as_str().unwrap().contains("grade: noble"), "{seen}");
    assert_eq!(seen["plan"]["to"], json!(release), "{seen}");
    let decide =
        |decision: &str, release: &str| json!({"decision": decision, "release": release, "reason": "I looked"});
    send(&mia, "mia maker", decide("approve", &release)).await.status(404);
    send(&mia, "max maker", decide("maybe", &release)).await.status(422);
    send(&mia, "max maker", decide("approve", "another")).await.status(409);
    send(&mia, "max maker", decide("refuse", &release)).await.status(200);
    assert_eq!(json(&get(own, "mia maker").await.text)["refused"], json!({"by": "max", "reason": "I looked"}));
    // What is in the browser already is handed in without files.
    send(own, "mia maker", json!({"reason": "Once more"})).await.status(201);
    send(&mia, "max maker", decide("approve", &release)).await.status(200).has(&release);
    assert_eq!(works.release(), release);
    works.deal("5").await.has("noble");
    // With nothing to look at there is nothing to hand in, and what is handed in can be taken back.
    send(own, "mia maker", json!({"reason": "x"})).await.status(409);
    let files = json!({OBJECT: text.replace("grade: noble", "grade: royal")});
    send(own, "mia maker", json!({"files": files, "reason": "x"})).await.status(201);
    works.shop.ask("DELETE", own, "mia+maker", "en", "").await.status(204);
    get(own, "mia maker").await.status(404);
}
