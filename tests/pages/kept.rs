//! What lists keep, gather and change where it stands.

use super::{browser::Browser, site::Shop};

#[tokio::test]
async fn columns_and_views_are_kept_for_their_owner_and_shared_with_all() {
    let shop = Shop::guarded();
    shop.create("order", r#"{"name": "Desk", "seller": "lin", "kind": "gift", "card": "x"}"#);
    let post = async |who: &str, path: &str, body: &str| shop.ask("POST", path, who, "en", body).await;
    let page = async |who: &str, path: &str| shop.ask("GET", path, who, "en", "").await.status(200);
    let lin = "lin+seller";
    post(lin, "/shop/order/columns", "column=name&column=due").await.sent_to();
    let list = page(lin, "/shop/order").await;
    list.has(">Due<").lacks(">Total<");
    page("li+seller", "/shop/order").await.lacks(">Desk<").has("Nothing here yet");
    let own =
        post(lin, "/shop/order/views", "do=keep&name=Gifts&query=f0%3Dkind%26o0%3Deq%26v0%3Dgift&columns=name.kind")
            .await;
    assert!(own.place.starts_with("/shop/order?f0=kind") && own.place.contains("did=kept_view"), "{}", own.place);
    page(lin, &own.place).await.has("Gifts").has("Kind is Gift").has("Desk").lacks(">Due<");
    page("li+seller", "/shop/order").await.lacks("Gifts");
    let saved = own.place.split("saved=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let panel = page(lin, &format!("/shop/order?saved={saved}&panel=views")).await;
    panel.has("value=\"Gifts\"");
    let change =
        format!("do=change&id={saved}&name=Presents&shared=1&query=f0%3Dkind%26o0%3Deq%26v0%3Dgift&columns=name");
    post("li+seller", "/shop/order/views", &change).await.status(404);
    post(lin, "/shop/order/views", &change).await.sent_to();
    page("li+seller", "/shop/order").await.has("Presents").has("shared");
    post("li+seller", "/shop/order/views", &format!("do=drop&id={saved}")).await.status(403);
    post(lin, "/shop/order/views", &format!("do=drop&id={saved}")).await.sent_to();
    page("li+seller", "/shop/order").await.lacks("Presents");
}

#[tokio::test]
async fn a_list_is_gathered_in_groups_with_what_they_come_to() {
    let shop = Shop::new();
    for (name, kind, price) in [("A", "gift", 10), ("B", "gift", 20), ("C", "plain", 5)] {
        let card = if kind == "gift" { r#", "card": "x""# } else { "" };
        let line = format!(r#""lines": [{{"item": "X", "price": {price}}}]"#);
        shop.create("order", &format!(r#"{{"name": "{name}", "kind": "{kind}"{card}, {line}}}"#));
    }
    let page = shop.get("/shop/order?group=kind").await;
    page.has("¥30.00").has("¥5.00").has("¥35.00");
    let bands: Vec<usize> = ["Plain <", "Gift <"].iter().map(|label| page.text.find(label).unwrap()).collect();
    assert!(bands[0] < bands[1], "options have an order of their own");
    shop.get("/shop/order?group=state").await.has("Draft <").has("¥35.00");
    shop.get("/shop/order?group=buyer").await.has("(empty) <");
}

#[tokio::test]
async fn records_are_on_their_day_and_one_seen_lately_is_on_the_start_page() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "Desk", "due": "2026-03-09"}"#);
    shop.create("order", r#"{"name": "Autumn", "due": "2026-05-09"}"#);
    let page = shop.get("/shop/order/calendar").await;
    page.has("March 2026").has("Desk").lacks("Autumn").has("month&#x3D;2026-04");
    shop.get("/shop/order/calendar?month=2026-05").await.has("May 2026").has("Autumn").lacks("Desk");
    let zh = shop.ask("GET", "/shop/order/calendar?month=2026-05", "lin", "zh", "").await;
    zh.has("2026年5月").has("一");
    assert_eq!(shop.ask("GET", "/shop/user/calendar", "lin", "en", "").await.status, 404, "no field is a day");
    let id = order.rsplit('/').next().unwrap();
    let recent =
        |login: &str| format!("lin; formwork-recent={login}|order.{id}|order.019c0000-0000-7000-8000-000000000000");
    shop.ask("GET", "/shop", &recent("lin"), "en", "").await.has("Seen lately").has("Desk");
    shop.ask("GET", "/shop", &recent("wu"), "en", "").await.lacks("Seen lately");
}

#[tokio::test]
async fn somebody_lets_another_decide_from_day_to_day_and_ends_it() {
    let shop = Shop::guarded();
    let page = async |who: &str| shop.ask("GET", "/shop/tasks?list=proxies", who, "en", "").await.status(200);
    let body = "agent=li&agent._id=&from=2026-03-01&to=2026-03-31&flow=trip";
    shop.ask("POST", "/shop/tasks/proxies", "lin+seller", "en", body).await.sent_to();
    let mine = page("lin+seller").await;
    mine.has("李娜").has("in force").has("Trip");
    page("li+seller").await.has("For whom I decide").has("林静");
    page("zhao+seller").await.lacks("李娜").lacks("林静");
    let refused =
        shop.ask("POST", "/shop/tasks/proxies", "lin+seller", "en", "agent=lin&from=2026-03-09&to=2026-03-01").await;
    refused.status(422).has("own agent");
    let id = mine.text.split("name=\"end\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    shop.ask("POST", "/shop/tasks/proxies", "zhao+seller", "en", &format!("end={id}")).await.status(404);
    shop.ask("POST", "/shop/tasks/proxies", "lin+seller", "en", &format!("end={id}")).await.sent_to();
    page("lin+seller").await.lacks("李娜");
}

#[tokio::test]
async fn a_cell_is_changed_where_it_stands() {
    let shop = Shop::new();
    shop.create("order", r#"{"name": "Desk", "kind": "gift", "card": "x"}"#);
    let browser = Browser::open(&shop, "lin", "en", (1440, 900)).await;
    browser.go("/shop/order").await;
    browser.until("document.readyState === 'complete'").await;
    let open =
        "document.querySelector('td[data-edit=kind]').dispatchEvent(new MouseEvent('dblclick', {bubbles: true}))";
    browser.run(open).await;
    browser.at("td.open select").await.select_by_value("plain").await.unwrap();
    browser.at("td.open select").await.send_keys("\u{E007}").await.unwrap();
    browser.until("document.querySelector('td[data-edit=kind]:not(.open)')?.textContent.includes('Plain')").await;
    browser.run("document.querySelector('td.first a').focus()").await;
    browser.at("td.first a").await.send_keys("\u{E032}").await.unwrap();
    browser.until("document.querySelector('td[data-edit=name].open')").await;
    browser.write("td.open input", "").await;
    browser.at("td.open input").await.send_keys("\u{E007}").await.unwrap();
    browser.until("document.querySelector('.toast')?.textContent.trim()").await;
    browser.at("td.open input").await.send_keys("\u{E00C}").await.unwrap();
    browser.until("document.querySelector('td[data-edit=name]:not(.open)')?.textContent.includes('Desk')").await;
    browser.close().await;
}

#[tokio::test]
async fn what_is_referred_to_is_made_in_place() {
    let shop = Shop::new();
    let browser = Browser::open(&shop, "lin", "en", (1440, 900)).await;
    browser.go("/shop/order/new").await;
    browser.until("document.querySelector('form[data-form]').dataset.ready").await;
    browser.write("#f-name", "Desk").await;
    browser.write("#f-buyer", "Newcomer").await;
    browser.until("document.querySelector('.picker li:last-child')?.textContent.includes('New: Newcomer')").await;
    browser.run("document.querySelector('.picker li:last-child').dispatchEvent(new MouseEvent('mousedown', {bubbles: true}))").await;
    browser.at("dialog[open] #f-name").await;
    browser.until("document.querySelector('dialog[open] #f-name').value === 'Newcomer'").await;
    browser.click("dialog[open] button[value=stay]").await;
    browser.until("!document.querySelector('dialog') && document.querySelector('#f-buyer').value === 'Newcomer'").await;
    browser.click("button[value=stay]").await;
    browser.until("document.querySelector('.note.good')").await;
    browser.click("main a[href*='/buyer/']").await;
    browser.until("document.querySelector('h1')?.textContent === 'Newcomer'").await;
    browser.close().await;
}
