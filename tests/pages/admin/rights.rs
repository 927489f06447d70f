//! Every route of the administration as nobody, with another right, and with the right one.

use formwork_web::routes;

use super::{OBJECT, Works};

const NOWHERE: &str = "019c0000-0000-7000-8000-000000000000";

/// What a form sends.
type Form = &'static [(&'static str, &'static str)];

/// A route, an address of it, a form, and the answers to a clerk, to a keeper of the table, and to a maker.
fn tried(release: &str) -> Vec<(&'static str, String, Form, [u16; 3])> {
    let at = |path: &str| format!("/shop/admin{path}");
    vec![
        ("GET /{book}/admin", at(""), &[], [404, 200, 200]),
        ("GET /{book}/admin/incidents", at("/incidents"), &[], [404, 404, 200]),
        ("GET /{book}/admin/incidents/{incident}", at(&format!("/incidents/{NOWHERE}")), &[], [404, 404, 404]),
        ("POST /{book}/admin/incidents/{incident}/retry", at(&format!("/incidents/{NOWHERE}/retry")), &[], [404; 3]),
        ("POST /{book}/admin/incidents/{incident}/skip", at(&format!("/incidents/{NOWHERE}/skip")), &[], [404; 3]),
        ("GET /{book}/admin/instances", at("/instances?count=1"), &[], [404, 404, 200]),
        ("POST /{book}/admin/instances/migrate", at("/instances/migrate"), &[("dry_run", "1")], [404, 404, 200]),
        ("GET /{book}/admin/instances/{object}/{id}", at(&format!("/instances/deal/{NOWHERE}")), &[], [404; 3]),
        (
            "POST /{book}/admin/instances/{object}/{id}",
            at(&format!("/instances/deal/{NOWHERE}")),
            &[("do", "x")],
            [404; 3],
        ),
        ("GET /{book}/admin/outside", at("/outside"), &[], [404, 404, 200]),
        // Makers give the role of keepers, and so look after kai.
        ("GET /{book}/admin/people", at("/people"), &[], [404, 404, 200]),
        ("GET /{book}/admin/people/{login}", at("/people/kai"), &[], [404, 404, 200]),
        ("POST /{book}/admin/people/{login}", at("/people/kai"), &[("do", "sign-out")], [404, 404, 303]),
        // The same of the audit log, of whom they look after.
        ("GET /{book}/admin/audit", at("/audit"), &[], [404, 404, 200]),
        ("GET /{book}/admin/audit/export", at("/audit/export"), &[], [404, 404, 200]),
        // Only somebody who has signed in can, and here nobody has.
        ("POST /{book}/admin/people/{login}/view", at("/people/kai/view"), &[("reason", "x")], [404, 404, 403]),
        ("GET /{book}/admin/access", at("/access"), &[], [404, 404, 200]),
        ("GET /{book}/admin/releases", at("/releases"), &[], [404, 404, 200]),
        ("GET /{book}/admin/releases/{release}", at(&format!("/releases/{release}")), &[], [404, 404, 200]),
        ("POST /{book}/admin/releases/{release}/rollback", at("/releases/x/rollback"), &[("reason", "x")], [404; 3]),
        ("GET /{book}/admin/definitions", at("/definitions"), &[], [404, 404, 200]),
        ("GET /{book}/admin/definitions/{*file}", at(&format!("/definitions/{OBJECT}")), &[], [404, 404, 200]),
        ("GET /{book}/admin/reference", at("/reference"), &[], [404, 404, 200]),
        ("GET /{book}/admin/edit", at("/edit"), &[], [404, 404, 200]),
        ("GET /{book}/admin/edit/{*file}", at(&format!("/edit/{OBJECT}")), &[], [404, 404, 200]),
        ("POST /{book}/admin/edit/{*file}", at(&format!("/edit/{OBJECT}")), &[("do", "undo")], [404, 404, 303]),
        ("POST /{book}/admin/check/{*file}", at(&format!("/check/{OBJECT}")), &[("text", "")], [404, 404, 200]),
        ("GET /{book}/admin/keys/{kind}", at("/keys/object"), &[], [404, 404, 200]),
        ("GET /{book}/admin/design", at("/design"), &[], [404, 404, 200]),
        ("POST /{book}/admin/design", at("/design"), &[("kind", "form"), ("object", "deal")], [404, 404, 303]),
        ("GET /{book}/admin/design/{*file}", at(&format!("/design/{OBJECT}")), &[], [404, 404, 200]),
        ("POST /{book}/admin/design/{*file}", at(&format!("/design/{OBJECT}")), &[("do", "undo")], [404, 404, 303]),
        ("GET /{book}/admin/tables", at("/tables"), &[], [404, 200, 200]),
        ("GET /{book}/admin/tables/{table}", at("/tables/level"), &[], [404, 200, 200]),
        ("POST /{book}/admin/tables/{table}", at("/tables/level"), &[("do", "save")], [404, 303, 303]),
        ("GET /{book}/admin/tables/{table}/csv", at("/tables/level/csv"), &[], [404, 200, 200]),
        ("POST /{book}/admin/tables/{table}/csv", at("/tables/level/csv"), &[("csv", "amount,level")], [404, 200, 200]),
        ("GET /{book}/admin/tables/{table}/xlsx", at("/tables/level/xlsx"), &[], [404, 200, 200]),
        // What is sent here is no sheet.
        ("POST /{book}/admin/tables/{table}/xlsx", at("/tables/level/xlsx"), &[], [404, 422, 422]),
        ("GET /{book}/admin/draft", at("/draft"), &[], [404, 200, 200]),
        ("POST /{book}/admin/draft", at("/draft"), &[("do", "discard")], [404, 303, 303]),
        // An administrator's, and none of these is one.
        ("GET /{book}/admin/backups", at("/backups"), &[], [404; 3]),
        ("POST /{book}/admin/backups", at("/backups"), &[("do", "make")], [404; 3]),
        ("GET /{book}/admin/backups/{name}", at("/backups/shop-20260302T010000000Z.backup"), &[], [404; 3]),
        // Nobody here has to approve what others publish.
        ("GET /{book}/admin/handed-in", at("/handed-in"), &[], [404; 3]),
        ("GET /{book}/admin/handed-in/{author}", at("/handed-in/mia"), &[], [404; 3]),
        ("POST /{book}/admin/handed-in/{author}", at("/handed-in/mia"), &[("do", "approve")], [404; 3]),
        ("GET /{book}/admin/published/{release}", at(&format!("/published/{release}")), &[], [404, 200, 200]),
    ]
}

