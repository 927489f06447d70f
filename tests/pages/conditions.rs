//! The conditions of a list: what can be chosen is chosen, and what can't be read is said where it stands.

use super::{browser::Browser, site::Shop};

#[tokio::test]
async fn a_condition_offers_what_its_field_can_be_in_the_language_of_the_page() {
    let shop = Shop::new();
    shop.create("order", r#"{"name": "A", "kind": "gift", "card": "x"}"#);
    for (path, zh, en) in [
        (
            "f0=kind&o0=eq&v0=gift",
            "<option value=\"gift\" selected>礼品</option>",
            "<option value=\"gift\" selected>Gift</option>",
        ),
        ("f0=state&o0=eq", "<option value=\"held\">搁置</option>", "<option value=\"held\">Held</option>"),
        ("f0=kind&o0=in&v0=gift", "value=\"gift\" checked>礼品</label>", "value=\"gift\" checked>Gift</label>"),
        (
            "f0=buyer&o0=eq",
            "data-search=\"/shop/find?object&#x3D;buyer\"",
            "data-search=\"/shop/find?object&#x3D;buyer\"",
        ),
        ("f0=due&o0=gte&v0=week_start", "value=\"本周开始\"", "value=\"the start of this week\""),
    ] {
        for (language, shown) in [("zh", zh), ("en", en)] {
            shop.ask("GET", &format!("/shop/order?panel=filter&{path}"), "lin", language, "")
                .await
                .status(200)
                .has(shown);
        }
    }
    // Several values are one condition, and a day is known by its words as well.
    shop.get("/shop/order?f0=kind&o0=in&v0=gift&v0=plain").await.has("Kind is one of Gift, Plain").has("1 record");
    shop.get("/shop/order?f0=kind&o0=not_in&v0=gift&v0=plain").await.has("0 records");
    shop.get("/shop/order?f0=created_at&o0=gte&v0=the+start+of+this+week").await.has("1 record");
    shop.get("/shop/order?f0=seller&o0=me").await.has("Seller is me").has("1 record");
}

#[tokio::test]
async fn a_condition_that_can_not_be_read_is_said_at_its_place_and_nothing_is_lost() {
    let shop = Shop::new();
    shop.create("order", r#"{"name": "A"}"#);
    let unknown = shop.get("/shop/order?f0=buyer&o0=eq&v0=Nobody&f1=name&o1=contains&v1=A").await;
    unknown.has("id=\"c0-error\"").has("Nothing is called “Nobody”").has("value=\"Nobody\"").has("value=\"A\"");
    unknown.lacks("<tr data-id=");
    let zh = shop.ask("GET", "/shop/order?f0=total&o0=gte&v0=abc", "lin", "zh", "").await.status(200);
    zh.has("id=\"c0-error\"").has("有条件无法识别");
    // What takes records out does not take others instead.
    let file = shop.ask("GET", "/shop/order/export?format=csv&f0=total&o0=gte&v0=abc", "lin", "en", "").await;
    assert_eq!(file.status, 422, "{}", file.text);
    // A condition that is only begun asks for nothing yet.
    shop.get("/shop/order?f0=kind&o0=eq&v0=").await.has("<tr data-id=").has("name=\"v0\"");
}

#[tokio::test]
async fn a_row_of_the_builder_fits_its_field_as_soon_as_that_is_chosen() {
    let shop = Shop::new();
    let buyers = ["East", "West"].map(|name| shop.create("buyer", &format!(r#"{{"name": "{name}"}}"#)));
    shop.create("order", r#"{"name": "A", "buyer": "East", "kind": "plain"}"#);
    shop.create("order", r#"{"name": "B", "buyer": "West", "kind": "gift", "card": "x"}"#);
    shop.create("order", r#"{"name": "C"}"#);
    let browser = Browser::open(&shop, "lin", "en", (1440, 900)).await;
    browser.go("/shop/order?panel=filter").await;
    browser.until("document.querySelector('[data-cond=\"0\"]')").await;
    browser.at("select[name=f0]").await.select_by_value("kind").await.unwrap();
    browser.until("document.querySelector('select[name=v0]') && document.querySelector('[data-cond=\"1\"]')").await;
    browser.at("select[name=o0]").await.select_by_value("in").await.unwrap();
    browser.click("input[name=v0][value=plain]").await;
    browser.click("input[name=v0][value=gift]").await;
    browser.at("select[name=f1]").await.select_by_value("buyer").await.unwrap();
    browser.at("[data-cond='1'] .picker input[name=v1]").await.send_keys("as").await.unwrap();
    browser.until("document.querySelector('[data-cond=\"1\"] .picker [role=option]')?.textContent === 'East'").await;
    browser.click("[data-cond='1'] .picker [role=option]").await;
    browser.click(".filter .btn.main").await;
    browser.until("document.querySelectorAll('.token').length === 2 && document.querySelectorAll('.rows tbody tr').length === 1").await;
    let tokens = "return [...document.querySelectorAll('.token')].map((token) => token.textContent.trim())";
    assert_eq!(browser.run(tokens).await, serde_json::json!(["Kind is one of Plain, Gift", "Buyer is East"]));
    // What was chosen is kept, not what it is called.
    let id = buyers[0].rsplit('/').next().unwrap();
    assert!(browser.run("return location.search").await.as_str().unwrap().contains(id));
    browser.close().await;
}
