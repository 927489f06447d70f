//! What is shown instead of a page: in plain words, with the menu for whoever has signed in, and the same for what is
//! not there and what may not be seen.

use super::site::{Page, Shop};

/// The page without what differs from one request to the next.
fn said(page: &Page) -> String {
    let main = page.text.split("<main").nth(1).unwrap();
    main.split("<details").next().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_is_signed_in_keeps_the_menu_and_is_told_what_to_do() {
    let shop = Shop::new();
    for path in ["/shop/nothing", "/shop/order/none", "/shop/order/x/y/z"] {
        let page = shop.ask("GET", path, "lin", "en", "").await.status(404);
        page.has("There is nothing here").has("may have been deleted").has("ask whoever sent you the address");
        page.has("href=\"/shop/order\"").has("action=\"/shop/search\"").has("林静");
        assert!(!said(&page).contains("unknown-"), "codes are for administrators: {}", said(&page));
        let zh = shop.ask("GET", path, "lin", "zh", "").await.status(404);
        zh.has("这里没有内容").has("原来的内容可能已被删除").has("href=\"/shop/order\"");
    }
    // There is no such book, whose menu could be shown.
    shop.ask("GET", "/nowhere", "lin", "en", "").await.status(404).lacks("href=\"/shop/order\"");
}

#[tokio::test]
async fn a_stranger_is_shown_no_menu() {
    let shop = Shop::closed();
    let page = shop.ask("GET", "/nowhere/x", "lin", "en", "").await;
    page.lacks("href=\"/shop/order\"").lacks("class=\"side\"");
    assert_eq!(shop.ask("GET", "/shop/nothing/x/y/z/w", "lin", "en", "").await.status, 404);
    shop.ask("GET", "/shop/nothing/x/y/z/w", "lin", "en", "").await.lacks("class=\"side\"");
}

#[tokio::test]
async fn what_may_not_be_seen_looks_like_what_is_not_there_and_what_may_not_be_done_says_so() {
    let shop = Shop::guarded();
    let other = shop.create("order", r#"{"name": "Theirs", "seller": "li"}"#);
    let hidden = shop.ask("GET", &other, "lin+seller", "en", "").await.status(404);
    let nowhere = "/shop/order/019c0000-0000-7000-8000-000000000000";
    let none = shop.ask("GET", nowhere, "lin+seller", "en", "").await.status(404);
    assert_eq!(said(&hidden), said(&none));
    hidden.has("href=\"/shop/order\"");
    let refused = shop.ask("GET", "/shop/buyer/new", "zhao+fixer", "en", "").await.status(403);
    refused.has("You may not do this").has("None of your roles allows it").has("href=\"/shop/buyer\"");
    shop.ask("GET", "/shop/buyer/new", "zhao+fixer", "zh", "").await.has("请联系管理员开通");
}

#[tokio::test]
async fn what_runs_over_a_record_that_is_not_seen_bears_no_id_for_a_name() {
    let shop = Shop::guarded();
    let order = shop.create("order", r#"{"name": "Theirs", "seller": "li"}"#);
    let page = shop.ask("GET", "/shop/admin/instances", "zhao+fixer", "en", "").await.status(200);
    let id = order.rsplit('/').next().unwrap();
    page.has("a record that you may not see").lacks(&format!(">{id}<")).lacks("Theirs");
    let zh = shop.ask("GET", "/shop/admin/instances", "zhao+fixer", "zh", "").await.status(200);
    zh.has("您无权查看的记录");
}
