//! Pages for people who do not see them or hold no mouse: names, contrast, headings, the way of the focus.

use formwork_web::routes;

use crate::http::closed::PASSWORD;

use super::{
    browser::{Browser, cover},
    site::Shop,
};

#[tokio::test]
async fn every_page_can_be_read_and_used_without_eyes_or_mouse() {
    let shop = Shop::new();
    shop.create("buyer", r#"{"name": "东方", "city": "sh"}"#);
    let order = shop.create("order", r#"{"name": "A", "kind": "gift", "card": "x", "buyer": "东方", "boss": "lin", "due": "2026-03-09", "lines": [{"item": "X", "price": 3}]}"#);
    shop.ask("POST", &format!("{order}/act/submit"), "wu", "en", "").await.sent_to();
    let chest = shop.create("crate", r#"{"name": "Chest"}"#);
    shop.ask("POST", &format!("{chest}/share"), "lin", "en", "user=wu").await.sent_to();
    let draft = shop.create(
        "order",
        r#"{"name": "B", "kind": "plain", "due": "2026-04-09", "lines": [{"item": "Y", "price": 7}]}"#,
    );
    let centre = shop.get("/shop/tasks").await;
    let task = centre.text.split("/shop/tasks/order.").nth(1).unwrap().split(['"', '/']).next().unwrap();
    let browser = Browser::open(&shop, "lin", "en", (1440, 900)).await;
    let paths = [
        "/shop".to_owned(),
        "/shop/tasks".to_owned(),
        "/shop/messages".to_owned(),
        "/shop/menu".to_owned(),
        "/shop/search?q=A".to_owned(),
        "/shop/order".to_owned(),
        "/shop/order?panel=filter&f0=kind&o0=eq&v0=gift".to_owned(),
        "/shop/order?panel=filter&f0=kind&o0=in&v0=gift&f1=buyer&o1=eq&f2=due&o2=gte&v2=today".to_owned(),
        "/shop/order?f0=buyer&o0=eq&v0=Nobody".to_owned(),
        "/shop/order?panel=columns".to_owned(),
        "/shop/order?panel=views".to_owned(),
        "/shop/order?group=kind".to_owned(),
        "/shop/order/board".to_owned(),
        "/shop/order/calendar".to_owned(),
        "/shop/reports".to_owned(),
        "/shop/reports/orders".to_owned(),
        "/shop/reports/orders?r0=seller&r1=kind&c0=month&m=n&m=total&chart=heat&panel=choose".to_owned(),
        "/shop/reports/orders?panel=filter&chart=line".to_owned(),
        "/shop/dashboards/shop_numbers".to_owned(),
        "/shop/tasks?list=drafts".to_owned(),
        "/shop/tasks?list=proxies".to_owned(),
        "/shop/trip/new".to_owned(),
        "/shop/order/new".to_owned(),
        order.clone(),
        chest.clone(),
        format!("{order}/edit"),
        format!("{order}/flow"),
        format!("{order}/print/order_sheet"),
        format!("{order}/delete"),
        format!("{draft}/field/name"),
        format!("{draft}/act/cancel"),
        format!("/shop/tasks/order.{task}/transfer"),
        "/shop/sign-in".to_owned(),
        "/shop/password".to_owned(),
        "/shop/nothing".to_owned(),
    ];
    let no_page = ["/assets/", "/find", "/events", "/export", "/numbers", "/sign-in/with/", "/sign-out/with/"];
    let pages = routes().iter().filter(|route| route.page && route.method == "GET");
    let pages = pages.filter(|route| !route.path.starts_with("/{book}/admin"));
    cover(pages.map(|route| route.path).filter(|path| !no_page.iter().any(|no| path.contains(no))), &paths);
    browser.is_readable(&paths).await;
    browser.close().await;
}

#[tokio::test]
async fn the_choice_of_books_can_be_read_and_used_without_eyes_or_mouse() {
    let here = ["/".to_owned()];
    let browser = Browser::open(&Shop::with_yard(), "lin", "en", (1440, 900)).await;
    browser.is_readable(&here).await;
    browser.close().await;
    // Where passwords are asked for: as a stranger, signed in to one, to both, and with both linked.
    let browser = Browser::open(&Shop::closed(), "lin", "en", (390, 844)).await;
    browser.is_readable(&here).await;
    for book in ["shop", "yard"] {
        browser.go(&format!("/{book}/sign-in")).await;
        browser.write("#login", "lin").await;
        browser.write("#password", PASSWORD).await;
        browser.click("button.main").await;
        browser.until(&format!("location.pathname === '/{book}'")).await;
        browser.is_readable(&here).await;
    }
    browser.click("button[value=link]").await;
    browser.at("button[value=unlink]").await;
    browser.is_readable(&here).await;
    browser.close().await;
}

#[tokio::test]
async fn the_keyboard_is_enough() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "A"}"#);
    let browser = Browser::open(&shop, "lin", "en", (1440, 900)).await;
    browser.go("/shop/order").await;
    let body = browser.at("body").await;
    // The first stop is the way past the menu.
    body.send_keys("\u{E004}").await.unwrap();
    assert_eq!(browser.run("return document.activeElement.className").await, "skip");
    browser.run("document.activeElement.blur()").await;
    browser.at("body").await.send_keys("?").await.unwrap();
    browser.at("dialog[open] .keys").await;
    browser.run("document.querySelector('dialog').close()").await;
    browser.at("body").await.send_keys("\u{E015}").await.unwrap();
    browser.until("document.activeElement.matches('td.first a')").await;
    browser.run("document.activeElement.click()").await;
    browser.until(&format!("location.pathname === '{order}'")).await;
    browser.at("body").await.send_keys("e").await.unwrap();
    browser.until(&format!("location.pathname === '{order}/edit'")).await;
    browser.close().await;
}
