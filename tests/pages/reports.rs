//! Reports and dashboards: chosen, drawn, followed to their records, kept, taken out; by people who see less, and in a
//! browser on a desk and on a phone.

use super::{
    browser::Browser,
    site::{Page, Shop},
};

const DESK: (u32, u32) = (1440, 900);
const PHONE: (u32, u32) = (390, 844);

/// Five orders of two sellers: 30 and 20 of gifts, 5, 7 and nothing of plain ones.
fn filled(shop: Shop) -> Shop {
    shop.create("buyer", r#"{"name": "东方", "city": "sh"}"#);
    let order = |name: &str, seller: &str, more: &str, price: u32| {
        let line =
            if price == 0 { String::new() } else { format!(r#", "lines": [{{"item": "X", "price": {price}}}]"#) };
        shop.create("order", &format!(r#"{{"name": "{name}", "seller": "{seller}"{more}{line}}}"#));
    };
    order("Desk", "lin", r#", "kind": "gift", "card": "Hello", "buyer": "东方", "due": "2026-03-09""#, 30);
    order("Lamp", "lin", r#", "kind": "gift", "card": "Hi", "due": "2026-04-09""#, 20);
    order("Chair", "lin", r#", "kind": "plain", "due": "2026-03-20""#, 5);
    order("Table", "li", r#", "kind": "plain", "due": "2026-04-01""#, 7);
    order("Shelf", "li", "", 0);
    shop
}

async fn page(shop: &Shop, who: &str, path: &str) -> Page {
    shop.ask("GET", path, who, "en", "").await.status(200)
}

/// The cells of the table's rows, each with its heading first, without markup.
fn table(page: &Page) -> Vec<Vec<String>> {
    let table = page.text.split("<table class=\"pivot\">").nth(1).unwrap().split("</table>").next().unwrap();
    let plain = |cell: &str| {
        let mut text = String::new();
        let mut inside = false;
        for c in cell.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => text.push(c),
                _ => {}
            }
        }
        text.trim().to_owned()
    };
    let cell = |cell: &str| {
        let (tag, rest) = cell.split_once("<t")?.1.split_once('>')?;
        let is_cell = ["h", "d"].contains(&tag.split(' ').next()?);
        is_cell.then(|| plain(rest))
    };
    let rows = table.split("<tr").skip(1).map(|row| {
        let row = row.split_once('>').unwrap().1;
        row.split("</t").filter_map(cell).collect()
    });
    rows.collect()
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

/// The address in the link around a text, as a browser reads it.
fn link(page: &Page, text: &str) -> String {
    let before = page.text.split(&format!(">{text}</a>")).next().unwrap();
    let href = before.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    href.replace("&amp;", "&").replace("&#x3D;", "=")
}

#[tokio::test]
async fn a_report_is_chosen_and_each_number_leads_to_its_records() {
    let shop = filled(Shop::new());
    let first = page(&shop, "lin", "/shop/reports/orders").await;
    let rows = table(&first);
    assert_eq!(rows.last().unwrap()[0], "Total");
    first.has("Orders by kind").has("role=\"img\"").has("¥50.00").has("¥62.00");
    // The words of the address: rows, columns and measures; `-` is none.
    let chosen = page(&shop, "lin", "/shop/reports/orders?r0=seller&c0=kind&m=n&chart=-").await;
    chosen.lacks("role=\"img\"");
    let rows = table(&chosen);
    assert_eq!(
        rows[1..],
        [row(&["李娜", "1", "0", "1", "2"]), row(&["林静", "1", "2", "0", "3"]), row(&["Total", "2", "2", "1", "5"])]
    );
    assert_eq!(rows[0], row(&["Seller", "Plain", "Gift", "(none)", "Total"]));
    let nested = page(&shop, "lin", "/shop/reports/orders?r0=seller&r1=kind&c0=-&m=total&m=n").await;
    let rows = table(&nested);
    assert_eq!(rows[0], row(&["Seller › Kind", "Amount", "Orders"]));
    let at = rows.iter().position(|row| row[0] == "林静").unwrap();
    assert_eq!(
        rows[at..at + 3],
        [row(&["林静", "¥55.00", "3"]), row(&["Plain", "¥5.00", "1"]), row(&["Gift", "¥50.00", "2"])]
    );
    let list = page(&shop, "lin", &link(&nested, "¥50.00")).await;
    list.has("Desk").has("Lamp").lacks("Chair").lacks("Shelf").has("2 records").has("as in the report");
    // The filter of lists narrows the report and its links.
    let narrowed = page(&shop, "lin", "/shop/reports/orders?f0=buyer.city&o0=eq&v0=sh&r0=kind&c0=-&m=n").await;
    narrowed.has("Buyer › City is Shanghai");
    assert_eq!(table(&narrowed)[1..], [row(&["Gift", "1"]), row(&["Total", "1"])]);
    page(&shop, "lin", &link(&narrowed, "1")).await.has("Desk").lacks("Lamp");
    page(&shop, "lin", "/shop/reports/orders?panel=filter").await.has("name=\"f0\"");
    assert_eq!(shop.ask("GET", "/shop/reports/nothing", "lin", "en", "").await.status, 404);
    assert_eq!(shop.ask("GET", "/shop/reports/orders?r0=nothing", "lin", "en", "").await.status, 422);
}

#[tokio::test]
async fn a_period_is_said_in_words() {
    let shop = filled(Shop::new());
    let by_day = |period: &str| format!("/shop/reports/due?{period}");
    let this = page(&shop, "lin", &by_day("period=this_month")).await;
    this.has("This month (1 Mar 2026 – 31 Mar 2026)");
    assert_eq!(table(&this).last().unwrap()[1], "2");
    let between = page(&shop, "lin", &by_day("period=between&from=2026-04-01&to=2026-04-01")).await;
    assert_eq!(table(&between).last().unwrap()[1], "1");
    between.has("value=\"2026-04-01\"");
    let zh = shop.ask("GET", &by_day("period=last_quarter"), "lin", "zh", "").await.status(200);
    zh.has("上季度（2025年10月1日 – 2025年12月31日）").has("没有可显示的数据");
}

#[tokio::test]
async fn who_does_not_see_a_field_sees_no_number_of_it() {
    let shop = filled(Shop::guarded());
    let manager = page(&shop, "wu+manager", "/shop/reports/orders?r0=kind&c0=-&m=n&m=carded").await;
    manager.has("With a card").has("value=\"card\"");
    assert_eq!(table(&manager).last().unwrap()[1..], ["5", "2"]);
    // A seller sees neither the card nor the orders of others.
    let seller = page(&shop, "lin+seller", "/shop/reports/orders?r0=kind&c0=-&m=n").await;
    seller.lacks("With a card").lacks("value=\"card\"").lacks("李娜");
    assert_eq!(table(&seller).last().unwrap()[1], "3");
    // What a variant of somebody else shows beside is not there either.
    let shared = page(&shop, "lin+seller", "/shop/reports/orders?r0=card&r1=kind&c0=-&m=carded&m=n").await;
    shared.lacks("With a card").lacks("Hello");
    assert_eq!(table(&shared)[0], row(&["Kind", "Orders"]));
    let board = page(&shop, "lin+seller", "/shop/dashboards/shop_numbers").await;
    board.lacks("With a card").has("¥55").lacks("¥62");
    page(&shop, "wu+manager", "/shop/dashboards/shop_numbers").await.has("With a card").has("¥62");
    // Whoever sees no order sees no report of orders, not even its name.
    let menu = page(&shop, "zhao", "/shop/reports").await;
    menu.lacks("Orders by kind");
    assert_eq!(shop.ask("GET", "/shop/reports/orders", "zhao", "en", "").await.status, 404);
    page(&shop, "zhao", "/shop").await.lacks("My numbers");
}

#[tokio::test]
async fn a_variant_is_kept_and_shared() {
    let shop = filled(Shop::guarded());
    let lin = "lin+seller";
    let keep = "do=keep&name=By+seller&shared=1&query=r0%3Dseller%26c0%3D-%26m%3Dn&columns=";
    let kept = shop.ask("POST", "/shop/reports/orders/views", lin, "en", keep).await;
    assert!(kept.place.starts_with("/shop/reports/orders?r0=seller"), "{}", kept.place);
    page(&shop, lin, &kept.place).await.has("By seller").has("View saved.").has("林静");
    page(&shop, "li+seller", "/shop/reports/orders").await.has("By seller").has("shared");
    page(&shop, lin, "/shop/order").await.lacks("By seller");
    let saved = kept.place.split("saved=").nth(1).unwrap().split('&').next().unwrap();
    let change = format!("do=drop&id={saved}");
    shop.ask("POST", "/shop/reports/orders/views", "li+seller", "en", &change).await.status(403);
    assert_eq!(
        shop.ask("POST", "/shop/reports/orders/views", lin, "en", &change).await.sent_to(),
        "/shop/reports/orders"
    );
    page(&shop, "li+seller", "/shop/reports/orders").await.lacks("By seller");
}

#[tokio::test]
async fn a_report_is_taken_out_with_the_numbers_of_the_page_by_those_who_may() {
    let shop = filled(Shop::guarded());
    let chosen = "r0=seller&r1=kind&c0=-&m=n&m=total";
    let csv = page(&shop, "wu+manager", &format!("/shop/reports/orders/export?format=csv&{chosen}")).await;
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!(lines[0], "\u{feff}Seller,Kind,Orders,Amount");
    assert!(lines.contains(&"林静,Gift,2,50") && lines.contains(&"Total,,5,62"), "{lines:?}");
    let path = format!("/shop/reports/orders/export?format=xlsx&{chosen}");
    let content = shop.bytes("GET", &path, "wu+manager", Vec::new()).await;
    // What is in it is read back in `engine/report`.
    assert!(content.starts_with(b"PK") && content.len() > 4_000);
    // A seller takes out what a seller sees.
    let own = page(&shop, "lin+seller", &format!("/shop/reports/orders/export?format=csv&{chosen}")).await;
    own.has("Total,,3,55").lacks("李娜");
    let noted = shop.ask("GET", "/shop/api/audit-log", "wu+admin", "en", "").await;
    noted.has("report orders");
    page(&shop, "wu+manager", "/shop/reports/orders").await.has("format&#x3D;xlsx");
}

#[tokio::test]
async fn a_dashboard_is_in_menu_palette_and_start_page() {
    let shop = filled(Shop::new());
    let board = page(&shop, "lin", "/shop/dashboards/shop_numbers").await;
    board.has("<b>5</b>").has("¥62").has("role=\"img\"").has("Desk").has("/shop/reports/orders?r0");
    for path in ["/shop", "/shop/menu", "/shop/order"] {
        page(&shop, "lin", path).await.has("/shop/dashboards/shop_numbers").has("/shop/reports");
    }
    let found = shop.ask("GET", "/shop/find?q=numbers", "lin", "en", "").await.status(200);
    found.has("/shop/dashboards/shop_numbers");
    page(&shop, "lin", "/shop/dashboards/shop_numbers/numbers").await.has("<b>5</b>").lacks("<html");
    // A period is laid over those of its reports that have one: there were no orders, but there is the buyer.
    let last_year = page(&shop, "lin", "/shop/dashboards/shop_numbers?period=last_year").await;
    last_year.has("<b>0</b>").has("<b>1</b>").lacks("<b>5</b>");
}

#[tokio::test]
async fn a_tile_draws_the_largest_dozen_and_leads_to_the_others() {
    let shop = filled(Shop::new());
    for n in 1..=13 {
        let price = 100 + n;
        let lines = format!(r#""lines": [{{"item": "X", "price": {price}}}]"#);
        shop.create(
            "order",
            &format!(r#"{{"name": "N{n}", "seller": "li", "kind": "gift", "card": "Card {n}.", {lines}}}"#),
        );
    }
    let board = page(&shop, "lin", "/shop/dashboards/shop_numbers").await;
    let tile = board.text.split(">By card</a>").nth(1).unwrap().split("</section>").next().unwrap();
    // Beside these there are Card 1., Hello, Hi, and what has no card.
    for n in 2..=13 {
        assert!(tile.contains(&format!("Card {n}.")), "{n}: {tile}");
    }
    assert!(!tile.contains("Card 1.") && !tile.contains("Hello"), "{tile}");
    let report = link(&board, "4 more in the report");
    assert!(report.starts_with("/shop/reports/orders?") && report.contains("chart=bar"), "{report}");
    page(&shop, "lin", &report).await.has("Card 1.").has("Hello").lacks("more in the");
    let board = shop.ask("GET", "/shop/dashboards/shop_numbers", "lin", "zh", "").await.status(200);
    board.has("另有 4 项，见报表");
}

#[tokio::test]
async fn measures_are_the_stages_of_a_funnel() {
    let shop = filled(Shop::new());
    let board = page(&shop, "lin", "/shop/dashboards/shop_numbers").await;
    // Five orders, two of them with a card.
    board.has("How many with a card").has("40% of the stage before").lacks("100% of the stage before");
}

#[tokio::test]
async fn reports_are_used_in_a_browser_and_fit_a_phone() {
    let shop = filled(Shop::new());
    let browser = Browser::open(&shop, "lin", "en", DESK).await;
    browser.go("/shop").await;
    browser.until("document.querySelector('[data-numbers] .tile b')?.textContent === '5'").await;
    browser.go("/shop/reports/orders").await;
    // One drawing of three is shown, the one for this width.
    let shown = "[...document.querySelectorAll('.plot')].filter((plot) => plot.getBoundingClientRect().width).map((plot) => plot.classList[1]).join()";
    assert_eq!(browser.run(&format!("return {shown}")).await, "l");
    browser.click("details.choose summary").await;
    browser.at("select[name=r0]").await.select_by_value("seller").await.unwrap();
    browser.click("details.choose .btn.main").await;
    browser.until("location.search.includes('r0=seller') && document.querySelector('.pivot tbody th')").await;
    browser.until("document.querySelector('.pivot tbody').textContent.includes('林静')").await;
    browser.at("select[name=period]").await.select_by_value("between").await.unwrap();
    browser.until("document.querySelector('.between').getBoundingClientRect().width > 0").await;
    browser.close().await;
    let browser = Browser::open(&shop, "lin", "zh", PHONE).await;
    for path in
        ["/shop/reports", "/shop/reports/orders", "/shop/reports/orders?panel=choose", "/shop/dashboards/shop_numbers"]
    {
        browser.go(path).await;
        let wide =
            browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
        assert_eq!(wide, 0, "{path} is wider than a phone");
    }
    browser.go("/shop/reports/orders").await;
    assert_eq!(browser.run(&format!("return {shown}")).await, "s");
    browser.close().await;
}