#[tokio::test]
async fn what_is_seen_in_part_is_no_input_of_an_action() {
    let works = Works::new();
    let write = async |path: &str, text: String| {
        works.post(&format!("/shop/admin/edit/{path}"), "mia+maker", &[("text", &text)]).await.sent_to();
    };
    let flow = "definitions/work/deal.flow.yaml";
    let role = "definitions/work/keeper.role.yaml";
    let form = "form: deal_close\nlabel: {zh: 关闭, en: Close}\nobject: deal\nfor: act\nsections: [{label: {zh: 关闭, en: Close}, fields: [name, amount]}]\n";
    write("forms/work/deal_close.form.yaml", form.to_owned()).await;
    write(flow, works.file(flow).replace("to: closed}, share", "form: deal_close, to: closed}, share")).await;
    let part = "may: [read, create, act], rows: all, fields: {masked: {amount: all}}}";
    write(role, works.file(role).replace("may: [read, create], rows: all}", part)).await;
    works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "Parts")]).await.sent_to();
    let made = works.post("/shop/deal/new", "mia+maker", &[("name", "A"), ("amount", "31415")]).await.sent_to();
    let act = format!("{made}/act/close");
    works.get(&act, "mia+maker").await.status(200).has("name=\"amount\"").has("31415");
    let page = works.get(&act, "kai+keeper").await.status(200);
    page.has("name=\"name\"").has("Amount").lacks("name=\"amount\"").lacks("31415");
}

