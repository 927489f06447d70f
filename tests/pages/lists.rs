//! Lists, the board and the palette, in a browser.

use super::{browser::Browser, site::Shop};

const DESK: (u32, u32) = (1440, 900);

/// More than a small screen has room for.
const ALL_COLUMNS: [&str; 11] =
    ["number", "name", "card", "buyer", "seller", "kind", "due", "boss", "total", "state", "created_at"];

#[tokio::test]
async fn a_list_is_filtered_in_words_sorted_and_paged() {
    let shop = Shop::new();
    shop.create("buyer", r#"{"name": "East", "city": "sh"}"#);
    for i in 0..60 {
        let buyer = if i == 7 { r#", "buyer": "East""# } else { "" };
        shop.create("order", &format!(r#"{{"name": "Order {i:02}"{buyer}}}"#));
    }
    let browser = Browser::open(&shop, "lin", "en", DESK).await;
    browser.go("/shop/order").await;
    assert_eq!(browser.text("tbody tr:first-child td.first").await, "S0060");
    assert_eq!(browser.run("return document.querySelectorAll('.rows tbody tr').length").await, 50);
    browser.click("a[rel=next]").await;
    browser.until("document.querySelectorAll('.rows tbody tr').length === 10").await;
    browser.go("/shop/order").await;
    browser.write("input[name=q]", "rder 07").await;
    browser.at("input[name=q]").await.send_keys("\u{E007}").await.unwrap();
    browser.until("document.querySelectorAll('.rows tbody tr').length === 1").await;
    browser.go("/shop/order?panel=filter").await;
    // Through a reference, by the word people read.
    browser.until("document.querySelector('.side [data-unread]')").await;
    browser.at("select[name=f0]").await.select_by_value("buyer.city").await.unwrap();
    browser.at("select[name=v0]").await.select_by_label("Shanghai").await.unwrap();
    browser.click(".filter .btn.main").await;
    browser.until("document.querySelector('.token')?.textContent.includes('Buyer › City is Shanghai')").await;
    assert_eq!(browser.run("return document.querySelectorAll('.rows tbody tr').length").await, 1);
    browser.click(".token a").await;
    browser.until("!document.querySelector('.token')").await;
    browser.close().await;
}

#[tokio::test]
async fn what_a_row_is_about_stays_in_view_while_its_columns_are_scrolled() {
    let shop = Shop::new();
    shop.create("order", r#"{"name": "A", "kind": "gift", "card": "With the very best wishes of all of us"}"#);
    let browser = Browser::open(&shop, "lin", "en", (800, 700)).await;
    let columns = ALL_COLUMNS.map(|column| format!("column={column}")).join("&");
    shop.post("/shop/order/columns", &columns).await.sent_to();
    browser.go("/shop/order").await;
    // That there is more to the right is to be seen, until it is in view.
    browser.until("document.querySelector('.scroll').classList.contains('beyond')").await;
    browser.run("document.querySelector('.scroll').scrollLeft = 4000").await;
    browser.until("!document.querySelector('.scroll').classList.contains('beyond')").await;
    browser.run("document.querySelector('.scroll').scrollLeft = 400").await;
    browser.until("document.querySelector('.scroll').scrollLeft > 100").await;
    let first = "document.querySelector('td.first').getBoundingClientRect().left \
                 >= document.querySelector('.scroll').getBoundingClientRect().left";
    browser.until(first).await;
    browser.close().await;
}

#[tokio::test]
async fn paper_is_white_at_night_too_and_no_column_stands_over_another() {
    let shop = Shop::new();
    shop.create("order", r#"{"name": "A", "kind": "gift", "card": "With the very best wishes of all of us"}"#);
    let browser = Browser::open(&shop, "lin", "en", (800, 900)).await;
    shop.post("/shop/order/columns", &ALL_COLUMNS.map(|column| format!("column={column}")).join("&")).await.sent_to();
    browser.run("document.cookie = 'formwork-theme=dark; path=/'").await;
    browser.go("/shop/order").await;
    browser.on_paper().await;
    let colours = "return ['body', '.card', '.rows td.first'].map(at => getComputedStyle(document.querySelector(at)).backgroundColor)";
    let colours = browser.run(colours).await;
    for colour in colours.as_array().unwrap() {
        assert!(["rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"].contains(&colour.as_str().unwrap()), "{colours}");
    }
    let cells = "const cells = [...document.querySelectorAll('.rows tbody tr:first-child td')].filter(cell => cell.offsetWidth)
        .map(cell => cell.getBoundingClientRect());
        return cells.slice(1).every((cell, at) => cell.left >= cells[at].right - 1) && cells.at(-1).right <= innerWidth";
    assert_eq!(browser.run(cells).await, true, "side by side, and all of them on the paper");
    browser.close().await;
}

#[tokio::test]
async fn a_card_that_is_dragged_takes_the_action_that_leads_there() {
    let shop = Shop::new();
    shop.create("order", r#"{"name": "A"}"#);
    let browser = Browser::open(&shop, "lin", "en", DESK).await;
    browser.go("/shop/order/board").await;
    let drag = |lane: &str| {
        format!(
            "const card = document.querySelector('.note-card'), data = new DataTransfer();\
             const fire = (type, target) => target.dispatchEvent(new DragEvent(type, {{dataTransfer: data, bubbles: true, cancelable: true}}));\
             fire('dragstart', card); const lane = document.querySelector('[data-lane={lane}]'); fire('dragover', lane); fire('drop', lane); fire('dragend', card);"
        )
    };
    browser.at("[data-board]").await;
    browser.until("document.querySelector('[data-board]') && document.readyState === 'complete'").await;
    browser.run(&drag("done")).await;
    browser.until("document.querySelector('.toast')").await;
    browser.run(&drag("held")).await;
    browser.click("dialog[open] footer button").await;
    browser.until("document.querySelector('[data-lane=held] .note-card')").await;
    browser.close().await;
}

#[tokio::test]
async fn a_card_is_moved_without_a_mouse() {
    let shop = Shop::new();
    shop.create("order", r#"{"name": "A"}"#);
    let browser = Browser::open(&shop, "lin", "en", (390, 844)).await;
    browser.go("/shop/order/board").await;
    browser.until("!document.querySelector('.note-card .move').hidden").await;
    browser.run("document.querySelector('.note-card .move').focus()").await;
    browser.press("\u{E007}").await;
    // It says where actions lead from here.
    browser.until("document.querySelector('dialog[open] .menu button')").await;
    let ways = "return [...document.querySelectorAll('dialog[open] .menu button')].map((way) => way.textContent)";
    assert_eq!(browser.run(ways).await, serde_json::json!(["Held", "In review", "Cancelled"]));
    browser.click("dialog[open] .menu button").await;
    browser.click("dialog[open] footer button").await;
    browser.until("document.querySelector('[data-lane=held] .note-card')").await;
    browser.close().await;
}

#[tokio::test]
async fn the_palette_finds_a_record_by_any_part_of_its_words() {
    let shop = Shop::new();
    let buyer = shop.create("buyer", r#"{"name": "上海东方科技有限公司"}"#);
    let browser = Browser::open(&shop, "lin", "zh", DESK).await;
    browser.go("/shop").await;
    browser.click(".find").await;
    browser.at("dialog.palette input").await.send_keys("方科").await.unwrap();
    browser.until("document.querySelector('.palette [role=option][aria-selected=true] b')?.textContent.includes('上海东方科技')").await;
    browser.at("dialog.palette input").await.send_keys("\u{E007}").await.unwrap();
    browser.until(&format!("location.pathname === '{buyer}'")).await;
    browser.close().await;
}

#[tokio::test]
async fn the_palette_does_what_the_page_can_do_and_leads_to_the_administration() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "A"}"#);
    let browser = Browser::open(&shop, "lin", "en", DESK).await;
    browser.go(&order).await;
    browser.click(".find").await;
    browser.at("dialog.palette input").await.send_keys("hol").await.unwrap();
    browser
        .until("document.querySelector('.palette [role=option][aria-selected=true] b')?.textContent === 'Hold'")
        .await;
    browser.at("dialog.palette input").await.send_keys("\u{E007}").await.unwrap();
    browser.until("document.querySelector('.path .now')?.textContent === 'Held'").await;
    browser.click(".find").await;
    browser.at("dialog.palette input").await.send_keys("incid").await.unwrap();
    browser
        .until("document.querySelector('.palette [role=option][aria-selected=true] b')?.textContent === 'Incidents'")
        .await;
    browser.at("dialog.palette input").await.send_keys("\u{E007}").await.unwrap();
    browser.until("location.pathname === '/shop/admin/incidents'").await;
    browser.close().await;
}

#[tokio::test]
async fn the_language_is_switched_and_kept() {
    let shop = Shop::new();
    let browser = Browser::open(&shop, "lin", "zh", DESK).await;
    browser.go("/shop/order").await;
    assert_eq!(browser.text("h1").await, "订单列表");
    browser.click(".me summary").await;
    browser.click(".me button[value=en]").await;
    browser.until("document.documentElement.lang === 'en'").await;
    browser.go("/shop/order/new").await;
    assert_eq!(browser.text("h1").await, "New Order");
    browser.close().await;
}

#[tokio::test]
async fn on_a_phone_what_is_rarely_used_is_behind_one_button() {
    let shop = Shop::new();
    shop.create("order", r#"{"name": "A"}"#);
    let browser = Browser::open(&shop, "lin", "en", (390, 844)).await;
    browser.go("/shop/order").await;
    browser.until("document.querySelector('.tools').getBoundingClientRect().height < 70").await;
    browser.click(".tools details.more > summary").await;
    browser.click(".tools details.more a[href*='panel=columns']").await;
    browser.until("document.querySelector('.filter input[name=column]')").await;
    // No page is wider than the screen.
    browser.until("document.documentElement.scrollWidth <= innerWidth").await;
    browser.close().await;
}
