//! Deciding, on a phone.

use super::{browser::Browser, site::Shop};

#[tokio::test]
async fn a_task_is_decided_on_a_phone_with_the_facts_in_view() {
    let shop = Shop::new();
    shop.create("buyer", r#"{"name": "东方"}"#);
    let order = shop.create(
        "order",
        r#"{"name": "书桌", "buyer": "东方", "boss": "wu", "lines": [{"item": "木板", "price": 30}]}"#,
    );
    shop.post(&format!("{order}/act/submit"), "").await.sent_to();
    let browser = Browser::open(&shop, "wu", "zh", (390, 844)).await;
    browser.go("/shop").await;
    assert_eq!(browser.run("return innerWidth").await, 390);
    browser.click(".tabbar a[href$='/tasks']").await;
    browser.at(".task").await;
    for fact in ["订单 书桌", "东方", "¥30.00", "林静"] {
        assert!(browser.text(".task").await.contains(fact), "{fact}");
    }
    // One tap, and no reason has to be given to approve.
    browser.click(".task button[value=approve]").await;
    browser.until("document.querySelector('.note.good')").await;
    browser.until("!document.querySelector('.task')").await;
    let wide = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
    assert_eq!(wide, 0, "nothing is wider than the phone");
    browser.go(&order).await;
    assert_eq!(browser.text(".path .now").await, "执行中");
    let wide = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
    assert_eq!(wide, 0, "nothing is wider than the phone");
    browser.close().await;
}

#[tokio::test]
async fn a_rejection_needs_a_reason_and_says_so() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "A", "boss": "wu"}"#);
    shop.post(&format!("{order}/act/submit"), "").await.sent_to();
    let browser = Browser::open(&shop, "wu", "en", (390, 844)).await;
    browser.go(&order).await;
    browser.click("#approval button[value=reject]").await;
    browser.at("#problems").await;
    browser.write("#_reason", "Too expensive").await;
    browser.click(".ask footer button").await;
    browser.until("document.querySelector('.note.good')").await;
    assert!(browser.text("main").await.contains("Too expensive"));
    assert_eq!(browser.text(".path .now").await, "Draft");
    browser.close().await;
}

#[tokio::test]
async fn a_task_is_handed_on_to_nobody_but_a_user() {
    let shop = Shop::new();
    shop.create("user", r#"{"login": "nora", "name": "Nora May"}"#);
    let order = shop.create("order", r#"{"name": "A", "boss": "wu"}"#);
    shop.post(&format!("{order}/act/submit"), "").await.sent_to();
    let list = shop.ask("GET", "/shop/tasks", "wu", "en", "").await.status(200);
    let task = list.text.split("/shop/tasks/order.").nth(1).unwrap().split(['"', '/']).next().unwrap().to_owned();
    let path = |word: &str| format!("/shop/tasks/order.{task}/{word}");
    for (word, sent) in [("transfer", "to=nobody"), ("delegate", "to=nobody"), ("add", "to=nora,nobody&place=before")] {
        let refused = shop.ask("POST", &path(word), "wu", "en", sent).await.status(422);
        refused.has("there is no user in use called nobody");
    }
    shop.ask("POST", &path("transfer"), "wu", "en", "to=Nora+May").await.sent_to();
    shop.ask("GET", "/shop/tasks", "nora", "en", "").await.status(200).has("/shop/tasks/order.");
}

#[tokio::test]
async fn several_tasks_are_approved_at_once_and_each_says_what_became_of_it() {
    let shop = Shop::new();
    for name in ["A", "B", "C"] {
        let order = shop.create("order", &format!(r#"{{"name": "{name}", "boss": "wu"}}"#));
        shop.post(&format!("{order}/act/submit"), "").await.sent_to();
    }
    let browser = Browser::open(&shop, "wu", "en", (1440, 900)).await;
    browser.go("/shop/tasks").await;
    browser.until("document.querySelectorAll('.task').length === 3").await;
    browser.until("getComputedStyle(document.querySelector('#bulk-bar')).display === 'none'").await;
    browser.click(".task:nth-of-type(1) input[name=id]").await;
    browser.click(".task:nth-of-type(2) input[name=id]").await;
    browser.until("document.querySelector('#bulk-bar [data-selected]').textContent.startsWith('2 ')").await;
    browser.until("document.querySelector('#bulk-bar').getBoundingClientRect().bottom <= innerHeight").await;
    // One of them is decided in another window meanwhile.
    let other = browser.run("return document.querySelector('.task:nth-of-type(2) input[name=id]').value").await;
    let path = format!("/shop/tasks/{}", other.as_str().unwrap());
    shop.ask("POST", &path, "wu", "en", "operation=approve").await.sent_to();
    browser.click("#bulk-bar button[value=approve]").await;
    browser.until("document.querySelectorAll('.plainlist .chip.tone-good').length === 1").await;
    browser.until("document.querySelectorAll('.plainlist .chip.tone-bad').length === 1").await;
    browser.until("document.querySelectorAll('.task').length === 1").await;
    browser.close().await;
}
