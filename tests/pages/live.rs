//! What a page that stays open hears, and what it must not.

use super::{
    browser::Browser,
    site::{Page, Shop},
};

fn id_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

#[tokio::test]
async fn a_change_a_comment_and_a_message_are_told_as_they_happen() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "Desk"}"#);
    let browser = Browser::open(&shop, "lin", "en", (1440, 900)).await;
    browser.go(&order).await;
    browser.until("document.querySelector('[data-seen]')").await;
    shop.ask("POST", &format!("{order}/edit"), "wu", "en", "name=Table").await.sent_to();
    browser.until("document.querySelector('#changed')?.textContent.includes('吴勇')").await;
    browser.click("#changed button").await;
    browser.until("document.querySelector('h1')?.textContent === 'Table'").await;
    let comment = format!("{order}/comment");
    shop.ask("POST", &comment, "wu", "en", "text=%40lin+please+look").await.sent_to();
    browser.until("document.querySelector('.toast')?.textContent.includes('please look')").await;
    browser.until("document.querySelector('.side [data-unread]').textContent === '1'").await;
    browser.go("/shop/messages").await;
    shop.ask("POST", &comment, "wu", "en", "text=%40lin+once+more").await.sent_to();
    browser.until("document.querySelector('main').textContent.includes('once more')").await;
    // A message leads to what it is about, and is read then, with those before it.
    browser.click("main .plainlist button.text").await;
    browser.until(&format!("location.pathname === '{order}'")).await;
    browser.until("document.querySelector('.side [data-unread]').textContent === '0'").await;
    assert!(browser.text(".time").await.contains("@林静 please look"));
    browser.close().await;
}

#[tokio::test]
async fn what_a_reader_may_not_see_makes_no_event() {
    let shop = Shop::guarded();
    let own = shop.create("order", r#"{"name": "Mine", "seller": "lin"}"#);
    let other = shop.create("order", r#"{"name": "Theirs", "seller": "li"}"#);
    let edit = async |path: &str, body: &str| {
        shop.ask("POST", &format!("{path}/edit"), "wu+manager", "en", body).await.sent_to();
    };
    let events = |path: &str| format!("/shop/events?object=order&id={}&seen=0", id_of(path));
    // The card is hidden from sellers.
    let heard = shop.hear(&events(&own), "lin+seller", async || edit(&own, "kind=gift&card=Secret").await).await;
    assert_eq!(heard.matches("\"changed\"").count(), 2, "what there is at first, and the kind: {heard}");
    let heard = shop.hear(&events(&own), "lin+seller", async || edit(&own, "card=Other").await).await;
    assert_eq!(heard.matches("\"changed\"").count(), 1, "nothing but what there is at first: {heard}");
    assert!(!heard.contains("Secret") && !heard.contains("card"), "{heard}");
    // Of a record of somebody else nothing is told, as of one that never was.
    let nothing = shop.hear(&events(&other), "lin+seller", async || edit(&other, "name=Changed").await).await;
    let nowhere = "/shop/events?object=order&id=019c0000-0000-7000-8000-000000000000&seen=0";
    let none = shop.hear(nowhere, "lin+seller", async || edit(&other, "name=Again").await).await;
    assert!(!nothing.contains("changed"), "{nothing}");
    assert_eq!(nothing, none);
}

#[tokio::test]
async fn a_hidden_field_is_in_no_page_search_export_or_event() {
    let shop = Shop::guarded();
    let order = shop.create("order", r#"{"name": "Mine", "seller": "lin", "kind": "gift", "card": "Confidential"}"#);
    let shown = shop.ask("GET", &order, "wu+manager", "en", "").await.status(200);
    shown.has("Confidential").has("Card");
    let paths = [
        order.clone(),
        format!("{order}/edit"),
        format!("{order}/flow"),
        "/shop/order/new".to_owned(),
        format!("/shop/order/new?_like={}", id_of(&order)),
        "/shop/order".to_owned(),
        "/shop/order?panel=filter".to_owned(),
        "/shop/order?panel=columns".to_owned(),
        "/shop/order?group=kind".to_owned(),
        "/shop/order/board".to_owned(),
        "/shop/order/calendar".to_owned(),
        "/shop/order/export?format=csv".to_owned(),
        "/shop".to_owned(),
        "/shop/tasks".to_owned(),
    ];
    for path in paths {
        let page = shop.ask("GET", &path, "lin+seller", "en", "").await.status(200);
        page.lacks("Confidential")
            .lacks(">Card<")
            .lacks("name=\"card\"")
            .lacks("value=\"card\"")
            .lacks("data-edit=\"card\"");
    }
    // Looked for by its value, it is not found; asked for by its name, it is none.
    for path in ["/shop/search?q=Confidential", "/shop/find?q=Confidential", "/shop/find?object=order&q=Confidential"] {
        shop.ask("GET", path, "lin+seller", "en", "").await.status(200).lacks("Mine");
    }
    let filter = "/shop/order?f0=card&o0=contains&v0=Conf";
    shop.ask("GET", filter, "lin+seller", "en", "").await.lacks("Confidential");
    let field = format!("{order}/field/card");
    shop.ask("GET", &field, "lin+seller", "en", "").await.status(404);
    shop.ask("POST", &field, "lin+seller", "en", "card=x").await.status(404);
    shop.ask("GET", &field, "wu+manager", "en", "").await.status(200).has("Confidential");
}

#[tokio::test]
async fn who_is_mentioned_must_see_the_record() {
    let shop = Shop::guarded();
    let order = shop.create("order", r#"{"name": "Mine", "seller": "lin"}"#);
    let say = async |who: &str, text: &str| {
        shop.ask("POST", &format!("{order}/comment"), who, "en", &format!("text={text}")).await
    };
    let refused = say("lin+seller", "%40li+look").await.status(422);
    let unknown = say("lin+seller", "%40nobody+look").await.status(422);
    // Nobody learns whether there is such a person.
    let said = |page: &Page, who: &str| {
        let problems = page.text.split("id=\"problems\"").nth(1).unwrap().split("</ul>").next().unwrap();
        problems.split("</div>").next().unwrap().replace(who, "X")
    };
    assert_eq!(said(&refused, "“li”"), said(&unknown, "“nobody”"));
    say("li+seller", "hello").await.status(404);
    say("wu+manager", "%40lin+look").await.sent_to();
    shop.ask("GET", "/shop/messages", "lin+seller", "en", "").await.has("mentioned you").has("Mine");
    // The name of whoever said it is shown, though sellers see no users.
    shop.ask("GET", &order, "lin+seller", "en", "").await.has("吴勇").has("@林静");
    say("lin+seller", "").await.status(422);
}