#[tokio::test]
async fn every_page_is_there_for_whoever_may_and_for_nobody_else() {
    let works = Works::new();
    works.keeper().await;
    let tried = tried(&works.release());
    for route in routes().iter().filter(|route| route.path.starts_with("/{book}/admin")) {
        let known = format!("{} {}", route.method, route.path);
        assert!(tried.iter().any(|(route, ..)| *route == known), "{known} is not tried");
    }
    for (route, path, form, answers) in &tried {
        for (who, answer) in [("cleo+clerk", 0), ("nobody", 0), ("kai+keeper", 1), ("mia+maker", 2)] {
            let page = match route.starts_with("GET") {
                true => works.get(path, who).await,
                false => works.post(path, who, form).await,
            };
            assert_eq!(page.status, answers[answer], "{who}: {route}: {}", page.text);
            if page.status == 404 {
                page.has("There is nothing here");
            }
        }
        let other = path.replacen("/shop/", "/other/", 1);
        let elsewhere = match route.starts_with("GET") {
            true => works.get(&other, "mia+maker").await,
            false => works.post(&other, "mia+maker", form).await,
        };
        assert_eq!(elsewhere.status, 404, "{route}");
    }
}

#[tokio::test]
async fn the_menu_leads_to_it_only_for_whoever_may() {
    let works = Works::new();
    works.get("/shop", "mia+maker").await.status(200).has("href=\"/shop/admin\"");
    works.get("/shop", "cleo+clerk").await.status(200).lacks("/shop/admin");
    works.get("/shop/admin/tables", "kai+keeper").await.status(200).lacks("/shop/admin/definitions");
}

#[tokio::test]
async fn a_heading_of_the_menu_stands_once_also_when_the_book_has_it_too() {
    let works = Works::new();
    let path = "definitions/shop.book.yaml";
    let text = works.file(path).replace("label: {zh: 业务, en: Work}", "label: {zh: 组织, en: Organisation}");
    works.post(&format!("/shop/admin/edit/{path}"), "mia+maker", &[("text", &text)]).await.sent_to();
    works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "x")]).await.sent_to();
    let page = works.get("/shop", "mia+maker").await.status(200);
    assert_eq!(page.text.matches("<h2>Organisation</h2>").count(), 1);
    page.has("href=\"/shop/user\"").has("href=\"/shop/deal\"");
}

#[tokio::test]
async fn access_questions_are_answered_with_the_grants() {
    let works = Works::new();
    let deal = works.post("/shop/deal/new", "mia+maker", &[("name", "A"), ("amount", "5")]).await.sent_to();
    let id = deal.rsplit('/').next().unwrap();
    works.keeper().await;
    let why = |action: &str| format!("/shop/admin/access?user=kai&object=deal&id={id}&action={action}");
    let page = works.get(&why("read"), "mia+maker").await.status(200);
    page.has("covers it").has("Keeper").has(">Yes<");
    works.get(&why("update"), "mia+maker").await.status(200).has("does not allow this action").has(">No<");
    works
        .get(&format!("/shop/admin/access?object=deal&id={id}"), "mia+maker")
        .await
        .status(200)
        .has("Kai")
        .has("Keeper · all");
}

#[tokio::test]
async fn what_runs_is_found_by_its_node_and_what_was_done_can_be_undone() {
    let works = Works::new();
    works.deal("5").await;
    let page = works.get("/shop/admin/instances?flow=deal&node=open&count=1", "mia+maker").await.status(200);
    page.has(">A</a>").has("Open");
    works.get("/shop/admin/instances?node=closed", "mia+maker").await.status(200).has("Nothing found");
    works.get("/shop/admin/instances?node=nowhere", "mia+maker").await.status(200).has("Nothing found");
}

#[tokio::test]
async fn the_page_of_a_person_says_what_they_are_and_leads_to_what_they_could_be() {
    let works = Works::new();
    works.keeper().await;
    let page = works.get("/shop/admin/people/kai", "mia+maker").await.status(200);
    page.has("<h2>Positions</h2>").has("<b>Keeper</b>").has("href=\"/shop/position/new?user&#x3D;kai\"");
}

#[tokio::test]
async fn an_incident_says_who_has_to_look_at_it_in_words() {
    let works = Works::new();
    let page = works.get(&works.incident().await, "mia+maker").await.status(200);
    page.has("Resp").lacks("role(");
}
