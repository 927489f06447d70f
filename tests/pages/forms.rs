//! Filling in, in a browser.

use super::{browser::Browser, site::Shop};

const DESK: (u32, u32) = (1440, 900);

#[tokio::test]
async fn a_record_is_created_with_a_reference_found_while_typing_and_lines_by_keyboard() {
    let shop = Shop::new();
    shop.create("buyer", r#"{"name": "东方电子有限公司"}"#);
    shop.create("buyer", r#"{"name": "西部科技"}"#);
    let browser = Browser::open(&shop, "lin", "zh", DESK).await;
    browser.go("/shop/order/new").await;
    assert_eq!(browser.text("h1").await, "新建订单");
    browser.until("document.activeElement.id === 'f-name'").await;
    browser.write("#f-name", "书桌").await;
    browser.write("#f-buyer", "电子").await;
    browser.until("document.querySelector('.picker li[aria-selected=true]')").await;
    browser.at("#f-buyer").await.send_keys("\u{E007}").await.unwrap();
    browser.until("document.querySelector('#f-buyer').value === '东方电子有限公司'").await;
    browser.write("#f-lines-0-item", "木板").await;
    browser.write("#f-lines-0-price", "12.50").await;
    // Enter goes down, and makes a line where there is none.
    browser.at("#f-lines-0-price").await.send_keys("\u{E007}").await.unwrap();
    browser.until("document.activeElement.id === 'f-lines-1-item'").await;
    browser.write("#f-lines-1-item", "螺丝").await;
    browser.write("#f-lines-1-count", "4").await;
    browser.write("#f-lines-1-price", "2").await;
    // The server computes while one types.
    browser.until("document.querySelector('[data-shown=total]').textContent.includes('20.50')").await;
    browser.at("#f-name").await.send_keys("\u{E009}s").await.unwrap();
    browser.until("document.querySelector('.note.good')").await;
    assert_eq!(browser.text("h1").await, "书桌");
    assert!(browser.text("main").await.contains("东方电子有限公司"));
    assert!(browser.text("main").await.contains("¥20.50"));
    browser.close().await;
}

#[tokio::test]
async fn cells_of_a_spreadsheet_are_pasted_into_lines() {
    let shop = Shop::new();
    let browser = Browser::open(&shop, "lin", "en", DESK).await;
    browser.go("/shop/order/new").await;
    browser.write("#f-name", "Pasted").await;
    browser.until("document.querySelector('[data-lines]').dataset.ready").await;
    browser
        .run(
            "const data = new DataTransfer(); data.setData('text/plain', 'Wood\\t2\\t1,000.00\\r\\nGlue\\t1\\t5\\r\\nNails\\t10\\t¥0.10\\n');\
             document.querySelector('#f-lines-0-item').dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));",
        )
        .await;
    browser.until("document.querySelector('[data-shown=total]').textContent.includes('2,006.00')").await;
    browser.click("button[value=list]").await;
    browser.until("location.pathname === '/shop/order'").await;
    assert!(browser.text("main").await.contains("¥2,006.00"));
    browser.close().await;
}

#[tokio::test]
async fn an_error_is_at_its_field_and_what_was_typed_stays() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "A"}"#);
    let browser = Browser::open(&shop, "lin", "en", DESK).await;
    browser.go(&format!("{order}/edit")).await;
    browser.write("#f-name", "Changed").await;
    browser.run("document.querySelector('#f-due').value = '2026-02-01'").await;
    browser.click("button[value=stay]").await;
    assert!(browser.text("#f-due-error").await.contains("must not be in the past"));
    assert_eq!(browser.at("#f-name").await.prop("value").await.unwrap().as_deref(), Some("Changed"));
    browser.run("document.querySelector('#f-due').value = '2026-04-01'").await;
    browser.click("button[value=stay]").await;
    browser.until("document.querySelector('.note.good')").await;
    assert!(browser.text("main").await.contains("1 Apr 2026"));
    browser.close().await;
}

#[tokio::test]
async fn a_field_appears_when_it_applies() {
    let shop = Shop::new();
    let browser = Browser::open(&shop, "lin", "en", DESK).await;
    browser.go("/shop/order/new").await;
    browser.until("document.querySelector('[data-field=card]').hidden").await;
    browser.until("document.querySelector('form[data-form]').dataset.ready").await;
    let kind = browser.at("#f-kind").await;
    kind.select_by_value("gift").await.unwrap();
    browser
        .until(
            "!document.querySelector('[data-field=card]').hidden && document.querySelector('[data-field=card] .must')",
        )
        .await;
    kind.select_by_value("plain").await.unwrap();
    browser.until("document.querySelector('[data-field=card]').hidden").await;
    browser.close().await;
}

#[tokio::test]
async fn an_action_with_a_form_is_taken_in_a_dialog() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "A"}"#);
    let browser = Browser::open(&shop, "lin", "en", DESK).await;
    browser.go(&order).await;
    browser.click("a[href*='/act/cancel']").await;
    browser.click("dialog[open] footer button").await;
    assert!(!browser.text("dialog #f-reason-error").await.is_empty(), "the dialog stays open with the error");
    browser.write("dialog #f-reason", "Not needed").await;
    browser.click("dialog[open] footer button").await;
    browser.until("document.querySelector('.note.good')").await;
    assert_eq!(browser.text(".path .now").await, "Cancelled");
    assert!(browser.text("main").await.contains("Not needed"));
    browser.close().await;
}

#[tokio::test]
async fn a_draft_outlives_a_page_that_was_left() {
    let shop = Shop::new();
    let browser = Browser::open(&shop, "lin", "en", DESK).await;
    browser.go("/shop/order/new").await;
    browser.write("#f-name", "Half done").await;
    browser.until("Object.keys(localStorage).some((key) => key.startsWith('draft:'))").await;
    browser.run("document.querySelector('form[data-form]').dataset.form = 'left'").await;
    browser.go("/shop/order").await;
    browser.go("/shop/order/new").await;
    browser.click("form > .note .btn").await;
    assert_eq!(browser.at("#f-name").await.prop("value").await.unwrap().as_deref(), Some("Half done"));
    browser.run("document.querySelector('form[data-form]').dataset.form = 'left'").await;
    browser.close().await;
}

#[tokio::test]
async fn lines_are_filled_in_on_a_phone_without_scrolling_sideways() {
    let shop = Shop::new();
    let browser = Browser::open(&shop, "lin", "en", (390, 844)).await;
    browser.go("/shop/order/new").await;
    let wide = "const grid = document.querySelector('[data-lines]'); return grid.scrollWidth - grid.clientWidth";
    assert_eq!(browser.run(wide).await, 0);
    let label = "return getComputedStyle(document.querySelector('#f-lines-0-price').closest('td'), '::before').content";
    assert_eq!(browser.run(label).await, "\"Price\"");
    browser.write("#f-name", "Phone").await;
    browser.write("#f-lines-0-item", "Wood").await;
    browser.write("#f-lines-0-price", "3").await;
    browser.until("document.querySelector('[data-shown=total]').textContent.includes('3.00')").await;
    browser.close().await;
}
