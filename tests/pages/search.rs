//! What a search says of each hit, and what the palette and the messages show before anything is typed.

use super::{browser::Browser, site::Shop};

#[tokio::test]
async fn a_hit_says_which_field_has_what_was_looked_for() {
    let shop = Shop::guarded();
    let order = r#"{"name": "Desk", "seller": "lin", "kind": "gift", "card": "With the very best wishes"}"#;
    shop.create("order", order);
    let found = shop.ask("GET", "/shop/search?q=BEST", "wu+manager", "en", "").await.status(200);
    found.has("Card · With the very <mark>best</mark> wishes").has(">Desk</a>");
    shop.ask("GET", "/shop/search?q=best", "wu+manager", "zh", "").await.has("贺卡 · ");
    // In the title it is marked where it stands.
    let titled = shop.ask("GET", "/shop/search?q=es", "lin+seller", "en", "").await;
    titled.has("D<mark>es</mark>k").lacks("Card");
    let number = shop.ask("GET", "/shop/search?q=s0001", "lin+seller", "en", "").await;
    number.has("Number · <mark>S0001</mark>").lacks("<span class=\"muted\">S0001</span>");
    // What is hidden is neither found nor named.
    shop.ask("GET", "/shop/search?q=best", "lin+seller", "en", "").await.has("Nothing found").lacks("Card");
}

#[tokio::test]
async fn the_palette_begins_with_this_page_and_what_was_seen_lately() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "Desk"}"#);
    let browser = Browser::open(&shop, "lin", "en", (1440, 900)).await;
    browser.go(&order).await;
    browser.until("document.querySelector('[data-seen]')").await;
    browser.click(".find").await;
    browser.until("document.querySelectorAll('.palette .group').length === 3").await;
    let groups = "return [...document.querySelectorAll('.palette .group')].map((group) => group.textContent)";
    assert_eq!(browser.run(groups).await, serde_json::json!(["On this page", "Seen lately", "Pages"]));
    let hit = |title: &str| {
        format!(
            "[...document.querySelectorAll('.palette [role=option]')].find((hit) => hit.querySelector('b').textContent === '{title}')"
        )
    };
    browser.until(&format!("{}.querySelector('.icon use')", hit("Hold"))).await;
    browser
        .until(&format!(
            "{}.textContent.includes('Order') && {0}.querySelector('.chip').textContent === 'Draft'",
            hit("Desk")
        ))
        .await;
    browser.go("/shop").await;
    browser.until("document.querySelector('.recent, .plainlist')").await;
    browser.click(".find").await;
    browser
        .until("document.querySelector('.palette [role=option][aria-selected=true] b')?.textContent === 'Desk'")
        .await;
    browser.at("dialog.palette input").await.send_keys("\u{E007}").await.unwrap();
    browser.until(&format!("location.pathname === '{order}'")).await;
    browser.close().await;
}

#[tokio::test]
async fn messages_about_one_record_are_one_line_with_those_before_it() {
    let shop = Shop::new();
    let [desk, lamp] = ["Desk", "Lamp"].map(|name| shop.create("order", &format!(r#"{{"name": "{name}"}}"#)));
    for (order, text) in [(&desk, "first"), (&lamp, "other"), (&desk, "second"), (&desk, "third")] {
        let said = format!("text=%40lin+{text}");
        shop.ask("POST", &format!("{order}/comment"), "wu", "en", &said).await.sent_to();
    }
    let page = shop.get("/shop/messages").await;
    assert_eq!(page.text.matches("<button class=\"text new\">").count(), 2, "a line a record: {}", page.text);
    page.has("2 earlier").has("first").has("third").lacks("of&#x3D;order");
    // What they are about is a way to see only those.
    let trip = shop.create("trip", r#"{"name": "Away"}"#);
    shop.ask("POST", &format!("{trip}/comment"), "wu", "en", "text=%40lin+journey").await.sent_to();
    shop.get("/shop/messages").await.has("href=\"/shop/messages?of&#x3D;order\"").has("journey");
    shop.get("/shop/messages?of=trip").await.has("journey").has("Trip Away").lacks("third");
    shop.post("/shop/messages/read", "of=trip").await.sent_to();
    shop.get("/shop/messages?of=trip").await.lacks("class=\"text new\"");
    shop.ask("GET", "/shop", "lin", "zh", "").await.has("更早 2 条");
    // Whoever opens the record has read what was said of it.
    let mark = page.text.split("/shop/messages/").nth(2).unwrap().split('"').next().unwrap();
    let to = desk.replace('/', "%2F");
    assert_eq!(shop.post(&format!("/shop/messages/{mark}"), &format!("to={to}")).await.sent_to(), desk);
    let after = shop.get("/shop/messages").await;
    assert_eq!(after.text.matches("<button class=\"text new\">").count(), 1, "{}", after.text);
    after.has("other");
}
