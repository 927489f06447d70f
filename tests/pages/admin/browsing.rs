//! Administration in a real browser: typing, underlining, completing; and reading without eyes or mouse.

use std::time::Instant;

use formwork_web::routes;

use super::{OBJECT, TABLE, Works};
use crate::pages::{
    browser::{Browser, cover},
    site::Shop,
};

#[tokio::test]
async fn a_rule_is_edited_in_the_browser_and_acts() {
    let works = Works::new();
    let browser = Browser::open(&works.shop, "mia+maker", "en", (1440, 900)).await;
    browser.go(&format!("/shop/admin/edit/{OBJECT}")).await;
    let put = |from: &str, to: &str| {
        format!(
            "const a = document.querySelector('textarea[data-editor]'); a.focus(); const at = a.value.indexOf('{from}'); a.setSelectionRange(at, at + {}); document.execCommand('insertText', false, '{to}');",
            from.len()
        )
    };
    browser.at("textarea[data-editor]").await;
    browser.run(&put("{grade: plain}", "{grad: plain}")).await;
    browser.until("document.querySelector('.back mark')?.textContent === 'grad'").await;
    browser.until("document.querySelector('#found')?.textContent.includes('unknown-field')").await;
    browser.run(&put("{grad: plain}", "{grade: noble}")).await;
    browser.until("!document.querySelector('.back mark') && !document.querySelector('#well').hidden").await;
    // A key is completed from the schema.
    browser.run(&put("  grade:  {type: text,", "  grade:  {type: text, hist")).await;
    browser.run("document.querySelector('textarea').dispatchEvent(new KeyboardEvent('keydown', {key: ' ', ctrlKey: true, bubbles: true}))").await;
    browser.until("document.querySelector('.complete li')?.textContent.includes('history')").await;
    browser.run("document.querySelector('textarea').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}))").await;
    browser.until("document.querySelector('textarea').value.includes('history: ')").await;
    browser.run(&put("history: ", "history: true,")).await;
    browser.click("button[value=review]").await;
    browser.until("location.pathname === '/shop/admin/draft'").await;
    browser.write("input[name=reason]", "They earned it").await;
    let clicked = Instant::now();
    browser.click("button[value=publish]").await;
    browser.until("location.pathname.startsWith('/shop/admin/published/')").await;
    works.deal("5").await.has("noble");
    println!("published and acting {} ms after the click", clicked.elapsed().as_millis());
    assert!(works.file(OBJECT).contains("set: {grade: noble}}   # what everybody gets"));
    browser.close().await;
}

#[tokio::test]
async fn a_gap_is_made_seen_and_filled_in_the_browser() {
    let works = Works::new();
    let browser = Browser::open(&works.shop, "kai+keeper", "zh", (390, 844)).await;
    browser.go("/shop/admin/tables/level").await;
    browser.write("#c0-0", "< 50").await;
    browser.click("form[data-grid] .foot button[value=save]").await;
    browser.at(".gaps").await;
    assert!(browser.text(".gaps .what").await.contains("50"));
    browser.click(".gaps button").await;
    browser.until("document.querySelector('tr.new [name=\"new.0\"]')?.value !== ''").await;
    browser.write("tr.new [name='new.0']", "[50..100)").await;
    browser.write("tr.new [name='new.1']", "7").await;
    browser.click("button[value=add]").await;
    browser.until("!document.querySelector('.gaps')").await;
    let wide = browser.run("return document.documentElement.scrollWidth").await.as_f64().unwrap();
    assert!(wide <= 390.0, "the page is wider than a phone: {wide}");
    browser.close().await;
}

