//! The menu: which modules are open, on a desk and on a phone.

use super::{browser::Browser, site::Shop};

/// The names of the modules that show their entries.
const OPEN: &str = "return [...document.querySelectorAll('.side .module[open]')].map((one) => one.dataset.module)";

#[tokio::test]
async fn a_long_menu_shows_the_module_of_the_page_and_those_that_were_opened() {
    let shop = Shop::new();
    let browser = Browser::open(&shop, "lin", "en", (1440, 900)).await;
    browser.go("/shop").await;
    assert_eq!(browser.run(OPEN).await, serde_json::json!([]));
    browser.until("document.querySelector('.module')").await;
    browser.click("[data-module=work] > summary").await;
    browser.until("document.cookie.includes('formwork-menu=work')").await;
    browser.go("/shop/tasks").await;
    assert_eq!(browser.run(OPEN).await, serde_json::json!(["work"]));
    browser.click(".side a[href='/shop/buyer']").await;
    browser.until("location.pathname === '/shop/buyer'").await;
    browser.click("[data-module=work] > summary").await;
    browser.until("/formwork-menu=(;|$)/.test(document.cookie)").await;
    browser.go("/shop/order").await;
    assert_eq!(browser.run(OPEN).await, serde_json::json!(["work"]), "the page's own module is always shown");
    // Whoever is signed in is at hand however long the menu is.
    browser.run("for (const module of document.querySelectorAll('.module')) module.open = true").await;
    let foot = "document.querySelector('.me').getBoundingClientRect().bottom <= innerHeight";
    browser.until(foot).await;
    browser.close().await;
}

#[tokio::test]
async fn the_page_of_the_menu_shows_it_once() {
    let shop = Shop::new();
    for size in [(1440, 900), (390, 844)] {
        let browser = Browser::open(&shop, "lin", "en", size).await;
        browser.go("/shop/menu").await;
        let seen = "return [...document.querySelectorAll('.side .find')].filter((one) => one.checkVisibility()).length";
        assert_eq!(browser.run(seen).await, 1, "{size:?}");
        let inside = "document.querySelector('main .module').getBoundingClientRect().right <= innerWidth";
        browser.until(inside).await;
        browser.go("/shop/order").await;
        let beside = "return document.querySelector('.frame > .side').checkVisibility()";
        assert_eq!(browser.run(beside).await, size.0 > 760, "{size:?}");
        browser.close().await;
    }
}

#[tokio::test]
async fn the_parts_of_the_administration_are_in_the_menu_and_on_a_phone_above_the_page() {
    let shop = Shop::new();
    let browser = Browser::open(&shop, "lin", "en", (1440, 900)).await;
    browser.go("/shop/admin/incidents").await;
    assert_eq!(browser.run(OPEN).await, serde_json::json!(["administration"]));
    assert_eq!(browser.text(".side [aria-current]").await.lines().last(), Some("Incidents"));
    assert_eq!(browser.run("return document.querySelector('.parts').checkVisibility()").await, false);
    browser.close().await;
    let browser = Browser::open(&shop, "lin", "en", (390, 844)).await;
    browser.go("/shop/admin/access").await;
    browser.until("document.querySelector('.parts [aria-current]').checkVisibility()").await;
    let inside = "(() => { const at = document.querySelector('.parts [aria-current]').getBoundingClientRect(); \
                  return at.left >= 0 && at.right <= innerWidth; })()";
    browser.until(inside).await;
    browser.close().await;
}