#[tokio::test]
async fn every_page_of_the_administration_can_be_read_and_used_without_eyes_or_mouse() {
    let works = Works::of_four_eyes();
    works.deal("5").await;
    let runs = works.get("/shop/admin/instances", "mia+maker").await.status(200);
    let runs = runs.text.split("/shop/admin/instances/deal/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let incident = works.incident().await;
    works.keeper().await;
    let text = works.file(TABLE).replace("< 100", "< 50");
    works.post(&format!("/shop/admin/edit/{TABLE}"), "mia+maker", &[("text", &text)]).await.sent_to();
    let theirs = works.file(TABLE).replace("# small", "# little");
    works.post(&format!("/shop/admin/edit/{TABLE}"), "max+maker", &[("text", &theirs)]).await.sent_to();
    works.post("/shop/admin/draft", "max+maker", &[("do", "hand-in"), ("reason", "More levels")]).await.sent_to();
    let browser = Browser::open(&works.shop, "mia+maker+admin", "en", (1440, 900)).await;
    let paths = [
        "/shop/admin".to_owned(),
        incident,
        "/shop/admin/backups".to_owned(),
        "/shop/admin/people".to_owned(),
        "/shop/admin/audit?check=1".to_owned(),
        "/shop/admin/people/kai".to_owned(),
        format!("/shop/admin/published/{}", works.release()),
        "/shop/admin/incidents".to_owned(),
        "/shop/admin/instances?count=1".to_owned(),
        format!("/shop/admin/instances/deal/{runs}"),
        "/shop/admin/outside".to_owned(),
        "/shop/admin/access?object=deal".to_owned(),
        "/shop/admin/releases".to_owned(),
        format!("/shop/admin/releases/{}", works.release()),
        "/shop/admin/definitions".to_owned(),
        format!("/shop/admin/definitions/{OBJECT}"),
        "/shop/admin/definitions/definitions/work/deal.flow.yaml".to_owned(),
        "/shop/admin/definitions/definitions/work/maker.role.yaml".to_owned(),
        "/shop/admin/reference".to_owned(),
        "/shop/admin/edit".to_owned(),
        format!("/shop/admin/edit/{TABLE}"),
        "/shop/admin/design".to_owned(),
        format!("/shop/admin/design/{OBJECT}"),
        "/shop/admin/tables".to_owned(),
        "/shop/admin/tables/level?try=1&i.amount=5".to_owned(),
        "/shop/admin/draft".to_owned(),
        "/shop/admin/handed-in".to_owned(),
        "/shop/admin/handed-in/max".to_owned(),
    ];
    let no_page = ["/csv", "/xlsx", "/keys/", "/backups/{", "/export"];
    let pages = routes().iter().filter(|route| route.method == "GET" && route.path.starts_with("/{book}/admin"));
    cover(pages.map(|route| route.path).filter(|path| !no_page.iter().any(|no| path.contains(no))), &paths);
    browser.is_readable(&paths).await;
    browser.close().await;
}

#[tokio::test]
async fn no_page_of_the_administration_has_anything_inline_or_from_elsewhere() {
    let works = Works::new();
    for path in [
        "/shop/admin",
        "/shop/admin/reference",
        "/shop/admin/tables/level",
        "/shop/admin/releases",
        "/shop/admin/draft",
        "/shop/admin/audit",
    ] {
        let page = works.get(path, "mia+maker").await.status(200);
        assert!(
            page.policy.contains("script-src 'self'") && !page.policy.contains("unsafe"),
            "{path}: {}",
            page.policy
        );
        for inline in [" style=\"", " onclick", " onsubmit", "javascript:", "<style"] {
            assert!(!page.text.contains(inline), "{path}: {inline}");
        }
    }
}

#[tokio::test]
async fn access_is_asked_about_the_person_and_the_record_that_were_chosen() {
    let shop = Shop::new();
    let [first, second] = [(); 2].map(|()| shop.create("order", r#"{"name": "A"}"#));
    let id = second.rsplit('/').next().unwrap();
    let asked = format!("user=%E5%90%B4%E5%8B%87&user._id=wu&action=read&object=order&id=A&id._id={id}");
    let page = shop.get(&format!("/shop/admin/access?{asked}")).await.status(200);
    page.has("<b>吴勇</b>").has(&format!("href=\"{second}\"")).lacks(&format!("href=\"{first}\""));
    // What was chosen counts no more when something else is typed.
    shop.get(&format!("/shop/admin/access?{}", asked.replace("id=A&", "id=S0001&")))
        .await
        .has(&format!("href=\"{first}\""));
}
